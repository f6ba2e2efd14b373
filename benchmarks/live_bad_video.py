"""A camera that misbehaves: what it sends instead of its film, by the word in a file beside the course.

""          the film
small       the film in another size, in mid-stream
h265        the film in H.265 in mid-stream: the description changes, and nobody is hung up on
garbage     pictures cut off in the middle and random bytes
slow        half as fast as it should, in bursts of a second, and all that is late at once at the end
clock+1h, clock-1h   sender reports by a clock that was stepped
twice       every RTP packet twice
"""

from __future__ import annotations

import struct
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from fractions import Fraction
from pathlib import Path
from random import Random

from droneops.simulation.encoding import Packet, packets_of
from droneops.simulation.rtsp.channel import Channel, Viewer
from droneops.simulation.rtsp.rtp import CLOCK_HZ, MOST_PAYLOAD_BYTES, PAYLOAD_TYPE, nal_units

FILMS = {"small": ("small.mp4", "libx264", (480, 270)), "h265": ("h265.mp4", "libx265", None)}
HOUR_US = 3_600_000_000
_FU_H265 = 49
_PARAMETER_SETS = {32: "sprop-vps", 33: "sprop-sps", 34: "sprop-pps"}


@dataclass
class BadVideo:
    """Publishes the pictures of ``films`` (by mode; "" is the good one) as the mode of ``path`` says."""

    path: Path
    films: dict[str, list[Packet]]
    description: bytes
    chance: Random = field(default_factory=lambda: Random(1))  # noqa: S311 - noise, no secret
    late: list[tuple[int, float, int]] = field(default_factory=list)
    was: str = ""

    def mode(self) -> str:
        """What is asked for now."""
        return self.path.read_text().strip() if self.path.exists() else ""

    def publish(self, channel: Channel, number: int, t_s: float, utc_us: int) -> None:
        """The picture of a number, or what stands for it."""
        mode = self.mode()
        if "h265" in (mode, self.was) and mode != self.was:
            channel.description = sdp_h265(self.films["h265"][0].data) if mode else self.description
        self.was = mode
        if mode == "slow":
            self.late.append((number, t_s, utc_us))
            due = len(self.late) // 2 if number % 25 == 0 else 0
        else:
            due = len(self.late)
            self.late.append((number, t_s, utc_us))
            due += 1
        for one in self.late[:due]:
            self._send(channel, mode, *one)
        del self.late[:due]

    def _send(self, channel: Channel, mode: str, number: int, t_s: float, utc_us: int) -> None:
        film = self.films.get(mode) or self.films[""]
        packet = film[number % len(film)]
        if mode == "h265":
            for viewer in channel.viewers:
                send_h265(viewer, packet, t_s, utc_us)
            return
        if mode == "garbage":
            packet = self._spoiled(packet)
        step_us = {"clock+1h": HOUR_US, "clock-1h": -HOUR_US}.get(mode, 0)
        if step_us:
            for viewer in channel.viewers:
                viewer.reported_s = None
        if mode == "twice":
            _publish_twice(channel, packet, t_s, utc_us)
        else:
            channel.publish(packet, t_s, utc_us + step_us)

    def _spoiled(self, packet: Packet) -> Packet:
        if self.chance.random() < 0.5:
            return replace(packet, data=packet.data[: max(len(packet.data) // 3, 5)])
        return replace(packet, data=b"\0\0\0\1" + self.chance.randbytes(2000))


def _publish_twice(channel: Channel, packet: Packet, t_s: float, utc_us: int) -> None:
    sends = {id(viewer): viewer.send for viewer in channel.viewers}

    def twice(viewer: Viewer, kind: int, data: bytes) -> None:
        for _ in range(2):
            sends[id(viewer)](kind, data)

    for viewer in channel.viewers:
        viewer.send = lambda kind, data, viewer=viewer: twice(viewer, kind, data)
    try:
        channel.publish(packet, t_s, utc_us)
    finally:
        for viewer in channel.viewers:
            viewer.send = sends.get(id(viewer), viewer.send)


def send_h265(viewer: Viewer, packet: Packet, t_s: float, utc_us: int) -> None:
    """A picture of H.265 in RTP (RFC 7798, 4.4.1 and 4.4.3), with a sender report before each key picture."""
    sender = viewer.sender
    if packet.is_key:
        viewer.send(1, sender.report(t_s, utc_us))
    payloads = [part for nal in nal_units(packet.data) for part in _payloads_h265(nal)]
    for k, payload in enumerate(payloads):
        marker = 0x80 if k == len(payloads) - 1 else 0
        head = struct.pack(
            ">BBHII", 0x80, marker | PAYLOAD_TYPE, sender.seq, sender.timestamp(t_s), sender.ssrc
        )
        viewer.send(0, head + payload)
        sender.seq = (sender.seq + 1) & 0xFFFF


def _payloads_h265(nal: bytes) -> Iterator[bytes]:
    if len(nal) <= MOST_PAYLOAD_BYTES:
        yield nal
        return
    kind, step = nal[0] >> 1 & 0x3F, MOST_PAYLOAD_BYTES - 3
    head, body = bytes([nal[0] & 0x81 | _FU_H265 << 1, nal[1]]), nal[2:]
    for at in range(0, len(body), step):
        ends = (0x80 if at == 0 else 0) | (0x40 if at + step >= len(body) else 0)
        yield head + bytes([ends | kind]) + body[at : at + step]


def sdp_h265(key_picture: bytes) -> bytes:
    """The description of the H.265 film (RFC 7798, 7.1)."""
    sets = {nal[0] >> 1 & 0x3F: b64encode(nal).decode() for nal in nal_units(key_picture)}
    told = ";".join(f"{name}={sets[kind]}" for kind, name in _PARAMETER_SETS.items() if kind in sets)
    lines = (
        "v=0\r\no=- 0 0 IN IP4 0.0.0.0\r\ns=h265\r\nc=IN IP4 0.0.0.0\r\nt=0 0\r\na=control:*",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H265/{CLOCK_HZ}",
        f"a=fmtp:{PAYLOAD_TYPE} {told}",
        "a=control:track0\r\n",
    )
    return "\r\n".join(lines).encode()


def other_films(film: Path, fps: int) -> dict[str, list[Packet]]:
    """The films in another size and codec that lie beside the good one."""
    found = {"small": film.with_name("small.mp4"), "h265": film.with_name("h265.mp4")}
    readers = {"small": packets_of, "h265": _packets_h265}
    return {name: list(readers[name](path, fps)) for name, path in found.items() if path.exists()}


def _packets_h265(path: Path, fps: int) -> Iterator[Packet]:
    import av
    from av.bitstream import BitStreamFilterContext

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        annex_b = BitStreamFilterContext("hevc_mp4toannexb", stream)
        for packet in container.demux(stream):
            if packet.pts is not None and packet.time_base is not None:
                number = round(packet.pts * packet.time_base * fps)
                for out in annex_b.filter(packet):
                    yield Packet(number, bool(out.is_keyframe), bytes(out))


def transcode(film: Path, modes: set[str], fps: int) -> None:
    """Make the other films that are asked for."""
    import av

    for mode in sorted(modes & FILMS.keys()):
        name, codec, size_px = FILMS[mode]
        with av.open(str(film)) as source, av.open(str(film.with_name(name)), "w") as out:
            options = {"preset": "ultrafast", "bf": "0", "x265-params": "log-level=none:bframes=0"}
            stream = out.add_stream(codec, rate=fps, options=options)
            first = source.streams.video[0]
            stream.width, stream.height = size_px or (first.width, first.height)
            stream.pix_fmt, stream.gop_size = "yuv420p", fps
            for frame in source.decode(video=0):
                made = frame.reformat(stream.width, stream.height)
                made.pict_type = 0
                made.time_base = Fraction(frame.time_base)
                out.mux(stream.encode(made))
            out.mux(stream.encode(None))
