"""Pictures of incidents in a folder."""

from __future__ import annotations

from pathlib import Path

from droneops.errors import OutputError
from droneops.watch.reading import PictureCame


def make_folder(folder: Path) -> None:
    """Make it where it is missing.

    Raises:
        OutputError: it cannot be made, or is no folder.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(f"no pictures can be kept: {error.strerror}", where=str(folder)) from None


def save(folder: Path, picture: PictureCame) -> Path:
    """Keep a picture under its incident's id and its own digest; whole or not at all.

    Raises:
        OutputError: it cannot be written.
    """
    path = folder / f"{picture.incident_id}-{picture.sha256[:12]}.jpg"
    half = path.with_suffix(".part")
    try:
        half.write_bytes(picture.raw)
        half.replace(path)
    except OSError as error:
        raise OutputError(f"the picture cannot be kept: {error.strerror}", where=str(path)) from None
    return path
