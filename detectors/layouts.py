"""The two ways a model is asked and answers: which inputs it takes, which outputs are read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.card import Card
from detectors.decode import Candidates, decode_detr, decode_yolox
from detectors.session import Session
from detectors.types import DetectorError, Float32Array

SIZES_INPUT = "orig_target_sizes"
DETR_OUTPUTS = ("labels", "boxes", "scores")


@dataclass(frozen=True, slots=True)
class Picture:
    """The input that takes pictures: its name, and whether it takes several at once."""

    name: str
    takes_many: bool


def check(session: Session, card: Card) -> Picture:
    """The input of ``session`` that takes pictures.

    Raises:
        DetectorError: the model's inputs or outputs are not what the card's layout and size say.
    """
    extra = {SIZES_INPUT: ("tensor(int64)", 2)} if card.layout == "detr" else {}
    pictures = [item for item in session.inputs if item[0] not in extra]
    types = {name: (kind, len(shape)) for name, shape, kind in session.inputs if name in extra}
    if len(pictures) != 1 or types != extra:
        raise _unlike(card, f"its inputs are {session.inputs}")
    name, shape, kind = pictures[0]
    due = (1, 3, card.input.height_px, card.input.width_px)
    if kind != "tensor(float)" or not _agrees(shape, due):
        raise _unlike(card, f"its input {name!r} is {kind} {shape}, the card says float {due}")
    if card.input.step_px and any(isinstance(length, int) for length in shape[2:]):
        raise _unlike(card, f"its input {name!r} has the fixed shape {shape}, the card gives a step_px")
    _check_outputs(session.output_names, card)
    return Picture(str(name), all(not isinstance(item[1][0], int) for item in session.inputs))


def _agrees(shape: tuple[Any, ...], due: tuple[int, ...]) -> bool:
    # A side that is free has a name or nothing in place of a number.
    return len(shape) == len(due) and all(
        side == want for side, want in zip(shape, due, strict=True) if isinstance(side, int)
    )


def _check_outputs(names: list[str], card: Card) -> None:
    fits = set(DETR_OUTPUTS) <= set(names) if card.layout == "detr" else len(names) == 1
    if not fits:
        raise _unlike(card, f"its outputs are {names}")


def _unlike(card: Card, what: str) -> DetectorError:
    return DetectorError(
        f"model {card.name!r} is not the {card.layout} model of its card: {what}",
        mend="correct the card's layout or input",
    )


def _one_each(found: list[Candidates], count: int) -> list[Candidates]:
    if len(found) != count:
        raise DetectorError(
            f"answers for {len(found)} inputs, {count} were asked", mend="export the model with a free batch"
        )
    return found


def ask(
    session: Session, card: Card, picture: Picture, tensor: Float32Array, least_score: float = 0.0
) -> list[Candidates]:
    """For each input of ``tensor`` (n, 3, height, width) its candidates, boxes in pixels of the input.

    Those below ``least_score`` may be left out.

    Raises:
        DetectorError: the model does not run, or its outputs have other shapes.
    """
    inputs: dict[str, npt.NDArray[Any]] = {picture.name: tensor}
    count, _, height_px, width_px = tensor.shape
    try:
        if card.layout == "yolox":
            (output,) = session.run((session.output_names[0],), inputs)
            found = decode_yolox(
                output,
                width_px=width_px,
                height_px=height_px,
                label_count=len(card.labels),
                least_score=least_score,
            )
            return _one_each(found, count)
        # Asked in input pixels, so that stretch and letterbox are undone the same way for both layouts.
        inputs[SIZES_INPUT] = np.array([[width_px, height_px]] * count, np.int64)
        return decode_detr(*session.run(DETR_OUTPUTS, inputs), count=count)
    except DetectorError as error:
        raise DetectorError(f"model {card.name!r}: {error}") from error
