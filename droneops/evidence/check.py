"""`droneops evidence verify`: what is to be checked against what, and the answer as text and as JSON."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from droneops.errors import InputError
from droneops.evidence.anchors import in_a_row, with_journal
from droneops.evidence.canonical import parse_strictly
from droneops.evidence.journal import BrokenChain, Head
from droneops.evidence.keys import load_public
from droneops.evidence.manifest import read_head
from droneops.evidence.timestamp import load_certificates
from droneops.evidence.verify import Trust, Verdict, trust_in, verify_bundle

MAX_ALERT_FILE_BYTES = 8 << 20
"""Two thousand alerts."""


@dataclass(frozen=True, slots=True)
class Question:
    """The bundles, and what the verifier holds besides them."""

    bundles: tuple[Path, ...]
    public_keys: tuple[Path, ...]
    journal: Path | None = None
    alerts: Path | None = None
    tsa_certificate: Path | None = None


@dataclass(frozen=True, slots=True)
class Answer:
    """The verdict on each bundle; ``journal_problem`` is why the journal itself does not hold."""

    verdicts: tuple[Verdict, ...]
    journal_problem: str | None

    @property
    def good(self) -> bool:
        """Whether everything fits."""
        return self.journal_problem is None and all(verdict.good for verdict in self.verdicts)


def answer(question: Question) -> Answer:
    """Check all that is given.

    Raises:
        ConfigError: a key or a certificate cannot be used.
        InputError: a bundle, the journal or the alerts cannot be read.
        UsageError: alerts that prove nothing.
    """
    trust = _trust(question)
    verdicts = tuple(verify_bundle(path, trust) for path in question.bundles)
    if len(verdicts) > 1:
        verdicts = in_a_row(verdicts)
    if question.journal is None:
        return Answer(verdicts, None)
    try:
        return Answer(with_journal(verdicts, question.journal, _held_heads(trust)), None)
    except BrokenChain as error:
        return Answer(verdicts, error.one_line())


def answer_text(found: Answer) -> str:
    """The answer for a person."""
    lines = [] if found.journal_problem is None else [f"BAD   {found.journal_problem}"]
    for verdict in found.verdicts:
        lines += _verdict_lines(verdict)
    return "".join(f"{line}\n" for line in lines)


def answer_json(found: Answer) -> dict[str, Any]:
    """The answer for machines."""
    return {
        "good": found.good,
        "journal_problem": found.journal_problem,
        "bundles": [_verdict_json(verdict) for verdict in found.verdicts],
    }


def _trust(question: Question) -> Trust:
    stamps = question.tsa_certificate
    return trust_in(
        [load_public(path) for path in question.public_keys],
        certificates=() if stamps is None else load_certificates(stamps),
        held=() if question.alerts is None else _read_alerts(question.alerts),
    )


def _read_alerts(path: Path) -> tuple[bytes, ...]:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_ALERT_FILE_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if len(raw) > MAX_ALERT_FILE_BYTES:
        raise InputError(f"is longer than {MAX_ALERT_FILE_BYTES} bytes", where=str(path))
    return tuple(line for line in raw.split(b"\n") if line)


def _held_heads(trust: Trust) -> tuple[Head, ...]:
    heads = [read_head(parse_strictly(raw)["journal_head"]) for raw in trust.held]
    return tuple(head for head in heads if head is not None)


def _verdict_lines(verdict: Verdict) -> list[str]:
    if verdict.problem is not None:
        return [f"BAD   {verdict.path}: {verdict.problem.one_line()}"]
    table = {} if verdict.manifest is None else verdict.manifest.table
    stamped = "" if verdict.stamped_at is None else f", time-stamped {verdict.stamped_at}"
    about = f"incident {table.get('incident_id')}, {verdict.alerts} alerts{stamped}"
    head = f"good  {verdict.path}: {about}, sha256 {verdict.sha256}"
    return [head, *(f"      {note}" for note in verdict.notes)]


def _verdict_json(verdict: Verdict) -> dict[str, Any]:
    problem, manifest = verdict.problem, verdict.manifest
    return {
        "path": str(verdict.path),
        "good": verdict.good,
        "sha256": verdict.sha256 or None,
        "bundle_id": None if manifest is None else manifest.bundle_id,
        "incident_id": None if manifest is None else manifest.incident_id,
        "alerts": verdict.alerts,
        "stamped_at": verdict.stamped_at,
        "notes": list(verdict.notes),
        "problem": None
        if problem is None
        else {"reason": problem.reason, "file": problem.file, "byte": problem.at_byte},
    }
