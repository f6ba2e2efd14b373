"""Two sources with one system id: found, and refused while it lasts.

Their poses would be taken for one vehicle's that jumps to and fro, and both would obey what is sent to one.
Only autopilots are watched: companion programs of one vehicle often share a component id, and harm nobody.
"""

from __future__ import annotations

from collections import OrderedDict, deque
from dataclasses import dataclass

from droneops.telemetry.clock import TIMED_MESSAGES
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.frame import LiveFrame, fields_of
from droneops.telemetry.live.recent import Recent
from droneops.telemetry.live.roster import HEARTBEAT_TIMEOUT_US, read_heartbeat

PEERS = "peers"
BOOT_TIMES = "boot_times"
SEQUENCE_NUMBERS = "sequence_numbers"

# One source alone for this long: the other has been switched off, not just out of reach for a moment.
LIFT_AFTER_US = 30_000_000

# More addresses of one vehicle within a few seconds are made up.
_MAX_PEERS = 8
# Two vehicles, and one more that comes by; the rest is damage.
_MAX_BRANCHES = 4
# As many as the roster holds.
_MAX_SOURCES = 256

# Jitter of links and of the messages' own stamping; twice this is told apart.
_CLOCK_TOLERANCE_MS = 1000
_RETURNS = 3
_RETURNS_WITHIN_US = 10_000_000

# A gap or a step back that one source's loss and reordering make: at 50 % loss a gap of 16 has a chance of
# 1 in 65,536 a frame. Counters nearer together than both cannot be told apart.
_LARGEST_GAP = 16
_LATEST = 8
_SEQ_WINDOW = 100
_SEQ_MATCHES = 20
_SEQ_ALTERNATIONS = 10


@dataclass(frozen=True, slots=True)
class Duplicate:
    """Two sources of one system id, named by ``first`` and ``second``.

    ``how``: PEERS (the heartbeat comes from two addresses by turns), BOOT_TIMES (two clocks by turns) or
    SEQUENCE_NUMBERS (two counters by turns). ``since_us``: our own clock, UTC microseconds.
    """

    system_id: int
    first: str
    second: str
    how: str
    since_us: int

    def one_line(self) -> str:
        """What the pilot is told: what it is, what follows, the mend."""
        return (
            f"two vehicles, or one heard over two ways, have MAVLink system id {self.system_id}:"
            f" {self.first} and {self.second}; neither is followed and nothing is sent to them"
            " (give each vehicle an id of its own, SYSID_THISMAV or MAV_SYS_ID;"
            " if it is one vehicle, let the router pass on one way only)"
        )


class DuplicateWatch:
    """Takes every frame of a link but our own echoes; says which system ids are to be refused."""

    def __init__(self) -> None:
        self._systems: dict[int, _System] = {}
        self._clocks: Recent[tuple[int, int, str, int], _Clocks] = Recent(_MAX_SOURCES)
        self._counters: Recent[tuple[int, int, str], _Counters] = Recent(_MAX_SOURCES)

    def hear(self, frame: LiveFrame) -> None:
        """Takes in one frame. A message whose checksum could not be checked proves nothing."""
        if not frame.is_known:
            return
        heartbeat = read_heartbeat(frame)
        if heartbeat is not None and heartbeat.is_autopilot:
            system = self._systems.setdefault(frame.system_id, _System(frame.system_id))
            system.hear_heartbeat(frame)
        heard = self._systems.get(frame.system_id)
        if heard is not None and frame.component_id in heard.autopilots:
            heard.judge(self._hear_clock(frame), BOOT_TIMES, frame)
            heard.judge(self._hear_counter(frame), SEQUENCE_NUMBERS, frame)
            heard.lift(frame.received_us)

    def refused(self, system_id: int) -> Duplicate | None:
        """Why a system is not to be followed nor spoken to; None if it may be."""
        system = self._systems.get(system_id)
        return system.duplicate if system else None

    def duplicates(self) -> tuple[Duplicate, ...]:
        """All that are refused now, by system id."""
        found = (self._systems[system_id].duplicate for system_id in sorted(self._systems))
        return tuple(duplicate for duplicate in found if duplicate)

    def _hear_clock(self, frame: LiveFrame) -> _Sign:
        message = load_dialect().by_id[frame.message_id]
        if message.name not in TIMED_MESSAGES:
            return _NOTHING
        # Each message for itself: firmware that stamps two messages with two clocks is no second vehicle.
        source = (frame.system_id, frame.component_id, frame.peer, message.id)
        boot_ms = int(fields_of(frame, message)["time_boot_ms"])
        return self._clocks.get_or_make(source, _Clocks).hear(boot_ms, frame.received_us)

    def _hear_counter(self, frame: LiveFrame) -> _Sign:
        source = (frame.system_id, frame.component_id, frame.peer)
        return self._counters.get_or_make(source, _Counters).hear(frame.seq, frame.received_us)


class _System:
    """One system id of which an autopilot was heard."""

    def __init__(self, system_id: int) -> None:
        self._system_id = system_id
        self._peers = _Peers()
        self.autopilots: set[int] = set()
        self._alone_since_us = 0
        self._last_heard_us = 0
        self.duplicate: Duplicate | None = None

    def hear_heartbeat(self, frame: LiveFrame) -> None:
        self.autopilots.add(frame.component_id)
        self.judge(self._peers.hear(frame.peer, frame.received_us), PEERS, frame)

    def judge(self, sign: _Sign, how: str, frame: LiveFrame) -> None:
        if sign.is_proof and self.duplicate is None:
            first, second = sorted(_named(branch, how, frame) for branch in (sign.one, sign.other))
            self.duplicate = Duplicate(self._system_id, first, second, how, frame.received_us)
        if sign.is_hint:
            self._alone_since_us = frame.received_us

    def lift(self, now_us: int) -> None:
        """Silence is no sign that one of the two has gone: only what is heard counts.

        A clock that was set, on or back, says nothing of how long one has been alone.
        """
        if abs(now_us - self._last_heard_us) > HEARTBEAT_TIMEOUT_US:
            self._alone_since_us = now_us
        self._last_heard_us = now_us
        if now_us - self._alone_since_us >= LIFT_AFTER_US:
            self.duplicate = None


@dataclass(frozen=True, slots=True)
class _Sign:
    """What one frame says: ``is_hint`` that a second source lives, ``is_proof`` that there are two."""

    is_hint: bool = False
    is_proof: bool = False
    one: str = ""
    other: str = ""


_NOTHING = _Sign()


def _named(branch: str, how: str, frame: LiveFrame) -> str:
    return branch if how == PEERS else f"{branch} from {frame.peer}"


class _Peers:
    """The addresses an autopilot's heartbeat comes from.

    From A to B is a restarted router or a new port; back to A while A was last heard a moment ago is not.
    """

    def __init__(self) -> None:
        self._beat_us: OrderedDict[str, int] = OrderedDict()

    def hear(self, peer: str, now_us: int) -> _Sign:
        last = next(reversed(self._beat_us), peer)
        before_us = self._beat_us.pop(peer, None)
        self._beat_us[peer] = now_us
        if len(self._beat_us) > _MAX_PEERS:
            self._beat_us.popitem(last=False)
        # A time far ahead is from before our clock was set back.
        if last == peer or before_us is None or abs(now_us - before_us) > HEARTBEAT_TIMEOUT_US:
            return _NOTHING
        return _Sign(True, True, peer, last)


@dataclass(slots=True)
class _Clock:
    first_boot_ms: int
    first_heard_us: int
    boot_ms: int
    heard_us: int

    def runs(self) -> bool:
        """Whether it goes on with the time: the same absurd value again and again does not."""
        told_us = (self.boot_ms - self.first_boot_ms) * 1000
        return told_us > 0 and 2 * told_us >= self.heard_us - self.first_heard_us

    def error_ms(self, boot_ms: int, now_us: int) -> int | None:
        """How far a time is from what this clock should say now; None if it is another clock's.

        A link that stalls holds messages back: a time may lie anywhere since the one before.
        """
        elapsed_ms = max(now_us - self.heard_us, 0) // 1000
        ahead_ms = boot_ms - self.boot_ms
        if not -_CLOCK_TOLERANCE_MS <= ahead_ms <= elapsed_ms + _CLOCK_TOLERANCE_MS:
            return None
        return abs(ahead_ms - elapsed_ms)


class _Clocks:
    """The clocks that the times since boot in one kind of message follow.

    One step back is a reboot and one absurd value is damage; only going to and fro is two vehicles.
    """

    def __init__(self) -> None:
        self._clocks: list[_Clock] = []
        self._current: _Clock | None = None
        self._returns_us: deque[int] = deque(maxlen=_RETURNS)

    def hear(self, boot_ms: int, now_us: int) -> _Sign:
        if boot_ms == 0:  # not filled in
            return _NOTHING
        before = self._current
        clock = self._matching(boot_ms, now_us)
        if clock is None:
            self._begin(boot_ms, now_us)
            return _NOTHING
        clock.boot_ms, clock.heard_us = boot_ms, now_us
        self._current = clock
        if before is None or before is clock or not (before.runs() and clock.runs()):
            return _NOTHING
        self._returns_us.append(now_us)
        return _Sign(True, self._is_often(now_us), _clock_text(clock), _clock_text(before))

    def _matching(self, boot_ms: int, now_us: int) -> _Clock | None:
        errors = [(clock.error_ms(boot_ms, now_us), clock) for clock in self._clocks]
        near = [(error, clock) for error, clock in errors if error is not None]
        return min(near, key=lambda pair: pair[0])[1] if near else None

    def _begin(self, boot_ms: int, now_us: int) -> None:
        if len(self._clocks) >= _MAX_BRANCHES:
            self._clocks.remove(min(self._clocks, key=lambda clock: clock.heard_us))
        self._current = _Clock(boot_ms, now_us, boot_ms, now_us)
        self._clocks.append(self._current)

    def _is_often(self, now_us: int) -> bool:
        return len(self._returns_us) == _RETURNS and now_us - self._returns_us[0] <= _RETURNS_WITHIN_US


def _clock_text(clock: _Clock) -> str:
    return f"time since boot {clock.boot_ms // 1000} s"


@dataclass(slots=True, eq=False)
class _Counter:
    expected: int
    heard_us: int
    exact: int = 0  # in the window


class _Counters:
    """The sequence numbers of one sender as one counter, or as several by turns.

    Each counter follows its own gaps and late frames, so that only a jump far away opens another one, and
    only coming back to one that is still where it was left counts. One source comes back to a counter only
    after going round all of 256, where the two are found to have met and become one.
    """

    def __init__(self) -> None:
        self._counters: list[_Counter] = []
        self._current: _Counter | None = None
        self._window: deque[tuple[_Counter, bool, bool]] = deque()
        self._alternations = 0

    def hear(self, seq: int, now_us: int) -> _Sign:
        counter = next((c for c in self._by_use() if _step(seq, c) is not None), None)
        if counter is None:
            self._begin(seq, now_us)
            return _NOTHING
        before, self._current = self._current, counter
        step = _step(seq, counter) or 0
        if step >= 0:
            counter.expected = (seq + 1) & 0xFF
        counter.heard_us = now_us
        self._merge(counter)
        switched = before is not None and before is not counter
        self._note(counter, is_exact=step == 0, switched=switched)
        if not switched or before is None:
            return _NOTHING
        return _Sign(True, self._is_proof(), _counter_text(counter), _counter_text(before))

    def _by_use(self) -> list[_Counter]:
        return sorted(self._counters, key=lambda c: (c is self._current, c.heard_us), reverse=True)

    def _begin(self, seq: int, now_us: int) -> None:
        if len(self._counters) >= _MAX_BRANCHES:
            self._forget(min(self._counters, key=lambda c: c.heard_us))
        self._current = _Counter((seq + 1) & 0xFF, now_us)
        self._counters.append(self._current)

    def _merge(self, counter: _Counter) -> None:
        """Counters that have met can no longer be told apart; those long unheard of are gone."""
        for other in [c for c in self._counters if c is not counter]:
            ahead = (other.expected - counter.expected) & 0xFF
            met = min(ahead, 256 - ahead) <= _LARGEST_GAP + _LATEST
            if met or counter.heard_us - other.heard_us > _RETURNS_WITHIN_US:
                self._forget(other)

    def _forget(self, counter: _Counter) -> None:
        self._counters.remove(counter)
        if counter.exact:
            # What it had to say about alternations goes with it.
            self._window.clear()
            self._alternations = 0
            for other in self._counters:
                other.exact = 0

    def _note(self, counter: _Counter, *, is_exact: bool, switched: bool) -> None:
        self._window.append((counter, is_exact, switched))
        counter.exact += is_exact
        self._alternations += switched
        if len(self._window) > _SEQ_WINDOW:
            oldest, was_exact, had_switched = self._window.popleft()
            oldest.exact -= was_exact
            self._alternations -= had_switched

    def _is_proof(self) -> bool:
        followed = sum(counter.exact >= _SEQ_MATCHES for counter in self._counters)
        return followed >= 2 and self._alternations >= _SEQ_ALTERNATIONS


def _counter_text(counter: _Counter) -> str:
    return f"frame number {(counter.expected - 1) & 0xFF}"


def _step(seq: int, counter: _Counter) -> int | None:
    """How far a number is ahead of the one expected, negative behind; None if it is another counter's."""
    step = ((seq - counter.expected + _LATEST) & 0xFF) - _LATEST
    return step if step <= _LARGEST_GAP else None
