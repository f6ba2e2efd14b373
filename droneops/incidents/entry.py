"""An incident, with what was said of it and what waits to be said."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace

from droneops.incidents.condition import Condition
from droneops.incidents.incident import Change, ChangeKind, Incident, Observation
from droneops.incidents.life import Life
from droneops.incidents.near import is_back
from droneops.incidents.said import Said, held_by, is_news, said_of
from droneops.types import TrackState


@dataclass(frozen=True, slots=True)
class News:
    """What waits to be said: of which track, and what the finding found."""

    kind: ChangeKind
    track_id: str
    conditions: tuple[Condition, ...] = ()


@dataclass(frozen=True, slots=True)
class Entry:
    """An incident and when, and of each thing where it was, as last said.

    ``is_hushed``: dismissed or withdrawn by a person; it keeps its things, so that they raise nothing anew,
    and says nothing more.
    """

    incident: Incident
    said_us: int
    said: Mapping[str, Said]
    news: News | None = None
    is_hushed: bool = False

    @property
    def holds_things(self) -> bool:
        """Whether findings about its things are its own: it is not over, or hushed."""
        return self.is_hushed or not self.incident.is_over


def refreshed(entry: Entry, seen: Observation, life: Life) -> Entry:
    """The entry after a further sighting of one of its things, with the news that this is, if any."""
    incident, track = entry.incident, seen.track
    known = next((m for m in incident.members if m.track.id == track.id), None)
    if known is None or track.last_seen_us < known.track.last_seen_us or track.state is TrackState.TENTATIVE:
        return entry
    lead = incident.lead
    entry = replace(
        entry,
        incident=replace(
            incident,
            members=tuple(seen if member is known else member for member in incident.members),
            lead=seen if lead is not None and lead.track.id == track.id else lead,
            last_seen_us=max(incident.last_seen_us, track.last_seen_us),
            zone_ids=incident.zone_ids | held_by(seen, life),
        ),
    )
    before = entry.said.get(track.id)
    if entry.news is not None or before is None or not is_news(before, seen, entry.said_us, life):
        return entry
    return replace(entry, news=News(ChangeKind.MOVED, track.id))


def joined(
    entry: Entry, things: Iterable[Observation], life: Life, conditions: tuple[Condition, ...]
) -> Entry:
    """The entry with further things; one that is only found again is no news."""
    for seen in things:
        entry = _with(entry, seen, life, conditions)
    return entry


def _with(entry: Entry, seen: Observation, life: Life, conditions: tuple[Condition, ...]) -> Entry:
    incident = entry.incident
    if any(member.track.id == seen.track.id for member in incident.members):
        return entry
    gone = next((m for m in incident.members if is_back(m.track, seen.track, life)), None)
    members = (*(member for member in incident.members if member is not gone), seen)
    entry = replace(
        entry,
        incident=replace(incident, members=members),
        said={**entry.said, seen.track.id: said_of(seen, life)},
        news=News(ChangeKind.GREW, seen.track.id, conditions) if gone is None else entry.news,
    )
    return refreshed(bounded(entry, life), seen, life)


def bounded(entry: Entry, life: Life) -> Entry:
    """The entry without the things longest unseen, where there are too many; the founder stays."""
    incident = entry.incident
    over = max(len(incident.members) - life.most_members, 0)
    oldest = sorted(incident.members[1:], key=lambda member: member.track.last_seen_us)[:over]
    let_go = {member.track.id for member in oldest}
    counts = Counter(dict(incident.left_out)) + Counter(member.track.label for member in oldest)
    members = tuple(member for member in incident.members if member.track.id not in let_go)
    incident = replace(incident, members=members, left_out=tuple(sorted(counts.items())))
    held = {member.track.id for member in members}
    said = {name: said for name, said in entry.said.items() if name in held}
    return replace(entry, incident=incident, said=said)


def spoken(entry: Entry, news: News, time_us: int, life: Life) -> tuple[Entry, Change]:
    """The entry after its news was said, and the change that says it."""
    incident = entry.incident
    lead = next((m for m in incident.members if m.track.id == news.track_id), incident.lead)
    incident = replace(incident, lead=zones_first(lead, incident.zone_ids), messages=incident.messages + 1)
    said = {member.track.id: said_of(member, life) for member in incident.members}
    entry = replace(entry, incident=incident, said_us=time_us, said=said, news=None)
    present = incident.present(life.within_s)
    return entry, Change(news.kind, time_us, incident, present, news.conditions)


def ended(entry: Entry, change: Change) -> Entry:
    """The entry after its last change."""
    return replace(entry, incident=change.incident, said_us=change.time_us, said={}, news=None)


def without(entry: Entry, track_ids: frozenset[str]) -> Entry:
    """The entry without some of its things; what was said of them stays said."""
    members = tuple(m for m in entry.incident.members if m.track.id not in track_ids)
    news = None if entry.news is not None and entry.news.track_id in track_ids else entry.news
    return replace(entry, incident=replace(entry.incident, members=members), news=news)


def zones_first(seen: Observation | None, zone_ids: frozenset[str]) -> Observation | None:
    """The thing with the zone that the rules found it in first among its hits: a message is about that."""
    if seen is None:
        return None
    first = max(
        (hit for hit in seen.hits if hit.zone.id in zone_ids),
        key=lambda hit: hit.probability_inside,
        default=None,
    )
    if first is None:
        return seen
    return replace(seen, hits=(first, *(hit for hit in seen.hits if hit is not first)))
