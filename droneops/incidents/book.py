"""The book of incidents: its one owner remembers what was seen, asks the rules, and says what changed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from droneops.errors import InputError
from droneops.incidents.entry import Entry
from droneops.incidents.finding import Finding
from droneops.incidents.incident import Change, Incident, Observation, Origin
from droneops.incidents.judge import judge
from droneops.incidents.ledger import Ledger
from droneops.incidents.memory import Memory
from droneops.incidents.records import zones_by_id
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.scene import Blindness, Friend, Scene
from droneops.incidents.shelf import Shelf
from droneops.incidents.stored import entry_from_record, entry_to_record
from droneops.incidents.trace import Trace
from droneops.times import to_datetime
from droneops.types import Track
from geofences import ZoneIndex
from geofences.canonical import zones_sha256
from geofences.versions import closed_by, has_expired

VERSION = 2
"""Of the state that is stored; another is not read."""

COMMON, THING, INCIDENT = "common", "thing", "incident"
"""The names of the state's parts; of an incident ``incident/<id>``, of a track ``thing/<id>``."""

State = dict[str, Any]


class IncidentBook:
    """All incidents of a run. Feed it looks in order of time; it never reads the clock.

    A look that comes late counts as of the latest time known: what was said is not taken back.
    """

    def __init__(self, rules: RuleSet, origin: Origin, zones: ZoneIndex) -> None:
        self._rules = rules
        self._origin = origin
        self._zones = zones
        self._memory = Memory(zones, rules)
        self._ledger = Ledger(origin, rules.life)
        self._trace = Trace()
        self._now_us = 0
        self._outdated: frozenset[str] = frozenset()
        self._labels = rules.labels
        self._digests = _digests(zones)
        self._given: Mapping[str, Entry] = {}

    def wants(self, track: Track) -> bool:
        """Whether the rules look for such a thing, or an incident holds it, by whatever name it goes now."""
        return track.label in self._labels or self._ledger.shelf.holds(track.id)

    def observe(
        self,
        seen: Sequence[Observation],
        time_us: int,
        blind: Sequence[Blindness] = (),
        friends: Sequence[Friend] = (),
    ) -> tuple[Change, ...]:
        """What one look of one drone changes, in the order in which it should be told.

        A tentative track opens nothing and joins nothing, but its stay counts once it is believed: a thing
        does not enter a zone by being believed.
        """
        closed = self._close(time_us)
        wanted = [item for item in seen if self.wants(item.track)]
        things = self._memory.observe(wanted, self._now_us)
        self._ledger.see(wanted)
        scene = Scene(self._now_us, things, self._zones, self._open(), tuple(blind), tuple(friends))
        findings = judge(scene, self._rules)
        self._trace.add(findings)
        fired = [finding for finding in findings if finding.fires]
        said = self._ledger.take(fired, wanted, self._now_us)
        return (*closed, *said, *self._ledger.say(self._now_us))

    def tick(self, time_us: int) -> tuple[Change, ...]:
        """What time alone changes: news that waited, incidents of which nothing was seen for too long.

        How often it is asked changes when something is told, not what.
        """
        return (*self._close(time_us), *self._ledger.say(self._now_us))

    def finish(self, time_us: int) -> tuple[Change, ...]:
        """What is left to say when the run ends, whatever the wait between messages."""
        self._now_us = max(self._now_us, time_us)
        return self._ledger.say(self._now_us, wait=False)

    def acknowledge(self, incident_id: str, time_us: int) -> None:
        """Somebody has it in hand; nothing is said of that. One that is over, or unknown, stays as it is."""
        self._now_us = max(self._now_us, time_us)
        self._ledger.acknowledge(incident_id)

    def dismiss(self, incident_id: str, time_us: int) -> None:
        """A person says that it is nothing: it is closed, and nothing more is said of it.

        What a rule makes of its things later, or of things near them, is not told unless it is graver: that
        is a new incident. Once nothing was seen of it for `Life.close_after_s`, that ends.
        """
        self._now_us = max(self._now_us, time_us)
        self._ledger.dismiss(incident_id, self._now_us)

    def cancel(self, incident_id: str, time_us: int, replaced_by: str | None = None) -> tuple[Change, ...]:
        """Withdraw an incident, or declare it to be one with another, which gets all that it holds.

        The things of one that is withdrawn raise nothing more, as with `dismiss`. One that is over stays so.
        """
        self._now_us = max(self._now_us, time_us)
        return self._ledger.cancel(incident_id, self._now_us, replaced_by)

    def with_zones(self, zones: ZoneIndex, time_us: int) -> tuple[Change, ...]:
        """Go on with other zones; incidents that only changed, removed or expired ones held are closed."""
        self._now_us = max(self._now_us, time_us)
        outdated = closed_by(self._zones, zones, at=to_datetime(self._now_us))
        self._zones, self._digests = zones, _digests(zones)
        self._memory = self._memory.with_zones(zones, self._rules)
        return self._ledger.close_zones(outdated, self._now_us)

    def wanted(self, time_us: int) -> tuple[Track, ...]:
        """The things of open incidents that were seen of late (``within_s``), to be looked for first."""
        since_us = time_us - self._rules.life.within_s * 1e6
        return tuple(
            track for incident in self._open() for track in incident.tracks if track.last_seen_us >= since_us
        )

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """All incidents in the order in which they opened; of very many that are over, the latest."""
        return tuple(entry.incident for entry in self._ledger.shelf)

    @property
    def fired(self) -> tuple[Finding, ...]:
        """What each rule first said of each thing, for the explanation; not part of the state."""
        return self._trace.fired

    @property
    def near_misses(self) -> tuple[Finding, ...]:
        """What almost fired, for the explanation; not part of the state."""
        return self._trace.near_misses

    def to_state(self) -> State:
        """All that the book knows, without losing a bit: parts that JSON can hold, by name."""
        entries = self._ledger.shelf.entries
        things = {_thing(key): record for key, record in self._memory.to_state().items()}
        incidents = {_name(key): entry_to_record(entry) for key, entry in entries.items()}
        return self._common() | things | incidents

    def changed_state(self) -> State:
        """The parts of `to_state` that are not as the last call gave them; None for one that is gone.

        What is open grows with a busy day, what one look changes does not: a store that keeps each part under
        its name writes only these.
        """
        shelf = self._ledger.shelf
        changed = shelf.changed(self._given)
        gone = self._given.keys() - shelf.entries.keys()
        self._given = shelf.entries
        parts: State = {_name(key): entry_to_record(entry) for key, entry in changed.items()}
        parts |= {_thing(key): record for key, record in self._memory.changed_state().items()}
        return self._common() | parts | {_name(key): None for key in gone}

    @classmethod
    def from_state(
        cls, rules: RuleSet, origin: Origin, zones: ZoneIndex, state: Mapping[str, Any]
    ) -> IncidentBook:
        """The book of `to_state`, as `from_parts` makes it."""
        return cls.from_parts(rules, origin, zones, state.get)

    @classmethod
    def from_parts(
        cls, rules: RuleSet, origin: Origin, zones: ZoneIndex, part: Callable[[str], Any]
    ) -> IncidentBook:
        """The book whose parts ``part`` gives by name: the same looks give the same changes.

        Where ``zones`` are not those of the state, the next look or tick closes what the old ones held.

        Raises:
            InputError: the state is another version's, or damaged.
        """
        common = part(COMMON)
        if not isinstance(common, dict) or common.get("version") != VERSION:
            mend = "use the version that wrote it, or start with an empty outbox"
            raise InputError("is of another version", where="book of incidents", mend=mend)
        try:
            return cls(rules, origin, zones)._restored(common, part)
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            what = f"cannot be read back: {type(error).__name__} {error}"
            raise InputError(what, where="book of incidents", mend="restore the outbox's file") from error

    def _common(self) -> State:
        common = {
            "version": VERSION,
            "now_us": self._now_us,
            "zones": dict(self._digests),
            "outdated": sorted(self._outdated),
            "things": self._memory.names,
            **self._ledger.shelf.index(),
        }
        return {COMMON: common}

    def _restored(self, common: Mapping[str, Any], part: Callable[[str], Any]) -> IncidentBook:
        before = common["zones"].items()
        changed = {zone_id for zone_id, digest in before if self._digests.get(zone_id) != digest}
        self._outdated = frozenset(changed.union(common["outdated"]))
        self._now_us = int(common["now_us"])
        things = {key: part(_thing(key)) for key in common["things"]}
        self._memory = Memory.from_state(self._zones, self._rules, things)
        zones = zones_by_id(self._zones)
        entries = {key: entry_from_record(part(_name(key)), zones) for key in common["order"]}
        self._ledger = Ledger(self._origin, self._rules.life, Shelf.of(common, entries))
        self._given = entries
        return self

    def _close(self, time_us: int) -> tuple[Change, ...]:
        """What is over before anything new is looked at: so it does not matter how often time is told."""
        self._now_us = max(self._now_us, time_us)
        at = to_datetime(self._now_us)
        expired = {zone.id for zone in self._zones.zones if has_expired(zone, at)}
        by_zones = self._ledger.close_zones(self._outdated | expired, self._now_us)
        self._outdated = frozenset()
        return (*by_zones, *self._ledger.close_outlived(self._now_us))

    def _open(self) -> tuple[Incident, ...]:
        return tuple(incident for incident in self.incidents if not incident.is_over)


def _digests(zones: ZoneIndex) -> dict[str, str]:
    return {zone.id: zones_sha256([zone]) for zone in zones.zones}


def _thing(track: str) -> str:
    return f"{THING}/{track}"


def _name(incident: str) -> str:
    return f"{INCIDENT}/{incident}"
