"""Reports of several drones come out in one order, however they came."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from droneops.incidents.order import InOrder, Place

LATENESS_S = 2.0
LATENESS_US = 2_000_000


def put_all(places, lateness_s: float = LATENESS_S):
    """What comes out of an order, to the end, and the order."""
    order: InOrder[str] = InOrder(lateness_s)
    out = [given for place in places for given in order.put(place, f"{place}")]
    return order, [*out, *order.flush()]


places = st.lists(
    st.builds(Place, st.integers(0, 20_000_000), st.sampled_from("abc"), st.integers(1, 1000)),
    max_size=60,
    unique=True,
)


@st.composite
def flights(draw):
    """Reports of three drones, each counting its own in order of time."""
    moments = draw(st.lists(st.tuples(st.integers(0, 20_000_000), st.sampled_from("abc")), max_size=60))
    counts = dict.fromkeys("abc", 0)
    reports = []
    for time_us, drone_id in sorted(moments):
        counts[drone_id] += 1
        reports.append(Place(time_us, drone_id, counts[drone_id]))
    return reports


@st.composite
def two_deliveries(draw):
    """The same reports twice, each delayed by less than the lateness in its own way."""
    reports = draw(flights())
    delays = st.lists(st.integers(0, LATENESS_US), min_size=len(reports), max_size=len(reports))
    return [
        [p for _, p in sorted((p.time_us + delay, p) for p, delay in zip(reports, draw(delays), strict=True))]
        for _ in range(2)
    ]


@given(two_deliveries())
def test_any_delivery_within_the_lateness_gives_the_same_order(deliveries) -> None:
    (_, one), (_, other) = (put_all(delivery) for delivery in deliveries)
    assert one == other
    assert [item.place for item in one] == sorted(deliveries[0])
    assert not any(item.is_late for item in one)


@given(places, st.integers(1, 10))
def test_nothing_is_lost_doubled_or_mixed_up_whatever_comes(places, most_held) -> None:
    order: InOrder[Place] = InOrder(LATENESS_S, most_held=most_held)
    out = []
    for place in places:
        out += order.put(place, place)
        assert len(order) <= most_held
    out += order.flush()
    assert sorted(item.item for item in out) == sorted(places)
    assert all(item.item == item.place for item in out)
    assert order.late == sum(item.is_late for item in out)


def test_a_report_that_comes_too_late_is_given_out_at_once_and_counted() -> None:
    order: InOrder[str] = InOrder(LATENESS_S)
    order.put(Place(10_000_000, "a", 1), "new")
    (given_out,) = order.put(Place(7_999_999, "b", 1), "old")
    assert (given_out.item, given_out.is_late, order.late) == ("old", True, 1)


def test_what_waits_goes_on_when_time_does_though_nothing_new_comes() -> None:
    order: InOrder[str] = InOrder(LATENESS_S)
    assert order.put(Place(10_000_000, "a", 1), "only") == ()
    assert order.advance(12_000_000) == ()
    assert [item.item for item in order.advance(12_000_001)] == ["only"]


@given(st.lists(st.tuples(st.integers(0, 20_000_000), st.sampled_from("abc")), max_size=60))
def test_a_drones_reports_keep_their_order_though_its_clock_jumps(moments) -> None:
    _, out = put_all([Place(time_us, drone, seq) for seq, (time_us, drone) in enumerate(moments)])
    for drone in "abc":
        numbers = [item.place.seq for item in out if item.place.drone_id == drone]
        assert numbers == sorted(numbers)


def test_a_drone_whose_clock_is_ahead_neither_waits_longer_nor_makes_the_others_late() -> None:
    order: InOrder[str] = InOrder(LATENESS_S)
    order.put(Place(3_610_000_000, "ahead", 1), "ahead", now_us=10_000_000)
    assert order.put(Place(9_500_000, "a", 1), "right", now_us=10_100_000) == ()
    assert [item.item for item in order.advance(12_000_001)] == ["right", "ahead"]
    assert order.late == 0
