"""A bundle's manifest (schema droneops.evidence/1): what is in it, where it came from, and who says so.

Its bytes are its canonical JSON (RFC 8785), so that one manifest is one sequence of bytes.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from droneops.evidence.canonical import canonical, parse_strictly
from droneops.evidence.journal import Head

SCHEMA = "droneops.evidence/1"
NAME = "manifest.json"
MAX_BYTES = 1 << 20
"""A clip of 64 MiB takes 70 KiB of digests of blocks."""

BLOCK_BYTES = 65_536
"""Longer files have a digest for each block of this size, so that the first changed one can be named."""

Sign = Callable[[Mapping[str, Any]], Mapping[str, Any]]

_OURS = frozenset({"schema", "files", "previous_bundle_sha256", "journal_head", "signature"})
_SHA256 = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class FileEntry:
    """A file of the bundle; ``blocks_sha256`` is empty for one of at most one block."""

    name: str
    bytes: int
    sha256: str
    blocks_sha256: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Manifest:
    """A manifest as it was read: ``table`` is all of it."""

    table: Mapping[str, Any]
    bundle_id: str
    incident_id: str
    previous_sha256: str | None
    journal_head: Head | None
    files: tuple[FileEntry, ...]


def manifest_bytes(
    files: Mapping[str, bytes],
    facts: Mapping[str, Any],
    previous_sha256: str | None,
    journal_head: Head | None,
    sign: Sign | None,
) -> bytes:
    """The manifest of these files, signed where there is a key. ``facts`` go into it as they are (JSON).

    Raises:
        ValueError: facts that are not the caller's to tell, or that canonical JSON has no words for.
    """
    if taken := _OURS & set(facts):
        raise ValueError(f"facts must not hold {sorted(taken)[0]!r}")
    table = {
        "schema": SCHEMA,
        **facts,
        "previous_bundle_sha256": previous_sha256,
        "journal_head": None if journal_head is None else {"n": journal_head[0], "sha256": journal_head[1]},
        "files": [_entry(name, content) for name, content in sorted(files.items())],
    }
    return canonical({**table, "signature": None if sign is None else dict(sign(table))})


def read_manifest(raw: bytes) -> Manifest:
    """The manifest of its bytes; its signature is not looked at.

    Raises:
        ValueError: it is none; the text says why, as words after "the manifest".
    """
    table = parse_strictly(raw)
    if not isinstance(table, dict) or table.get("schema") != SCHEMA:
        raise ValueError(f"is none of {SCHEMA}")
    if canonical(table) != raw:
        raise ValueError("is not written as canonical JSON")
    names = [table.get("bundle_id"), table.get("incident_id")]
    if not all(isinstance(name, str) and name for name in names) or not set(table) >= _OURS:
        raise ValueError("lacks bundle_id, incident_id or another key that each has")
    files = tuple(_read_entry(entry) for entry in _list(table["files"]))
    if [file.name for file in files] != sorted({file.name for file in files}):
        raise ValueError("names a file twice, or its files are not in order")
    previous = table["previous_bundle_sha256"]
    if previous is not None and not _is_sha256(previous):
        raise ValueError("has a previous_bundle_sha256 that is none")
    head = read_head(table["journal_head"])
    return Manifest(table, str(names[0]), str(names[1]), previous, head, files)


def read_head(value: object) -> Head | None:
    """A journal's head as {n, sha256}, or null.

    Raises:
        ValueError: neither.
    """
    if value is None:
        return None
    if isinstance(value, dict) and set(value) == {"n", "sha256"}:
        n, sha256 = value["n"], value["sha256"]
        if type(n) is int and n >= 0 and _is_sha256(sha256):
            return n, sha256
    raise ValueError("has a journal_head that is none")


def block_count(size: int) -> int:
    """How many digests of blocks a file of this size has."""
    return -(-size // BLOCK_BYTES) if size > BLOCK_BYTES else 0


def _entry(name: str, content: bytes) -> dict[str, Any]:
    view = memoryview(content)
    starts = range(0, block_count(len(content)) * BLOCK_BYTES, BLOCK_BYTES)
    return {
        "name": name,
        "bytes": len(content),
        "sha256": hashlib.sha256(content).hexdigest(),
        "blocks_sha256": [hashlib.sha256(view[at : at + BLOCK_BYTES]).hexdigest() for at in starts],
    }


def _read_entry(entry: object) -> FileEntry:
    if isinstance(entry, dict) and set(entry) == {"name", "bytes", "sha256", "blocks_sha256"}:
        name, size, sha256, blocks = (entry[key] for key in ("name", "bytes", "sha256", "blocks_sha256"))
        sized = type(size) is int and size >= 0 and isinstance(blocks, list)
        counted = isinstance(name, str) and sized and len(blocks) == block_count(size)
        if counted and all(_is_sha256(digest) for digest in (sha256, *blocks)):
            return FileEntry(name, size, sha256, tuple(blocks))
    raise ValueError("has an entry in files that is none")


def _list(value: object) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("has files that are no list")
    return value


def _is_sha256(value: object) -> bool:
    return isinstance(value, str) and _SHA256.fullmatch(value) is not None
