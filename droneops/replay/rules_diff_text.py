"""The difference that a changed rule set makes, for a person and for a machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from droneops.replay.rules_diff import RulesDiff, Told


def diff_text(diff: RulesDiff, a: str, b: str) -> str:
    """One line an incident; nothing but the count where all are alike."""
    lines = [f"only {a}: {_line(incident)}" for incident in diff.only_a]
    lines += [f"only {b}: {_line(incident)}" for incident in diff.only_b]
    for one, other in diff.changed:
        lines += [f"{a}: {_line(one)}", f"{' ' * (len(a) - len(b))}{b}: {_line(other)}"]
    return "\n".join([*lines, f"{diff.alike} incident{'' if diff.alike == 1 else 's'} alike"])


def diff_json(diff: RulesDiff) -> dict[str, Any]:
    """The same, for a machine."""
    return {
        "only_a": [asdict(incident) for incident in diff.only_a],
        "only_b": [asdict(incident) for incident in diff.only_b],
        "changed": [{"a": asdict(one), "b": asdict(other)} for one, other in diff.changed],
        "alike": diff.alike,
    }


def _line(told: Told) -> str:
    rules = " then ".join(told.rules)
    count = f"{told.messages} message{'' if told.messages == 1 else 's'}"
    return f"{told.log} {told.founded} {rules}, {told.severity}, {count}: {told.headline_en}"
