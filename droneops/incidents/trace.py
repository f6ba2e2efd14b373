"""What fired, and what almost did: kept for the explanation that goes with a replay."""

from __future__ import annotations

from collections.abc import Iterable

from droneops.incidents.finding import Finding

MOST = 200
"""Near misses kept; a page that a person reads. The least telling go first."""


class Trace:
    """The first finding that fired, or else the best near miss, of each rule and founder. Bounded."""

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._fired: dict[tuple[str, str], Finding] = {}
        self._near: dict[tuple[str, str], Finding] = {}

    def add(self, findings: Iterable[Finding]) -> None:
        """Take in what `judge` said of a scene; what fires is a near miss no more."""
        for item in findings:
            key = item.rule_id, founder_of(item)
            if item.fires:
                self._fired.setdefault(key, item)
                self._near.pop(key, None)
            elif key not in self._fired and item.score >= self._score(key):
                self._near[key] = item
        self._bound()

    @property
    def fired(self) -> tuple[Finding, ...]:
        """What fired, as it was when it first did, in the order in which it began."""
        return tuple(sorted(self._fired.values(), key=_by_time))

    @property
    def near_misses(self) -> tuple[Finding, ...]:
        """What never fired and lacked one condition, at its best, in the order in which it began."""
        return tuple(sorted(self._near.values(), key=_by_time))

    def _score(self, key: tuple[str, str]) -> float:
        known = self._near.get(key)
        return -1.0 if known is None else known.score

    def _bound(self) -> None:
        for kept in (self._fired, self._near):
            for key in sorted(kept, key=lambda key: (kept[key].score, key))[: max(len(kept) - self._most, 0)]:
                del kept[key]


def founder_of(finding: Finding) -> str:
    """The thing that a finding is about first; the drone, where it is about none."""
    return finding.things[0].track.id if finding.things else finding.drone_id


def _by_time(finding: Finding) -> tuple[int, str, str]:
    return finding.since_us, finding.rule_id, founder_of(finding)
