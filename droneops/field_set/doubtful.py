"""Doubtful frames that a replay kept, as pictures with suggestions and nothing stated."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from droneops.errors import InputError
from droneops.field_set.cases import is_of_markers
from droneops.field_set.jpegs import of_file
from droneops.field_set.picture import FieldPicture, suggestions

FOLDER, ROWS = "doubtful", "frames.jsonl"
_NOT_IN_NAMES = re.compile(r"[^A-Za-z0-9_.-]")
_FILE = re.compile(r"[0-9]{1,20}\.jpg", re.ASCII)


def doubtful_in(result: Path) -> tuple[FieldPicture, ...]:
    """What a replay kept in its result folder; empty where it kept nothing.

    Raises:
        InputError: what it kept cannot be read.
    """
    path = result / FOLDER / ROWS
    if not path.exists():
        return ()
    try:
        rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
        return tuple(_picture(path.parent, row) for row in rows if not is_of_markers(row["detector"]))
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(error.filename or path)) from None
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError) as error:
        raise InputError(f"is no list of frames: {error!r}", where=str(path)) from None


def sample(pictures: Sequence[FieldPicture], most: int | None) -> tuple[FieldPicture, ...]:
    """At most so many, the same ones each time and from all flights alike; None: all."""
    chosen = sorted(pictures, key=lambda picture: hashlib.sha256(picture.name.encode()).hexdigest())[:most]
    return tuple(sorted(chosen, key=lambda picture: picture.name))


def _picture(folder: Path, row: Mapping[str, Any]) -> FieldPicture:
    if _FILE.fullmatch(row["file"]) is None:
        raise ValueError(f"{row['file']!r} is no frame's name")
    drone = _NOT_IN_NAMES.sub("_", row["drone_id"])
    return FieldPicture(
        name=f"{drone}-{row['file']}",
        read=of_file(folder / row["file"]),
        width_px=int(row["width_px"]),
        height_px=int(row["height_px"]),
        boxes=suggestions(row["things"]),
        labelled=(),
        source=f"drone {row['drone_id']} at {row['time']}",
        facts={
            "kind": "doubtful",
            "time": row["time"],
            "detector": row["detector"],
            "doubts": list(row["doubts"]),
        },
    )
