"""A restart is seen, and a clock that leaps is doubted until it is clear whose it is."""

from __future__ import annotations

from live_conversation import frame_of

from droneops.telemetry.live.boot_watch import DOUBT_S, BootWatch


def hear(watch: BootWatch, boot_s: float, now_s: float) -> bool:
    return watch.hear(frame_of("ATTITUDE", {"time_boot_ms": round(boot_s * 1e3)}, at_s=now_s), now_s)


def flown(boot_s: float, seconds: float) -> BootWatch:
    watch = BootWatch()
    for tenth in range(round(seconds * 10)):
        assert not hear(watch, boot_s + tenth / 10, tenth / 10)
        assert not watch.is_doubtful(tenth / 10)
    return watch


def test_a_restart_is_seen_at_the_third_message_and_doubted_for_a_while() -> None:
    watch = flown(500, 10)
    assert [hear(watch, boot_s, 10 + boot_s) for boot_s in (0.1, 0.2, 0.3)] == [False, False, True]
    assert watch.restarts == 1
    assert watch.is_doubtful(10.1) and watch.is_doubtful(10.2 + DOUBT_S)
    assert not watch.is_doubtful(10.4 + DOUBT_S)


def test_another_vehicles_later_clock_is_doubted_with_its_first_message_and_while_both_speak() -> None:
    watch = flown(100, 10)
    for tenth in range(100, 300):
        now_s = tenth / 10
        hear(watch, 5_000 + now_s, now_s)
        assert watch.is_doubtful(now_s)
        hear(watch, 100 + now_s, now_s)
        assert watch.is_doubtful(now_s)
    assert watch.restarts == 0


def test_a_link_that_stalls_and_then_brings_all_at_once_raises_no_doubt() -> None:
    watch = flown(100, 10)
    for tenth in range(100, 180):
        assert not hear(watch, 100 + tenth / 10, 18.0)
        assert not watch.is_doubtful(18.0)


def test_jitter_and_reordering_raise_no_doubt() -> None:
    watch = BootWatch()
    for tenth in range(3_000):
        now_s = tenth / 10
        hear(watch, 100 + now_s - tenth * 7919 % 10 * 0.09, now_s)
        assert not watch.is_doubtful(now_s)
    assert watch.restarts == 0


def test_a_time_that_is_not_filled_in_says_nothing() -> None:
    watch = flown(100, 5)
    assert not any(hear(watch, 0, 5 + tenth / 10) for tenth in range(50))
    assert not watch.is_doubtful(10)
