"""The mirror with real servers: the store holds what the fleet is, whatever becomes of the store."""

from __future__ import annotations

import time
from pathlib import Path

import pytest
from store_peers import PROGRAMS, Store, Vitals, wait_until

from droneops.fleet.mirror.address import StoreAddress
from droneops.fleet.mirror.health import StoreState
from droneops.fleet.mirror.mirror import Mirror
from droneops.telemetry.live.now import system_clock


class Lines(list[str]):
    """What an operator was told."""


def mirror_to(store: Store, lines: Lines | None = None, password_file: Path | None = None) -> Mirror:
    address = StoreAddress.from_url(store.url, password_file=password_file)
    return Mirror("s", address, system_clock(), (Lines() if lines is None else lines).append)


def is_connected(mirror: Mirror) -> bool:
    return mirror.health.state is StoreState.CONNECTED


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_drone_is_found_by_its_place_and_says_what_it_knows(kind: str, tmp_path: Path) -> None:
    with Store(kind, tmp_path) as store, mirror_to(store) as mirror:
        mirror.put_drone(Vitals("d1", values={"looks_per_s": 4.5, "blind": None, "video_state": "streaming"}))
        mirror.put_drone(Vitals("d2", lat_deg=18.0))
        wait_until(lambda: store.ask("SCARD", "droneops:s:drones") == 2)
        near = store.ask(
            *("GEOSEARCH", "droneops:s:positions", "FROMLONLAT", "104.72", "16.54", "BYRADIUS", 5, "km")
        )
        told = store.ask("HGETALL", "droneops:s:drone:d1")
    assert near == ["d1"]
    assert (told["looks_per_s"], told["video_state"]) == ("4.5", "streaming")
    assert "blind" not in told


def test_a_value_that_becomes_unknown_is_not_left_at_its_old(tmp_path: Path) -> None:
    with Store("valkey", tmp_path) as store, mirror_to(store) as mirror:
        mirror.put_drone(Vitals("d1", values={"pose_age_s": 0.1}))
        wait_until(lambda: store.ask("HGET", "droneops:s:drone:d1", "pose_age_s") == "0.1")
        mirror.put_drone(Vitals("d1", values={"pose_age_s": None}, lat_deg=None))
        wait_until(lambda: store.ask("HEXISTS", "droneops:s:drone:d1", "pose_age_s") == 0)
        wait_until(lambda: store.ask("ZCARD", "droneops:s:positions") == 0)


@pytest.mark.parametrize("kind", PROGRAMS)
def test_a_store_that_comes_back_empty_is_given_the_present(kind: str, tmp_path: Path) -> None:
    lines = Lines()
    with Store(kind, tmp_path) as store, mirror_to(store, lines) as mirror:
        mirror.put_drone(Vitals("gone"))
        mirror.put_drone(Vitals("d1", values={"looks_per_s": 1.0}))
        wait_until(lambda: store.ask("SCARD", "droneops:s:drones") == 2)
        store.kill()
        wait_until(lambda: mirror.health.state is StoreState.WAITING)
        mirror.put_drone(Vitals("d1", values={"looks_per_s": 2.0}))
        mirror.keep_drones(["d1"])
        mirror.event("opened", {"incident_id": "i1"})
        store.start()
        wait_until(lambda: store.ask("HGET", "droneops:s:drone:d1", "looks_per_s") == "2.0")
        assert store.ask("SMEMBERS", "droneops:s:drones") in (["d1"], {"d1"})
        assert store.ask("XLEN", "droneops:s:events") == 1
        assert mirror.health.losses == 1
    assert [line.rpartition(": ")[0] for line in lines if "waiting" in line] != []
    assert lines[-1].endswith("connected")


def test_a_store_that_forgets_without_a_word_is_given_all_again(tmp_path: Path) -> None:
    with Store("valkey", tmp_path) as store, mirror_to(store) as mirror:
        mirror.put_drone(Vitals("d1"))
        wait_until(lambda: store.ask("EXISTS", "droneops:s:drone:d1"))
        store.ask("FLUSHALL")
        wait_until(lambda: store.ask("EXISTS", "droneops:s:drone:d1", "droneops:s:positions") == 2)


def test_a_store_that_hangs_holds_nobody_up_and_is_right_once_it_goes_on(tmp_path: Path) -> None:
    with Store("valkey", tmp_path) as store, mirror_to(store) as mirror:
        wait_until(lambda: is_connected(mirror))
        store.hang()
        begin_s = time.monotonic()
        for number in range(2000):
            mirror.put_drone(Vitals("d1", values={"frames_looked": number}))
        put_s = time.monotonic() - begin_s
        wait_until(lambda: mirror.health.state is StoreState.WAITING)
        store.go_on()
        wait_until(lambda: store.ask("HGET", "droneops:s:drone:d1", "frames_looked") == "1999")
    assert put_s < 1.0, "putting waited for the store"


def test_closing_while_the_store_hangs_takes_less_than_two_seconds(tmp_path: Path) -> None:
    with Store("valkey", tmp_path) as store:
        mirror = mirror_to(store)
        with mirror:
            wait_until(lambda: is_connected(mirror))
            store.hang()
            begin_s = time.monotonic()
        closing_s = time.monotonic() - begin_s
        store.go_on()
    assert closing_s < 2.0


def test_a_wrong_password_is_said_once_and_is_in_no_line(tmp_path: Path) -> None:
    lines, secret = Lines(), tmp_path / "secret"
    secret.write_text("wrong-secret")
    with (
        Store("valkey", tmp_path, "--requirepass", "right-secret") as store,
        mirror_to(store, lines, secret) as mirror,
    ):
        wait_until(lambda: mirror.health.state is StoreState.REFUSED)
    assert len(lines) == 1
    assert "refused" in lines[0]
    assert "wrong-secret" not in repr((lines, mirror.health))


def test_the_right_password_lets_in(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("right-secret\n")
    with (
        Store("valkey", tmp_path, "--requirepass", "right-secret") as store,
        mirror_to(store, password_file=secret) as mirror,
    ):
        wait_until(lambda: is_connected(mirror))


def test_a_store_without_memory_left_is_said_and_right_again_once_it_has_some(tmp_path: Path) -> None:
    lines = Lines()
    with Store("valkey", tmp_path, "--maxmemory-policy", "noeviction") as store:
        with mirror_to(store, lines) as mirror:
            wait_until(lambda: is_connected(mirror))
            store.ask("CONFIG", "SET", "maxmemory", "1")
            mirror.put_drone(Vitals("d1"))
            wait_until(lambda: mirror.health.state is StoreState.REFUSED)
            store.ask("CONFIG", "SET", "maxmemory", "0")
            wait_until(lambda: store.ask("EXISTS", "droneops:s:drone:d1"))
        assert any("maxmemory" in line for line in lines)


def test_what_is_in_the_store_goes_by_itself_when_the_site_dies(tmp_path: Path) -> None:
    with Store("valkey", tmp_path) as store:
        with mirror_to(store) as mirror:
            mirror.put_drone(Vitals("d1"))
            mirror.event("opened", {})
            wait_until(lambda: store.ask("EXISTS", "droneops:s:events"))
        keys = store.ask("KEYS", "*")
        assert keys
        assert all(0 < store.ask("TTL", key) <= 7 * 86_400 for key in keys)
        assert all(store.ask("TTL", key) <= 30 for key in keys if not key.endswith(":events"))
