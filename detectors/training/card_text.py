"""The words of ``card.toml`` and of the model card beside the weights."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from detectors.training.classes import CLASSES

NAME = "forest"
LICENCE = "Apache-2.0"
# From the air these are seen from the side often enough that the box's lower edge is where they stand.
STANDING = ("person", "motorcycle", "fire", "smoke")
# The narrower side of the box, in the net's input, for which tiles are made fine enough: about a third of
# what is rendered from straight above is found there (`benchmarks/detector_reach.py`). People and
# motorcycles seen so are found less often at any size.
LEAST_PX: Mapping[str, float] = {
    "person": 12.0,
    "vehicle": 16.0,
    "motorcycle": 12.0,
    "boat": 10.0,
    "log_pile": 20.0,
}
# Crops in training show fires and plumes of up to 380 px; on a whole picture of 640 px they are larger yet.
GLANCE_PX = 320
GLANCE_LABELS = ("fire", "smoke")
NEVER_TESTED = (
    "thermal cameras (trained on greyed and rendered ones only)",
    "night without lamps",
    "rain and a wet lens",
    "real motorcycles, log piles, fire and smoke in training: all of these were rendered",
)


@dataclass(frozen=True, slots=True)
class Weights:
    """The file beside the card, and how it was made. ``thresholds`` by class, 0..1."""

    file: str
    sha256: str
    version: str
    command: str
    thresholds: Mapping[str, float]


@dataclass(frozen=True, slots=True, order=True)
class Origin:
    """Pictures of one source under one licence, and how many of them were trained with."""

    source: str
    licence: str
    pictures: int


def card_toml(weights: Weights) -> str:
    """The whole of ``card.toml``."""
    return "\n".join([*_head(weights), *_input(), *_tiles(), *_numbers(weights)]) + "\n"


def _head(weights: Weights) -> list[str]:
    fields: dict[str, object] = {
        "name": NAME,
        "version": weights.version,
        "file": weights.file,
        "sha256": weights.sha256,
        "licence": LICENCE,
        "source": weights.command,
        "layout": "yolox",
        "labels": CLASSES,
        "standing": STANDING,
        "untested": NEVER_TESTED,
    }
    return [f"{key} = {_toml(value)}" for key, value in fields.items()]


def _input() -> list[str]:
    # The net is fed as YOLOX is: BGR, not scaled, at the top left of grey.
    return [
        "",
        "[input]",
        "width_px = 640",
        "height_px = 640",
        "step_px = 32",
        'colour = "bgr"',
        'resize = "letterbox"',
        "pad_value = 114",
    ]


def _tiles() -> list[str]:
    # Resolution is what small things need, and three by three are still within 275 CPU ms for 720p. What
    # fills the picture is seen in a look from afar, which costs a fortieth of that.
    return [
        "",
        "[tiles]",
        "full = true",
        "grid = [3, 3]",
        "overlap_px = 64",
        "max_upscale = 2.0",
        "max_tiles = 10",
        f"glance_px = {GLANCE_PX}",
        f"glance_labels = {_toml(GLANCE_LABELS)}",
    ]


def _numbers(weights: Weights) -> list[str]:
    per_label = ", ".join(f"{name} = {weights.thresholds[name]}" for name in CLASSES)
    least = [f"{name} = {value}" for name, value in LEAST_PX.items()]
    return [
        "",
        "[thresholds]",
        f"default = {max(weights.thresholds.values())}",
        f"per_label = {{ {per_label} }}",
        "nms_iou = 0.5",
        "",
        "[least_px]",
        *least,
    ]


def _toml(value: object) -> str:
    # Strings and lists of strings read the same in JSON and TOML.
    return json.dumps(list(value) if isinstance(value, tuple) else value, ensure_ascii=False)


def model_card(
    weights: Weights, origins: Iterable[Origin], evaluation: Mapping[str, Any] | None, remarks: str
) -> str:
    """The README beside the weights, in Markdown; ``remarks`` is written by hand and stands at its end."""
    return "\n".join(
        [
            f"# {NAME} {weights.version}",
            "",
            "YOLOX-nano (0.9 million weights) that finds "
            + ", ".join(CLASSES)
            + " in pictures from a drone.",
            "",
            f"- file: `{weights.file}`, sha256 `{weights.sha256}`",
            f"- licence of the weights: {LICENCE}",
            "- input: `images` (N, 3, H, W) float32, BGR 0..255, H and W multiples of 32",
            "- output: `output` (N, cells, 5 + classes): see `detectors/decode.py`",
            f"- made by: `{weights.command}`",
            "",
            *_data(origins),
            *_measured(evaluation),
            "## What it cannot see",
            "",
            *(f"- Never tested: {one}." for one in NEVER_TESTED),
            *(
                f"- {name} narrower than {value:g} px in the net's input: below that hardly ever."
                for name, value in LEAST_PX.items()
            ),
            "",
            remarks.strip(),
            "",
        ]
    )


def _data(origins: Iterable[Origin]) -> list[str]:
    rows = [f"| {one.source} | {one.licence} | {one.pictures} |" for one in sorted(origins)]
    return ["## What it was trained with", "", "| source | licence | pictures |", "|---|---|---|", *rows, ""]


def _measured(evaluation: Mapping[str, Any] | None) -> list[str]:
    if evaluation is None:
        return []
    head = [
        "## What was measured",
        "",
        f"On {evaluation['pictures']} labelled pictures that were never trained with, by"
        " `droneops detect --evaluate`; AP at an overlap of 0.5, with its 95 % interval over pictures.",
        "",
        "| class | boxes | pictures | AP50 | interval | AP50:95 | precision | recall |",
        "|---|---|---|---|---|---|---|---|",
    ]
    return [*head, *(_row(name, found) for name, found in evaluation["classes"].items()), ""]


def _row(name: str, found: Mapping[str, Any]) -> str:
    low, high = found.get("ap50_ci95") or (None, None)
    cells = [
        name,
        str(found.get("boxes", "")),
        str(found.get("pictures", "")),
        _figure(found.get("ap50")),
        f"{_figure(low)} to {_figure(high)}",
        _figure(found.get("ap50_95")),
        _figure(found.get("precision")),
        _figure(found.get("recall")),
    ]
    return "| " + " | ".join(cells) + " |"


def _figure(value: float | None) -> str:
    return "unknown" if value is None else f"{value:.3f}"
