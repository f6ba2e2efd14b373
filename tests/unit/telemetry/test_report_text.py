"""What the page about a log claims of its clock and its home."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from droneops.cli.telemetry import telemetry
from droneops.telemetry.report_text import vehicles_parts

SUBTITLES = """1
00:00:00,000 --> 00:00:01,000
<font size="36">FrameCnt : 1, DiffTime : 33ms
2026-11-20 17:07:30,400,000
[latitude: 16.441400] [longitude: 104.751200] [rel_alt: 100.0 abs_alt: 312.0] </font>

2
00:00:01,000 --> 00:00:02,000
<font size="36">FrameCnt : 2, DiffTime : 33ms
2026-11-20 17:07:31,400,000
[latitude: 16.441401] [longitude: 104.751201] [rel_alt: 100.0 abs_alt: 312.0] </font>
"""


def vehicle(**boot: Any) -> dict[str, Any]:
    told = {"first": "A", "last": "B", "clock": "SYSTEM_TIME", "spread_s": 0.018, "utc_minus_record_s": None}
    return {
        "system_id": 1,
        "component_id": 1,
        "boots": [told | boot],
        "positions": {"count": 0, "with_fix": 0},
        "home_alt_msl_m": None,
        "home_source": "unknown",
        "gimbal_source": "",
        "gimbal_rejected": 0,
        "gaps": [],
        "health": None,
        "warnings": [],
    }


def lines(**boot: Any) -> list[str]:
    (part,) = vehicles_parts({"vehicles_note": None, "vehicles": [vehicle(**boot)]})
    return part


def test_record_stamps_that_agree_with_each_other_are_not_taken_for_a_right_clock() -> None:
    line = lines(clock="record stamps", spread_s=0.0, utc_minus_record_s=0.0)[1]

    assert "which scatter by 0.000 s; how far they are off UTC is unknown" in line
    assert "within" not in line


def test_a_clock_that_the_vehicle_told_says_within_what_and_how_far_the_recorders_was_off() -> None:
    line = lines(utc_minus_record_s=-0.053)[1]

    assert "clock from SYSTEM_TIME within 0.018 s, UTC minus record stamps -0.053 s" in line


def test_a_home_that_nothing_told_is_unknown_once() -> None:
    assert "  home       unknown" in lines()


def test_subtitles_without_a_time_zone_are_not_said_to_be_utc_within_milliseconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "DJI_0001.SRT"
    path.write_text(SUBTITLES)

    telemetry(path)

    assert "how far they are off UTC is unknown" in capsys.readouterr().out
