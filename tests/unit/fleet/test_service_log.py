"""The service's log: whole lines, no passwords, and never more than a disk bears."""

from __future__ import annotations

import io
import json
import threading
from dataclasses import dataclass
from typing import Any

import pytest

from droneops.fleet.logs import LONGEST_VALUE, site_log, tell_of
from droneops.fleet.redact import redacted
from droneops.telemetry.live.now import Clock


@dataclass
class Time:
    now_s: float = 0.0

    @property
    def clock(self) -> Clock:
        return Clock(lambda: 1_795_000_000_000_000 + int(self.now_s * 1e6), lambda: self.now_s)


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_of_json_tells_when_where_how_grave_and_what() -> None:
    stream = io.StringIO()
    tell_of(site_log(stream, "json", Time().clock), "video d1")("stream lost ที่ดอนตาล")
    assert lines(stream) == [
        {
            "at": "2026-11-18T11:06:40.000000Z",
            "level": "info",
            "part": "video d1",
            "event": "stream lost ที่ดอนตาล",
        }
    ]


def test_a_line_for_people_reads_from_left_to_right() -> None:
    stream = io.StringIO()
    site_log(stream, "console", Time().clock).bind(part="site").warning("disk is nearly full", free_mib=12)
    assert (
        stream.getvalue() == "2026-11-18T11:06:40.000000Z warning site: disk is nearly full (free_mib 12)\n"
    )


@pytest.mark.parametrize(
    "text",
    [
        "rtsp://admin:hunter2@10.0.0.5:554/main is lost",
        "rtsp://admin:p@ss/hunter2@10.0.0.5/main is lost",
        "rtmp://hunter2@10.0.0.5/live",
        "http://10.0.0.5/cgi?user=a&password=hunter2&x=1",
        "login failed: Password: hunter2",
    ],
)
def test_no_password_is_in_a_line(text: str) -> None:
    stream = io.StringIO()
    log = site_log(stream, "json", Time().clock)
    log.error(text, source=text, **{"mqtt_password": "hunter2"})
    assert "hunter2" not in stream.getvalue()
    assert "***" in stream.getvalue()


def test_an_address_without_a_password_is_left_as_it_is() -> None:
    text = "rtsp://10.0.0.5:554/main lost, compass: 12, passes 3"
    assert redacted(text) == text


def test_a_line_break_from_outside_makes_no_second_line_and_a_long_text_is_cut() -> None:
    stream = io.StringIO()
    site_log(stream, "console", Time().clock).info("said\nforged line " + "x" * 10_000)
    assert stream.getvalue().count("\n") == 1
    assert len(stream.getvalue()) < LONGEST_VALUE + 200


def test_the_same_line_again_and_again_is_counted_instead_of_written() -> None:
    stream, time = io.StringIO(), Time()
    log = site_log(stream, "json", time.clock)
    for second in range(100):
        time.now_s = float(second)
        log.info("stream lost")
        log.info(f"another {second}")
    repeated = [line for line in lines(stream) if line["event"] == "stream lost"]
    assert len(repeated) < 15
    assert sum(line.get("left_out", 0) for line in repeated) + len(repeated) >= 61
    assert sum(line["event"].startswith("another") for line in lines(stream)) == 100


def test_threads_write_whole_lines() -> None:
    stream = io.StringIO()
    log = site_log(stream, "json", Time().clock)

    def write(name: int) -> None:
        for number in range(200):
            log.info(f"{name} {number}")

    threads = [threading.Thread(target=write, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len({line["event"] for line in lines(stream)}) == 1600


def test_a_closed_stream_stops_no_service() -> None:
    stream = io.StringIO()
    log = site_log(stream, "json", Time().clock)
    stream.close()
    log.info("nobody reads this")
