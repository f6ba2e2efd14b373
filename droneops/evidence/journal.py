"""The site's append-only journal: each entry holds the digest of the one before it.

Whoever holds the digest of one entry (every alert carries the head's) can tell whether anything up to it was
changed, left out or put in afterwards. Pure: the outbox keeps the entries.

One entry as a line: ``{"at", "body", "kind", "n", "prev_sha256", "schema", "sha256"}`` in canonical JSON
(RFC 8785); ``sha256`` is that of the canonical JSON of all the others.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from droneops.errors import DroneopsError
from droneops.evidence.canonical import canonical, parse_strictly
from droneops.times import from_text, to_text

SCHEMA = "droneops.journal/1"
Head = tuple[int, str]
GENESIS: Head = (0, "0" * 64)
"""The head of an empty journal."""

MAX_LINE_BYTES = 65_536
"""Bodies hold digests and ids, seldom more than 1 KiB; longer is no journal of ours."""

_KEYS = {"schema", "n", "at", "kind", "body", "prev_sha256", "sha256"}
_KIND = re.compile(r"[a-z][a-z0-9_]{0,63}")
_SHA256 = re.compile(r"[0-9a-f]{64}")


class BrokenChain(DroneopsError):  # noqa: N818 - it says what is wrong, as other parts name it
    """The first entry of a journal that does not fit; ``line`` counts from 1."""

    exit_status = 1

    def __init__(self, line: int, reason: str) -> None:
        self.line = line
        self.reason = reason
        super().__init__(reason, where=f"journal, line {line}")


@dataclass(frozen=True, slots=True)
class Entry:
    """What happened at ``at_us``, as the ``n``-th entry (from 1). ``body`` is JSON."""

    n: int
    at_us: int
    kind: str
    body: Mapping[str, Any]
    prev_sha256: str
    sha256: str

    @property
    def head(self) -> Head:
        """The journal's head once this is its last entry."""
        return self.n, self.sha256


def next_entry(head: Head, at_us: int, kind: str, body: Mapping[str, Any]) -> Entry:
    """The entry that follows the head; raises as `next_line`."""
    return next_line(head, at_us, kind, body)[0]


def next_line(head: Head, at_us: int, kind: str, body: Mapping[str, Any]) -> tuple[Entry, bytes]:
    """The entry that follows the head, and its line as `to_line` gives it.

    Raises:
        ValueError: a kind that is not a plain name, a body that canonical JSON has no words for, or one that
            makes a line longer than `MAX_LINE_BYTES`.
    """
    if not _KIND.fullmatch(kind):
        raise ValueError(f"journal kind {kind!r} is not a plain lower-case name")
    n, prev_sha256 = head[0] + 1, head[1]
    told = _told(n, at_us, kind, body, prev_sha256)
    entry = Entry(n, at_us, kind, dict(body), prev_sha256, hashlib.sha256(told).hexdigest())
    line = _line(told, entry.sha256)
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"journal entry {n} ({kind}) is longer than {MAX_LINE_BYTES} bytes")
    return entry, line


def to_line(entry: Entry) -> bytes:
    """The entry's one line, with its line break."""
    return _line(_told(entry.n, entry.at_us, entry.kind, entry.body, entry.prev_sha256), entry.sha256)


def from_line(line: bytes) -> Entry:
    """The entry of a line whose digest fits its content.

    Raises:
        ValueError: it is no such line; the text says why.
    """
    if len(line) > MAX_LINE_BYTES:
        raise ValueError(f"is longer than {MAX_LINE_BYTES} bytes")
    entry = _entry(parse_strictly(line))
    told = _told(entry.n, entry.at_us, entry.kind, entry.body, entry.prev_sha256)
    if _line(told, entry.sha256) != line.removesuffix(b"\n") + b"\n":
        raise ValueError(f"entry {entry.n} is not written as canonical JSON")
    found = hashlib.sha256(told).hexdigest()
    if found != entry.sha256:
        raise ValueError(f"entry {entry.n} was changed: its sha256 is {found}, it says {entry.sha256}")
    return entry


def read_chain(lines: Iterable[bytes], head: Head | None = GENESIS) -> Iterator[Entry]:
    """The entries that follow ``head``, each checked against the one before; None takes any beginning.

    Raises:
        BrokenChain: at the first line that does not fit.
    """
    for number, line in enumerate(lines, start=1):
        try:
            entry = from_line(line)
            if head is not None:
                _check_follows(entry, head)
        except ValueError as error:
            raise BrokenChain(number, str(error)) from None
        yield entry
        head = entry.head


def verify_chain(lines: Iterable[bytes], head: Head | None = GENESIS) -> Head:
    """The head after all lines; ``head`` (GENESIS if None) where there are none.

    Raises:
        BrokenChain: at the first line that does not fit.
    """
    last = head or GENESIS
    for entry in read_chain(lines, head):
        last = entry.head
    return last


def _check_follows(entry: Entry, head: Head) -> None:
    if entry.n != head[0] + 1:
        raise ValueError(f"is entry {entry.n}, where {head[0] + 1} should be")
    if entry.prev_sha256 != head[1]:
        raise ValueError(f"entry {entry.n} follows {entry.prev_sha256}, but the one before it is {head[1]}")


def _entry(table: Any) -> Entry:
    if not isinstance(table, dict) or set(table) != _KEYS or table["schema"] != SCHEMA:
        raise ValueError(f"is no entry of {SCHEMA}")
    n, at, kind, body = table["n"], table["at"], table["kind"], table["body"]
    digests = (table["prev_sha256"], table["sha256"])
    numbered = type(n) is int and n >= 1
    named = isinstance(kind, str) and _KIND.fullmatch(kind) and isinstance(body, dict)
    hashed = all(isinstance(digest, str) and _SHA256.fullmatch(digest) for digest in digests)
    if not (numbered and named and hashed and isinstance(at, str)):
        raise ValueError(f"is no entry of {SCHEMA}")
    return Entry(n, from_text(at), kind, body, *digests)


def _told(n: int, at_us: int, kind: str, body: Mapping[str, Any], prev_sha256: str) -> bytes:
    """What the digest is of."""
    table = {
        "schema": SCHEMA,
        "n": n,
        "at": to_text(at_us),
        "kind": kind,
        "body": dict(body),
        "prev_sha256": prev_sha256,
    }
    return canonical(table)


def _line(told: bytes, sha256: str) -> bytes:
    # Canonical JSON sorts its keys, and "sha256" is the last of an entry's.
    return told[:-1] + b',"sha256":"' + sha256.encode("ascii") + b'"}\n'
