"""An incident's evidence bundle: a zip whose manifest names every file's digest, and the bundle before it.

The same content gives the same bytes.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from droneops.errors import OutputError
from droneops.evidence.archive import archive
from droneops.evidence.journal import Head
from droneops.evidence.manifest import MAX_BYTES, NAME, Sign, manifest_bytes

STAMP_NAME = "timestamp.tsr"
"""The answer of a time-stamping authority (RFC 3161) about the manifest's bytes; no file of the manifest."""

Append = Callable[[str, Mapping[str, Any]], object]
"""Puts an entry (kind, body) into the site's journal, and returns when it is durable."""


def make_bundle(
    files: Mapping[str, bytes],
    facts: Mapping[str, Any],
    previous_sha256: str | None,
    *,
    journal_head: Head | None = None,
    sign: Sign | None = None,
    stamp: Callable[[bytes], bytes] | None = None,
) -> tuple[bytes, str]:
    """The bundle's bytes and their sha256. ``facts`` go into the manifest as they are (JSON).

    ``sign`` gives a message's signature (`signature.sign` with its key), ``stamp`` the time-stamping
    authority's answer about the manifest's bytes.

    Raises:
        ValueError: names, facts or sizes that a bundle cannot hold.
    """
    if reserved := {NAME, STAMP_NAME} & set(files):
        raise ValueError(f"{min(reserved)!r} is the bundle's own")
    manifest = manifest_bytes(files, facts, previous_sha256, journal_head, sign)
    if len(manifest) > MAX_BYTES:
        raise ValueError(f"the manifest is longer than {MAX_BYTES} bytes")
    stamped = {} if stamp is None else {STAMP_NAME: stamp(manifest)}
    raw = archive({NAME: manifest, **stamped, **dict(sorted(files.items()))})
    return raw, hashlib.sha256(raw).hexdigest()


def store_bundle(path: Path, raw: bytes, ids: Mapping[str, str], append: Append) -> None:
    """Put a bundle on disk, whole or not at all, and then its digest into the journal.

    ``ids`` (bundle_id, incident_id) go into the journal's entry. After a crash in between, storing the same
    bundle again writes the entry.

    Raises:
        OutputError: it cannot be written.
    """
    part = path.with_name(f".{path.name}.part")
    try:
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
        sync_folder(path.parent)
    except OSError as error:
        part.unlink(missing_ok=True)
        raise OutputError(f"no bundle can be written: {error.strerror}", where=str(path)) from None
    digest = hashlib.sha256(raw).hexdigest()
    append("evidence_made", {**ids, "name": path.name, "bytes": len(raw), "sha256": digest})


def sync_folder(folder: Path) -> None:
    """Make new names in a folder durable. Raises OSError."""
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)
