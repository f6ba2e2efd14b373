"""Encoded packets as a live stream gives them, and what FFmpeg reads of what was made of them."""

from __future__ import annotations

import io
from fractions import Fraction

import av
import numpy as np

from droneops.video.live.encoded import EncodedPacket, StreamForm

FPS = 10
FRAME_US = 1_000_000 // FPS
START_US = 1_795_169_250_400_000
GOP = 10
NAME_OF = {"libx264": "h264", "libx265": "hevc"}


def packets(
    codec: str = "libx264",
    *,
    size: tuple[int, int] = (64, 48),
    count: int = 40,
    bf: int = 0,
    first_pts_us: int = 0,
    start_us: int = START_US,
    session: int = 1,
    global_header: bool = False,
    pix_fmt: str = "yuv420p",
) -> list[EncodedPacket]:
    """Pictures of a stripe that moves, a key frame every GOP."""
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = *size, pix_fmt
    context.time_base, context.framerate = Fraction(1, FPS), Fraction(FPS)
    x265 = f"log-level=none:keyint={GOP}:min-keyint={GOP}:scenecut=0:bframes={bf}:open-gop=0"
    context.options = {"g": str(GOP), "bf": str(bf), "sc_threshold": "0", "x265-params": x265}
    if global_header:
        context.flags |= 1 << 22
        context.options = {**context.options, "x265-params": x265 + ":repeat-headers=0"}
    encoded = [packet for k in range(count) for packet in context.encode(picture(k, size))]
    encoded += context.encode()
    extradata = bytes(context.extradata or b"") if global_header else b""
    form = StreamForm(session, NAME_OF[codec], extradata, *size)
    return [packet_of(one, form, first_pts_us, start_us) for one in encoded]


def picture(k: int, size: tuple[int, int]) -> av.VideoFrame:
    image = np.zeros((size[1], size[0], 3), np.uint8)
    image[:, 2 * k % size[0] :] = 220
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame.pts, frame.time_base = k, Fraction(1, FPS)
    return frame


def packet_of(packet: av.Packet, form: StreamForm, first_pts_us: int, start_us: int) -> EncodedPacket:
    pts_us, dts_us = packet.pts * FRAME_US, packet.dts * FRAME_US
    return EncodedPacket(
        form,
        bytes(packet),
        first_pts_us + pts_us,
        first_pts_us + dts_us,
        start_us + pts_us,
        packet.is_keyframe,
    )


def shown(made: list[EncodedPacket]) -> list[np.ndarray]:
    """What a decoder shows of packets, without any container."""
    context = av.CodecContext.create(made[0].form.codec, "r")
    if made[0].form.extradata:
        context.extradata = made[0].form.extradata
    whole = [av.Packet(one.data) for one in made]
    return [frame.to_ndarray(format="bgr24") for one in [*whole, None] for frame in context.decode(one)]


def read(data: bytes) -> tuple[list[np.ndarray], list[float], av.VideoCodecContext]:
    """The pictures and their seconds that FFmpeg finds in a file."""
    with av.open(io.BytesIO(data)) as container:
        stream = container.streams.video[0]
        frames = [(frame.to_ndarray(format="bgr24"), float(frame.time)) for frame in container.decode(stream)]
        return [one for one, _ in frames], [time for _, time in frames], stream.codec_context
