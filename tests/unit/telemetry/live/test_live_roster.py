"""Who is on a link."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st
from live_conversation import (
    CAMERA,
    GCS,
    NO_AUTOPILOT,
    ONBOARD,
    PX4,
    QUADROTOR,
    any_frames,
    frame_of,
    heartbeat_of,
)

from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.live.identity import Identity
from droneops.telemetry.live.roster import MAX_COMPONENTS, Component, Roster


def roster_of(*frames: LiveFrame) -> Roster:
    roster = Roster(Identity())
    for frame in frames:
        roster.hear(frame)
    return roster


def test_an_autopilot_is_known_by_its_heartbeat_whatever_its_component_id() -> None:
    roster = roster_of(
        heartbeat_of(source=(7, 42)),
        heartbeat_of(GCS, NO_AUTOPILOT, source=(255, 1)),
        heartbeat_of(CAMERA, NO_AUTOPILOT, source=(7, 1)),
        frame_of("ATTITUDE", source=(9, 1)),
    )
    assert roster.vehicles() == (7,)
    found = roster.autopilot(7)
    assert found is not None
    assert found.component_id == 42
    assert roster.autopilot(9) is None


def test_what_a_component_said_last_and_how_often_it_was_heard_is_shown() -> None:
    roster = roster_of(
        heartbeat_of(autopilot=PX4),
        frame_of("ATTITUDE", at_s=1),
        frame_of("HEARTBEAT", {"type": QUADROTOR, "autopilot": PX4, "base_mode": 128}, at_s=2),
    )
    (component,) = roster.snapshot().components
    assert (component.frames, component.last_heard_us - component.first_heard_us) == (3, 2_000_000)
    assert component.heartbeat is not None
    assert component.heartbeat.autopilot == PX4
    assert component.heartbeat.is_armed


def test_a_vehicle_that_comes_from_another_port_is_followed() -> None:
    roster = roster_of(heartbeat_of(peer="a:1"), heartbeat_of(peer="a:2", at_s=1))
    found = roster.autopilot(1)
    assert found is not None
    assert found.peer == "a:2"


def components_of(*frames: LiveFrame) -> dict[str, Component]:
    return {component.peer: component for component in roster_of(*frames).snapshot().components}


def test_a_component_heard_over_two_ways_at_once_stays_with_the_first() -> None:
    """Each change asks all anew: a camera heard at both made it 32 commands a second."""
    beats = [heartbeat_of(peer=f"a:{at_s % 2}", at_s=at_s) for at_s in range(10)]
    heard = components_of(*beats)
    assert not heard["a:1"].supersedes(heard["a:0"])
    assert not heard["a:0"].supersedes(heard["a:1"])


def test_who_comes_from_another_port_after_our_clock_was_set_back_is_the_later_one() -> None:
    before = [heartbeat_of(peer="a:1", at_s=at_s) for at_s in range(3600, 3610)]
    after = [heartbeat_of(peer="a:2", at_s=at_s) for at_s in range(10)]
    heard = components_of(*before, *after)
    assert heard["a:2"].supersedes(heard["a:1"])
    assert not heard["a:1"].supersedes(heard["a:2"])


def test_a_companion_that_shares_the_autopilots_ids_does_not_make_it_look_disarmed() -> None:
    roster = Roster(Identity())
    for at_s in range(10):
        armed = {"type": QUADROTOR, "autopilot": PX4, "base_mode": 128}
        roster.hear(frame_of("HEARTBEAT", armed, at_s=at_s))
        roster.hear(heartbeat_of(ONBOARD, NO_AUTOPILOT, at_s=at_s + 0.5))
    found = roster.autopilot(1)
    assert found is not None and found.heartbeat is not None
    assert (found.heartbeat.type, found.heartbeat.is_armed) == (QUADROTOR, True)
    roster.hear(heartbeat_of(ONBOARD, NO_AUTOPILOT, at_s=20))
    assert roster.autopilot(1) is None, "the autopilot has gone"


def test_of_two_autopilots_in_one_system_the_busier_one_is_followed() -> None:
    roster = roster_of(
        heartbeat_of(source=(1, 1)), frame_of("ATTITUDE"), heartbeat_of(source=(1, 2), at_s=0.5)
    )
    found = roster.autopilot(1)
    assert found is not None
    assert found.component_id == 1


def test_our_own_frames_that_come_back_are_passed_over_and_counted() -> None:
    roster = Roster(Identity())
    assert not roster.hear(heartbeat_of(source=(246, 191)))
    assert roster.hear(heartbeat_of(source=(246, 190)))
    snapshot = roster.snapshot()
    assert snapshot.echoes == 1
    assert [c.component_id for c in snapshot.components] == [190]


def test_a_flood_of_made_up_senders_takes_no_memory_and_displaces_no_vehicle() -> None:
    roster = roster_of(heartbeat_of())
    for number in range(5 * MAX_COMPONENTS):
        roster.hear(frame_of("ATTITUDE", source=(number % 250 + 2, number // 250), at_s=number / 1e5))
    snapshot = roster.snapshot()
    assert len(snapshot.components) == MAX_COMPONENTS
    assert snapshot.turned_away == 4 * MAX_COMPONENTS + 1
    assert roster.autopilot(1) is not None


def test_who_sent_a_heartbeat_is_forgotten_after_who_did_not() -> None:
    roster = Roster(Identity())
    for number in range(200):
        roster.hear(heartbeat_of(source=(number + 1, 1)))
    for number in range(56):
        roster.hear(frame_of("ATTITUDE", source=(number + 1, 2)))
    for number in range(50):
        roster.hear(heartbeat_of(source=(number + 1, 3)))
    assert len(roster.snapshot().components) == MAX_COMPONENTS
    assert sum(c.is_autopilot for c in roster.snapshot().components) == 250


def test_a_flood_of_made_up_heartbeats_displaces_no_vehicle_that_is_heard() -> None:
    roster = roster_of(heartbeat_of(), frame_of("ATTITUDE"))
    for number in range(5 * MAX_COMPONENTS):
        roster.hear(heartbeat_of(source=(number % 250 + 2, number // 250), at_s=number / 1e5))
    assert roster.autopilot(1) is not None
    assert MAX_COMPONENTS // 2 < len(roster.snapshot().components) <= MAX_COMPONENTS


def test_a_vehicle_that_comes_after_a_flood_of_made_up_heartbeats_is_taken_in() -> None:
    roster = Roster(Identity())
    for number in range(2 * MAX_COMPONENTS):
        roster.hear(heartbeat_of(source=(number % 250 + 2, number // 250)))
    roster.hear(heartbeat_of(at_s=100))
    assert roster.autopilot(1) is not None


def test_a_message_that_could_not_be_checked_makes_no_component() -> None:
    unknown = frame_of("ATTITUDE")
    unchecked = LiveFrame(
        unknown.received_us, "a", 60_000, 5, 5, 0, 2, signed=False, is_known=False, data=unknown.data
    )
    assert roster_of(unchecked).snapshot().components == ()


@settings(max_examples=50)
@given(st.lists(any_frames(), max_size=60))
def test_any_frames_make_a_roster_in_order(frames: list[LiveFrame]) -> None:
    roster = roster_of(*frames)
    components = roster.snapshot().components
    keys = [(c.system_id, c.component_id, c.peer) for c in components]
    assert keys == sorted(set(keys))
    assert sum(c.frames for c in components) + roster.snapshot().echoes <= len(frames)
    for system_id in roster.vehicles():
        found = roster.autopilot(system_id)
        assert found is not None
        assert found.is_autopilot
