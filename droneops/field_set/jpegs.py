"""A set's pictures are read one at a time, when they are written: all of them need not fit into memory."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from functools import partial
from pathlib import Path

from droneops.clock import now_us
from droneops.delivery.outbox.store import Outbox
from droneops.errors import InputError
from droneops.evidence.archive import Slot

Read = Callable[[], bytes]
"""Gives a JPEG; raises InputError where it is no longer there, or another than it was."""


def of_file(path: Path) -> Read:
    """A picture that is a file; it is looked for at once.

    Raises:
        OSError: it is not there.
    """
    path.stat()
    return partial(_part, path, 0, -1)


def of_bundle(path: Path, slot: Slot, sha256: str) -> Read:
    """A picture in a bundle."""
    return partial(_checked, partial(_part, path, slot.data, slot.size), sha256, path)


def of_outbox(path: Path, sha256: str) -> Read:
    """A picture that went with an alert."""
    return partial(_checked, partial(_stored, path, sha256), sha256, path)


def _part(path: Path, first: int, size: int) -> bytes:
    try:
        with path.open("rb") as file:
            file.seek(first)
            return file.read(size)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _stored(path: Path, sha256: str) -> bytes:
    with Outbox.open(path, now_us) as outbox:
        return outbox.picture(sha256) or b""


def _checked(read: Read, sha256: str, path: Path) -> bytes:
    jpeg = read()
    if hashlib.sha256(jpeg).hexdigest() != sha256:
        raise InputError("was changed while its pictures were read", where=str(path), mend="try again")
    return jpeg
