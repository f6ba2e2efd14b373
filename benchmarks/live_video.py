"""CPU that decoding one live stream takes, for all of its frames and for those looked at alone.

    python benchmarks/live_video.py [--json] [--seconds 10]

A made scene (texture that pans under noise) is encoded once for each form, and its packets go through the
very parts of droneops.video.live at the pace of their time stamps, without waiting. CPU seconds of the
process are counted, not the clock on the wall, so that what else the machine does matters little; all figures
to be compared are from one run.
"""

from __future__ import annotations

import argparse
import json
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass
from fractions import Fraction
from types import SimpleNamespace

import av
import numpy as np

from droneops.telemetry.live.now import Clock
from droneops.video.live.capture_clock import CaptureTime
from droneops.video.live.connection import Connection
from droneops.video.live.disposable import is_disposable
from droneops.video.live.gop import Arrived
from droneops.video.live.inbox import Inbox
from droneops.video.live.pace import Pace
from droneops.video.looks import Looks
from droneops.video.misp import NalFormat

FPS = 30


@dataclass(frozen=True, slots=True)
class Form:
    """A stream as cameras send them."""

    codec: str
    height_px: int
    gop: int
    b_pictures: int

    @property
    def width_px(self) -> int:
        return self.height_px * 16 // 9

    @property
    def name(self) -> str:
        codec = {"libx264": "H.264", "libx265": "H.265"}[self.codec]
        order = f", {self.b_pictures} B pictures" if self.b_pictures else ""
        return f"{codec} {self.height_px}p{FPS}, key frame every {self.gop / FPS:g} s{order}"


@dataclass(frozen=True, slots=True)
class Row:
    """What one second of a stream costs. ``of_all`` is the ratio to decoding and converting every frame."""

    form: str
    mbit_per_s: float
    looks_per_s: float | None
    decoded_of_all: float
    cpu_ms_per_s: float
    of_all: float


FORMS = (
    Form("libx264", 720, 30, 0),
    Form("libx264", 1080, 30, 0),
    Form("libx264", 1080, 60, 0),
    Form("libx264", 1080, 300, 0),
    Form("libx264", 1080, 30, 2),
    Form("libx265", 1080, 30, 0),
)


def encoded(form: Form, seconds: float) -> list[av.Packet]:
    """The packets of a made scene."""
    context = av.CodecContext.create(form.codec, "w")
    context.width, context.height, context.pix_fmt = form.width_px, form.height_px, "yuv420p"
    context.time_base, context.framerate = Fraction(1, FPS), Fraction(FPS)
    x265 = f"log-level=none:keyint={form.gop}:min-keyint={form.gop}:scenecut=0:bframes={form.b_pictures}"
    context.options = {
        "preset": "veryfast" if form.codec == "libx264" else "ultrafast",
        "crf": "27",
        "g": str(form.gop),
        "bf": str(form.b_pictures),
        "sc_threshold": "0",
        "x265-params": x265,
    }
    rng = np.random.default_rng(5)
    coarse = rng.integers(40, 200, (form.height_px // 8 + 8, form.width_px // 8 + 128, 3), np.uint8)
    texture = np.kron(coarse, np.ones((8, 8, 1), np.uint8))
    grain = rng.integers(0, 24, (form.height_px, form.width_px, 3), np.uint8)
    packets = []
    for k in range(round(seconds * FPS)):
        x = 3 * k % 512
        image = texture[: form.height_px, x : x + form.width_px] + np.roll(grain, 5 * k, axis=1)
        frame = av.VideoFrame.from_ndarray(np.ascontiguousarray(image), format="bgr24")
        frame.pts, frame.time_base = k, Fraction(1, FPS)
        packets += context.encode(frame)
    return packets + context.encode()


def arrivals(packets: list[av.Packet], nal: NalFormat, looks_per_s: float | None) -> list[Arrived]:
    """The packets as a reader hands them on."""
    looks = Looks(looks_per_s)
    return [
        Arrived(
            packet=packet,
            seq=number,
            pts_us=(pts_us := round(packet.pts * 1_000_000 / FPS)),
            captured=CaptureTime(pts_us, "receipt", 0.3),
            is_key=packet.is_keyframe,
            is_disposable=is_disposable(bytes(packet), nal),
            is_wanted=looks.wants(pts_us),
            received_s=pts_us / 1e6,
        )
        for number, packet in enumerate(packets)
    ]


def cpu_s(codec: str, arrived: list[Arrived], looks_per_s: float | None) -> tuple[float, int, int]:
    """CPU seconds to decode what the looks need and turn it into BGR; packets decoded; frames looked at."""
    context = av.CodecContext.create(codec, "r")
    context.thread_count = 1
    reader = SimpleNamespace(
        inbox=Inbox(), decoder_context=context, last_packet_s=0.0, failure=None, codec=codec, where=""
    )
    # Time stands at the packet's own: so it is never late, and nothing is shed.
    now_s = 0.0
    pace = Pace(lambda: now_s, lambda: 0.5)
    connection = Connection(reader, looks_per_s, Clock(lambda: 0, lambda: now_s), pace)
    never: Callable[[], bool] = lambda: False  # noqa: E731 - shorter than a function of its own
    looked, begun_s = 0, time.process_time()
    for one in arrived:
        now_s = one.received_s
        reader.inbox.put(one)
        for decoded in connection.step(0.0, never):
            decoded.picture.to_ndarray(format="bgr24")
            looked += 1
    return time.process_time() - begun_s, connection.decoded, looked


def rows(form: Form, seconds: float) -> list[Row]:
    """Every frame, 5 and 2 looks a second, of one form."""
    packets = encoded(form, seconds)
    codec = {"libx264": "h264", "libx265": "hevc"}[form.codec]
    nal = NalFormat(is_h265=codec == "hevc", length_bytes=0)
    mbit = 8e-6 * sum(packet.size for packet in packets) / seconds
    found: list[Row] = []
    for looks_per_s in (None, 5.0, 2.0):
        arrived = arrivals(packets, nal, looks_per_s)
        took_s, decoded, _ = min(cpu_s(codec, arrived, looks_per_s) for _ in range(2))
        whole_s = found[0].cpu_ms_per_s * seconds / 1e3 if found else took_s
        share, cost_ms = decoded / len(packets), 1e3 * took_s / seconds
        found.append(Row(form.name, round(mbit, 1), looks_per_s, share, cost_ms, took_s / whole_s))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--seconds", type=float, default=10.0)
    arguments = parser.parse_args()
    found = [row for form in FORMS for row in rows(form, arguments.seconds)]
    if arguments.json:
        print(json.dumps([asdict(row) for row in found], indent=2))
        return
    for row in found:
        looks = "all" if row.looks_per_s is None else f"{row.looks_per_s:g}/s"
        print(
            f"{row.form:56} {row.mbit_per_s:5.1f} Mbit/s  looks {looks:>4}  decoded {row.decoded_of_all:4.0%}"
            f"  CPU {row.cpu_ms_per_s:5.0f} ms/s  {row.of_all:4.0%} of all"
        )


if __name__ == "__main__":
    main()
