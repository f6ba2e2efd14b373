"""Message rates of one vehicle: asked for, refused or granted, and whether what was granted comes.

SET_MESSAGE_INTERVAL: https://mavlink.io/en/messages/common.html#MAV_CMD_SET_MESSAGE_INTERVAL
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.commands import ACCEPTED, REFUSED, UNANSWERED, Command, Commands, Outcome
from droneops.telemetry.live.frame import LiveFrame, Outgoing
from droneops.telemetry.live.patience import wait_s
from droneops.telemetry.live.roster import Component
from droneops.telemetry.live.wanted import (
    ARDUPILOT,
    WANTED_OF_ARDUPILOT,
    WANTED_OF_AUTOPILOT,
    WANTED_OF_CAMERA,
    WANTED_STREAMS,
    Want,
)

SET_MESSAGE_INTERVAL = 511

NOT_ASKED = "not asked"
ASKED = "asked"

# Ten messages of the slowest that matters, and long enough for a link that stalls for a second or two.
WINDOW_S = 10
# A lossy link brings less than asked without anybody having changed the rate.
_ENOUGH = 0.5
# A vehicle that was gone for as long may have restarted, and forgotten what it was asked.
SILENCE_S = 10.0
# A vehicle has one autopilot and a few cameras; more are made up.
_MAX_COMPONENTS = 9


@dataclass(frozen=True, slots=True)
class MessageRate:
    """One message of one component: what was asked and what comes.

    ``state``: NOT_ASKED, ASKED, ACCEPTED, REFUSED or UNANSWERED; ``reason`` says why, or that it was granted
    and does not come. ``measured_hz`` is over the last WINDOW_S seconds, None before as many have passed.
    """

    component_id: int
    name: str
    what_for: str
    wanted_hz: float
    state: str
    reason: str
    measured_hz: float | None


class _Meter:
    """Messages a second, over whole seconds."""

    def __init__(self, now_s: float) -> None:
        self._begun_s = now_s
        self._seconds: deque[list[int]] = deque(maxlen=WINDOW_S + 1)

    def count(self, now_s: float) -> None:
        second = int(now_s)
        if not self._seconds or self._seconds[-1][0] < second:
            self._seconds.append([second, 0])
        self._seconds[-1][1] += 1

    def rate_hz(self, now_s: float) -> float | None:
        if now_s - self._begun_s < WINDOW_S:
            return None
        end = int(now_s)
        return sum(n for second, n in self._seconds if end - WINDOW_S <= second < end) / WINDOW_S


class _Ask:
    """One message that is wanted of one component."""

    def __init__(self, want: Want, name: str, component_id: int, now_s: float) -> None:
        self.want = want
        self.name = name
        self.message_id = load_dialect().by_name[name].id
        self.component_id = component_id
        self.meter = _Meter(now_s)
        self.begin_again()

    def begin_again(self) -> None:
        self.state = NOT_ASKED
        self.reason = ""
        self.pending: Command | None = None
        self.next_s = 0.0
        self.in_vain = 0


class Rates:
    """The messages wanted of one vehicle. Times are monotonic seconds.

    Commands go through ``commands``, whose outcomes are handed to ``settle``. With ``listen_only`` nothing is
    ever asked, and rates are measured all the same.
    """

    def __init__(self, system_id: int, commands: Commands, *, listen_only: bool = False) -> None:
        self._system_id = system_id
        self._commands = commands
        self._listen_only = listen_only
        self._autopilot = 0
        self._autopilot_id: int | None = None
        self._components: dict[int, Component] = {}
        self._heard_s: dict[int, float] = {}
        self._asks: dict[tuple[int, int], _Ask] = {}
        self._streams_next_s = 0.0
        self._streams_in_vain = 0

    def attend(self, component: Component, now_s: float) -> None:
        """Names a component of the link, as often as one likes; a new peer is a reconnect.

        The vehicle's autopilot and cameras are asked; all others are passed over.
        """
        known = self._components.get(component.component_id)
        is_ours = component.system_id == self._system_id and (component.is_autopilot or component.is_camera)
        if not is_ours or not component.supersedes(known):
            return
        if known is None and len(self._components) >= _MAX_COMPONENTS:
            return
        self._components[component.component_id] = component
        if known is None:
            self._begin(component, now_s)
        elif known.peer != component.peer:
            self.reconnected()

    def hear(self, frame: LiveFrame, now_s: float) -> None:
        """Takes in one frame of the link; those of other systems are passed over."""
        component_id = frame.component_id
        if frame.system_id != self._system_id or component_id not in self._components:
            return
        if self._is_silent(component_id, now_s):
            self._begin_again(component_id)
        self._heard_s[component_id] = now_s
        ask = self._asks.get((component_id, frame.message_id))
        if ask is not None and frame.is_known:
            ask.meter.count(now_s)

    def settle(self, outcome: Outcome, now_s: float) -> None:
        """Takes in what became of a command; those of others are passed over."""
        for ask in list(self._asks.values()):
            if ask.pending is not None and ask.pending == outcome.command:
                ask.pending = None
                self._decided(ask, outcome, now_s)

    def due(self, now_s: float) -> list[Outgoing]:
        """Asks for what is due, and gives back what is to be sent without being acknowledged."""
        if self._listen_only:
            return []
        for ask in list(self._asks.values()):
            if self._is_silent(ask.component_id, now_s):
                continue
            self._check(ask, now_s)
            if ask.pending is None and ask.state != REFUSED and now_s >= ask.next_s:
                self._send(ask)
        return list(self._streams(now_s))

    def rebooted(self) -> None:
        """The vehicle forgot everything: all is asked for again, what was refused too."""
        for component_id in self._components:
            self._begin_again(component_id)

    def reconnected(self) -> None:
        """The vehicle is reached anew: what it was told may have been lost, or not meant for this way."""
        self.rebooted()

    def report(self, now_s: float) -> tuple[MessageRate, ...]:
        """Every message asked for, by component and name."""
        rows = [_report(ask, now_s) for ask in self._asks.values()]
        return tuple(sorted(rows, key=lambda row: (row.component_id, row.name)))

    def _is_silent(self, component_id: int, now_s: float) -> bool:
        return now_s - self._heard_s[component_id] > SILENCE_S

    def _begin(self, component: Component, now_s: float) -> None:
        wants = WANTED_OF_CAMERA
        if component.is_autopilot and component.heartbeat:
            self._autopilot, self._autopilot_id = component.heartbeat.autopilot, component.component_id
            wants = WANTED_OF_ARDUPILOT if self._autopilot == ARDUPILOT else WANTED_OF_AUTOPILOT
        self._heard_s[component.component_id] = now_s
        for want in wants:
            self._want(want, want.order(self._autopilot)[0], component.component_id, now_s)

    def _begin_again(self, component_id: int) -> None:
        """One component forgot what it was asked."""
        for key, ask in list(self._asks.items()):
            if ask.component_id != component_id:
                continue
            if ask.pending is not None:
                self._commands.withdraw(ask.pending)
            ask.begin_again()
            if ask.name != ask.want.order(self._autopilot)[0]:
                del self._asks[key]
        if component_id == self._autopilot_id:
            self._streams_next_s = 0.0
            self._streams_in_vain = 0

    def _want(self, want: Want, name: str, component_id: int, now_s: float) -> None:
        ask = _Ask(want, name, component_id, now_s)
        self._asks.setdefault((component_id, ask.message_id), ask)

    def _send(self, ask: _Ask) -> None:
        interval_us = 1e6 / ask.want.rate_hz
        command = Command(
            SET_MESSAGE_INTERVAL,
            (float(ask.message_id), interval_us),
            self._system_id,
            ask.component_id,
            self._components[ask.component_id].peer,
        )
        if self._commands.ask(command):
            ask.pending = command
            if ask.state == NOT_ASKED:
                ask.state = ASKED

    def _decided(self, ask: _Ask, outcome: Outcome, now_s: float) -> None:
        # After an acceptance, this is when to look whether it comes.
        ask.next_s = now_s + wait_s(ask.in_vain)
        if outcome.result == ask.state == ACCEPTED:
            return
        ask.state, ask.reason = outcome.result, outcome.reason
        if outcome.result == ACCEPTED:
            ask.reason = ""
            ask.meter = _Meter(now_s)
        elif outcome.result == UNANSWERED:
            ask.in_vain += 1
        elif outcome.result == REFUSED:
            self._ask_for_another(ask, now_s)

    def _ask_for_another(self, ask: _Ask, now_s: float) -> None:
        names = ask.want.order(self._autopilot)
        following = names[names.index(ask.name) + 1 :]
        if following:
            self._want(ask.want, following[0], ask.component_id, now_s)

    def _check(self, ask: _Ask, now_s: float) -> None:
        """What was granted but does not come is asked for again, ever more patiently."""
        if ask.state != ACCEPTED or ask.pending is not None:
            return
        rate_hz = ask.meter.rate_hz(now_s)
        if rate_hz is None:
            return
        if rate_hz < _ENOUGH * ask.want.rate_hz:
            ask.reason = f"accepted, but comes at {rate_hz:.1f} Hz"
            ask.in_vain += now_s >= ask.next_s
            if rate_hz == 0:
                # Some grant what they have nothing to fill with.
                self._ask_for_another(ask, now_s)
        else:
            ask.reason = ""
            ask.next_s = now_s + WINDOW_S
            ask.in_vain = 0

    def _streams(self, now_s: float) -> Iterator[Outgoing]:
        """The streams of an autopilot that does not know SET_MESSAGE_INTERVAL at all."""
        autopilot_id = self._autopilot_id
        if autopilot_id is None or self._is_silent(autopilot_id, now_s) or now_s < self._streams_next_s:
            return
        if not self._needs_streams():
            return
        if self._streams_next_s and self._streams_come(now_s):
            self._streams_next_s = now_s + WINDOW_S
            self._streams_in_vain = 0
            return
        self._streams_next_s = now_s + wait_s(self._streams_in_vain)
        self._streams_in_vain += 1
        for stream_id, rate_hz in WANTED_STREAMS:
            yield self._stream(autopilot_id, stream_id, rate_hz)

    def _stream(self, component_id: int, stream_id: int, rate_hz: int) -> Outgoing:
        fields = {
            "req_message_rate": rate_hz,
            "target_system": self._system_id,
            "target_component": component_id,
            "req_stream_id": stream_id,
            "start_stop": 1,
        }
        return Outgoing("REQUEST_DATA_STREAM", fields, self._components[component_id].peer)

    def _needs_streams(self) -> bool:
        asks = [ask for ask in self._asks.values() if ask.component_id == self._autopilot_id]
        unsupported = [ask for ask in asks if ask.state == REFUSED and ask.reason == "UNSUPPORTED"]
        return self._autopilot == ARDUPILOT and bool(asks) and len(unsupported) == len(asks)

    def _streams_come(self, now_s: float) -> bool:
        """Position and attitude, which nothing works without, at half the streams' 10 Hz."""
        by_name = {ask.name: ask for ask in self._asks.values() if ask.component_id == self._autopilot_id}
        rates = [by_name[name].meter.rate_hz(now_s) for name in ("GLOBAL_POSITION_INT", "ATTITUDE")]
        return all(rate is None or rate >= _ENOUGH * 10 for rate in rates)


def _report(ask: _Ask, now_s: float) -> MessageRate:
    return MessageRate(
        component_id=ask.component_id,
        name=ask.name,
        what_for=ask.want.what_for,
        wanted_hz=ask.want.rate_hz,
        state=ask.state,
        reason=ask.reason,
        measured_hz=ask.meter.rate_hz(now_s),
    )
