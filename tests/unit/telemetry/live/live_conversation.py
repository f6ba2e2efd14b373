"""Frames as they come over a link, and a vehicle that answers commands, for tests without a socket."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st

from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.commands import Commands
from droneops.telemetry.live.encode import encode
from droneops.telemetry.live.frame import LiveFrame, Outgoing
from droneops.telemetry.live.identity import Identity
from droneops.telemetry.live.roster import Component, Roster

PEER = "10.0.0.5:14550"
START_US = 1_760_000_000_000_000

QUADROTOR, GCS, CAMERA, GIMBAL, ONBOARD = 2, 6, 30, 26, 18
ARDUPILOT, PX4, NO_AUTOPILOT = 3, 12, 8


def frame_of(
    name: str,
    fields: Mapping[str, Any] | None = None,
    *,
    source: tuple[int, int] = (1, 1),
    seq: int = 0,
    peer: str = PEER,
    at_s: float = 0.0,
) -> LiveFrame:
    """A frame of a message, received ``at_s`` after START_US."""
    message = load_dialect().by_name[name]
    data = encode(message, fields or {}, system_id=source[0], component_id=source[1], seq=seq)
    return LiveFrame(
        received_us=START_US + round(at_s * 1e6),
        peer=peer,
        message_id=message.id,
        system_id=source[0],
        component_id=source[1],
        seq=seq & 0xFF,
        version=2,
        signed=False,
        is_known=True,
        data=data,
    )


def heartbeat_of(
    kind: int = QUADROTOR,
    autopilot: int = ARDUPILOT,
    *,
    source: tuple[int, int] = (1, 1),
    seq: int = 0,
    peer: str = PEER,
    at_s: float = 0.0,
) -> LiveFrame:
    """A HEARTBEAT."""
    fields = {"type": kind, "autopilot": autopilot, "mavlink_version": 3}
    return frame_of("HEARTBEAT", fields, source=source, seq=seq, peer=peer, at_s=at_s)


def component_of(beat: LiveFrame) -> Component:
    """The component that sent a HEARTBEAT."""
    roster = Roster(Identity())
    roster.hear(beat)
    return roster.snapshot().components[0]


def ack_of(
    command: int,
    result: int = 0,
    *,
    source: tuple[int, int] = (1, 1),
    target: tuple[int, int] = (246, 191),
) -> LiveFrame:
    """A COMMAND_ACK."""
    fields = {
        "command": command,
        "result": result,
        "target_system": target[0],
        "target_component": target[1],
    }
    return frame_of("COMMAND_ACK", fields, source=source)


Answer = Callable[[Outgoing], int | None]


def exchange(commands: Commands, answer: Answer, now_s: float) -> list[Outgoing]:
    """Sends what is due until no more is; ``answer`` gives each command's MAV_RESULT, None for no answer."""
    sent: list[Outgoing] = []
    while due := commands.due(now_s):
        for outgoing in due:
            sent.append(outgoing)
            result = answer(outgoing)
            fields = outgoing.fields
            source = (fields["target_system"], fields["target_component"])
            if result is not None:
                commands.hear(ack_of(fields["command"], result, source=source), now_s)
    return sent


_SOME_IDS = st.sampled_from(
    [0, 1, 2, 30, 31, 33, 65, 76, 77, 158, 193, 245, 259, 265, 269, 271, 280, 283, 285]
)


@st.composite
def any_frames(draw: st.DrawFn) -> LiveFrame:
    """A frame with a right checksum, or of an unknown message, and any content at all."""
    message_id = draw(st.one_of(_SOME_IDS, st.integers(0, 70_000)))
    payload = draw(st.one_of(st.binary(min_size=1, max_size=255), st.just(b"\xff" * 255)))
    system_id, component_id = (
        draw(st.sampled_from([1, 2, 246, 255])),
        draw(st.sampled_from([1, 100, 154, 191])),
    )
    header = bytes([len(payload), 0, 0, draw(st.integers(0, 255)), system_id, component_id])
    return LiveFrame(
        received_us=START_US + draw(st.integers(-(10**9), 10**9)),
        peer=draw(st.sampled_from(["a", "b", "c"])),
        message_id=message_id,
        system_id=system_id,
        component_id=component_id,
        seq=header[3],
        version=2,
        signed=False,
        is_known=message_id in load_dialect().by_id,
        data=b"\xfd" + header + message_id.to_bytes(3, "little") + payload + b"\0\0",
    )
