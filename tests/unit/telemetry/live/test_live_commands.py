"""Commands and their acknowledgement."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule
from live_conversation import PEER, ack_of, any_frames, frame_of

from droneops.telemetry.live.commands import (
    ACCEPTED,
    MAX_QUEUED,
    REFUSED,
    TRIES,
    UNANSWERED,
    Command,
    Commands,
)
from droneops.telemetry.live.frame import LiveFrame, Outgoing
from droneops.telemetry.live.identity import Identity


def interval(message_id: int = 30, *, target: tuple[int, int] = (1, 1)) -> Command:
    return Command(511, (float(message_id), 50_000.0), *target, PEER)


def commands_with(*asked: Command) -> Commands:
    commands = Commands(Identity())
    for command in asked:
        assert commands.ask(command)
    return commands


def decided(commands: Commands) -> list[tuple[float, str, str]]:
    return [(o.command.params[0], o.result, o.reason) for o in commands.outcomes()]


def test_a_command_goes_to_its_component_and_is_done_with_its_acknowledgement() -> None:
    commands = commands_with(interval())
    (out,) = commands.due(0.0)
    assert out == Outgoing(
        "COMMAND_LONG",
        {
            "param1": 30.0,
            "param2": 50_000.0,
            "command": 511,
            "target_system": 1,
            "target_component": 1,
            "confirmation": 0,
        },
        PEER,
    )
    commands.hear(ack_of(511), 0.1)
    assert decided(commands) == [(30, ACCEPTED, "ACCEPTED")]
    assert commands.outcomes() == []
    assert commands.due(10.0) == []


def test_nothing_is_asked_of_system_0_which_every_vehicle_would_obey() -> None:
    commands = Commands(Identity())
    assert not commands.ask(interval(target=(0, 1)))
    assert commands.due(0.0) == []


def test_one_command_of_a_kind_at_a_time_is_on_its_way_to_a_component() -> None:
    commands = commands_with(interval(30), interval(33), interval(30, target=(1, 100)))
    first = commands.due(0.0)
    assert [(o.fields["param1"], o.fields["target_component"]) for o in first] == [(30, 1), (30, 100)]
    assert commands.due(0.5) == []
    commands.hear(ack_of(511), 0.6)
    assert [o.fields["param1"] for o in commands.due(0.6)] == [33]


def test_commands_of_two_kinds_do_not_wait_for_each_other() -> None:
    request = Command(512, (259.0, 0.0), 1, 1, PEER)
    commands = commands_with(interval(), request)
    assert [o.fields["command"] for o in commands.due(0.0)] == [511, 512]
    commands.hear(ack_of(512, 3), 0.1)
    assert [(o.command.command, o.result) for o in commands.outcomes()] == [(512, REFUSED)]
    commands.hear(ack_of(511), 0.2)
    assert decided(commands) == [(30, ACCEPTED, "ACCEPTED")]


def test_an_unanswered_command_is_tried_again_counting_up_and_given_up() -> None:
    commands = commands_with(interval())
    sent = [out.fields["confirmation"] for tenth in range(60) for out in commands.due(tenth / 10)]
    assert sent == list(range(TRIES))
    assert decided(commands) == [(30, UNANSWERED, "no answer to 3 tries")]


@pytest.mark.parametrize(
    ("result", "name"),
    [(2, "DENIED"), (3, "UNSUPPORTED"), (4, "FAILED"), (6, "CANCELLED"), (77, "result 77")],
)
def test_a_refusal_carries_its_name(result: int, name: str) -> None:
    commands = commands_with(interval())
    commands.due(0.0)
    commands.hear(ack_of(511, result), 0.1)
    assert decided(commands) == [(30, REFUSED, name)]


@pytest.mark.parametrize(
    "foreign",
    [
        pytest.param(ack_of(511, source=(1, 100)), id="from another component"),
        pytest.param(ack_of(511, source=(2, 1)), id="from another system"),
        pytest.param(ack_of(512), id="for another command"),
        pytest.param(ack_of(511, target=(255, 190)), id="for another ground station"),
        pytest.param(ack_of(511, target=(246, 190)), id="for another component of ours"),
        pytest.param(frame_of("ATTITUDE"), id="no acknowledgement"),
    ],
)
def test_the_acknowledgement_of_something_else_is_passed_over(foreign: LiveFrame) -> None:
    commands = commands_with(interval())
    commands.due(0.0)
    commands.hear(foreign, 0.1)
    assert decided(commands) == []


def test_the_acknowledgement_of_an_old_firmware_names_nobody_and_counts() -> None:
    commands = commands_with(interval())
    commands.due(0.0)
    commands.hear(ack_of(511, target=(0, 0)), 0.1)
    assert decided(commands) == [(30, ACCEPTED, "ACCEPTED")]


def test_a_late_answer_to_an_earlier_try_is_not_taken_for_the_next_commands() -> None:
    commands = commands_with(interval(30), interval(33))
    commands.due(0.0)
    commands.due(1.0)
    commands.hear(ack_of(511), 1.1)
    assert commands.due(1.1) == []
    commands.hear(ack_of(511), 1.3)
    assert decided(commands) == [(30, ACCEPTED, "ACCEPTED")]
    assert [out.fields["param1"] for out in commands.due(1.7)] == [33]


def test_a_command_in_progress_is_waited_for_and_not_begun_again() -> None:
    commands = commands_with(interval())
    commands.due(0.0)
    for second in range(1, 9):
        commands.hear(ack_of(511, 5), second)
        assert commands.due(second + 0.9) == []
    commands.hear(ack_of(511), 12.0)
    assert decided(commands) == [(30, ACCEPTED, "ACCEPTED")]


def test_a_command_for_ever_in_progress_is_given_up() -> None:
    commands = commands_with(interval())
    commands.due(0.0)
    for second in range(1, 90):
        commands.hear(ack_of(511, 5), second)
    assert [result for _, result, _ in decided(commands)] == [REFUSED]
    silent = commands_with(interval())
    silent.due(0.0)
    silent.hear(ack_of(511, 5), 0.5)
    assert silent.due(6.0) == []
    assert decided(silent) == [(30, UNANSWERED, "in progress, then no word for 5 s")]


def test_a_temporarily_rejected_command_is_tried_later_and_does_not_hold_up_the_others() -> None:
    commands = commands_with(interval(30), interval(33))
    commands.due(0.0)
    commands.hear(ack_of(511, 1), 0.1)
    assert [out.fields["param1"] for out in commands.due(0.2)] == [33]
    commands.hear(ack_of(511), 0.3)
    assert commands.due(4.0) == []
    assert [(o.fields["param1"], o.fields["confirmation"]) for o in commands.due(5.2)] == [(30, 0)]
    commands.hear(ack_of(511), 5.3)
    assert decided(commands) == [(33, ACCEPTED, "ACCEPTED"), (30, ACCEPTED, "ACCEPTED")]


def test_a_command_rejected_again_and_again_is_refused_in_the_end() -> None:
    commands = commands_with(interval())
    for second in range(120):
        if commands.due(float(second)):
            commands.hear(ack_of(511, 1), second + 0.1)
    assert decided(commands) == [(30, REFUSED, "TEMPORARILY_REJECTED")]


def test_nothing_is_sent_to_a_silenced_system_and_its_command_is_kept() -> None:
    commands = commands_with(interval(), interval(target=(2, 1)))
    assert [out.fields["target_system"] for out in commands.due(0.0, {1})] == [2]
    assert [out.fields["target_system"] for out in commands.due(0.5)] == [1]
    assert commands.due(2.0, {1, 2}) == []


def test_a_withdrawn_command_is_neither_sent_nor_decided() -> None:
    commands = commands_with(interval(30), interval(33))
    commands.due(0.0)
    commands.withdraw(interval(30))
    commands.withdraw(interval(33))
    commands.hear(ack_of(511), 0.1)
    assert (commands.due(1.0), commands.outcomes(), len(commands)) == ([], [], 0)


def test_the_queue_is_bounded_and_holds_a_command_once() -> None:
    commands = Commands(Identity())
    assert [commands.ask(interval(n)) for n in range(MAX_QUEUED + 1)] == [True] * MAX_QUEUED + [False]
    assert commands.ask(interval(0))
    assert len(commands) == MAX_QUEUED


class CommandMachine(RuleBasedStateMachine):
    """Any order of asking, answering and waiting: every command has one outcome, none is sent too often."""

    def __init__(self) -> None:
        super().__init__()
        self.commands = Commands(Identity())
        self.now_s = 0.0
        self.asked = 0
        self.number = 0
        self.decided: list[float] = []
        self.tries: dict[float, int] = {}

    @rule(component=st.sampled_from([1, 100]))
    def ask(self, component: int) -> None:
        self.number += 1
        assert self.commands.ask(interval(self.number, target=(1, component)))

    @rule(component=st.sampled_from([1, 100]), result=st.sampled_from([0, 2, 3, 4, 9]))
    def answer(self, component: int, result: int) -> None:
        self.commands.hear(ack_of(511, result, source=(1, component)), self.now_s)

    @rule(frame=any_frames())
    def hear(self, frame: LiveFrame) -> None:
        if frame.message_id != 77:
            self.commands.hear(frame, self.now_s)

    @rule(seconds=st.floats(0, 3))
    def wait(self, seconds: float) -> None:
        self.now_s += seconds
        for out in self.commands.due(self.now_s):
            number = out.fields["param1"]
            self.tries[number] = self.tries.get(number, 0) + 1

    @invariant()
    def each_command_is_waiting_or_decided_once(self) -> None:
        self.decided += [outcome.command.params[0] for outcome in self.commands.outcomes()]
        assert len(self.decided) == len(set(self.decided))
        assert len(self.decided) + len(self.commands) == self.number

    @invariant()
    def none_is_sent_too_often(self) -> None:
        assert max(self.tries.values(), default=0) <= TRIES


TestCommandMachine = CommandMachine.TestCase
TestCommandMachine.settings = settings(max_examples=60, stateful_step_count=40, deadline=None)


@settings(max_examples=50)
@given(st.lists(any_frames(), max_size=60))
def test_any_frames_are_heard(frames: list[LiveFrame]) -> None:
    commands = commands_with(interval(), interval(target=(1, 100)))
    for number, frame in enumerate(frames):
        commands.due(number / 3)
        commands.hear(frame, number / 3)
    assert len(commands) + len(commands.outcomes()) == 2
