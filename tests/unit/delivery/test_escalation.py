"""When an alert is repeated, handed on, or given up."""

from __future__ import annotations

from dataclasses import dataclass, replace

from hypothesis import given, settings
from hypothesis import strategies as st

from droneops.delivery.escalation import Action, Expire, HandOn, Policy, Repeat, decide, wait_s
from droneops.delivery.outbox.types import Delivery, DeliveryState

S = 1_000_000
START_US = 1_795_136_400 * S
POLICY = Policy(expire_after_s=86_400, repeat_at_most_every_s=3600)


@dataclass(frozen=True)
class Terms:
    receipt_within_s: float = 120
    escalate_to: str | None = None


AGENCIES = {"police": Terms(120, "forest"), "forest": Terms(300, "police"), "park": Terms(60)}


def delivery(**what: object) -> Delivery:
    first = Delivery(
        alert_id="a1",
        incident_id="i",
        sequence=1,
        agency="police",
        severity="moderate",
        raises=True,
        state=DeliveryState.SENT,
        attempts=1,
        stored_us=START_US,
        sent_us=START_US,
        received_us=None,
        acknowledged_us=None,
        handed_on_us=None,
        next_repeat_us=START_US + 120 * S,
    )
    return replace(first, **what)  # type: ignore[arg-type]


def decided(*deliveries: Delivery, after_s: float) -> tuple[Action, ...]:
    return decide(deliveries, AGENCIES, START_US + round(after_s * S), POLICY)


def test_within_its_time_an_agency_is_left_alone() -> None:
    assert decided(delivery(), after_s=119) == ()


def test_nobody_acknowledged_in_time_then_the_next_agency_is_asked() -> None:
    assert decided(delivery(), after_s=120) == (HandOn("i", "police", "forest"),)


def test_a_machine_that_received_it_ends_the_repeats_but_not_the_escalation() -> None:
    received = delivery(state=DeliveryState.RECEIVED, next_repeat_us=None)
    assert decided(received, after_s=121) == (HandOn("i", "police", "forest"),)


def test_an_incident_is_handed_on_once_however_many_of_its_messages_wait() -> None:
    later = delivery(alert_id="a2", sequence=2)
    assert decided(delivery(), later, after_s=500) == (HandOn("i", "police", "forest"),)
    done = delivery(handed_on_us=START_US + 120 * S)
    assert decided(done, later, after_s=500) == ()


def test_only_a_message_that_asks_for_an_answer_is_handed_on() -> None:
    assert decided(delivery(raises=False), after_s=500) == ()


def test_an_agency_without_a_next_one_keeps_it() -> None:
    assert decided(delivery(agency="park"), after_s=500) == ()


def test_an_agency_that_left_the_site_file_is_repeated_and_never_handed_on() -> None:
    gone = delivery(agency="gone", next_repeat_us=None)
    assert decided(gone, after_s=10) == (Repeat("a1", "gone", START_US + 3610 * S),)


def test_what_nobody_of_an_agency_that_left_the_site_file_acknowledged_goes_to_another_at_once() -> None:
    policy = replace(POLICY, orphans_to="park")
    gone = delivery(agency="gone")
    assert decide([gone, delivery()], AGENCIES, START_US, policy) == (HandOn("i", "gone", "park"),)
    handed = replace(gone, handed_on_us=START_US)
    assert decide([handed, replace(gone, alert_id="a2")], AGENCIES, START_US, policy) == ()
    assert decide([replace(gone, raises=False)], AGENCIES, START_US, policy) == ()


def test_the_first_repeat_is_planned_at_the_agencys_time() -> None:
    assert decided(delivery(next_repeat_us=None), after_s=0) == (Repeat("a1", "police", START_US + 120 * S),)


def test_repeats_wait_twice_as_long_each_time_up_to_the_longest() -> None:
    waits = [wait_s(120, attempts, 3600) for attempts in range(1, 8)]
    assert waits == [120, 240, 480, 960, 1920, 3600, 3600]


def test_what_was_never_sent_is_neither_repeated_nor_given_up_however_long_the_broker_is_away() -> None:
    waiting = delivery(state=DeliveryState.STORED, attempts=0, sent_us=None, next_repeat_us=None)
    assert decided(waiting, after_s=30 * 86_400) == (HandOn("i", "police", "forest"),)


def test_after_its_time_an_alert_is_given_up_and_not_repeated_again() -> None:
    old = delivery(next_repeat_us=None, handed_on_us=START_US)
    why = "nobody of police acknowledged within 86400 s"
    assert decided(old, after_s=86_400) == (Expire("a1", "police", why),)


def test_what_was_sent_only_now_gets_the_agencys_time_before_it_is_given_up() -> None:
    late = delivery(sent_us=START_US + 90_000 * S, handed_on_us=START_US, next_repeat_us=None)
    assert not any(isinstance(action, Expire) for action in decided(late, after_s=90_060))
    assert any(isinstance(action, Expire) for action in decided(late, after_s=90_120))


def test_a_clock_set_back_an_hour_brings_the_repeat_near_again_and_counts_the_alert_as_overdue() -> None:
    found = decided(delivery(), after_s=-3600)
    assert found == (HandOn("i", "police", "forest"), Repeat("a1", "police", START_US - 3480 * S))


class World:
    """An outbox that does what is decided, an agency that never answers, and a clock that may be wrong."""

    def __init__(self, within_s: float, clock_error_s: int = 0) -> None:
        self.true_us = START_US
        self.clock_error_us = clock_error_s * S
        self.agencies = {"police": Terms(within_s, "forest"), "forest": Terms(within_s, "police")}
        self.sent_at_us: list[int] = []
        self.handed_on: list[HandOn] = []
        self.one = delivery(attempts=1, stored_us=self.now_us, sent_us=self.now_us, next_repeat_us=None)

    @property
    def now_us(self) -> int:
        return self.true_us + self.clock_error_us

    def tick(self, elapsed_s: float) -> None:
        self.true_us += round(elapsed_s * S)
        if self.one.next_repeat_us is not None and self.one.next_repeat_us <= self.now_us:
            self.sent_at_us.append(self.true_us)
            self.one = replace(self.one, attempts=self.one.attempts + 1, next_repeat_us=None)
        for action in decide([self.one], self.agencies, self.now_us, POLICY):
            self._do(action)

    def _do(self, action: Action) -> None:
        if isinstance(action, HandOn):
            self.handed_on.append(action)
            self.one = replace(self.one, handed_on_us=self.now_us)
        if isinstance(action, Repeat):
            self.one = replace(self.one, next_repeat_us=action.at_us)


@settings(max_examples=100, deadline=None)
@given(
    within_s=st.sampled_from([10.0, 60.0, 120.0]),
    jumps=st.lists(
        st.tuples(st.integers(0, 3500), st.sampled_from([-3600, -1800, -60, 60, 1800])), max_size=4
    ),
)
def test_a_wrong_clock_neither_floods_nor_loses(within_s: float, jumps: list[tuple[int, int]]) -> None:
    world = World(within_s)
    by_tick = dict(jumps)
    for tick in range(3600):
        world.clock_error_us += by_tick.get(tick, 0) * S
        world.tick(1.0)
    assert len(world.handed_on) == 1
    gaps = [later - earlier for earlier, later in zip(world.sent_at_us, world.sent_at_us[1:], strict=False)]
    # A jump forward brings one repeat early; between jumps the waits hold.
    assert sum(gap < (within_s - 2) * S for gap in gaps) <= len(by_tick)
    assert len(world.sent_at_us) >= 1


@given(
    after_s=st.integers(-4000, 200_000),
    state=st.sampled_from([DeliveryState.STORED, DeliveryState.SENT, DeliveryState.RECEIVED]),
    attempts=st.integers(0, 10_000),
    planned_s=st.one_of(st.none(), st.integers(-4000, 200_000)),
    raises=st.booleans(),
)
def test_a_planned_repeat_is_never_in_the_past_nor_beyond_the_longest_wait(
    after_s: int, state: DeliveryState, attempts: int, planned_s: int | None, raises: bool
) -> None:
    planned_us = None if planned_s is None else START_US + planned_s * S
    one = delivery(state=state, attempts=attempts, next_repeat_us=planned_us, raises=raises)
    now_us = START_US + after_s * S
    for action in decide([one], AGENCIES, now_us, POLICY):
        if isinstance(action, Repeat):
            assert state is DeliveryState.SENT
            assert now_us < action.at_us <= now_us + POLICY.repeat_at_most_every_s * S


@given(st.permutations(["police", "forest"]))
def test_a_ring_of_agencies_ends(order: list[str]) -> None:
    """Both hand on to each other: once each, and never again."""
    deliveries = [delivery(agency=agency, alert_id=f"a-{agency}") for agency in order]
    actions = decided(*deliveries, after_s=1000)
    assert {a for a in actions if isinstance(a, HandOn)} == {
        HandOn("i", "police", "forest"),
        HandOn("i", "forest", "police"),
    }
    marked = [replace(one, handed_on_us=START_US) for one in deliveries]
    assert not any(isinstance(a, HandOn) for a in decided(*marked, after_s=2000))
