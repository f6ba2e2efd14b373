"""The models that are compared: peers' weights behind cards made on the fly, and ours as it ships."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from detectors.registry import MODELS_DIR

COCO_OURS = {
    "person": "person",
    "bicycle": None,
    "car": "vehicle",
    "motorcycle": "motorcycle",
    "airplane": None,
    "bus": "vehicle",
    "train": None,
    "truck": "vehicle",
    "boat": "boat",
}
"""The first nine labels of COCO, in its order, and what they are to us; the other 71 are nothing."""


@dataclass(frozen=True)
class Model:
    """A card to load, and how it is called in the tables."""

    name: str
    card: Path
    options: dict[str, object]


def peers(weights: Path, folder: Path) -> list[Model]:
    """femto and YOLOX-nano, as they come, full and tiled, with cards written below ``folder``.

    None where ``weights`` holds them not.
    """
    femto = _card("femto", "detr", 'colour = "rgb"\nresize = "stretch"\ndivide_by = 255.0')
    nano = _card("nano", "yolox", 'colour = "bgr"\nresize = "letterbox"')
    texts = {"femto": femto, "nano": nano}
    files = {"femto": "deimv2_hgnetv2_femto_coco.onnx", "nano": "yolox_nano_coco_416.onnx"}
    found = []
    there = {name: text for name, text in texts.items() if (weights / files[name]).is_file()}
    for name, text in there.items():
        for grid in (1, 2, 3):
            place = folder / f"{name}-{grid}"
            place.mkdir()
            data = (weights / files[name]).read_bytes()
            (place / files[name]).write_bytes(data)
            tiles = "" if grid == 1 else f"[tiles]\nfull = true\ngrid = [{grid}, {grid}]\nmax_tiles = 10\n"
            head = f'file = "{files[name]}"\nsha256 = "{hashlib.sha256(data).hexdigest()}"\n'
            (place / "card.toml").write_text(head + text + tiles)
            how = "full" if grid == 1 else f"full + {grid}x{grid}"
            found.append(Model(f"{name} 416, {how}", place / "card.toml", {}))
    return found


def _card(name: str, layout: str, feed: str) -> str:
    labels = [*COCO_OURS, *(f"other-{k}" for k in range(len(COCO_OURS), 80))]
    means = "\n".join(f'{own} = "{ours}"' for own, ours in COCO_OURS.items() if ours)
    return (
        f'name = "{name}"\nversion = "coco"\nlicence = "Apache-2.0"\nsource = "shared/data/models"\n'
        f'layout = "{layout}"\nlabels = {labels}\nstanding = ["person"]\n'
        f"[input]\nwidth_px = 416\nheight_px = 416\n{feed}\n"
        f"[label_map]\n{means}\n[thresholds]\ndefault = 0.4\nnms_iou = 0.5\n"
    )


def shipped() -> list[Model]:
    """Every model of ours, at its shipped setting."""
    cards = sorted(MODELS_DIR.glob("*/card.toml"))
    return [Model(f"{card.parent.name}, as shipped", card, {}) for card in cards]


def others(cards: Sequence[Path]) -> list[Model]:
    """Models given by their cards, called by their folders."""
    return [Model(f"{card.parent.name}, as its card says", card, {}) for card in cards]
