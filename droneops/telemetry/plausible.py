"""Which positions the vehicle can have reached, and what became of the others.

Between two positions the vehicle moves by its own velocity, give or take what it can accelerate, what its
sigma allows and what a receiver's delay explains. A move beyond that is a jump, and it has two meanings:

- a glitch comes back within GLITCH_S, or holds for less than SETTLED_S: its positions are not used;
- a reset stays. Both sides stand, nothing is interpolated from one to the other, and for DOUBT_S on both
  sides the sigma is at least the size of the step. Most resets end a drift of the estimator, so that the
  positions before were wrong; a receiver caught by a reflection or a jammer does the opposite. Nobody can
  tell from the track, so neither side keeps its own word.

A jump is an event and rare: steady disagreement with the velocity (a vehicle carried while its estimator
stands still, a receiver that repeats itself) is none.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
import numpy.typing as npt

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.gaps import Gap
from droneops.telemetry.headers import read_only
from droneops.telemetry.position import Positions
from droneops.types import FloatArray

# Small surveillance drones stay below, fixed wings with the wind behind them included; recorded logs show
# 22 m/s. A faster one is no jump as long as its own velocity says the same.
FASTEST_MPS = 60.0
# Twice what a fixed wing sinks at; multirotors climb and sink at 10 m/s.
FASTEST_VERTICAL_MPS = 25.0
# A multirotor leaning by 27 degrees: g tan. Between two samples dt apart the mean of their velocities is off
# by at most acceleration * dt^2 / 4 (full speed one way for half of dt, then the other).
_ACCELERATION_MPS2 = 5.0
# Ten times what sound positions a second apart disagree with their velocity in recorded logs (0.7 m).
_LEAST_JUMP_M = 5.0
# Barometers jump by metres in gusts and at take-off: 5 m in a recorded flight.
_LEAST_VERTICAL_JUMP_M = 10.0
# A step within three sigma is within the error that is told already.
_SIGMAS = 3.0
# The slowest receivers tell a new position every second; their repetitions are no standing still.
_RECEIVER_PERIOD_S = 1.0
# Intervals before and after one that a jump must stand out from, and by how much.
_BESIDE = 4
_STANDS_OUT = 4.0

# An estimator that disagrees with its receiver gives up and moves over after 7 to 10 s (ArduPilot's EKF3,
# posRetryTime): a jump that has not come back by then stays, and the disagreement before it was as long.
GLITCH_S = 10.0
DOUBT_S = 10.0
# Positions that stay for less are not believed: two of a receiver at 1 Hz, which may come a little early.
SETTLED_S = 0.8
# Where every position is a jump there are this many and more in GLITCH_S; no way back from those is sought.
_MOST_PIECES_AHEAD = 30

# The highest that air carries (balloons reach 53 km) and deeper than any open pit: beyond is no height.
HIGHEST_M = 60_000.0
LOWEST_M = -1_000.0

STEP_SOURCE = "step between positions"
"""The source of a sigma that a reset has widened."""

_METRES_PER_DEGREE = 111_195.0

BoolArray = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """``positions`` with what is not believed made invalid and what is doubtful widened.

    A widened sigma has source ``widened_source``. ``steps`` are (boot, time_us) of the first positions after
    resets. ``events`` are gaps "glitch" and "reset", each with its numbers as ``reason``; ``warnings`` sum
    them up in single lines.
    """

    positions: Positions
    steps: frozenset[tuple[int, int]]
    events: tuple[Gap, ...]
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class _Moves:
    """Ways between pairs of positions, columns (n,), against what the velocity explains."""

    seconds: FloatArray
    moved_m: FloatArray
    excess_m: FloatArray
    limit_m: FloatArray
    climbed_m: FloatArray
    vertical_excess_m: FloatArray
    vertical_limit_m: FloatArray

    @property
    def beyond(self) -> BoolArray:
        """(n,) moved further over ground than velocity, sigma and acceleration explain.

        One that hardly moved did not jump, whatever a velocity says that was made of neighbouring positions.
        """
        return (self.moved_m > self.limit_m) & (self.excess_m > self.limit_m)

    @property
    def vertically_beyond(self) -> BoolArray:
        """(n,) the same of height."""
        limit_m = self.vertical_limit_m
        return (np.abs(self.climbed_m) > limit_m) & (self.vertical_excess_m > limit_m)

    def text(self, at: int) -> str:
        """One move in words."""
        moved_m, excess_m, limit_m = self.moved_m[at], self.excess_m[at], self.limit_m[at]
        verb = "moved"
        if not min(moved_m, excess_m) > limit_m:
            moved_m, excess_m = abs(self.climbed_m[at]), self.vertical_excess_m[at]
            verb, limit_m = "changed height by", self.vertical_limit_m[at]
        off = f"{excess_m:.0f} m beyond its velocity (limit {limit_m:.0f} m)"
        return f"{verb} {moved_m:.0f} m in {float(self.seconds[at]):.1f} s, {off}"


@dataclass(frozen=True, slots=True)
class _Piece:
    """Rows ``first`` to ``last`` (included) without a jump between them."""

    first: int
    last: int


_Stretch = list[_Piece]
"""Pieces in order, each within reach of the one before: what lies between them is a glitch."""


@dataclass(frozen=True, slots=True)
class _Reset:
    """A step that stayed; sizes in metres, 0 where it was not in that direction."""

    gap: Gap
    size_m: float
    vertical_size_m: float


@dataclass(frozen=True, slots=True, eq=False)
class _Doubts:
    """The sigmas of positions and their sources (n,), being widened."""

    sigma_m: FloatArray
    sigma_source: npt.NDArray[np.int8]
    altitude_sigma_m: FloatArray
    altitude_sigma_source: npt.NDArray[np.int8]

    @classmethod
    def of(cls, positions: Positions) -> _Doubts:
        return cls(*(getattr(positions, field.name).copy() for field in fields(cls)))

    def widen(self, rows: Int64Array, reset: _Reset, source: tuple[int, int]) -> None:
        """Makes the sigmas of ``rows`` at least the size of a step."""
        smaller = rows[self.sigma_m[rows] < reset.size_m]
        self.sigma_m[smaller], self.sigma_source[smaller] = reset.size_m, source[0]
        smaller = rows[self.altitude_sigma_m[rows] < reset.vertical_size_m]
        self.altitude_sigma_m[smaller] = reset.vertical_size_m
        self.altitude_sigma_source[smaller] = source[1]

    def columns(self) -> dict[str, npt.NDArray[np.generic]]:
        """The columns by their names in Positions."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def judge(positions: Positions, *, widened_source: tuple[int, int]) -> Judged:
    """What of the positions of one vehicle can be believed.

    ``widened_source`` are the indices of STEP_SOURCE among the horizontal and vertical names of sources.
    Works on any stretch of a track: a jump at its very end is not believed until it has held for SETTLED_S.
    """
    valid, events = _without_absurd_heights(positions)
    doubts = _Doubts.of(positions)
    steps: set[tuple[int, int]] = set()
    for boot in np.unique(positions.boot[valid]).tolist():
        rows = np.flatnonzero(valid & (positions.boot == boot))
        track = positions.take(rows)
        stretches = _believed(track)
        left_out = _left_out(track, stretches)
        valid[rows[left_out]] = False
        events += _glitches(track, left_out)
        for reset in _resets(track, stretches):
            events.append(reset.gap)
            steps.add((boot, reset.gap.end_us))
            doubts.widen(rows[_near(track.time_us, reset.gap)], reset, widened_source)
    if not events:
        return Judged(positions, frozenset(), (), ())
    columns = {field.name: getattr(positions, field.name) for field in fields(positions)}
    columns |= {"valid": valid, **doubts.columns()}
    judged = Positions(**{name: read_only(column) for name, column in columns.items()})
    lost = int((positions.valid & ~valid).sum())
    return Judged(judged, frozenset(steps), tuple(events), _warnings(events, lost))


def _without_absurd_heights(positions: Positions) -> tuple[BoolArray, list[Gap]]:
    """(n,) valid and of a height that a vehicle can have, or unknown; and the stretches where it has none."""
    height_m = positions.alt_msl_m
    sound = np.isnan(height_m) | ((height_m >= LOWEST_M) & (height_m <= HIGHEST_M))
    absurd = positions.valid & ~sound
    events = [
        Gap(
            int(positions.time_us[first]),
            int(positions.time_us[past - 1]),
            "glitch",
            f"height above sea of {height_m[first]:.0f} m (limits {LOWEST_M:.0f} and {HIGHEST_M:.0f} m)",
        )
        for first, past in _runs(absurd)
    ]
    return positions.valid & sound, events


def _moves(track: Positions, begin: Int64Array, end: Int64Array) -> _Moves:
    """The ways from rows ``begin`` to rows ``end`` (n,)."""
    seconds = _elapsed_s(track.time_us, _told_since_us(track)[begin], begin, end)
    north_m = (track.lat_deg[end] - track.lat_deg[begin]) * _METRES_PER_DEGREE
    shrink = np.cos(np.radians(track.lat_deg[end]))
    east_m = (track.lon_deg[end] - track.lon_deg[begin]) * _METRES_PER_DEGREE * shrink
    climbed_m = np.nan_to_num(track.alt_msl_m[end] - track.alt_msl_m[begin])
    velocity = (track.velocity_ned_mps[begin] + track.velocity_ned_mps[end]) / 2
    way = velocity * seconds[:, np.newaxis]
    moved_m = np.hypot(north_m, east_m)
    turns_m = _ACCELERATION_MPS2 * seconds**2 / 4
    return _Moves(
        seconds=seconds,
        moved_m=moved_m,
        excess_m=np.hypot(north_m - way[:, 0], east_m - way[:, 1]),
        limit_m=_LEAST_JUMP_M
        + _SIGMAS * np.maximum(track.sigma_m[begin], track.sigma_m[end])
        + np.minimum(turns_m, FASTEST_MPS * seconds),
        climbed_m=climbed_m,
        vertical_excess_m=np.abs(climbed_m + way[:, 2]),
        vertical_limit_m=_LEAST_VERTICAL_JUMP_M
        + _SIGMAS * np.maximum(track.altitude_sigma_m[begin], track.altitude_sigma_m[end])
        + np.minimum(turns_m, FASTEST_VERTICAL_MPS * seconds),
    )


def _told_since_us(track: Positions) -> Int64Array:
    """(n,) since when each position has been told unchanged."""
    changed = np.ones(len(track), dtype=np.bool_)
    changed[1:] = (np.diff(track.lat_deg) != 0) | (np.diff(track.lon_deg) != 0)
    changed[1:] |= np.diff(np.nan_to_num(track.alt_msl_m)) != 0
    first = np.maximum.accumulate(np.where(changed, np.arange(len(track)), 0))
    since: Int64Array = track.time_us[first]
    return since


def _elapsed_s(time_us: Int64Array, since_us: Int64Array, begin: Int64Array, end: Int64Array) -> FloatArray:
    """(n,) seconds between positions; of repeated ones from the first, if a receiver's period explains it."""
    earliest_us = time_us[begin] - round(_RECEIVER_PERIOD_S * 1e6)
    elapsed_us = time_us[end] - np.maximum(since_us, earliest_us)
    return elapsed_us.astype(np.float64) * 1e-6


def _jumps(track: Positions) -> Int64Array:
    """The rows after which the track jumps."""
    rows = np.arange(len(track))
    moves = _moves(track, rows[:-1], rows[1:])
    beyond, vertically = moves.beyond, moves.vertically_beyond
    if not (beyond | vertically).any():  # almost always, and then medians need not be taken
        return np.empty(0, dtype=np.int64)
    too_fast = moves.moved_m > FASTEST_MPS * moves.seconds
    too_steep = np.abs(moves.climbed_m) > FASTEST_VERTICAL_MPS * moves.seconds
    horizontal = beyond & (too_fast | _stands_out(moves.excess_m))
    vertical = vertically & (too_steep | _stands_out(moves.vertical_excess_m))
    return np.flatnonzero(horizontal | vertical)


def _stands_out(excess_m: FloatArray) -> BoolArray:
    """(n,) far above the median of the intervals beside it."""
    padded = np.pad(excess_m, _BESIDE, mode="reflect" if len(excess_m) > _BESIDE else "edge")
    windows = np.lib.stride_tricks.sliding_window_view(padded, 2 * _BESIDE + 1)
    out: BoolArray = excess_m > _STANDS_OUT * np.median(windows, axis=-1)
    return out


def _believed(track: Positions) -> list[_Stretch]:
    """The stretches of a track that stand, in order; none only for no track."""
    if len(track) == 0:
        return []
    after = _jumps(track)
    firsts, lasts = [0, *(after + 1).tolist()], [*after.tolist(), len(track) - 1]
    stretches = _joined(track, [_Piece(*ends) for ends in zip(firsts, lasts, strict=True)])
    settled = [stretch for stretch in stretches if _lasts_s(track, stretch) >= SETTLED_S]
    return settled or [max(stretches, key=lambda stretch: _lasts_s(track, stretch))]


def _joined(track: Positions, pieces: list[_Piece]) -> list[_Stretch]:
    """All pieces but those from which the track came back in time."""
    back = _ways_back(track, pieces)
    stretches = [pieces[:1]]
    at = 0
    while at + 1 < len(pieces):
        if back[at] < 0:
            at += 1
            stretches.append([pieces[at]])
        else:
            at = back[at]
            stretches[-1].append(pieces[at])
    return stretches


def _ways_back(track: Positions, pieces: list[_Piece]) -> list[int]:
    """For each piece the first within reach of its end and GLITCH_S, the next left out; -1 for none."""
    firsts = np.array([piece.first for piece in pieces])
    lasts = np.array([piece.last for piece in pieces])
    back = np.full(len(pieces), -1)
    open_rows = np.arange(len(pieces))
    for ahead in range(2, min(len(pieces), _MOST_PIECES_AHEAD)):
        open_rows = open_rows[open_rows + ahead < len(pieces)]
        begin, end = lasts[open_rows], firsts[open_rows + ahead]
        soon = track.time_us[end] - track.time_us[begin] <= GLITCH_S * 1e6
        open_rows, begin, end = open_rows[soon], begin[soon], end[soon]
        if len(open_rows) == 0:
            break
        moves = _moves(track, begin, end)
        reached = ~(moves.beyond | moves.vertically_beyond)
        back[open_rows[reached]] = open_rows[reached] + ahead
        open_rows = open_rows[~reached]
    found: list[int] = back.tolist()
    return found


def _lasts_s(track: Positions, stretch: _Stretch) -> float:
    """How long its pieces last together: single positions that happen to lie together do not settle."""
    return sum(float(track.time_us[piece.last] - track.time_us[piece.first]) for piece in stretch) * 1e-6


def _left_out(track: Positions, stretches: list[_Stretch]) -> BoolArray:
    """(n,) the rows of no stretch."""
    left_out = np.ones(len(track), dtype=np.bool_)
    for stretch in stretches:
        for piece in stretch:
            left_out[piece.first : piece.last + 1] = False
    return left_out


def _glitches(track: Positions, left_out: BoolArray) -> list[Gap]:
    """Runs of rows left out, from the last position before to the first after."""
    runs = _runs(left_out)
    if not runs:
        return []
    edges = np.array([(max(first, 1) - 1 if first else past - 1) for first, past in runs])
    moves = _moves(track, edges, np.minimum(edges + 1, len(track) - 1))
    last = len(track) - 1
    return [
        Gap(
            int(track.time_us[max(first - 1, 0)]),
            int(track.time_us[min(past, last)]),
            "glitch",
            moves.text(number),
        )
        for number, (first, past) in enumerate(runs)
    ]


def _resets(track: Positions, stretches: list[_Stretch]) -> list[_Reset]:
    """The steps from each stretch to the next, where there is still one without what lay between."""
    befores = np.array([stretch[-1].last for stretch in stretches[:-1]], dtype=np.int64)
    afters = np.array([stretch[0].first for stretch in stretches[1:]], dtype=np.int64)
    moves = _moves(track, befores, afters)
    beyond, vertically = moves.beyond, moves.vertically_beyond
    return [
        _Reset(
            Gap(int(track.time_us[befores[n]]), int(track.time_us[afters[n]]), "reset", moves.text(n)),
            float(moves.excess_m[n]) if beyond[n] else 0.0,
            float(moves.vertical_excess_m[n]) if vertically[n] else 0.0,
        )
        for n in np.flatnonzero(beyond | vertically).tolist()
    ]


def _near(time_us: Int64Array, gap: Gap) -> slice:
    """The rows within DOUBT_S of a reset."""
    reach_us = round(DOUBT_S * 1e6)
    ends_us = (gap.start_us - reach_us, gap.end_us + reach_us + 1)
    return slice(*np.searchsorted(time_us, ends_us).tolist())


def _warnings(events: list[Gap], left_out: int) -> tuple[str, ...]:
    glitches = [event for event in events if event.what == "glitch"]
    resets = [event for event in events if event.what == "reset"]
    texts = []
    if glitches:
        count = f"{left_out} positions in {len(glitches)} places"
        texts.append(f"{count} were left out: the vehicle cannot have been there; first {glitches[0].reason}")
    if resets:
        count = f"the position stepped and stayed {len(resets)} times"
        texts.append(f"{count}: it is doubtful for {DOUBT_S:.0f} s on both sides; first {resets[0].reason}")
    return tuple(texts)


def _runs(mask: BoolArray) -> list[tuple[int, int]]:
    """The first and past-last index of each run of true values."""
    edges = np.flatnonzero(np.diff(np.concatenate([[False], mask, [False]]).astype(np.int8)))
    return [(first, past) for first, past in edges.reshape(-1, 2).tolist()]
