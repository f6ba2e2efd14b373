"""A link opens one incident for one agency until its end, and only the streams that see the place."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.errors import OutputError
from droneops.sharing.board import FILE, VALID_US, Shared, Stream, read_board, write_board
from droneops.sharing.gate import GRACE_US, Gate
from droneops.sharing.links import KEPT_US, Links
from droneops.sharing.watched import FILE as LOG_FILE
from droneops.sharing.watched import Watched, WatchLog, read_log

NOW_US = 1_795_424_000_000_000
ONE, OTHER = Stream("patrol-1", "eo"), Stream("patrol-2", "ir")
SHARED = Shared("incident-1", "ลอบตัดไม้", "Illegal logging", ("police",), (ONE,))


class Clock:
    def __init__(self) -> None:
        self.us = NOW_US

    def monotonic_s(self) -> float:
        return self.us / 1e6


def gate_of(folder: Path, clock: Clock) -> Gate:
    return Gate(folder, lambda: clock.us, Links(folder), clock.monotonic_s)


def test_what_the_site_says_is_what_the_server_reads(tmp_path) -> None:
    both = replace(SHARED, streams=(ONE, OTHER), agencies=("police", "park"))
    write_board(tmp_path, NOW_US, [both])
    assert read_board(tmp_path, NOW_US + VALID_US) == {"incident-1": both}
    assert (tmp_path / FILE).stat().st_mode & 0o777 == 0o600


def test_a_site_that_is_silent_lets_nothing_be_shown(tmp_path) -> None:
    write_board(tmp_path, NOW_US, [SHARED])
    assert read_board(tmp_path, NOW_US + VALID_US + 1) == {}
    assert read_board(tmp_path / "nowhere", NOW_US) == {}


@given(st.binary(max_size=200))
def test_a_board_that_is_broken_lets_nothing_be_shown(raw) -> None:
    import tempfile

    with tempfile.TemporaryDirectory() as name:
        (Path(name) / FILE).parent.mkdir()
        (Path(name) / FILE).write_bytes(raw)
        assert read_board(Path(name), NOW_US) == {}


def test_a_link_holds_until_it_expires_also_after_a_restart(tmp_path) -> None:
    token, link = Links(tmp_path).make("incident-1", "police", NOW_US, 30)
    end_us = NOW_US + 30 * 60_000_000
    assert Links(tmp_path).find(token, end_us - 1) == link
    assert Links(tmp_path).find(token, end_us) is None
    # A clock that was set back must not open what was not there then.
    assert Links(tmp_path).find(token, NOW_US - 1) is None


def test_no_file_holds_a_token_and_no_two_are_alike(tmp_path) -> None:
    tokens = {Links(tmp_path).make("incident-1", "police", NOW_US, 30)[0] for _ in range(20)}
    assert len(tokens) == 20
    raw = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert not any(token.encode() in raw for token in tokens)
    assert all((path.stat().st_mode & 0o077) == 0 for path in tmp_path.iterdir())


@pytest.mark.parametrize("token", ["", "x", "é" * 40, "x" * 10_000, "\udc80", "' OR 1=1 --"])
def test_a_token_that_was_never_given_opens_nothing(tmp_path, token) -> None:
    Links(tmp_path).make("incident-1", "police", NOW_US, 30)
    assert Links(tmp_path).find(token, NOW_US) is None


def test_links_long_over_are_forgotten(tmp_path) -> None:
    for k in range(5):
        Links(tmp_path).make("incident-1", "police", NOW_US + k * 2 * KEPT_US, 1)
    import sqlite3

    db = sqlite3.connect(tmp_path / "sharing.sqlite")
    assert db.execute("SELECT count(*) FROM link").fetchone() == (1,)
    db.close()


def test_a_folder_that_cannot_be_written_is_said_in_one_line(tmp_path) -> None:
    with pytest.raises(OutputError, match="links cannot be kept"):
        Links(tmp_path / "nowhere").make("incident-1", "police", NOW_US, 30)


@pytest.mark.parametrize("board", [(), (replace(SHARED, agencies=("park",)),)], ids=["over", "another's"])
def test_a_link_ends_with_its_incident_and_with_its_agency(tmp_path, board) -> None:
    clock = Clock()
    gate = gate_of(tmp_path, clock)
    token, link = Links(tmp_path).make("incident-1", "police", NOW_US, 30)
    write_board(tmp_path, clock.us, [SHARED])
    leave = gate.leave(token)
    assert leave is not None
    assert leave.streams == (ONE,)
    clock.us += 1_000_000
    write_board(tmp_path, clock.us, board)
    assert gate.leave(token) is None
    assert gate.still(link) is None


def test_a_stream_is_shown_a_moment_longer_than_it_sees_the_place(tmp_path) -> None:
    clock = Clock()
    gate = gate_of(tmp_path, clock)
    token, _ = Links(tmp_path).make("incident-1", "police", NOW_US, 30)
    seen = []
    for second in range(13):
        clock.us = NOW_US + second * 1_000_000
        write_board(tmp_path, clock.us, [replace(SHARED, streams=(ONE,) if second == 0 else (OTHER,))])
        leave = gate.leave(token)
        assert leave is not None
        seen.append(ONE in leave.streams)
    assert seen == [second < GRACE_US / 1e6 for second in range(13)]


def test_who_watched_is_kept_line_by_line_and_a_torn_line_costs_itself_alone(tmp_path) -> None:
    _, link = Links(tmp_path).make("incident-1", "police", NOW_US, 30)
    watched = Watched(link, "patrol-1/eo", "ws", "10.0.0.7", NOW_US, NOW_US + 5_000_000, 123)
    WatchLog(tmp_path).write(watched, "begun")
    with (tmp_path / LOG_FILE).open("ab") as file:
        file.write(b'{"event": "en\n')
    WatchLog(tmp_path).write(watched, "ended")
    begun, ended = read_log(tmp_path)
    assert (begun["to"], begun["bytes"], ended["bytes"]) == (None, None, 123)
    assert ended["link"] == link.id
    assert json.dumps(ended, ensure_ascii=False).count("10.0.0.7") == 1
