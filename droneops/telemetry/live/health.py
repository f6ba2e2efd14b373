"""How a live link and the vehicles on it are, at one moment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from droneops.telemetry.live.discovered import DiscoveredCamera, DiscoveredGimbal
from droneops.telemetry.live.discovery import Request
from droneops.telemetry.live.link_state import LinkStatus
from droneops.telemetry.live.loss import LossCounts
from droneops.telemetry.live.rates import MessageRate
from droneops.telemetry.live.recorder import RecorderStatus
from droneops.telemetry.live.station import Station
from droneops.telemetry.live.vehicle import LiveVehicle
from droneops.telemetry.live.vitals import Vitals
from droneops.telemetry.signing import Verdict
from droneops.types import NoPose, Pose

# A vehicle sends tens of frames a second and a heartbeat every second: of ten seconds one would be good.
_UNBELIEVED_S = 10.0


@dataclass(frozen=True, slots=True)
class VehicleHealth:
    """One vehicle. ``refused``: why it is not followed, None if it is.

    ``last_heard_us``: our own clock, UTC microseconds. ``loss`` is of the autopilot's frames in the last ten
    seconds, ``loss_total`` since the beginning. ``pose`` is the newest there is, or why there is none.
    """

    drone_id: str
    system_id: int
    component_id: int
    peer: str
    mav_type: int | None
    autopilot: int | None
    is_armed: bool | None
    last_heard_us: int
    restarts: int
    refused: str | None
    loss: LossCounts
    loss_total: LossCounts
    vitals: Vitals
    rates: tuple[MessageRate, ...]
    requests: tuple[Request, ...]
    cameras: tuple[DiscoveredCamera, ...]
    gimbals: tuple[DiscoveredGimbal, ...]
    pose: Pose | NoPose | None
    warnings: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LinkHealth:
    """One link at ``time_us``, our own clock, UTC microseconds.

    ``signatures`` counts frames by verdict, None where no key is set; ``echoes`` are frames of our own that
    came back. ``warnings`` concern the link as a whole.
    """

    time_us: int
    link: LinkStatus
    vehicles: tuple[VehicleHealth, ...]
    other_components: int
    echoes: int
    signatures: dict[str, int] | None
    recording: RecorderStatus | None
    warnings: tuple[str, ...]


def health_of(station: Station, now_us: int, now_s: float) -> LinkHealth:
    """The health of a station's link; to be called by the thread that steps it."""
    roster = station.roster.snapshot()
    autopilots = {(v.autopilot.system_id, v.autopilot.component_id) for v in station.vehicles.values()}
    others = {(c.system_id, c.component_id) for c in roster.components} - autopilots
    verifier = station.signing.verifier if station.signing else None
    return LinkHealth(
        time_us=now_us,
        link=station.link.status(),
        vehicles=tuple(
            _vehicle(station, station.vehicles[n], now_us, now_s) for n in sorted(station.vehicles)
        ),
        other_components=len(others),
        echoes=roster.echoes,
        signatures={str(verdict): n for verdict, n in verifier.counts.items()} if verifier else None,
        recording=station.recorder.status() if station.recorder else None,
        warnings=_link_warnings(station, roster.echoes, now_s),
    )


def _vehicle(station: Station, vehicle: LiveVehicle, now_us: int, now_s: float) -> VehicleHealth:
    autopilot = vehicle.autopilot
    heartbeat = autopilot.heartbeat
    source = (autopilot.system_id, autopilot.component_id, autopilot.peer)
    duplicate = station.refused(autopilot.system_id)
    track = None if duplicate else vehicle.track.track()
    return VehicleHealth(
        drone_id=vehicle.track.drone_id,
        system_id=autopilot.system_id,
        component_id=autopilot.component_id,
        peer=autopilot.peer,
        mav_type=heartbeat.type if heartbeat else None,
        autopilot=heartbeat.autopilot if heartbeat else None,
        is_armed=heartbeat.is_armed if heartbeat else None,
        last_heard_us=autopilot.last_heard_us,
        restarts=vehicle.restarts,
        refused=duplicate.one_line() if duplicate else None,
        loss=station.loss.window(now_us).get(source, LossCounts()),
        loss_total=station.loss.total().get(source, LossCounts()),
        vitals=vehicle.vitals.now(now_us),
        rates=vehicle.rates.report(now_s),
        requests=vehicle.discovery.requests(),
        cameras=vehicle.discovery.cameras(),
        gimbals=vehicle.discovery.gimbals(),
        pose=track.at(track.last_us) if track and track.last_us is not None else None,
        warnings=track.warnings if track else (),
    )


def _link_warnings(station: Station, echoes: int, now_s: float) -> tuple[str, ...]:
    texts = []
    identity = station.identity
    if station.has_clash:
        number = identity.system_id
        texts.append(
            f"a vehicle has our own MAVLink system id {number}: nothing is sent (choose another for us)"
        )
    if station.signing_trouble:
        texts.append(station.signing_trouble)
    if station.signing is not None and now_s - station.opened_s >= _UNBELIEVED_S:
        texts += _unbelieved(station.signing.verifier.counts)
    if echoes:
        texts.append(
            f"{echoes} frames came with our own ids ({identity.system_id}/{identity.component_id}): another"
            " program on this link uses them, or our frames come back (give --our-system-id)"
        )
    return tuple(texts)


def _unbelieved(counts: Mapping[Verdict, int]) -> list[str]:
    """A line if frames come and none has a good signature; what needs none says nothing of the key."""
    refused = [(verdict, count) for verdict, count in counts.items() if count and not verdict.is_believed]
    if counts.get(Verdict.GOOD) or not refused:
        return []
    told = ", ".join(f"{count} {verdict}" for verdict, count in sorted(refused))
    return [f"no frame has a good signature: check the key and both clocks ({told})"]
