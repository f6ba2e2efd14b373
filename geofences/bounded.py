"""Files are read whole, up to a size."""

from __future__ import annotations

from importlib.resources.abc import Traversable
from pathlib import Path

from geofences.zone import ZoneError

MAX_FILE_BYTES = 64_000_000
"""Parsed coordinates take four times their bytes and more: a file of this size a quarter of a gigabyte and
some seconds, of what an edge box has for everything."""

MAX_VERTICES = 2_000_000
"""An outline of 2,000 km drawn at every metre; no zone needs more, and each question would pay for it."""


def read_bounded(path: Path | Traversable, max_bytes: int = MAX_FILE_BYTES) -> bytes:
    """The bytes of a file. Raises ZoneError where it cannot be read or is larger than `max_bytes`."""
    try:
        with path.open("rb") as stream:
            content: bytes = stream.read(max_bytes + 1)
    except OSError as error:
        reason = error.strerror or type(error).__name__
        raise ZoneError.in_file(
            str(path), f"cannot be read ({reason})", "check the path and its rights"
        ) from error
    if len(content) > max_bytes:
        raise too_large(path.name, max_bytes)
    return content


def too_large(file: str, max_bytes: int) -> ZoneError:
    """The error for what is larger than `max_bytes`."""
    what = f"is larger than {max_bytes} bytes"
    return ZoneError.in_file(file, what, "simplify the polygons or split the layer")


def too_many_vertices(file: str) -> ZoneError:
    """The error for more than `MAX_VERTICES`."""
    what = f"has more than {MAX_VERTICES} vertices"
    return ZoneError.in_file(file, what, "simplify the polygons; a metre between vertices is enough")
