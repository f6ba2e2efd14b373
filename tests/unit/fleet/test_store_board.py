"""What is kept for the store: the present, bounded."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.errors import ConfigError
from droneops.fleet.mirror.address import StoreAddress
from droneops.fleet.mirror.board import MOST_EVENTS_WAITING, MOST_KEPT, TRACK_KEPT_S, Board
from droneops.fleet.mirror.keys import Keys
from droneops.fleet.mirror.link import Command
from droneops.fleet.mirror.rows import Row, drone_row

KEYS = Keys("s")


@dataclass
class Vitals:
    drone_id: str = "d1"
    time_us: int = 1_795_000_000_000_000
    values: dict[str, float | int | str | None] = field(default_factory=dict)
    lat_deg: float | None = 16.54
    lon_deg: float | None = 104.72
    alt_msl_m: float | None = 240.0


def row(name: str, value: int = 0) -> Callable[[], Row]:
    return lambda: Row((("SET", name, value),), (("DEL", name),))


def applied(store: dict[str, int], commands: list[Command]) -> None:
    """What a store would hold of SET and DEL."""
    for verb, *rest in commands:
        if verb == "SET" and rest[0] != KEYS.mirror:
            store[str(rest[0])] = int(rest[1])
        elif verb == "DEL":
            for name in rest:
                store.pop(str(name), None)


STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "only", "take", "lose"]), st.integers(0, 5), st.integers(0, 9)),
    max_size=40,
)


@given(STEPS)
def test_whatever_was_lost_the_store_ends_as_the_board_is(steps: list[tuple[str, int, int]]) -> None:
    board, store, there, is_lost = Board(KEYS, "t"), {}, {}, False
    for what, name, value in steps:
        if what == "put":
            board.put("drone", str(name), row(str(name), value), 0.0)
            there[str(name)] = value
        elif what == "only":
            kept = [other for other in there if int(other) <= name]
            board.keep_only("drone", kept)
            there = {other: there[other] for other in kept}
        elif what == "lose":
            board.take_changes()
            # A store that was lost comes back empty, or has let the keys run out.
            is_lost, store = True, {}
        else:
            batch = board.take_all() if is_lost else board.take_changes()
            is_lost = False
            applied(store, batch.commands())
            board.written(batch)
    applied(store, (board.take_all() if is_lost else board.take_changes()).commands())
    assert store == there


def test_there_is_room_for_so_many_and_who_was_not_touched_longest_goes() -> None:
    board = Board(KEYS, "t")
    for number in range(3 * MOST_KEPT["track"]):
        board.put("track", str(number), row(str(number)), 0.0)
    store: dict[str, int] = {}
    applied(store, board.take_all().commands())
    assert len(store) == MOST_KEPT["track"]
    assert str(3 * MOST_KEPT["track"] - 1) in store


def test_a_track_that_nobody_touches_goes_and_a_silent_drone_stays() -> None:
    board = Board(KEYS, "t")
    board.put("track", "old", row("old"), 0.0)
    board.put("drone", "silent", row("silent"), 0.0)
    board.put("track", "new", row("new"), TRACK_KEPT_S)
    board.forget_old(TRACK_KEPT_S + 1)
    store: dict[str, int] = {}
    applied(store, board.take_all().commands())
    assert set(store) == {"silent", "new"}


def test_events_of_a_long_outage_are_bounded_and_what_was_dropped_is_counted() -> None:
    board = Board(KEYS, "t")
    for number in range(MOST_EVENTS_WAITING + 7):
        board.event("opened", [("n", number)])
    told = [command for command in board.take_all().commands() if command[0] == "XADD"]
    assert (len(told), board.events_dropped) == (MOST_EVENTS_WAITING, 7)
    assert told[-1][-2:] == ("n", MOST_EVENTS_WAITING + 6)


def test_an_event_is_told_again_until_the_store_took_it_and_then_no_more() -> None:
    board = Board(KEYS, "t")
    board.event("opened", [])
    lost, again = board.take_changes(), board.take_all()
    assert [c for c in lost.commands() if c[0] == "XADD"] == [c for c in again.commands() if c[0] == "XADD"]
    board.event("closed", [])
    board.written(again)
    (left,) = [command for command in board.take_changes().commands() if command[0] == "XADD"]
    assert left[-1] == "closed"


@pytest.mark.parametrize("lat_deg", [None, 89.0, float("nan")])
def test_a_place_that_the_index_cannot_hold_is_taken_out_of_it(lat_deg: float | None) -> None:
    commands = drone_row(KEYS, Vitals(lat_deg=lat_deg)).write
    assert ("ZREM", "droneops:s:positions", "d1") in commands
    assert not any(command[0] == "GEOADD" for command in commands)


@pytest.mark.parametrize(
    ("url", "name"),
    [
        ("redis://10.0.0.9", "redis://10.0.0.9:6379"),
        ("rediss://store.example:7000/3", "rediss://store.example:7000"),
        ("unix:///run/redis.sock", "unix:///run/redis.sock"),
    ],
)
def test_an_address_has_a_name_to_show(url: str, name: str) -> None:
    assert StoreAddress.from_url(url).name == name


@pytest.mark.parametrize(
    "url",
    [
        "redis://",
        "redis://host:99999",
        "redis://host:0",
        "redis://:secret@host",
        "unix://",
        "redis://host/one",
    ],
)
def test_what_is_no_address_or_holds_a_password_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match=r"redis\.url"):
        StoreAddress.from_url(url)
