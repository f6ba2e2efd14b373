"""Pictures into H.264 in an MP4, and out of it again as packets. The only place here that imports PyAV."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import numpy as np
import numpy.typing as npt

# The clock of RTP video (RFC 6184, 8.2.1).
CLOCK_HZ = 90_000


@dataclass(frozen=True, slots=True)
class Packet:
    """One picture as it goes over a link: ``data`` in Annex B, parameter sets before each key picture."""

    number: int
    is_key: bool
    data: bytes


def encode_mp4(
    path: Path,
    pictures: Iterable[tuple[int, npt.NDArray[np.uint8]]],
    size: tuple[int, int],
    fps: int,
    kbit_s: int,
) -> None:
    """Writes numbered BGR pictures of one size; a number left out is a gap in time.

    A key picture a second and no reordering, as a drone's encoder does for a live link; one thread, so that
    the same pictures make the same bytes.
    """
    import av
    from av.video.stream import VideoStream

    with av.open(str(path), "w", options={"movflags": "+faststart"}) as container:
        options = {"preset": "veryfast", "tune": "zerolatency", "x264-params": "scenecut=0"}
        stream = container.add_stream("libx264", rate=fps, options=options)
        assert isinstance(stream, VideoStream)  # noqa: S101 - the codec is one of video
        stream.width, stream.height = size
        stream.pix_fmt = "yuv420p"
        stream.gop_size = fps
        stream.max_b_frames = 0
        stream.bit_rate = kbit_s * 1000
        stream.codec_context.thread_count = 1
        stream.codec_context.time_base = Fraction(1, fps)
        for number, picture in pictures:
            frame = av.VideoFrame.from_ndarray(picture, format="bgr24")
            frame.pts, frame.time_base = number, Fraction(1, fps)
            container.mux(stream.encode(frame))
        container.mux(stream.encode(None))


def packets_of(path: Path, fps: int) -> Iterator[Packet]:
    """The packets of a film written by `encode_mp4`, in order."""
    import av
    from av.bitstream import BitStreamFilterContext

    with av.open(str(path)) as container:
        stream = container.streams.video[0]
        annex_b = BitStreamFilterContext("h264_mp4toannexb", stream)
        for packet in container.demux(stream):
            if packet.pts is None or packet.time_base is None:
                continue
            number = round(packet.pts * packet.time_base * fps)
            for out in annex_b.filter(packet):
                yield Packet(number, bool(out.is_keyframe), bytes(out))
