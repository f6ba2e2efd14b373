"""The past of tracks: where they were, since when they are still, since when they count as inside a zone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from droneops.incidents.incident import Observation
from droneops.incidents.path import extended, extended_rows, fix_of, rows_of
from droneops.incidents.records import zones_by_id
from droneops.incidents.remembered import Remembered, from_record, to_record
from droneops.incidents.scene import Thing
from droneops.incidents.stillness import anchored
from droneops.types import Track, TrackState
from geofences import ZoneIndex
from geofences.presence import Presence, PresenceEvent, presence_after

if TYPE_CHECKING:
    from droneops.incidents.rule_set import RuleSet

Part = dict[str, Any]

TENTATIVE_KEEP_S = 30.0
"""What eight looks did not make believable is not believed later; thrice what the tracker keeps it for."""


class Memory:
    """All tracks of all drones, remembered. It never reads the clock."""

    def __init__(self, zones: ZoneIndex, rules: RuleSet) -> None:
        self._zones = zones_by_id(zones)
        self._settings = rules.memory
        self._known: dict[str, Remembered] = {}
        self._given: Mapping[str, Remembered | None] = {}

    def observe(self, seen: Sequence[Observation], time_us: int) -> tuple[Thing, ...]:
        """All things remembered after a look, by (drone id, first seen, ordinal).

        A track that was not sighted in this look only takes its new state, and so does one whose sighting is
        older than the latest known: a look that comes late changes nothing else.
        """
        for item in seen:
            known = self._known.get(item.track.id)
            self._known[item.track.id] = self._after(known, item)
        self._forget(time_us)
        return self.things

    @property
    def things(self) -> tuple[Thing, ...]:
        """All things remembered."""
        return tuple(known.thing for known in sorted(self._known.values(), key=_order))

    def to_state(self) -> dict[str, Part]:
        """What JSON can hold of each thing, by track id, in the order of the things."""
        known = sorted(self._known.values(), key=_order)
        return {item.thing.seen.track.id: to_record(item) for item in known}

    def changed_state(self) -> dict[str, Part | None]:
        """Of `to_state` what is not as it was given last, or read back; None for what is gone."""
        given, self._given = self._given, dict(self._known)
        changed: dict[str, Part | None] = {
            key: to_record(known) for key, known in self._known.items() if given.get(key) is not known
        }
        return changed | dict.fromkeys(given.keys() - self._known.keys())

    @property
    def names(self) -> list[str]:
        """The track ids of `to_state`, in no order that matters."""
        return sorted(self._known)

    @classmethod
    def from_state(cls, zones: ZoneIndex, rules: RuleSet, state: Mapping[str, Any]) -> Memory:
        """The memory of `to_state`; what concerns zones that are there no more is left out."""
        memory = cls(zones, rules)
        memory._known = {key: from_record(record, memory._zones) for key, record in state.items()}
        # What lost a zone is not as it was stored.
        memory._given = {
            key: known if to_record(known) == state[key] else None for key, known in memory._known.items()
        }
        return memory

    def with_zones(self, zones: ZoneIndex, rules: RuleSet) -> Memory:
        """The same past, where other zones count from now on."""
        memory = Memory.from_state(zones, rules, self.to_state())
        memory._given = dict.fromkeys(self._given)
        return memory

    def _after(self, known: Remembered | None, item: Observation) -> Remembered:
        if known is not None and item.track.last_seen_us <= known.seen_us:
            return known.with_state(item.track)
        fix = fix_of(item.track)
        anchor, is_still = anchored(None if known is None else known.anchor, item.track, fix)
        presences, since_us = self._presences(known, item)
        before = () if known is None else known.thing.path
        rows = rows_of((fix,)) if known is None else extended_rows(known.thing.path_rows, before, fix)
        thing = Thing(item, extended(before, fix), rows, anchor.fix.time_us if is_still else None, since_us)
        return Remembered(thing, anchor, presences)

    def _presences(
        self, known: Remembered | None, item: Observation
    ) -> tuple[dict[str, Presence], dict[str, int]]:
        rule, time_us = self._settings.presence, item.track.last_seen_us
        before = {} if known is None else known.presences
        since_us = {} if known is None else dict(known.thing.inside_since_us)
        inside = {hit.zone.id: hit.probability_inside for hit in item.hits}
        after: dict[str, Presence] = {}
        for zone_id in sorted(inside.keys() | before.keys()):
            probability, was = inside.get(zone_id, 0.0), before.get(zone_id)
            if was is None and probability < rule.enter_probability:
                continue
            after[zone_id], event = presence_after(was, probability, time_us, rule)
            if event is PresenceEvent.ENTER:
                since_us[zone_id] = time_us if was is None else (was.turning_since_us or time_us)
            elif event is PresenceEvent.EXIT:
                del since_us[zone_id]
                del after[zone_id]
        return after, since_us

    def _forget(self, time_us: int) -> None:
        kept = {key: known for key, known in self._known.items() if not self._is_over(known, time_us)}
        if len(kept) > self._settings.most:
            best = sorted(kept, key=lambda key: _worth(kept[key].thing.seen.track), reverse=True)
            kept = {key: kept[key] for key in best[: self._settings.most]}
        self._known = kept

    def _is_over(self, known: Remembered, time_us: int) -> bool:
        track, settings = known.thing.seen.track, self._settings
        unseen_s = (time_us - track.last_seen_us) / 1e6
        if track.state is TrackState.TENTATIVE:
            return unseen_s > TENTATIVE_KEEP_S
        return unseen_s > (settings.keep_long_s if track.label in settings.long_labels else settings.keep_s)


def _order(known: Remembered) -> tuple[str, int, int, str]:
    track = known.thing.seen.track
    return track.drone_id, track.first_seen_us, track.ordinal, track.id


def _worth(track: Track) -> tuple[bool, int, int, str]:
    return track.state is not TrackState.TENTATIVE, track.last_seen_us, track.sightings, track.id
