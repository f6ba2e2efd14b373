"""What ``droneops simulate`` does, in order."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from droneops import times
from droneops.errors import ConfigError, OutputError, UsageError
from droneops.simulation.live import LEAD_S, Air, at_time, fly, write_truth
from droneops.simulation.prepare import cache_folder, prepare
from droneops.simulation.record import record, vehicles_of
from droneops.simulation.rtsp.login import Login
from droneops.simulation.scenario import Scenario, load_scenario
from droneops.simulation.words import Vehicle
from droneops.telemetry.live.now import system_clock

# A line with a user and a password.
_MOST_LOGIN_BYTES = 1024
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Wish:
    """The command's arguments."""

    scenario: Path
    record: Path | None
    prepare: bool
    telemetry: str
    rtsp: str
    login_file: Path | None
    login_scheme: str
    clock: str
    truth: Path | None
    cache: Path | None


def run(wish: Wish, progress: Callable[[float], None], tell: Tell, *, as_json: bool) -> None:
    """Records, prepares or flies.

    Raises:
        ConfigError, UsageError, OutputError, InputError: one line each, before anything flies.
    """
    _one_thread()
    scenario = load_scenario(wish.scenario)
    if wish.record is not None:
        folders = record(scenario, wish.record, lambda done, total: progress(done / total))
        _tell_folders(folders, tell, as_json=as_json)
        return
    air = _air(wish)
    if wish.clock not in ("now", "scenario"):
        raise UsageError(f"--clock {wish.clock!r} is neither now nor scenario")
    cache = wish.cache or cache_folder(dict(os.environ))
    films = prepare(scenario, cache, lambda done, total: progress(done / total))
    if wish.prepare:
        _tell_folders(films, tell, as_json=as_json)
        return
    asyncio.run(_fly(scenario, films, air, wish, lambda line: _tell_if_heard(tell, line), as_json))


async def _fly(
    scenario: Scenario, films: Mapping[str, Path], air: Air, wish: Wish, tell: Tell, as_json: bool
) -> None:
    clock = system_clock()
    now_us = clock.utc_us() + round(LEAD_S * 1e6)
    start_us = now_us if wish.clock == "now" else scenario.start_us
    vehicles = [at_time(vehicle, start_us) for vehicle in vehicles_of(scenario, start_us)]
    if wish.truth is not None:
        _write_truths(vehicles, films, wish.truth)
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        loop.add_signal_handler(number, stop.set)
    await fly(vehicles, films, air, clock, lambda port: tell(_told(vehicles, air, port, as_json)), stop)


def _told(vehicles: list[Vehicle], air: Air, port: int, as_json: bool) -> str:
    """What a user needs to watch: one line of JSON, or some lines of text."""
    host, _ = air.rtsp
    rows: list[dict[str, Any]] = [
        {
            "drone_id": vehicle.drone.id,
            "system_id": vehicle.drone.system_id,
            "telemetry": f"udpin:{air.telemetry[0]}:{air.telemetry[1]}",
            "video": f"rtsp://{_bracketed(host)}:{port}/{vehicle.drone.id}",
            "start_utc": times.to_text(vehicle.start_us),
            "duration_s": vehicle.scenario.file.duration_s,
        }
        for vehicle in vehicles
    ]
    if as_json:
        return json.dumps({"drones": rows})
    return "\n".join("  ".join(f"{key} {value}" for key, value in row.items()) for row in rows)


def _write_truths(vehicles: list[Vehicle], films: Mapping[str, Path], out: Path) -> None:
    try:
        for vehicle in vehicles:
            write_truth(films[vehicle.drone.id], vehicle, out / f"{vehicle.drone.id}.jsonl")
    except OSError as error:
        raise OutputError(error.strerror or str(error), where=str(out)) from error


def _air(wish: Wish) -> Air:
    login = None if wish.login_file is None else _login(wish.login_file, wish.login_scheme)
    return Air(_address("--telemetry", wish.telemetry, 1), _address("--rtsp", wish.rtsp, 0), login)


def _address(option: str, text: str, least_port: int) -> tuple[str, int]:
    host, colon, port = text.rpartition(":")
    is_port = port.isascii() and port.isdigit() and len(port) <= 5 and least_port <= int(port) <= 65_535
    if not (host and colon and is_port):
        raise UsageError(f"{option} {text!r} is no HOST:PORT", mend="as 127.0.0.1:14550")
    return host.removeprefix("[").removesuffix("]"), int(port)


def _bracketed(host: str) -> str:
    return f"[{host}]" if ":" in host else host


def _login(path: Path, scheme: str) -> Login:
    if scheme not in ("digest", "basic"):
        raise UsageError(f"--login-scheme {scheme!r} is neither digest nor basic")
    try:
        with path.open("rb") as file:
            raw = file.read(_MOST_LOGIN_BYTES)
    except OSError as error:
        raise ConfigError(error.strerror or str(error), where=str(path)) from error
    user, colon, password = raw.decode("utf-8", "replace").partition("\n")[0].strip().partition(":")
    if not (user and colon and password):
        raise ConfigError("no USER:PASSWORD on the first line", where=str(path))
    return Login(user, password, "basic" if scheme == "basic" else "digest")


def _tell_folders(folders: Mapping[str, Path], tell: Tell, *, as_json: bool) -> None:
    rows = {drone_id: str(folder) for drone_id, folder in folders.items()}
    tell(json.dumps({"folders": rows}) if as_json else "\n".join(f"{d}  {f}" for d, f in rows.items()))


def _tell_if_heard(tell: Tell, line: str) -> None:
    # The drones fly on when whoever read the lines is gone.
    with suppress(OSError, ValueError):
        tell(line)


def _one_thread() -> None:
    """OpenCV's pool slows small pictures down, and takes the cores of the service that is rehearsed."""
    import cv2

    cv2.setNumThreads(1)
