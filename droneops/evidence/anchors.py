"""What several bundles, and the site's exported journal, say of one another."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import BinaryIO

from droneops.errors import InputError
from droneops.evidence.journal import GENESIS, MAX_LINE_BYTES, BrokenChain, Head, read_chain
from droneops.evidence.problem import BadBundleError
from droneops.evidence.verify import Verdict

MADE = "evidence_made"

_WRAPPED = b'{"type":"journal","entry":'
_OTHERS = (b'{"type":"alert",', b'{"type":"refusal",')
"""How lines of `droneops outbox export` begin (`droneops.delivery.outbox.showing`)."""


@dataclass(frozen=True, slots=True)
class JournalView:
    """What a whole journal says of some bundles: the digests of wanted entries, and which bundles it names.

    ``first`` is the number of its first entry.
    """

    first: int
    head: Head
    digests: Mapping[int, str]
    bundles: frozenset[str]


def read_journal(path: Path, entries: frozenset[int], bundles: frozenset[str]) -> JournalView:
    """Read an exported journal (JSON lines) in one pass, and check its chain.

    Raises:
        InputError: it cannot be read.
        BrokenChain: at the first entry that does not fit.
    """
    digests, named, first, head = {0: GENESIS[1]}, set(), 0, GENESIS
    try:
        with path.open("rb") as file:
            for entry in read_chain(_lines(file), None):
                first, head = first or entry.n, entry.head
                if entry.n in entries:
                    digests[entry.n] = entry.sha256
                digest = entry.body.get("sha256")
                if entry.kind == MADE and isinstance(digest, str) and digest in bundles:
                    named.add(digest)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    return JournalView(first, head, digests, frozenset(named))


def with_journal(verdicts: Sequence[Verdict], path: Path, held: Sequence[Head] = ()) -> tuple[Verdict, ...]:
    """The verdicts after the journal was asked: is each bundle in it, and does each head fit its chain?

    ``held`` are heads in alerts that somebody received: nobody at the site can change those.

    Raises:
        InputError: it cannot be read.
        BrokenChain: the journal itself does not hold, or does not fit a head that is held.
    """
    heads = [head for verdict in verdicts for head in verdict.heads]
    wanted = frozenset(n for n, _ in (*heads, *held))
    digests = {v.manifest.previous_sha256 for v in verdicts if v.manifest is not None}
    bundles = frozenset({v.sha256 for v in verdicts} | {digest for digest in digests if digest is not None})
    journal = read_journal(path, wanted, bundles)
    for head in held:
        why_not = _why_not(head, journal)
        if why_not is not None:
            raise BrokenChain(max(head[0] - journal.first + 1, 1), f"an alert that is held {why_not}")
    return tuple(_with_journal(verdict, journal) for verdict in verdicts)


def in_a_row(verdicts: Sequence[Verdict]) -> tuple[Verdict, ...]:
    """The verdicts after the bundles were compared: no two may follow the same one."""
    # One bundle given twice is one: a copy accuses nobody.
    good = {v.sha256: v.manifest for v in verdicts if v.manifest is not None and v.good}
    followed = Counter(manifest.previous_sha256 for manifest in good.values())
    there = {verdict.sha256 for verdict in verdicts}
    return tuple(_in_a_row(verdict, followed, there) for verdict in verdicts)


def _in_a_row(verdict: Verdict, followed: Counter[str | None], there: set[str]) -> Verdict:
    if verdict.manifest is None or not verdict.good:
        return verdict
    previous = verdict.manifest.previous_sha256
    if followed[previous] > 1:
        which = "no bundle" if previous is None else f"the bundle {previous}"
        problem = BadBundleError(f"follows {which}, as another one of these does: one of both was put in")
        return replace(verdict, problem=problem)
    if previous is not None and previous not in there:
        note = f"the bundle before it ({previous}) is not among these"
        return replace(verdict, notes=(*verdict.notes, note))
    return verdict


def _with_journal(verdict: Verdict, journal: JournalView) -> Verdict:
    if not verdict.good or verdict.manifest is None:
        return verdict
    if verdict.sha256 not in journal.bundles:
        problem = BadBundleError(f"its sha256 {verdict.sha256} is not in the journal")
        return replace(verdict, problem=problem)
    previous = verdict.manifest.previous_sha256
    if previous is not None and previous not in journal.bundles and journal.first == 1:
        problem = BadBundleError(f"follows the bundle {previous}, which is not in the journal")
        return replace(verdict, problem=problem)
    for head in verdict.heads:
        why_not = _why_not(head, journal)
        if why_not is not None:
            return replace(verdict, problem=BadBundleError(f"a journal_head in it {why_not}"))
    return replace(verdict, notes=(*verdict.notes, *_notes(journal)))


def _why_not(head: Head, journal: JournalView) -> str | None:
    n, sha256 = head
    if 0 < n < journal.first:
        return f"names entry {n}, before the journal's first ({journal.first}): export all of it"
    if n > journal.head[0]:
        return f"names entry {n}, but the journal ends at {journal.head[0]}"
    if journal.digests.get(n) != sha256:
        return f"says that entry {n} has sha256 {sha256}; the journal says {journal.digests.get(n)}"
    return None


def _notes(journal: JournalView) -> tuple[str, ...]:
    return () if journal.first <= 1 else (f"the journal begins at entry {journal.first}",)


def _lines(file: BinaryIO) -> Iterator[bytes]:
    """The journal's lines: alone, or as `droneops outbox export` writes them among others."""
    goes_on = False
    while line := file.readline(MAX_LINE_BYTES + len(_WRAPPED) + 2):
        is_rest, goes_on = goes_on, not line.endswith(b"\n")
        if is_rest or line.startswith(_OTHERS):
            continue
        yield line[len(_WRAPPED) : -2] + b"\n" if line.startswith(_WRAPPED) else line
