"""What can fail around a live service and of it: how to do it, how it is noticed, how to know it is over."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass

import live_rig as rig
from live_fault_stage import Stage

OUTAGE_S = 10.0
"""Longer than all that is to be noticed takes."""


IsNoticed = Callable[[Stage], bool] | None


@dataclass(frozen=True, slots=True)
class Fault:
    """What is done to a stage, how it is undone, and how one knows that it was noticed and is over.

    ``is_noticed`` is None where there is nothing to be told of. ``lasts_s`` is 0 where nothing outside has to
    come back. ``goes_on_looking``: no look may be missed. ``film`` has to be made beside the good one.
    """

    name: str
    strike: Callable[[Stage], None]
    heal: Callable[[Stage], None]
    is_noticed: IsNoticed
    is_over: Callable[[Stage, int], bool]
    lasts_s: float = OUTAGE_S
    goes_on_looking: bool = False
    film: str = ""


def _nothing(_: Stage) -> None:
    """What ends by itself."""


def _kill_drone(stage: Stage) -> None:
    for pid in rig.drone_pids(stage.service.pid).values():
        os.kill(pid, signal.SIGKILL)


def _reload(text: str) -> Callable[[Stage], None]:
    def strike(stage: Stage) -> None:
        path = stage.folder / "site.toml"
        shutil.copy(path, stage.folder / "good.toml")
        path.write_text(path.read_text() + text)
        stage.service.signal(signal.SIGHUP)

    return strike


def _put_back(stage: Stage) -> None:
    shutil.copy(stage.folder / "good.toml", stage.folder / "site.toml")


def fill(stage: Stage) -> None:
    path = stage.folder / "var" / "recordings" / "filler"
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(1 << 16 if shutil.disk_usage(path.parent).free > 1 << 17 else 1))


def _empty(stage: Stage) -> None:
    (stage.folder / "var" / "recordings" / "filler").unlink()


def _state(kind: str, state: str) -> Callable[[Stage], float | None]:
    labels = f'drone="patrol-1",state="{state}"'
    return lambda stage: stage.number(kind, labels)


def _is_gone(stage: Stage) -> bool:
    return not rig.metrics(stage.metrics_port)


STREAMING, CONNECTED = _state("video_state", "streaming"), _state("link_state", "connected")


def _looks_again(stage: Stage, since_us: int) -> bool:
    return stage.looks_at(since_us)


def _mode(part: str, mode: str) -> Callable[[Stage], None]:
    return lambda stage: (stage.folder / f"{part}.mode").write_text(mode) and None


def _lost_video(stage: Stage) -> bool:
    return STREAMING(stage) == 0.0 or stage.says("trying again")


def _spoilt(
    name: str,
    part: str,
    mode: str,
    is_noticed: Callable[[Stage], bool] | None = None,
    *,
    goes_on: bool = False,
) -> Fault:
    film = mode if mode in ("small", "h265") else ""
    strike, heal = _mode(part, mode), _mode(part, "")
    return Fault(name, strike, heal, is_noticed, _looks_again, goes_on_looking=goes_on, film=film)


BAD_DAYS = (
    _spoilt("picture size changes", "video", "small", goes_on=True),
    _spoilt("H.264 becomes H.265", "video", "h265", _lost_video),
    _spoilt("garbage for 10 s", "video", "garbage", _lost_video),
    _spoilt("stream at half speed", "video", "slow"),
    _spoilt("camera clock +1 h", "video", "clock+1h", goes_on=True),
    _spoilt("camera clock -1 h", "video", "clock-1h", goes_on=True),
    _spoilt("vehicle clock +1 h", "telemetry", "time+1h", goes_on=True),
    _spoilt("vehicle clock -1 h", "telemetry", "time-1h", goes_on=True),
    _spoilt("vehicle reboots", "telemetry", "reboot"),
    _spoilt("telemetry twice", "telemetry", "twice", goes_on=True),
)


FAULTS = (
    *BAD_DAYS,
    Fault(
        "RTSP server killed",
        lambda stage: stage.video.kill(),
        lambda stage: stage.video.start(),
        lambda stage: STREAMING(stage) == 0.0 or stage.says("trying again"),
        _looks_again,
    ),
    Fault(
        "RTSP server hangs",
        lambda stage: stage.video.signal(signal.SIGSTOP),
        lambda stage: stage.video.signal(signal.SIGCONT),
        lambda stage: STREAMING(stage) == 0.0 or stage.says("trying again"),
        _looks_again,
    ),
    Fault(
        "telemetry silent",
        lambda stage: stage.telemetry.kill(),
        lambda stage: stage.telemetry.start(),
        lambda stage: CONNECTED(stage) == 0.0,
        _looks_again,
    ),
    Fault(
        "drone process kill -9",
        _kill_drone,
        _nothing,
        lambda stage: stage.says("SIGKILL"),
        _looks_again,
        lasts_s=0.0,
    ),
    Fault(
        "site process kill -9",
        lambda stage: stage.service.kill(),
        lambda stage: stage.service.start(),
        _is_gone,
        _looks_again,
        lasts_s=2.0,
    ),
    Fault(
        "broker kill -9",
        lambda stage: stage.broker.kill(),
        lambda stage: stage.broker.start(),
        lambda stage: stage.number("broker_connected") == 0.0,
        lambda stage, _: stage.number("broker_connected") == 1.0,
        goes_on_looking=True,
    ),
    Fault(
        "Redis kill -9",
        lambda stage: stage.store.kill(),
        lambda stage: stage.store.start(),
        lambda stage: stage.number("store_connected") == 0.0,
        lambda stage, _: stage.number("store_connected") == 1.0,
        goes_on_looking=True,
    ),
    Fault(
        "SIGHUP, new rules",
        _reload('[[rule]]\nid = "R4"\nenabled = false\n'),
        _put_back,
        lambda stage: stage.says("was read anew"),
        _looks_again,
        lasts_s=0.0,
        goes_on_looking=True,
    ),
    Fault(
        "SIGHUP, wrong file",
        _reload('[[rule]]\nid = "R99"\n'),
        _put_back,
        lambda stage: stage.says("the old one goes on"),
        _looks_again,
        lasts_s=0.0,
        goes_on_looking=True,
    ),
    Fault(
        "disk full (recordings)",
        fill,
        _empty,
        lambda stage: stage.says("cannot be written down"),
        _looks_again,
        goes_on_looking=True,
    ),
)
