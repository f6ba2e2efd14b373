"""The documents' table of rules says what the rules are."""

from __future__ import annotations

from pathlib import Path

import pytest

from droneops.incidents.rule import Rule
from droneops.incidents.rule_set import RuleSet

RULES = Path(__file__).resolve().parents[3] / "docs" / "rules.md"


@pytest.mark.parametrize("rule", RuleSet().rules, ids=lambda rule: rule.id)
def test_each_rule_is_in_the_documents_with_its_event_and_severity(rule: Rule) -> None:
    lines = RULES.read_text(encoding="utf-8").splitlines()
    row = next(line for line in lines if line.startswith(f"| {rule.id} |"))
    said = row.split("|")[3]
    assert rule.event in said
    assert rule.severity in said
    for lack in rule.lacks:
        named = row.split("|")[4]
        assert any(kind in named for kind in lack.kinds) or "any zone" in named
