"""The difference that a changed rule set makes, for a person and for a machine."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from droneops.replay.rules_diff import RulesDiff, Told


def diff_text(diff: RulesDiff, a: str, b: str) -> str:
    """One line an incident; the count alone where all are alike. ``a`` and ``b`` name the site files."""
    width = max(len(a), len(b))
    lines = [f"only {a:{width}}: {_line(incident)}" for incident in diff.only_a]
    lines += [f"only {b:{width}}: {_line(incident)}" for incident in diff.only_b]
    for one, other in diff.changed:
        lines += [f"     {a:{width}}: {_line(one)}", f"     {b:{width}}: {_line(other)}"]
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
