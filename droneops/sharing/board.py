"""What may be shown to whom now: written by the site's process, read by the one that shows.

A file that is replaced as a whole: neither process waits for the other, and whoever starts anew knows it.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

FILE = Path("run") / "sharing.json"
"""In the data folder."""

VALID_US = 10_000_000
"""The site says it each second; where it has said nothing for so long, nothing may be shown."""

MOST_BYTES = 4 << 20
"""Thousands of open incidents."""


@dataclass(frozen=True, slots=True)
class Stream:
    """A camera whose picture holds an incident's place."""

    drone_id: str
    camera_id: str


@dataclass(frozen=True, slots=True)
class Shared:
    """An incident that is not over, the agencies that have it, and the streams that see its place now."""

    incident_id: str
    headline_th: str
    headline_en: str
    agencies: tuple[str, ...]
    streams: tuple[Stream, ...]


def write_board(data_dir: Path, at_us: int, shared: Iterable[Shared]) -> None:
    """Replace what is said now, as of ``at_us`` (UTC).

    Raises:
        OSError: it cannot be written.
    """
    path = data_dir / FILE
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    new = path.with_suffix(".new")
    text = json.dumps({"at_us": at_us, "incidents": [_row(each) for each in shared]}, ensure_ascii=False)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    new.replace(path)


def read_board(data_dir: Path, now_us: int) -> dict[str, Shared]:
    """By incident; nothing where nothing fresh was said, or nothing that can be read."""
    with suppress(OSError, ValueError, KeyError, TypeError):
        with (data_dir / FILE).open("rb") as file:
            told = json.loads(file.read(MOST_BYTES))
        if abs(now_us - told["at_us"]) <= VALID_US:
            return {row["id"]: _shared(row) for row in told["incidents"]}
    return {}


def _row(shared: Shared) -> dict[str, Any]:
    return {
        "id": shared.incident_id,
        "headline": {"th": shared.headline_th, "en": shared.headline_en},
        "agencies": list(shared.agencies),
        "streams": [[stream.drone_id, stream.camera_id] for stream in shared.streams],
    }


def _shared(row: dict[str, Any]) -> Shared:
    streams = tuple(Stream(str(drone_id), str(camera_id)) for drone_id, camera_id in row["streams"])
    headline = row["headline"]
    return Shared(str(row["id"]), headline["th"], headline["en"], tuple(row["agencies"]), streams)
