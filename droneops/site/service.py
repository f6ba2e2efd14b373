"""``droneops run SITE.toml``: drones, rules, delivery, until it is stopped."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

from droneops.clock import now_us
from droneops.config import Site, load_site
from droneops.delivery.courier import Courier, site_courier
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.delivery.service import agency_keys, alone, checked, data_folder, opening_lines
from droneops.errors import DeliveryError, DroneopsError
from droneops.fleet.metrics.exporter import Exporter
from droneops.fleet.mirror.of_site import site_mirror
from droneops.fleet.supervisor import Supervisor, drone_command
from droneops.site.clip_clerk import ClipClerk
from droneops.site.clip_room import ClipRoom
from droneops.site.clips import SiteClips
from droneops.site.fleet_state import FleetState
from droneops.site.housekeeping import Housekeeping
from droneops.site.live import Ears, LiveSite
from droneops.site.live_parts import RUN, SOFTWARE, Tell, changed, front_of, keep_in_force, notes_of
from droneops.site.reception import Reception
from droneops.site.sealing.clerk import SealingClerk
from droneops.site.sealing.job import Case, Job, job_of
from droneops.site.sharing import SiteSharing
from droneops.site.stopping import close_together
from droneops.telemetry.live.now import Clock, system_clock

STEP_S = 0.1
"""How long a report is waited for: a stop, and what is due, are noticed within that."""

DRONES_STOP_S = 0.5
"""A look that is under way is given that; its report is on the drone's disk or nowhere."""

TOPICS_EVERY_S = 0.25


@dataclass(frozen=True, slots=True)
class Asked:
    """What the operator asks for by signals."""

    stop: threading.Event
    reload: threading.Event


def run_site(path: Path, asked: Asked, tell: Tell, log_form: str = "console") -> None:
    """Run a site until ``asked.stop`` is set; ``tell`` hears a line for each change.

    The drones' processes write their lines themselves, in the form ``log_form`` (json, console).

    Ends within two seconds of being asked. To be called by the process's main thread, with which the
    drones' processes end.

    Raises:
        ConfigError: the site file does not do for a live service.
        OutputError: the data folder cannot be used, or another `run` uses it.
        DeliveryError: a part of the service died.
    """
    site, clock = load_site(path), system_clock()
    broker = checked(site)
    keys = agency_keys(site)
    folder = data_folder(site)
    with alone(folder), Outbox.open(folder / FILE_NAME, now_us) as outbox:
        front = front_of(site, outbox, tell)
        for line in opening_lines(site, outbox.depth().waiting):
            tell(line)
        notes = notes_of(front, resumed=bool(front.desk.taken), clock_us=now_us, tell=tell)
        supervisor = Supervisor(drone_command(path, log_form), random.random, tell)
        supervisor.follow(followed(site))
        courier = site_courier(outbox, broker, site, now_us, keys=keys, software=SOFTWARE, tell=tell)
        mirror = site_mirror(site, folder / "run", clock, tell)
        state = FleetState(site, clock, courier, outbox, mirror)
        reception = Reception(front.desk, notes, tell)
        append = partial(_append, outbox)
        clips = SiteClips(ClipClerk(), ClipRoom(folder, append, tell), tell)
        clips.clerk.begin(front.desk.book.incidents)
        ears = Ears(state.on_reports, state.on_vitals, clips.done)
        live = LiveSite(front, supervisor, reception, clock, ears, tell)
        state.watch(live, clips.clerk.counts)
        housekeeping = Housekeeping(folder, append, tell)
        clerk = SealingClerk(partial(_job, live), outbox.note, tell)
        sharing = SiteSharing(path, folder, log_form, outbox, courier.say, tell)
        bind = site.file.metrics.bind
        exporter = Exporter(state.snapshot, bind, clock, tell) if bind else None
        try:
            courier.__enter__()
            mirror.__enter__()
            if exporter is not None:
                exporter.__enter__()
            _run(Service(path, live, courier, state, housekeeping, clerk, clips, sharing, clock, tell), asked)
        finally:
            clerk.close()
            sharing.close()
            ends: list[Callable[[], None]] = [partial(_stop, live, courier, clock), mirror.close]
            close_together(ends if exporter is None else [*ends, exporter.close])
            notes.close()
    tell("stopped")


def followed(site: Site) -> tuple[str, ...]:
    """The drones that have something to listen to or to look at."""
    return tuple(
        drone.id
        for drone in site.file.drone
        if drone.telemetry is not None or any(camera.video for camera in drone.camera)
    )


@dataclass(frozen=True, slots=True)
class Service:
    """All that runs."""

    path: Path
    live: LiveSite
    courier: Courier
    state: FleetState
    housekeeping: Housekeeping
    clerk: SealingClerk
    clips: SiteClips
    sharing: SiteSharing
    clock: Clock
    tell: Tell


def _append(outbox: Outbox, kind: str, body: Mapping[str, Any]) -> None:
    outbox.append_journal(kind, body, now_us())


def _run(service: Service, asked: Asked) -> None:
    live, clock, next_s = service.live, service.clock, 0.0
    while not asked.stop.is_set():
        live.step(STEP_S)
        if (failure := service.courier.failure) is not None:
            what = f"delivery stopped by an unexpected {type(failure).__name__}: {failure}"
            raise DeliveryError(what, mend="start again; what was not sent stays in the outbox")
        if asked.reload.is_set():
            asked.reload.clear()
            _reload(service)
        if clock.monotonic_s() >= next_s:
            next_s = clock.monotonic_s() + TOPICS_EVERY_S
            service.state.say()
            _keep_house(service)


def _keep_house(service: Service) -> None:
    desk, retention = service.live.reception.desk, service.live.front.site.file.retention
    now_s, at_us = service.clock.monotonic_s(), service.clock.utc_us()
    service.housekeeping.step(now_s, at_us, retention, lambda: desk.book.incidents)
    service.clerk.step(now_s, lambda: desk.book.incidents)
    sharing = service.live.front.site.file.sharing
    service.clips.step(now_s, desk.book.incidents, sharing, service.live.ask)
    site = service.live.front.site
    service.sharing.step(now_s, at_us, site, desk.book.incidents, service.live.vitals)


def _job(live: LiveSite, cases: tuple[Case, ...]) -> Job:
    """What the process that makes bundles is to know of the site as it is now."""
    site, force = live.front.site, live.front.in_force
    section, key_file = site.file.site, site.file.evidence.key_file
    key = None if key_file is None else site.beside(key_file)
    return job_of(site.beside(section.data_dir), key, (section.id, section.status, RUN), force, cases)


def _reload(service: Service) -> None:
    """Go on with the site file as it is now; one that is wrong changes nothing."""
    live, clock, tell = service.live, service.clock, service.tell
    before = live.front.site
    try:
        site = load_site(service.path)
        checked(site)
        at_us = clock.utc_us()
        front = changed(live.front, site, at_us, live.reception.known)
        keep_in_force(front, tell)
        live.renew(front, at_us)
    except DroneopsError as error:
        tell(f"the new site file is not taken, the old one goes on: {error.one_line()}")
        return
    gone = live.supervisor.follow(followed(site))
    for drone_id in to_restart(before, site):
        live.supervisor.restart(drone_id, clock.monotonic_s())
    service.state.renew(site, gone)
    if before.file.sharing != site.file.sharing:
        service.sharing.close()
    tell("the site file was read anew: zones, rules and drones are as it says")
    for section in needs_restart(before, site):
        tell(f"[{section}] has changed: that holds from the next start on")


def to_restart(before: Site, after: Site) -> tuple[str, ...]:
    """The drones that are in both files and whose own settings have changed, or what they look with."""
    old = {drone.id: drone for drone in before.file.drone}
    shared_changed = before.file.detector != after.file.detector or before.file.terrain != after.file.terrain
    live = set(followed(before)) & set(followed(after))
    rolls = before.file.sharing.pre_roll_s, after.file.sharing.pre_roll_s
    shared_changed = shared_changed or rolls[0] != rolls[1]
    zones_changed = before.file.zone_layer != after.file.zone_layer or before.file.rule != after.file.rule
    return tuple(
        drone.id
        for drone in after.file.drone
        if drone.id in live
        and (shared_changed or old[drone.id] != drone or (drone.infer == "zones" and zones_changed))
    )


def needs_restart(before: Site, after: Site) -> tuple[str, ...]:
    """The sections that a running service does not take anew."""
    names = ("site", "broker", "redis", "agency", "delivery", "metrics")
    return tuple(name for name in names if getattr(before.file, name) != getattr(after.file, name))


def _stop(live: LiveSite, courier: Courier, clock: Clock) -> None:
    """End the drones' processes, take in their last words, and hand over what came of them."""
    live.supervisor.ask_to_stop()
    end_s = clock.monotonic_s() + DRONES_STOP_S
    while live.supervisor.alive and clock.monotonic_s() < end_s:
        live.listen(STEP_S / 4)
    live.drain()
    live.supervisor.kill()
    courier.close()
