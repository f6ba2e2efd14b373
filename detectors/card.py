"""The card beside a model's weights: what they are, and how a picture goes in and boxes come out."""

from __future__ import annotations

import tomllib
from pathlib import Path
from typing import Annotated, Literal

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    FiniteFloat,
    PositiveInt,
    StringConstraints,
    ValidationError,
    model_validator,
)

from detectors.nearest import did_you_mean
from detectors.types import DetectorError

MAX_CARD_BYTES = 1 << 20

MOST_TILES = 64
"""In a picture: 7 x 9 pieces and the whole show 4K at its own scale; at 20 ms each that is over a second, and
a limit beyond would only let a mistake hold up a flight."""

Name = Annotated[str, StringConstraints(min_length=1, max_length=200)]
Score = Annotated[float, Field(ge=0, le=1)]
# TOML has lists only, so a tuple is read leniently; what is in it is not.
Names = Annotated[tuple[Name, ...], Field(strict=False)]
Triple = Annotated[tuple[FiniteFloat, FiniteFloat, FiniteFloat], Field(strict=False)]


class _Section(BaseModel):
    model_config = ConfigDict(extra="forbid", strict=True, frozen=True)


class Input(_Section):
    """How a picture becomes the model's input: resized, channels ordered, (value / divide_by - mean) / std.

    ``mean`` and ``std`` are in the order of ``colour``. ``letterbox`` keeps the picture's proportions, puts
    it at the top left and fills the rest with ``pad_value`` (0..255, before scaling). With ``step_px`` the
    model takes any side that is a multiple of it, up to ``width_px`` and ``height_px``: a letterbox is then
    no larger than it must be. ``shrink`` is how a picture is made smaller: ``linear`` looks at four pixels
    around each place and may miss small things between them, ``area`` takes the mean of all.
    """

    width_px: PositiveInt
    height_px: PositiveInt
    colour: Literal["rgb", "bgr"]
    resize: Literal["stretch", "letterbox"]
    pad_value: Annotated[int, Field(ge=0, le=255)] = 114
    divide_by: Annotated[FiniteFloat, Field(gt=0)] = 1.0
    mean: Triple = (0.0, 0.0, 0.0)
    std: Triple = (1.0, 1.0, 1.0)
    step_px: PositiveInt | None = None
    shrink: Literal["linear", "area"] = "linear"

    @model_validator(mode="after")
    def _std_is_not_zero(self) -> Input:
        if min(self.std) <= 0:
            raise ValueError("std must be above 0")
        return self

    @model_validator(mode="after")
    def _steps_fit(self) -> Input:
        if self.step_px is None:
            return self
        if self.resize != "letterbox":
            raise ValueError("step_px is for a letterbox; a stretched picture always fills the input")
        if self.width_px % self.step_px or self.height_px % self.step_px:
            raise ValueError("width_px and height_px must be multiples of step_px")
        return self


class Tiles(_Section):
    """How a picture is cut up: looked at as a whole (``full``), and in ``grid`` (columns, rows) pieces.

    Where it is known what a pixel shows of the ground, that and the card's ``least_px`` choose the pieces in
    place of ``grid``: see `tiles.plan`. Neighbours share ``overlap_px`` of the model's input, so that a thing
    of that size lies whole in one of them. A piece is enlarged by at most ``max_upscale``: beyond, there is
    nothing more to see. At most ``max_tiles`` pieces are looked at, the whole included.

    ``glance_px``: one more look at the whole picture, shrunk until its longer side has so many pixels, for
    what fills it; of that look only ``glance_labels`` are taken (none named: all). It does not count among
    ``max_tiles``, and is left out where they are 1. It needs free sides (``input.step_px``).
    """

    full: bool = True
    grid: Annotated[tuple[PositiveInt, PositiveInt], Field(strict=False)] = (1, 1)
    overlap_px: Annotated[int, Field(ge=0)] = 64
    max_upscale: Annotated[FiniteFloat, Field(ge=1, le=8)] = 2.0
    max_tiles: Annotated[int, Field(ge=1, le=MOST_TILES)] = 9
    glance_px: Annotated[int, Field(ge=32)] | None = None
    glance_labels: Names = ()


class Thresholds(_Section):
    """The least score that is kept, by the model's own label; ``nms_iou`` None keeps overlapping boxes."""

    default: Score
    per_label: dict[Name, Score] = {}
    nms_iou: Score | None = None


class Card(_Section):
    """All of ``card.toml``.

    ``labels``, ``standing`` and ``thresholds.per_label`` speak the model's own labels; ``label_map`` says
    what they mean to the detector's users, and a label it does not hold means itself. A ``standing`` thing
    touches the ground at the bottom centre of its box, any other at the centre. ``least_px`` is how wide a
    thing must be in the model's input to be found, by the model's own label. ``tested`` and ``untested`` say
    on what the model was and was never measured, in a few words each.
    """

    name: Name
    version: Name
    file: Name
    sha256: Annotated[str, StringConstraints(pattern=r"^[0-9a-f]{64}$")]
    licence: Name
    source: Name
    layout: Literal["detr", "yolox"]
    input: Input
    labels: Annotated[tuple[Name, ...], Field(strict=False, min_length=1)]
    standing: Names = ()
    label_map: dict[Name, Name] = {}
    thresholds: Thresholds
    tiles: Tiles = Tiles(overlap_px=0, max_tiles=1)
    least_px: dict[Name, Annotated[FiniteFloat, Field(gt=0)]] = {}
    tested: Names = ()
    untested: Names = ()

    @model_validator(mode="after")
    def _file_is_beside_the_card(self) -> Card:
        if self.file != Path(self.file).name:
            raise ValueError(f"file: {self.file!r} must be a plain name beside the card")
        return self

    @model_validator(mode="after")
    def _labels_are_known(self) -> Card:
        if len(set(self.labels)) != len(self.labels):
            raise ValueError("labels: a label is there twice")
        named = {
            "standing": self.standing,
            "label_map": self.label_map,
            "thresholds.per_label": self.thresholds.per_label,
            "least_px": self.least_px,
            "tiles.glance_labels": self.tiles.glance_labels,
        }
        for field, names in named.items():
            for name in names:
                if name not in self.labels:
                    raise ValueError(f"{field}: no label {name!r}, {did_you_mean(name, self.labels)}")
        return self

    @model_validator(mode="after")
    def _tiles_overlap_in_part(self) -> Card:
        # Tiles that share half of each other would never get across a wide picture.
        if 2 * self.tiles.overlap_px >= min(self.input.width_px, self.input.height_px):
            raise ValueError("tiles.overlap_px must be less than half of the input")
        return self

    @model_validator(mode="after")
    def _glance_is_small(self) -> Card:
        glance_px, side = self.tiles.glance_px, self.input
        if glance_px is not None and side.step_px is None:
            raise ValueError("tiles.glance_px: needs a model with free sides (input.step_px)")
        if glance_px is not None and glance_px >= max(side.width_px, side.height_px):
            raise ValueError("tiles.glance_px: must be less than the input's longer side")
        return self

    @model_validator(mode="after")
    def _yolox_fits(self) -> Card:
        if self.layout == "yolox" and self.thresholds.nms_iou is None:
            raise ValueError("thresholds.nms_iou: a yolox model needs it")
        if self.layout == "yolox" and (self.input.width_px % 32 or self.input.height_px % 32):
            raise ValueError("input: the sides of a yolox input are multiples of 32 px")
        if self.layout == "yolox" and self.input.step_px and self.input.step_px % 32:
            raise ValueError("input.step_px: the sides of a yolox input are multiples of 32 px")
        return self


def load_card(path: Path) -> Card:
    """The card at ``path``, a TOML file.

    Raises:
        DetectorError: it cannot be read, or says something wrong; names the field.
    """
    try:
        return Card.model_validate(_read_toml(path))
    except ValidationError as error:
        raise DetectorError(f"{path}: {_first_fault(error)}") from None


def _read_toml(path: Path) -> dict[str, object]:
    try:
        with path.open("rb") as file:
            text = file.read(MAX_CARD_BYTES + 1)
        if len(text) > MAX_CARD_BYTES:
            raise DetectorError(f"{path}: larger than {MAX_CARD_BYTES} bytes", mend="is it a model card?")
        return tomllib.loads(text.decode())
    except OSError as error:
        reason = error.strerror or str(error)
        raise DetectorError(
            f"{path}: {reason}", mend="a model folder holds its weights and a card.toml"
        ) from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError, RecursionError) as error:
        raise DetectorError(f"{path}: not TOML: {error}") from error


def _first_fault(error: ValidationError) -> str:
    # An unknown key first: it is often why another is missing.
    faults = sorted(error.errors(), key=lambda fault: fault["type"] != "extra_forbidden")
    fault = faults[0]
    field = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"unknown key {field!r}, {did_you_mean(str(fault['loc'][-1]), _known_keys(fault['loc'][:-1]))}"
    text = fault["msg"].removeprefix("Value error, ")
    return f"{field}: {text}" if field else text


def _known_keys(section: tuple[int | str, ...]) -> list[str]:
    sections: dict[tuple[int | str, ...], type[BaseModel]] = {
        (): Card,
        ("input",): Input,
        ("thresholds",): Thresholds,
        ("tiles",): Tiles,
    }
    return list(sections[section].model_fields)
