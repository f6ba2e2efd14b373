"""Pictures in which there is nothing to report."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

INDEX = "instances.json"
ENDINGS = (".jpg", ".png", ".tif")


def empty_pictures(folder: Path) -> Iterator[tuple[str, Path]]:
    """Kind and file of the pictures of a set (``instances.json``) without any box, or of a plain folder."""
    index = folder / INDEX
    if not index.is_file():
        for path in sorted(p for p in folder.rglob("*") if p.suffix.lower() in ENDINGS):
            yield folder.name, path
        return
    data = json.loads(index.read_text())
    busy = {annotation["image_id"] for annotation in data["annotations"]}
    for image in data["images"]:
        if image["id"] not in busy:
            below = folder / "images" / image["file_name"]
            path = below if below.is_file() else folder / image["file_name"]
            yield str(image.get("kind", folder.name)), path
