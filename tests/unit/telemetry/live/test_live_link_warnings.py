"""What is said of a whole link: signatures that none believes, and ids that somebody else uses."""

from __future__ import annotations

from typing import cast

from live_conversation import START_US, frame_of, heartbeat_of

from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.live.health import health_of
from droneops.telemetry.live.link import Link
from droneops.telemetry.live.now import Clock
from droneops.telemetry.live.station import Signing, Station
from droneops.telemetry.signing import Signer, SigningKey, Verifier

KEY = SigningKey(b"k" * 32)
OURS = (246, 191)


class Wire:
    """In place of a link: hands in what is put into ``coming``."""

    def __init__(self) -> None:
        self.coming: list[LiveFrame] = []

    def poll(self, _timeout_s: float) -> list[LiveFrame]:
        frames, self.coming = self.coming, []
        return frames

    def status(self) -> None:
        return None


def warnings_after(seconds: float, frames: list[LiveFrame], *, signed: bool) -> tuple[str, ...]:
    """Those of a link that was opened so many seconds ago and brought these frames."""
    now_s, wire = [50.0], Wire()
    clock = Clock(lambda: START_US + round(now_s[0] * 1e6), lambda: now_s[0])
    signing = Signing(Verifier(KEY), Signer(KEY, 1)) if signed else None
    station = Station(cast(Link, wire), clock, signing=signing, listen_only=True)
    wire.coming = frames
    now_s[0] += seconds
    station.step(0)
    return health_of(station, clock.utc_us(), clock.monotonic_s()).warnings


def test_frames_of_which_none_has_a_good_signature_are_said_with_the_reasons() -> None:
    beats = [heartbeat_of(seq=number) for number in range(3)]
    assert warnings_after(11, beats, signed=True) == (
        "no frame has a good signature: check the key and both clocks (3 unsigned)",
    )


def test_a_radio_that_needs_no_signature_does_not_hide_that_the_vehicle_has_no_good_one() -> None:
    frames = [heartbeat_of(), frame_of("RADIO_STATUS", {"rssi": 200}, source=(51, 68))]
    assert "check the key and both clocks (1 unsigned)" in warnings_after(11, frames, signed=True)[0]


def test_nothing_is_said_of_signatures_before_10_s_without_frames_and_without_a_key() -> None:
    beats = [heartbeat_of(seq=number) for number in range(3)]
    assert warnings_after(9, beats, signed=True) == ()
    assert warnings_after(11, [], signed=True) == ()
    assert warnings_after(11, beats, signed=False) == ()


def test_frames_with_our_own_ids_are_said_with_the_mend() -> None:
    said = warnings_after(1, [heartbeat_of(source=OURS), heartbeat_of(source=OURS, seq=1)], signed=False)
    assert len(said) == 1
    assert said[0].startswith("2 frames came with our own ids (246/191)")
    assert "--our-system-id" in said[0]
