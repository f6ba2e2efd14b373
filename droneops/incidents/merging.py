"""What a finding makes of incidents that are there: it raises one, or shows that two are one."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from droneops.incidents.closing import over
from droneops.incidents.entry import Entry, News, bounded, ended, without
from droneops.incidents.finding import Finding
from droneops.incidents.grade import grade, says_more
from droneops.incidents.incident import Change, ChangeKind, EndReason, Incident
from droneops.incidents.life import Life


@dataclass(frozen=True, slots=True)
class Claim:
    """What somebody says that an incident is."""

    event: str
    severity: str
    rule_id: str
    rule_version: str

    @classmethod
    def of(cls, source: Finding | Incident) -> Claim:
        """What a finding or another incident says."""
        return cls(source.event, source.severity, source.rule_id, source.rule_version)


def raised_by_finding(entry: Entry, finding: Finding) -> Entry:
    """The entry as a finding makes it: graver, or telling more.

    A rule's further word of the same severity says nothing new; that a rule has news of an incident
    (``updates``) is said once.
    """
    is_first = finding.rule_id not in entry.incident.rule_ids
    incident = claimed(entry.incident, Claim.of(finding), is_first, is_first and finding.updates is not None)
    incident = replace(
        incident,
        zone_ids=incident.zone_ids | finding.zone_ids,
        rule_ids=incident.rule_ids | {finding.rule_id},
    )
    return replace(entry, incident=incident)


def claimed(incident: Incident, claim: Claim, may_say_more: bool, is_update: bool = False) -> Incident:
    """The incident with a claim that is graver, or says more; its severity never falls."""
    is_graver = grade(claim.severity) > grade(incident.severity)
    if not (is_graver or is_update or (may_say_more and says_more(claim.event, incident.event))):
        return incident
    return replace(
        incident,
        event=claim.event,
        severity=claim.severity if is_graver else incident.severity,
        rule_id=claim.rule_id,
        rule_version=claim.rule_version,
    )


def is_raised(before: Incident, after: Incident) -> bool:
    """Whether an incident is another than was said."""
    return Claim.of(before) != Claim.of(after)


def is_claim_of(entry: Entry, after: Entry) -> bool:
    """Whether what another incident has become is what this one was."""
    return Claim.of(entry.incident) == Claim.of(after.incident)


def merged(survivor: Entry, others: Iterable[Entry], life: Life) -> Entry:
    """The older entry with all that the younger ones hold, as grave as the gravest; that it grew is news."""
    for other in others:
        survivor = _with(survivor, other, life)
    return survivor


def _with(survivor: Entry, other: Entry, life: Life) -> Entry:
    mine, theirs = survivor.incident, other.incident
    own = {track.id for track in mine.tracks}
    further = tuple(member for member in theirs.members if member.track.id not in own)
    incident = replace(
        claimed(mine, Claim.of(theirs), may_say_more=True),
        onset_us=min(mine.onset_us, theirs.onset_us),
        last_seen_us=max(mine.last_seen_us, theirs.last_seen_us),
        members=(*mine.members, *further),
        zone_ids=mine.zone_ids | theirs.zone_ids,
        rule_ids=mine.rule_ids | theirs.rule_ids,
    )
    both = replace(
        survivor,
        incident=incident,
        said={**other.said, **survivor.said},
        news=News(ChangeKind.GREW, further[0].track.id) if further else survivor.news,
    )
    return bounded(both, life)


def given_up(entry: Entry, survivor: Incident, time_us: int) -> tuple[Entry, Change]:
    """The younger entry, withdrawn in favour of the older incident, which has its things now."""
    change = over(entry.incident, EndReason.MERGED, time_us, replaced_by=survivor.id)
    held = frozenset(track.id for track in entry.incident.tracks)
    return without(ended(entry, change), held), change
