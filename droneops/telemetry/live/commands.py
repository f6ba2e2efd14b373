"""Commands and their acknowledgement: https://mavlink.io/en/services/command.html

COMMAND_ACK names the command, but not with which parameters it was given, nor which of its tries it answers.
Of each kind of command one at a time is therefore on its way to a component.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection
from dataclasses import dataclass

import numpy as np

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.frame import LiveFrame, Outgoing, fields_of
from droneops.telemetry.live.identity import Identity

COMMAND_ACK = 77

# Several times the way there and back over LTE or a slow radio that is busy with telemetry (some 0.1 to
# 0.4 s), and three tries still tell within seconds that nobody answers.
TIMEOUT_S = 1.0
TRIES = 3
# A second answer, to the first try of a command that was tried again, would be taken for the next command's.
_SETTLE_S = 0.5
# The receiver says at a rate of its own that it is still at it; ours take no longer than this in all.
_PROGRESS_TIMEOUT_S = 5.0
_LONGEST_S = 60.0
# "Temporarily rejected" mends itself by waiting: a camera that starts up, a busy state machine.
_REJECTED_WAIT_S = 5.0
_REJECTED_TIMES = 6
# All that one vehicle with eight cameras of sixteen streams is asked, in full, is some 200.
MAX_QUEUED = 256

# The target_system that addresses all. Source: https://mavlink.io/en/guide/routing.html
_EVERYBODY = 0

ACCEPTED = "accepted"
REFUSED = "refused"
UNANSWERED = "unanswered"

_RESULT_ACCEPTED = 0
_RESULT_TEMPORARILY_REJECTED = 1
_RESULT_IN_PROGRESS = 5
# MAV_RESULT. Source: https://mavlink.io/en/messages/common.html#MAV_RESULT
_RESULTS = {
    0: "ACCEPTED", 1: "TEMPORARILY_REJECTED", 2: "DENIED", 3: "UNSUPPORTED", 4: "FAILED", 5: "IN_PROGRESS",
    6: "CANCELLED", 7: "COMMAND_LONG_ONLY", 8: "COMMAND_INT_ONLY", 9: "COMMAND_UNSUPPORTED_MAV_FRAME",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Command:
    """A MAV_CMD for one component, which is reached at ``peer``; parameters left out are zero."""

    command: int
    params: tuple[float, ...]
    system_id: int
    component_id: int
    peer: str | None


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of a command: ACCEPTED, REFUSED or UNANSWERED; ``reason`` is MAV_RESULT's name, or why."""

    command: Command
    result: str
    reason: str


class _Job:
    """A command that waits, or is on its way."""

    __slots__ = ("begun_s", "command", "deadline_s", "is_in_progress", "not_before_s", "rejections", "tries")

    def __init__(self, command: Command) -> None:
        self.command = command
        self.tries = 0
        self.rejections = 0
        self.is_in_progress = False
        self.begun_s = 0.0
        self.deadline_s = 0.0
        self.not_before_s = 0.0


# System, component and kind of command: what an acknowledgement tells apart.
_Target = tuple[int, int, int]


def _target_of(command: Command) -> _Target:
    return command.system_id, command.component_id, command.command


class Commands:
    """The commands of one link. Times are monotonic seconds; nothing is sent but what ``due`` gives back."""

    def __init__(self, identity: Identity) -> None:
        self._identity = identity
        self._waiting: deque[_Job] = deque()
        self._in_flight: dict[_Target, _Job] = {}
        self._quiet_until_s: dict[_Target, float] = {}
        self._outcomes: deque[Outcome] = deque(maxlen=MAX_QUEUED)

    def ask(self, command: Command) -> bool:
        """Takes in a command; False if too many wait. One that waits already is not taken in twice.

        False also for system 0: who sends under it has no id, and every vehicle of the link would obey.
        """
        if command.system_id == _EVERYBODY:
            return False
        if any(job.command == command for job in [*self._waiting, *self._in_flight.values()]):
            return True
        if len(self._waiting) + len(self._in_flight) >= MAX_QUEUED:
            return False
        self._waiting.append(_Job(command))
        return True

    def withdraw(self, command: Command) -> None:
        """Forgets a command; it has no outcome."""
        self._waiting = deque(job for job in self._waiting if job.command != command)
        target = _target_of(command)
        if target in self._in_flight and self._in_flight[target].command == command:
            del self._in_flight[target]

    def hear(self, frame: LiveFrame, now_s: float) -> None:
        """Takes in one frame; only a COMMAND_ACK from whom a command is on its way to, for us, counts."""
        if frame.message_id != COMMAND_ACK or not frame.is_known:
            return
        ack = fields_of(frame, load_dialect().by_id[COMMAND_ACK])
        target = (frame.system_id, frame.component_id, int(ack["command"]))
        job = self._in_flight.get(target)
        if job is not None and self._is_for_us(ack):
            self._answered(target, job, int(ack["result"]), now_s)

    def due(self, now_s: float, silenced: Collection[int] = ()) -> list[Outgoing]:
        """What is to be sent now. Commands to a system id in ``silenced`` are kept back."""
        for target, job in list(self._in_flight.items()):
            reason = _given_up(job) if now_s >= job.deadline_s else None
            if reason:
                self._settle(target, job, UNANSWERED, reason, now_s)
        self._start_waiting(now_s)
        return [
            self._send(job, now_s)
            for target, job in self._in_flight.items()
            if now_s >= job.deadline_s and target[0] not in silenced
        ]

    def outcomes(self) -> list[Outcome]:
        """What has been decided since the last call, in order."""
        decided = list(self._outcomes)
        self._outcomes.clear()
        return decided

    def __len__(self) -> int:
        return len(self._waiting) + len(self._in_flight)

    def _is_for_us(self, ack: np.void) -> bool:
        """Zero is everybody, and what MAVLink 1 or an old firmware leaves out."""
        system, component = int(ack["target_system"]), int(ack["target_component"])
        return system in {0, self._identity.system_id} and component in {0, self._identity.component_id}

    def _answered(self, target: _Target, job: _Job, result: int, now_s: float) -> None:
        if result == _RESULT_ACCEPTED:
            self._settle(target, job, ACCEPTED, _RESULTS[result], now_s)
        elif result == _RESULT_IN_PROGRESS and now_s - job.begun_s < _LONGEST_S:
            job.is_in_progress = True
            job.deadline_s = now_s + _PROGRESS_TIMEOUT_S
        elif result == _RESULT_TEMPORARILY_REJECTED and job.rejections < _REJECTED_TIMES:
            self._postpone(target, job, now_s)
        else:
            self._settle(target, job, REFUSED, _RESULTS.get(result, f"result {result}"), now_s)

    def _settle(self, target: _Target, job: _Job, result: str, reason: str, now_s: float) -> None:
        self._free(target, job, now_s)
        self._outcomes.append(Outcome(job.command, result, reason))

    def _postpone(self, target: _Target, job: _Job, now_s: float) -> None:
        self._free(target, job, now_s)
        job.rejections += 1
        job.tries = 0
        job.is_in_progress = False
        job.not_before_s = now_s + _REJECTED_WAIT_S
        self._waiting.append(job)

    def _free(self, target: _Target, job: _Job, now_s: float) -> None:
        del self._in_flight[target]
        if job.tries > 1:
            self._quiet_until_s[target] = now_s + _SETTLE_S

    def _start_waiting(self, now_s: float) -> None:
        self._quiet_until_s = {t: until_s for t, until_s in self._quiet_until_s.items() if now_s < until_s}
        still: deque[_Job] = deque()
        for job in self._waiting:
            target = _target_of(job.command)
            is_busy = target in self._in_flight or target in self._quiet_until_s
            if is_busy or now_s < job.not_before_s:
                still.append(job)
            else:
                job.begun_s = job.deadline_s = now_s
                self._in_flight[target] = job
        self._waiting = still

    def _send(self, job: _Job, now_s: float) -> Outgoing:
        command = job.command
        params = {f"param{index}": value for index, value in enumerate(command.params, start=1)}
        fields = {
            **params,
            "command": command.command,
            "target_system": command.system_id,
            "target_component": command.component_id,
            "confirmation": job.tries,
        }
        job.tries += 1
        job.deadline_s = now_s + TIMEOUT_S
        return Outgoing("COMMAND_LONG", fields, command.peer)


def _given_up(job: _Job) -> str | None:
    # What is in progress was understood: asking again would begin it again.
    if job.is_in_progress:
        return f"in progress, then no word for {_PROGRESS_TIMEOUT_S:g} s"
    return f"no answer to {TRIES} tries" if job.tries >= TRIES else None
