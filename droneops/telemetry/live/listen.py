"""Opens a link, listens for as long as wanted, and says every second how it is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from droneops.errors import OutputError
from droneops.telemetry.live.address import parse_address
from droneops.telemetry.live.health import LinkHealth, health_of
from droneops.telemetry.live.identity import Identity
from droneops.telemetry.live.link import make_link
from droneops.telemetry.live.now import Clock
from droneops.telemetry.live.recorder import TlogRecorder
from droneops.telemetry.live.station import DroneOnLink, Signing, Station
from droneops.telemetry.signing import Signer, SigningKey, Verifier
from droneops.telemetry.signing_state import SigningState, read_signing_state

# Long enough to cost nothing, short enough that a stop is not felt.
_STEP_S = 0.1
_TELL_EVERY_S = 1.0


@dataclass(frozen=True, slots=True)
class LinkRequest:
    """What to listen to and how. ``record``: the folder for .tlog files, None for no recording.

    ``signing_state``: the file that keeps the signing timestamps between runs, None to keep none.
    """

    address: str
    our_system_id: int = Identity().system_id
    drones: Sequence[DroneOnLink] = ()
    record: Path | None = None
    name: str = "link"
    signing_key: SigningKey | None = None
    signing_state: Path | None = None
    listen_only: bool = False


def open_station(request: LinkRequest, clock: Clock, chance: Callable[[], float]) -> Station:
    """The station for a request; the link opens on its first step.

    Raises:
        UsageError: the address or our system id is none that can be used.
        OutputError: the folder for recordings cannot be made.
    """
    address = parse_address(request.address)
    identity = Identity(system_id=request.our_system_id)
    recorder = _recorder(request)
    return Station(
        make_link(address, clock, chance),
        clock,
        identity=identity,
        drones=request.drones,
        recorder=recorder,
        signing=_signing(request, identity),
        listen_only=request.listen_only,
    )


def listen(
    station: Station, clock: Clock, *, seconds: float | None, tell: Callable[[LinkHealth], None]
) -> LinkHealth:
    """Steps the station until ``seconds`` have passed (None: until interrupted), telling its health.

    Returns the last health. The station is closed whatever happens.
    """
    try:
        end_s = clock.monotonic_s() + seconds if seconds is not None else float("inf")
        next_s = clock.monotonic_s() + _TELL_EVERY_S
        while (now_s := clock.monotonic_s()) < end_s:
            station.step(min(_STEP_S, end_s - now_s))
            if (now_s := clock.monotonic_s()) >= next_s:
                # What a suspended machine missed is not told afterwards in a burst.
                next_s = (next_s if now_s - next_s < _TELL_EVERY_S else now_s) + _TELL_EVERY_S
                tell(health_of(station, clock.utc_us(), clock.monotonic_s()))
    except KeyboardInterrupt:
        pass  # how a person ends listening
    except BaseException:
        station.close()
        raise
    last = health_of(station, clock.utc_us(), clock.monotonic_s())
    station.close()
    if station.recorder is None or last.recording is None:
        return last
    # A closed recorder names no file any more; who listened wants to know which one to keep.
    return replace(last, recording=replace(station.recorder.status(), file=last.recording.file))


def _recorder(request: LinkRequest) -> TlogRecorder | None:
    if request.record is None:
        return None
    try:
        request.record.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutputError(
            f"cannot hold recordings: {error.strerror}", where=str(request.record), mend="name another folder"
        ) from error
    return TlogRecorder(request.record, request.name)


def _signing(request: LinkRequest, identity: Identity) -> Signing | None:
    if request.signing_key is None:
        return None
    path = request.signing_state
    state = read_signing_state(path) if path else SigningState()
    return Signing(
        Verifier(request.signing_key, timestamp_floor=state.believed),
        # The link id tells apart the ways over which one sender speaks; we have one way.
        Signer(request.signing_key, link_id=identity.component_id, timestamp_floor=state.sent),
        path,
    )
