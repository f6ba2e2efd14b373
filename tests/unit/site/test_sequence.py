"""Reports go on in order of time, one drone's at once, and no drone holds the others up."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from droneops.site.report import Report
from droneops.site.sequence import LATENESS_S, SILENT_AFTER_S, Sequence

T_US = 1_700_000_000_000_000


def report(drone: str, seq: int, ms: int) -> Report:
    return Report(drone, seq, T_US + ms * 1000, ())


def out(turns: tuple[object, ...]) -> list[tuple[str, int]]:
    return [(turn.item.drone_id, turn.item.seq) for turn in turns]  # type: ignore[attr-defined]


def test_the_report_of_a_single_drone_goes_on_at_once() -> None:
    sequence = Sequence()
    for seq in range(1, 20):
        given = sequence.put(report("a", seq, seq * 200), seq * 0.2, T_US + seq * 200_000 + 90_000)
        assert out(given) == [("a", seq)]


def test_a_report_waits_for_a_drone_that_may_still_report_before_it() -> None:
    sequence, now_us = Sequence(), T_US + 10_000_000
    sequence.put(report("a", 1, 100), 0.0, now_us)
    sequence.put(report("b", 1, 100), 0.0, now_us)
    assert out(sequence.put(report("a", 2, 300), 0.1, now_us)) == []
    assert out(sequence.put(report("b", 2, 250), 0.15, now_us)) == [("b", 2)]
    assert out(sequence.put(report("b", 3, 450), 0.3, now_us)) == [("a", 2)]


def test_a_drone_that_falls_silent_delays_the_others_by_no_more_than_the_lateness() -> None:
    sequence, now_us = Sequence(), T_US + 10_000_000
    sequence.put(report("b", 1, 0), 0.0, now_us)
    assert out(sequence.put(report("a", 1, 100), 0.1, now_us)) == []
    assert out(sequence.due(0.1 + LATENESS_S)) == [("a", 1)]
    given = sequence.put(report("a", 2, 2000), SILENT_AFTER_S + 1.0, now_us)
    assert out(given) == [("a", 2)]


def test_a_drone_whose_process_ended_is_not_waited_for() -> None:
    sequence, now_us = Sequence(), T_US + 10_000_000
    sequence.put(report("b", 1, 0), 0.0, now_us)
    sequence.put(report("a", 1, 100), 0.1, now_us)
    sequence.forget("b")
    assert out(sequence.due(0.11)) == [("a", 1)]


def test_a_drone_whose_clock_is_set_back_by_an_hour_goes_on_being_heard() -> None:
    sequence, now_us = Sequence(), T_US + 10_000_000
    sequence.put(report("a", 1, 0), 0.0, now_us)
    assert out(sequence.put(report("a", 2, -3_600_000), 0.2, now_us)) == [("a", 2)]


def test_a_report_that_comes_too_late_is_counted_and_goes_on_all_the_same() -> None:
    sequence, now_us = Sequence(), T_US + 10_000_000
    sequence.put(report("a", 1, 2000), 0.0, now_us)
    assert out(sequence.put(report("b", 1, 100), 0.1, now_us)) == [("b", 1)]
    assert sequence.late == 1


@given(st.lists(st.tuples(st.sampled_from("abc"), st.integers(0, 400)), max_size=60))
def test_nothing_is_lost_and_each_drones_reports_stay_in_order(steps: list[tuple[str, int]]) -> None:
    sequence, seqs, given_out, now_s = Sequence(), dict.fromkeys("abc", 0), [], 0.0
    for drone, wait_ms in steps:
        now_s += wait_ms / 1000
        seqs[drone] += 1
        item = report(drone, seqs[drone], round(now_s * 1000))
        given_out += out(sequence.put(item, now_s, T_US + round(now_s * 1e6)))
    given_out += out(sequence.flush())
    for drone, last in seqs.items():
        assert [seq for name, seq in given_out if name == drone] == list(range(1, last + 1))
