"""One live link: opens itself, opens itself again, and turns what comes into frames.

A `Link` is passive: one thread calls `poll` in a loop, and nothing happens in between. Only `wake` may be
called from another thread.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable

from droneops.telemetry.dialect import Dialect, load_dialect
from droneops.telemetry.live.address import LinkAddress, LinkKind
from droneops.telemetry.live.backoff import backoff_s
from droneops.telemetry.live.deframer import HOLD_US, Deframer, Tally
from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.live.link_state import LinkEvent, LinkState, LinkStatus
from droneops.telemetry.live.now import Clock
from droneops.telemetry.live.peers import Peers
from droneops.telemetry.live.transport import Transport, make_transport
from droneops.telemetry.live.waker import Waker

# Every MAVLink vehicle sends HEARTBEAT at 1 Hz: three in a row are missing.
SILENCE_S = 3.0
# A host that answers does so within a few round trips; a satellite link has 0.6 s for one.
OPEN_LIMIT_S = 1.5
# A link that held this long was good: the next break begins with the short wait again.
_GOOD_AFTER_S = 10.0
# A half-open connection looks like silence for ever, and opening again costs nothing. A bound socket cannot
# be half open. A called peer may have moved to another address, and to ask costs a name server's time.
_REOPEN_AFTER_S: dict[LinkKind, float] = {"tcp": 10.0, "serial": 10.0, "udpout": 30.0}
# A peer not heard for a minute may be another by now (addresses are given out anew): it is sent nothing.
_PEER_MEMORY_S = 60.0
# A state takes half a second at least on the average: two minutes of nobody asking.
_MOST_EVENTS = 256

_OPEN = (LinkState.LISTENING, LinkState.CONNECTED, LinkState.SILENT)


class Link:
    """See `LinkState` for its states, `make_link` for what to give it."""

    def __init__(
        self,
        address: LinkAddress,
        transport: Transport,
        waker: Waker,
        clock: Clock,
        chance: Callable[[], float],
        dialect: Dialect,
    ) -> None:
        self._address = address
        self._transport = transport
        self._waker = waker
        self._clock = clock
        self._chance = chance
        self._tally = Tally()
        self._peers = Peers(lambda: Deframer(dialect, self._tally, datagrams=transport.is_datagram))
        self._events: deque[LinkEvent] = deque(maxlen=_MOST_EVENTS)
        self._attempts = self._failures = 0
        # Monotonic seconds. ``_last_frame_s`` counts from the opening while no frame has come.
        self._opening_s: float | None = None
        self._opened_s = self._last_frame_s = self._next_attempt_s = 0.0
        self._last_frame_us: int | None = None
        self._next_attempt_us: int | None = None
        self._bytes_since_frame = 0
        self._enter(LinkState.OPENING, str(address))

    def poll(self, timeout_s: float) -> list[LiveFrame]:
        """What came, after at most ``timeout_s``; earlier on a change of state or a wake. Raises nothing.

        Frames held behind a stalled half frame keep the time at which they came.
        """
        if self._state is LinkState.CLOSED:
            return []
        if self._state is LinkState.BACKOFF:
            self._wait_for_attempt(timeout_s)
            return []
        if self._state is LinkState.OPENING:
            self._open(timeout_s)
            return []
        return self._receive(timeout_s)

    def send(self, data: bytes, peer: str | None) -> bool:
        """Send one frame to a peer (None: to all heard within the last minute) now or not at all.

        Returns whether all took it; False also where there is none, or the link is not open.
        """
        if self._state not in _OPEN:
            return False
        try:
            return all([self._transport.send(data, name) for name in self._receivers(peer)] or [False])
        except OSError as error:
            self._back_off(_reason(error))
            return False

    def wake(self) -> None:
        """End the `poll` that is going on, or the next one. From any thread."""
        self._waker.wake()

    def close(self) -> None:
        """Close for good. By the thread that polls, or after it has ended."""
        if self._state is not LinkState.CLOSED:
            self._transport.close()
            self._peers.forget_all()
            self._waker.close()
            self._enter(LinkState.CLOSED, "closed")

    def take_events(self) -> list[LinkEvent]:
        """The changes of state since the last call, the oldest first; of very many the latest."""
        events = list(self._events)
        self._events.clear()
        return events

    def status(self) -> LinkStatus:
        """The link now."""
        heard = self._heard()
        return LinkStatus(
            address=str(self._address),
            state=self._state,
            since_us=self._since_us,
            detail=self._detail,
            attempts=self._attempts,
            next_attempt_us=self._next_attempt_us,
            last_frame_us=self._last_frame_us,
            peers=heard,
            strangers=len(self._peers) - len(heard),
            counts=self._tally.snapshot(),
            transport=self._transport.counts(),
        )

    def _enter(self, state: LinkState, detail: str) -> None:
        self._state, self._detail, self._since_us = state, detail, self._clock.utc_us()
        self._events.append(LinkEvent(self._since_us, state, detail))

    def _open(self, timeout_s: float) -> None:
        now_s = self._clock.monotonic_s()
        if self._opening_s is None:
            self._opening_s = now_s
            self._attempts += 1
        left_s = self._opening_s + OPEN_LIMIT_S - now_s
        try:
            if left_s <= 0:
                raise TimeoutError(f"no answer within {OPEN_LIMIT_S} s")
            is_open = self._transport.open(min(timeout_s, left_s))
        except OSError as error:
            self._back_off(_reason(error))
            return
        if is_open:
            self._opening_s = None
            self._opened_s = self._last_frame_s = self._clock.monotonic_s()
            self._bytes_since_frame = 0
            self._enter(LinkState.LISTENING, "open, nothing heard yet")

    def _wait_for_attempt(self, timeout_s: float) -> None:
        left_s = self._next_attempt_s - self._clock.monotonic_s()
        if left_s > 0:
            self._waker.wait(min(timeout_s, left_s))
        if self._clock.monotonic_s() >= self._next_attempt_s:
            self._next_attempt_us = None
            self._enter(LinkState.OPENING, str(self._address))

    def _back_off(self, detail: str) -> None:
        now_s = self._clock.monotonic_s()
        if self._state in _OPEN and now_s - self._opened_s >= _GOOD_AFTER_S:
            self._failures = 0
        self._transport.close()
        self._peers.forget_all()
        wait_s = backoff_s(self._failures, self._chance())
        self._failures += 1
        self._opening_s = None
        self._next_attempt_s = now_s + wait_s
        self._enter(LinkState.BACKOFF, detail)
        self._next_attempt_us = self._since_us + round(wait_s * 1e6)

    def _receive(self, timeout_s: float) -> list[LiveFrame]:
        try:
            chunks = self._transport.receive(min(timeout_s, self._until_next_change_s()))
        except OSError as error:
            self._back_off(_reason(error))
            return []
        now_us, now_s = self._clock.utc_us(), self._clock.monotonic_s()
        frames = self._frames(chunks, now_us, now_s)
        self._judge_silence(now_s)
        return frames

    def _frames(self, chunks: list[tuple[str, bytes]], now_us: int, now_s: float) -> list[LiveFrame]:
        frames: list[LiveFrame] = []
        for name, data in chunks:
            self._feed(name, data, now_us, now_s, frames)
        for peer in self._peers.holding():
            self._feed(peer.name, b"", now_us, now_s, frames)
        return frames

    def _feed(self, name: str, data: bytes, now_us: int, now_s: float, frames: list[LiveFrame]) -> None:
        peer = self._peers.of(name)
        self._bytes_since_frame += len(data)
        found = peer.deframer.feed(data, now_us, name)
        if any(frame.is_known for frame in found):
            self._peers.believe(peer, now_s)
            self._heard_frame(name, now_us, now_s)
        # Noise passes for an unknown message now and then: only who has sent a checked one can send these.
        if peer.last_frame_s is not None:
            frames += found

    def _heard_frame(self, name: str, now_us: int, now_s: float) -> None:
        self._last_frame_us, self._last_frame_s = now_us, now_s
        self._bytes_since_frame = self._attempts = 0
        if self._state is not LinkState.CONNECTED:
            self._enter(LinkState.CONNECTED, f"frames from {name}")

    def _judge_silence(self, now_s: float) -> None:
        silent_s = now_s - self._last_frame_s
        if silent_s >= _REOPEN_AFTER_S.get(self._address.kind, float("inf")):
            self._back_off(f"{self._heard_instead()} for {silent_s:.0f} s")
        elif self._state is LinkState.CONNECTED and silent_s >= SILENCE_S:
            self._enter(LinkState.SILENT, f"{self._heard_instead()} for {silent_s:.0f} s")

    def _heard_instead(self) -> str:
        """Bytes without a frame mean another rate or protocol; nothing at all means nobody."""
        return "bytes that are no MAVLink" if self._bytes_since_frame else "nothing heard"

    def _until_next_change_s(self) -> float:
        """Until silence changes the state, or something held must be looked at again."""
        limit_s = _REOPEN_AFTER_S.get(self._address.kind, float("inf"))
        if self._state is LinkState.CONNECTED:
            limit_s = min(limit_s, SILENCE_S)
        left_s = max(self._last_frame_s + limit_s - self._clock.monotonic_s(), 0.0)
        return min(left_s, HOLD_US / 1e6) if self._peers.holding() else left_s

    def _receivers(self, peer: str | None) -> tuple[str, ...]:
        """Whom a frame goes to: on a shared transport only peers that have been heard."""
        if not self._transport.is_shared:
            only = self._address.endpoint
            return (only,) if peer in (None, only) else ()
        heard = self._heard()
        return heard if peer is None else tuple(name for name in heard if name == peer)

    def _heard(self) -> tuple[str, ...]:
        return self._peers.heard_since(self._clock.monotonic_s() - _PEER_MEMORY_S)


def make_link(address: LinkAddress, clock: Clock, chance: Callable[[], float]) -> Link:
    """A link over the real transport for ``address``; opens nothing before the first `poll`.

    ``chance`` gives numbers uniform in [0, 1), for the jitter of the waits: ``random.random``.
    """
    waker = Waker()
    return Link(address, make_transport(address, waker), waker, clock, chance, load_dialect())


def _reason(error: OSError) -> str:
    return " ".join((error.strerror or str(error) or type(error).__name__).split())
