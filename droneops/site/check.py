"""Before the flight: what of a site works, what does not, and what to do about it.

Nothing is sent to a drone, and nothing is written but an empty file where the disk is tried.
"""

from __future__ import annotations

import os
import shutil
import socket
from collections.abc import Callable, Iterator

from droneops.config import Site
from droneops.errors import DroneopsError
from droneops.site.checked import Checked, is_free, is_synchronised, reached

LEAST_FREE_BYTES = 2 << 30
"""Eight hours of one drone's recording and outbox; below it a day's flight may fill the disk."""


Probe = Callable[[Site], Iterator[Checked]]


def check_site(site: Site) -> tuple[Checked, ...]:
    """All that can be known before the flight, in the order of the site file."""
    return tuple(found for probe in PROBES for found in _guarded(probe, site))


def _guarded(probe: Probe, site: Site) -> Iterator[Checked]:
    name = probe.__name__.strip("_")
    try:
        yield from probe(site)
    except DroneopsError as error:
        told = f"{error.where}: {error.what}" if error.where else error.what
        yield Checked(name, "fails", " ".join(told.split()), error.mend)


def _disk(site: Site) -> Iterator[Checked]:
    from droneops.delivery.service import data_folder

    folder = data_folder(site)
    trial = folder / f".check-{os.getpid()}"
    try:
        trial.write_bytes(b"")
        trial.unlink()
    except OSError as error:
        yield Checked(
            "disk", "fails", f"{folder}: cannot be written: {error.strerror}", "give it to this user"
        )
        return
    free = shutil.disk_usage(folder).free
    told = f"{folder}: {free / 1e9:.1f} GB free"
    is_enough = free >= LEAST_FREE_BYTES
    yield Checked("disk", "ok" if is_enough else "warning", told, "" if is_enough else "free some space")


def _clock(_: Site) -> Iterator[Checked]:
    is_set = is_synchronised()
    if is_set is None:
        yield Checked("clock", "warning", "nothing here tells whether it is right", "compare it with UTC")
    elif is_set:
        yield Checked("clock", "ok", "synchronised")
    else:
        yield Checked("clock", "warning", "not synchronised", "start a time service (chrony, timesyncd)")


def _zones(site: Site) -> Iterator[Checked]:
    from droneops.incidents.rule_set import gaps
    from droneops.replay.prepare import rules_of
    from droneops.zones.load import zones_of

    zones, rules = zones_of(site), rules_of(site)
    yield Checked("zones", "ok", f"{len(zones.zones)} zones")
    names = ", ".join(zone.id for zone in zones.placeholders)
    if names:
        section = site.file.site
        is_refused = section.status == "actual" and not section.allow_placeholder
        mend = "load the legal boundaries, or set site.allow_placeholder = true"
        yield Checked("zones", "fails" if is_refused else "warning", f"stand-ins: {names}", mend)
    if not rules.enabled:
        yield Checked("rules", "fails", "all rules are switched off", "remove enabled = false in a [[rule]]")
    for text in gaps(rules, zones):
        yield Checked("rules", "warning", text, "load such a layer with [[zone_layer]]")


def _routing(site: Site) -> Iterator[Checked]:
    from droneops.replay.prepare import rules_of

    events = sorted({rule.event for rule in rules_of(site).enabled})
    lost = [event for event in events if not _has_taker(site, event)]
    if lost:
        mend = "set [routing] default, or name the event in an [[agency]]"
        yield Checked("routing", "fails", f"nobody gets {', '.join(lost)}", mend)
    else:
        yield Checked("routing", "ok", f"every event has an agency: {', '.join(events)}")


def _has_taker(site: Site, event: str) -> bool:
    file = site.file
    takes = any(not agency.zones and (not agency.events or event in agency.events) for agency in file.agency)
    return takes or file.routing.default is not None


def _keys(site: Site) -> Iterator[Checked]:
    from droneops.delivery.service import agency_keys
    from droneops.replay.prepare import signer_of

    signed = signer_of(site) is not None
    mend = "make one with droneops keys make, and name it in [evidence] key_file"
    told = "alerts are signed" if signed else "there is no key: alerts are not signed"
    yield Checked("key", "ok" if signed else "warning", told, "" if signed else mend)
    keyless = [agency for agency, key in agency_keys(site).items() if key is None]
    if keyless:
        told = f"without public_key, their receipts are believed unsigned: {', '.join(keyless)}"
        yield Checked("key", "warning", told, "name their public_key in [[agency]]")


def _broker(site: Site) -> Iterator[Checked]:
    from droneops.delivery.mqtt import Broker

    broker = Broker.of(site)
    broker.check_files()
    yield reached("broker", broker.name, broker.host, broker.port, "start it, or correct [broker] url")


def _store(site: Site) -> Iterator[Checked]:
    from droneops.fleet.mirror.address import StoreAddress

    address = StoreAddress.of(site)
    told = "one of the site's own" if address is None else address.name
    yield Checked("store", "ok", told)


def _metrics(site: Site) -> Iterator[Checked]:
    from droneops.fleet.metrics.bind import host_and_port

    bind = site.file.metrics.bind
    if not bind:
        yield Checked("metrics", "warning", "switched off", "set [metrics] bind")
        return
    host, port = host_and_port(bind)
    yield is_free("metrics", socket.SOCK_STREAM, host, port, "set another [metrics] bind")


def _drones(site: Site) -> Iterator[Checked]:
    from droneops.site.check_drone import check_drone

    if not site.file.drone:
        yield Checked("drone", "warning", "there is no [[drone]]: only delivery runs", "add one")
    for drone in site.file.drone:
        try:
            yield from check_drone(site, drone)
        except DroneopsError as error:
            yield Checked(f"drone {drone.id}", "fails", error.one_line(), error.mend)


def _capacity(site: Site) -> Iterator[Checked]:
    from droneops.site.capacity import check_capacity

    if any(camera.video for drone in site.file.drone for camera in drone.camera):
        yield check_capacity(site)


PROBES: tuple[Probe, ...] = (
    _disk,
    _clock,
    _zones,
    _routing,
    _keys,
    _broker,
    _store,
    _metrics,
    _drones,
    _capacity,
)
