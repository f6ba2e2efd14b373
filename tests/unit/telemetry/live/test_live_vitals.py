"""What a vehicle says of its GPS receivers, when it has two of them."""

from __future__ import annotations

from typing import Any

from live_conversation import START_US, frame_of

from droneops.telemetry.live.vitals import Fix, Vitals, VitalSigns


def fix_after(*told: tuple[str, float, dict[str, Any]]) -> Fix | None:
    signs = VitalSigns()
    for name, at_s, fields in told:
        signs.hear(frame_of(name, fields, at_s=at_s))
    last_s = max((at_s for _, at_s, _ in told), default=0.0)
    return signs.now(START_US + round(last_s * 1e6)).fix


FIRST_LOST: dict[str, Any] = {"fix_type": 1, "satellites_visible": 255}
SECOND_FIXED: dict[str, Any] = {"fix_type": 6, "satellites_visible": 20, "eph": 60, "h_acc": 20}


def test_of_two_receivers_the_better_is_shown_and_what_the_other_says() -> None:
    fix = fix_after(("GPS_RAW_INT", 1, FIRST_LOST), ("GPS2_RAW", 1, SECOND_FIXED))
    assert fix == Fix(6, 20, 0.6, 0.02, source="GPS2_RAW", other_type=1)
    assert fix_after(("GPS2_RAW", 1, SECOND_FIXED), ("GPS_RAW_INT", 1, FIRST_LOST)) == fix


def test_of_equal_fixes_the_first_receivers_is_shown_alone() -> None:
    fix = fix_after(("GPS2_RAW", 1, SECOND_FIXED), ("GPS_RAW_INT", 1, {**SECOND_FIXED, "h_acc": 50}))
    assert fix == Fix(6, 20, 0.6, 0.05, source="GPS_RAW_INT", other_type=None)


def test_a_second_receiver_that_fell_silent_is_shown_no_longer() -> None:
    fix = fix_after(("GPS2_RAW", 1, SECOND_FIXED), ("GPS_RAW_INT", 9, FIRST_LOST))
    assert fix == Fix(1, None, None, None, source="GPS_RAW_INT", other_type=None)


def test_a_vehicle_that_says_nothing_of_a_receiver_has_no_fix_to_show() -> None:
    assert fix_after() is None


def test_what_was_said_too_long_ago_is_unknown_again() -> None:
    signs = VitalSigns()
    signs.hear(frame_of("GPS_RAW_INT", {"fix_type": 3, "satellites_visible": 12}, at_s=0))
    signs.hear(frame_of("SYS_STATUS", {"battery_remaining": 40}, at_s=0))
    signs.hear(frame_of("SYSTEM_TIME", {"time_unix_usec": START_US}, at_s=0))
    signs.hear(frame_of("EKF_STATUS_REPORT", {"flags": 831}, at_s=8))
    fresh = signs.now(START_US + 9_000_000)
    assert fresh.fix is not None and fresh.battery_percent == 40 and fresh.clock is not None
    later = signs.now(START_US + 12_000_000)
    assert later == Vitals(estimator=fresh.estimator)
    assert later.estimator is not None
