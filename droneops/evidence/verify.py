"""Verifies bundles offline: nothing is taken from them before its place, size and digest are as they must be.

Read in this order: the archive's layout, the manifest and its signature, each file's digest, the alerts
inside, the time stamp, and what several bundles and the site's journal say of one another (anchors.py).
"""

from __future__ import annotations

import hashlib
import os
import stat
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from io import BufferedReader
from pathlib import Path
from typing import TYPE_CHECKING

from droneops.errors import InputError, UsageError
from droneops.evidence import sealed_alerts
from droneops.evidence.archive import MAX_BUNDLE_BYTES, BadArchiveError, Slot, read_slots
from droneops.evidence.bundle import STAMP_NAME
from droneops.evidence.journal import Head
from droneops.evidence.keys import key_id
from droneops.evidence.manifest import (
    BLOCK_BYTES,
    MAX_BYTES,
    NAME,
    FileEntry,
    Manifest,
    read_head,
    read_manifest,
)
from droneops.evidence.problem import BadBundleError
from droneops.evidence.sealed_alerts import BadAlertError, SealedAlert
from droneops.evidence.signature import BadSignature, verify
from droneops.evidence.timestamp import MAX_STAMP_BYTES, BadStampError, check_stamp

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.x509 import Certificate

MAX_ALERTS_BYTES = 32 << 20
"""Eight thousand alerts of one incident; the largest file that is read whole."""

NO_STAMP = "there is no time stamp in it"


@dataclass(frozen=True, slots=True)
class Trust:
    """What the verifier holds that is not from the bundle.

    ``keys`` are the site's public keys by key id; ``certificates`` vouch for the time-stamping authority;
    ``held`` are alerts as they were received.
    """

    keys: Mapping[str, Ed25519PublicKey]
    certificates: tuple[Certificate, ...] = ()
    held: tuple[bytes, ...] = ()


@dataclass(frozen=True, slots=True)
class Verdict:
    """What is known of a bundle; ``problem`` is the first thing that does not fit, None in a good one.

    ``heads`` are the journal's heads that it speaks of, in order; ``stamped_at`` is a time-stamping
    authority's word, None without one; ``notes`` tell what could not be checked.
    """

    path: Path
    sha256: str
    problem: BadBundleError | None
    manifest: Manifest | None = None
    alerts: int = 0
    heads: tuple[Head, ...] = ()
    stamped_at: str | None = None
    notes: tuple[str, ...] = ()

    @property
    def good(self) -> bool:
        """Whether all of it fits."""
        return self.problem is None


def trust_in(
    keys: Sequence[Ed25519PublicKey],
    *,
    certificates: Sequence[Certificate] = (),
    held: Sequence[bytes] = (),
) -> Trust:
    """The verifier's trust in these keys; ``held`` alerts must carry a signature of one of them.

    Raises:
        UsageError: no key, or an alert that was not signed with one.
    """
    if not keys:
        raise UsageError("no public key is given", mend="give --public-key FILE")
    by_id = {key_id(key): key for key in keys}
    for number, raw in enumerate(held, start=1):
        try:
            read_head(sealed_alerts.signed_table(raw, by_id)["journal_head"])
        except (ValueError, BadSignature) as error:
            raise UsageError(f"alert {number} of those held proves nothing: {error}") from None
    return Trust(by_id, tuple(certificates), tuple(held))


def verify_bundle(path: Path, public: Ed25519PublicKey | Trust) -> Verdict:
    """Verify one bundle, offline.

    Raises:
        InputError: the file cannot be read at all.
    """
    trust = public if isinstance(public, Trust) else trust_in([public])
    try:
        with _open(path) as file:
            total = os.fstat(file.fileno()).st_size
            if total > MAX_BUNDLE_BYTES:
                problem = BadBundleError(f"has {total} bytes, more than the {MAX_BUNDLE_BYTES} of any bundle")
                return Verdict(path, "", problem)
            sha256 = hashlib.file_digest(file, "sha256").hexdigest()
            return _verdict(path, sha256, file, total, trust)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None


def _open(path: Path) -> BufferedReader:
    # O_NONBLOCK: opening a pipe must not wait for somebody to write into it.
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb")
    if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
        file.close()
        raise InputError("is not a plain file", where=str(path), mend="give a bundle (.zip)")
    return file


def _verdict(path: Path, sha256: str, file: BufferedReader, total: int, trust: Trust) -> Verdict:
    try:
        slots = _slots(file, total)
        raw = _manifest_bytes(file, slots)
        manifest = _manifest(raw, slots[0], trust)
        found = Verdict(path, sha256, None, manifest)
    except BadBundleError as problem:
        return Verdict(path, sha256, problem)
    try:
        stamp = _check_list(slots, manifest)
        for slot, entry in zip(slots[len(slots) - len(manifest.files) :], manifest.files, strict=True):
            _check_file(file, slot, entry)
        alerts = _alerts(file, slots, manifest, trust)
        heads = (*(a.journal_head for a in alerts), manifest.journal_head)
        found = replace(found, alerts=len(alerts), heads=tuple(h for h in heads if h is not None))
        if stamp is None:
            return _without_stamp(found, trust)
        return _with_stamp(found, _content(file, stamp, MAX_STAMP_BYTES), raw, stamp, trust)
    except BadBundleError as problem:
        return replace(found, problem=problem)


def _slots(file: BufferedReader, total: int) -> tuple[Slot, ...]:
    try:
        slots = read_slots(file, total)
    except BadArchiveError as error:
        raise BadBundleError(error.reason, at_byte=error.at_byte) from None
    if slots[0].name != NAME:
        raise BadBundleError(f"begins with {slots[0].name!r} instead of {NAME}", at_byte=0)
    return slots


def _manifest_bytes(file: BufferedReader, slots: Sequence[Slot]) -> bytes:
    slot = slots[0]
    if slot.size > MAX_BYTES:
        what = f"has {slot.size} bytes, more than the {MAX_BYTES} of any manifest"
        raise BadBundleError(what, file=NAME, at_byte=slot.data)
    raw = _content(file, slot)
    if zlib.crc32(raw) != slot.crc32:
        what = "does not fit its checksum: its content, or its header in the archive, was changed"
        raise BadBundleError(what, file=NAME, at_byte=slot.data)
    return raw


def _manifest(raw: bytes, slot: Slot, trust: Trust) -> Manifest:
    try:
        manifest = read_manifest(raw)
    except ValueError as error:
        raise BadBundleError(f"the manifest {error}", file=NAME, at_byte=slot.data) from None
    try:
        verify(manifest.table, sealed_alerts.key_for(manifest.table, trust.keys))
    except BadSignature as error:
        raise BadBundleError(error.reason, file=NAME, at_byte=slot.data) from None
    return manifest


def _check_list(slots: Sequence[Slot], manifest: Manifest) -> Slot | None:
    """The archive holds the manifest, perhaps a time stamp, and the manifest's files in order: the stamp."""
    stamp = next((slot for slot in slots[1:2] if slot.name == STAMP_NAME), None)
    found = slots[1:] if stamp is None else slots[2:]
    wanted = [entry.name for entry in manifest.files]
    for slot in found:
        if slot.name not in wanted:
            raise BadBundleError(
                "was added: the manifest does not name it", file=slot.name, at_byte=slot.offset
            )
    there = [slot.name for slot in found]
    for name in wanted:
        if name not in there:
            raise BadBundleError("was removed: the manifest names it", file=name)
    for slot, name in zip(found, wanted, strict=True):
        if slot.name != name:
            raise BadBundleError(f"stands where {name} should", file=slot.name, at_byte=slot.offset)
    return stamp


def _check_file(file: BufferedReader, slot: Slot, entry: FileEntry) -> None:
    if slot.size != entry.bytes:
        what = f"has {slot.size} bytes, the manifest says {entry.bytes}"
        at = slot.data + min(slot.size, entry.bytes)
        raise BadBundleError(what, file=entry.name, at_byte=at)
    whole, crc32 = hashlib.sha256(), 0
    file.seek(slot.data)
    for number in range(-(-slot.size // BLOCK_BYTES)):
        block = file.read(min(BLOCK_BYTES, slot.size - number * BLOCK_BYTES))
        whole.update(block)
        crc32 = zlib.crc32(block, crc32)
        if entry.blocks_sha256 and hashlib.sha256(block).hexdigest() != entry.blocks_sha256[number]:
            raise _changed(entry, slot, number * BLOCK_BYTES, len(block))
    if whole.hexdigest() != entry.sha256:
        raise _changed(entry, slot, 0, slot.size)
    if crc32 != slot.crc32:
        what = "its checksum in the archive was changed"
        raise BadBundleError(what, file=entry.name, at_byte=slot.offset + 14)


def _changed(entry: FileEntry, slot: Slot, start: int, count: int) -> BadBundleError:
    place = f"bytes {start} to {start + count - 1}" if count else "nothing"
    what = f"was changed: {place} of it are not those that the manifest's sha256 was made of"
    return BadBundleError(what, file=entry.name, at_byte=slot.data + start)


def _alerts(
    file: BufferedReader, slots: Sequence[Slot], manifest: Manifest, trust: Trust
) -> tuple[SealedAlert, ...]:
    by_name = {slot.name: slot for slot in slots}
    slot = by_name.get(sealed_alerts.NAME)
    if slot is None or slot.size > MAX_ALERTS_BYTES:
        raise BadBundleError("there are no alerts, or more than a bundle holds", file=sealed_alerts.NAME)
    try:
        alerts = sealed_alerts.check_alerts(_content(file, slot), manifest, trust.keys)
    except BadAlertError as error:
        at = slot.data + error.offset
        raise BadBundleError(str(error), file=sealed_alerts.NAME, at_byte=at) from None
    for entry in manifest.files:
        why_not = sealed_alerts.check_snapshot(entry, alerts)
        if why_not is not None:
            raise BadBundleError(why_not, file=entry.name, at_byte=by_name[entry.name].data)
    other = sealed_alerts.check_facts(manifest)
    if other is not None:
        raise BadBundleError(other[1], file=other[0], at_byte=by_name[other[0]].data)
    lacks = sealed_alerts.check_held(trust.held, manifest, alerts)
    if lacks is not None:
        raise BadBundleError(lacks, file=sealed_alerts.NAME)
    return alerts


def _without_stamp(found: Verdict, trust: Trust) -> Verdict:
    # Whoever asks about the stamp must hear that there is none: it can be taken out without a trace.
    return replace(found, notes=(*found.notes, NO_STAMP)) if trust.certificates else found


def _with_stamp(found: Verdict, raw: bytes, manifest: bytes, slot: Slot, trust: Trust) -> Verdict:
    if slot.size > MAX_STAMP_BYTES or zlib.crc32(raw) != slot.crc32:
        raise BadBundleError("was changed", file=STAMP_NAME, at_byte=slot.data)
    if not trust.certificates:
        note = "the time stamp was not checked: give --tsa-certificate"
        return replace(found, notes=(*found.notes, note))
    try:
        stamped = check_stamp(raw, manifest, trust.certificates)
    except BadStampError as error:
        raise BadBundleError(str(error), file=STAMP_NAME, at_byte=slot.data) from None
    return replace(found, stamped_at=stamped.strftime("%Y-%m-%dT%H:%M:%S.%fZ"))


def _content(file: BufferedReader, slot: Slot, at_most: int = MAX_BUNDLE_BYTES) -> bytes:
    file.seek(slot.data)
    return file.read(min(slot.size, at_most))
