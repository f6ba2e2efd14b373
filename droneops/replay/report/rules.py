"""What rules fired and almost did, as rows of finished text for the template."""

from __future__ import annotations

from dataclasses import dataclass

from droneops.replay.report import wording
from droneops.replay.report.clock import Clock
from droneops.replay.report.data import ReportCondition, ReportData, ReportFinding, ReportRules
from droneops.replay.report.wording import Words, both, words


@dataclass(frozen=True, slots=True)
class RuleRow:
    """A finding as it is read; ``number`` is what the page calls its incident."""

    rule_id: str
    rule: Words
    severity: Words
    label: str
    founder: str
    others: int
    begin: str
    end: str
    number: int | None
    conditions: tuple[ReportCondition, ...]


@dataclass(frozen=True, slots=True)
class RuleRows:
    """The rows of both tables, what rules lack, and how many rows are not shown."""

    fired: tuple[RuleRow, ...]
    near_misses: tuple[RuleRow, ...]
    gaps: tuple[str, ...]
    fired_left_out: int
    near_misses_left_out: int


def rule_rows(data: ReportData, clock: Clock) -> RuleRows:
    """The findings in the order given; of a near miss, what is missing first."""
    told = data.rules or ReportRules((), (), ())
    numbers = {incident.id: number for number, incident in enumerate(data.incidents, start=1)}
    return RuleRows(
        fired=tuple(_row(finding, numbers, clock) for finding in told.fired),
        near_misses=tuple(_row(finding, numbers, clock) for finding in told.near_misses),
        gaps=told.gaps,
        fired_left_out=told.fired_left_out,
        near_misses_left_out=told.near_misses_left_out,
    )


def rule_names(rule_ids: tuple[str, ...]) -> tuple[tuple[str, Words], ...]:
    """Rules by their ids, with what they are about."""
    return tuple((rule_id, _name(rule_id)) for rule_id in rule_ids)


def _row(finding: ReportFinding, numbers: dict[str, int], clock: Clock) -> RuleRow:
    return RuleRow(
        rule_id=finding.rule_id,
        rule=_name(finding.rule_id),
        severity=words(wording.SEVERITY, finding.severity),
        label="" if finding.label is None else both(wording.LABEL, finding.label),
        founder=finding.founder_id,
        others=max(finding.things - 1, 0),
        begin=clock.local_time(finding.since_us),
        end=clock.local_time(finding.last_seen_us),
        number=numbers.get(finding.incident_id or ""),
        conditions=tuple(sorted(finding.conditions, key=lambda condition: condition.met)),
    )


def _name(rule_id: str) -> Words:
    """What a rule is about; nothing for one without words."""
    return wording.RULE.get(rule_id, Words("", ""))
