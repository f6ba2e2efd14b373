"""The first line of each file of looks: whose they are and what they were made with."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Any

from droneops.errors import InputError

FORMAT = "droneops.looks/1"


@dataclass(frozen=True, slots=True)
class Session:
    """``began_us`` is when the drone's process began.

    ``resumed``: its tracker went on from the looks before, which then belong to it; else it began empty.
    ``detector`` is name and version, ``weights_sha256`` None for one without weights.
    """

    drone_id: str
    began_us: int
    resumed: bool
    software: str
    detector: str
    weights_sha256: str | None
    site_sha256: str | None


def session_to_record(session: Session) -> dict[str, Any]:
    """The header's content."""
    return {"format": FORMAT, **asdict(session)}


def session_from_record(record: Mapping[str, Any], where: str) -> Session:
    """The session of a header.

    Raises:
        InputError: it is none; ``where`` names the file.
    """
    if record.get("format") != FORMAT:
        raise InputError("not a recording of looks of this version", where=where, mend=f"{FORMAT} is due")
    names = Session.__dataclass_fields__
    try:
        return Session(**{name: record[name] for name in names})
    except KeyError as error:
        raise InputError(f"a recording whose first line lacks {error}", where=where) from None
