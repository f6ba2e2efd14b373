"""What a bundle holds of its incident's pictures."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from droneops.errors import InputError
from droneops.evidence.archive import BadArchiveError, Slot, read_slots
from droneops.evidence.manifest import NAME as MANIFEST
from droneops.field_set.jpegs import Read, of_bundle
from droneops.field_set.picture import FieldBox, suggestion, suggestions

PICTURES = "pictures.json"
MOST_BYTES = 1 << 20
"""A picture has 64 KiB, a manifest or a list of pictures less than this."""


# What a manifest or a list of pictures that is none of ours runs into.
_WRONG = (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError)


@dataclass(frozen=True, slots=True)
class SealedPicture:
    """A picture that went with an incident's ``sequence``-th alert.

    ``subject`` is what the alert is about, ``others`` whatever else was detected in the picture by
    ``detector`` (name and version) at ``time``.
    """

    read: Read
    sequence: int
    width_px: int
    height_px: int
    time: str
    detector: str
    subject: FieldBox
    others: tuple[FieldBox, ...]


@dataclass(frozen=True, slots=True)
class Sealed:
    """An incident's pictures, in order, and the last word of a second model (None: there was none)."""

    incident_id: str
    site_id: str
    pictures: tuple[SealedPicture, ...]
    second_answer: str | None


def read_sealed(path: Path) -> Sealed:
    """The pictures of a bundle. Its signature is not looked at: `droneops evidence verify` does.

    Raises:
        InputError: it cannot be read, or is no bundle.
    """
    try:
        with path.open("rb") as file:
            slots = [slot for slot in read_slots(file, path.stat().st_size) if slot.size <= MOST_BYTES]
            files = {slot.name: _content(file, slot) for slot in slots if slot.name in (MANIFEST, PICTURES)}
            jpegs = dict(_digested(file, path, slot) for slot in slots if slot.name.endswith(".jpg"))
        manifest = json.loads(files[MANIFEST])
        second = manifest.get("second_look")
        return Sealed(
            incident_id=str(manifest["incident_id"]),
            site_id=str(manifest["site_id"]),
            pictures=_pictures(files.get(PICTURES, b"[]"), jpegs),
            second_answer=None if second is None else str(second["answer"]),
        )
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except (BadArchiveError, *_WRONG) as error:
        mend = "droneops evidence verify says what is wrong"
        raise InputError(f"is no bundle: {error}", where=str(path), mend=mend) from None


def _digested(file: BinaryIO, path: Path, slot: Slot) -> tuple[str, Read]:
    sha256 = hashlib.sha256(_content(file, slot)).hexdigest()
    return sha256, of_bundle(path, slot, sha256)


def _content(file: BinaryIO, slot: Slot) -> bytes:
    file.seek(slot.data)
    return file.read(slot.size)


def _pictures(listed: bytes, by_digest: Mapping[str, Read]) -> tuple[SealedPicture, ...]:
    rows = json.loads(listed)
    return tuple(_picture(by_digest[row["sha256"]], row) for row in rows if row["sha256"] in by_digest)


def _picture(read: Read, row: Mapping[str, Any]) -> SealedPicture:
    subject = [thing for thing in row["things"] if thing["track_id"] == row["track_id"]]
    others = [thing for thing in row["things"] if thing["track_id"] != row["track_id"]]
    if len(subject) != 1:
        raise ValueError(f"its picture of alert {row['sequence']} does not show the alert's subject once")
    return SealedPicture(
        read=read,
        sequence=int(row["sequence"]),
        width_px=int(row["width_px"]),
        height_px=int(row["height_px"]),
        time=str(row["time"]),
        detector=str(row["detector"]),
        subject=suggestion(subject[0]),
        others=suggestions(others),
    )
