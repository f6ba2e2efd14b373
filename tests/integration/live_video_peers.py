"""Cameras for tests of live video: a real RTSP server as a process, and a sender of MPEG-TS over UDP."""

from __future__ import annotations

import contextlib
import signal
import socket
import struct
import subprocess
import threading
import time
from collections.abc import Callable
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from droneops.telemetry.klv import KEY, checksum
from droneops.telemetry.live.now import system_clock
from droneops.types import Frame
from droneops.video.live.encoded import PacketSink
from droneops.video.live.health import VideoHealth, VideoState
from droneops.video.live.source import VideoSource
from droneops.video.live.stream import LiveVideo

DEBIAN_PYTHON = Path("/usr/bin/python3")
SERVER = Path(__file__).with_name("gst_rtsp_server.py")
NEEDED = "import gi; gi.require_version('GstRtspServer', '1.0'); from gi.repository import GstRtspServer"
FPS = 20


def unused_port() -> int:
    """A port that nobody uses, for UDP and TCP alike."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for_port(port: int, timeout_s: float = 15.0) -> None:
    """Returns when somebody listens on a TCP port."""
    deadline_s = time.monotonic() + timeout_s
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            if time.monotonic() > deadline_s:
                raise
            time.sleep(0.05)


def has_rtsp_server() -> bool:
    """Whether GStreamer's RTSP server is installed here."""
    if not DEBIAN_PYTHON.is_file():
        return False
    return subprocess.run([DEBIAN_PYTHON, "-c", NEEDED], capture_output=True).returncode == 0


def encoder(codec: str, width: int, height: int, *, gop: int = 10, bf: int = 0) -> av.VideoCodecContext:
    """An encoder that adds no delay but that of its B pictures."""
    context = av.CodecContext.create(codec, "w")
    context.width, context.height, context.pix_fmt = width, height, "yuv420p"
    context.time_base, context.framerate = Fraction(1, FPS), Fraction(FPS)
    context.options = {
        "g": str(gop),
        "bf": str(bf),
        "preset": "ultrafast",
        "tune": "zerolatency" if bf == 0 else "",
        "x265-params": "log-level=none",
        "sc_threshold": "0",
    }
    context.options = {key: value for key, value in context.options.items() if value}
    return context


def picture(k: int, width: int, height: int) -> av.VideoFrame:
    """A picture that differs from its neighbours."""
    image = np.zeros((height, width, 3), np.uint8)
    image[:, (4 * k) % width :] = 200
    frame = av.VideoFrame.from_ndarray(image, format="bgr24")
    frame.pts, frame.time_base = k, Fraction(1, FPS)
    return frame


def make_clip(
    path: Path, *, codec: str = "libx264", size=(320, 240), seconds: int = 60, gop: int = 10
) -> Path:
    """A video file for the server to play."""
    width, height = size
    with av.open(str(path), "w") as container:
        options = {"bf": "0", "g": str(gop), "preset": "ultrafast", "x265-params": "log-level=none"}
        stream = container.add_stream(codec, rate=FPS, options=options)
        stream.width, stream.height, stream.pix_fmt = width, height, "yuv420p"
        for k in range(seconds * FPS):
            container.mux(stream.encode(picture(k, width, height)))
        container.mux(stream.encode())
    return path


class RtspCamera:
    """A process that serves a video file; it can be killed, held and let go, and started anew."""

    def __init__(self, video: Path, port: int) -> None:
        self.video, self.port, self.codec = video, port, "h264"
        self.process: subprocess.Popen[bytes] | None = None

    def url(self, login: str = "") -> str:
        return f"rtsp://{login}127.0.0.1:{self.port}/main"

    def start(self) -> None:
        command = [DEBIAN_PYTHON, SERVER, self.video, str(self.port), self.codec]
        self.process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
        wait_for_port(self.port)

    def signal(self, number: int) -> None:
        assert self.process is not None
        self.process.send_signal(number)

    def kill(self) -> None:
        if self.process is not None:
            self.process.send_signal(signal.SIGCONT)
            self.process.kill()
            self.process.wait()
            self.process = None


def klv(time_us: int) -> bytes:
    """A packet of ST 0601 that holds its time alone."""
    body = KEY + bytes([14]) + b"\x02\x08" + struct.pack(">Q", time_us) + b"\x01\x02"
    return body + struct.pack(">H", checksum(body + b"\0\0"))


class _Datagrams:
    """A file for the multiplexer that sends whole TS packets, seven a datagram."""

    def __init__(self, port: int) -> None:
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._address = ("127.0.0.1", port)
        self._left = b""

    def write(self, data: bytes) -> int:
        self._left += bytes(data)
        while len(self._left) >= 1316:
            self.send(self._left[:1316])
            self._left = self._left[1316:]
        return len(data)

    def send(self, data: bytes) -> None:
        # Nobody may listen at the moment.
        with contextlib.suppress(ConnectionRefusedError):
            self._socket.sendto(data, self._address)

    def close(self) -> None:
        self._socket.close()


class UdpCamera:
    """Sends MPEG-TS with metadata to a port, in a thread, until `stop`.

    ``form`` (codec, width, height) may be changed at any time: another size goes on in the same stream,
    another codec begins a new one. ``is_silent`` pauses it, ``noise`` sends random bytes in between.
    ``late_us`` is what its stamps say the frames were taken before they leave; None sends no metadata.
    """

    def __init__(self, port: int, form: tuple[str, int, int], late_us: int | None = None) -> None:
        self.form, self.late_us = form, late_us
        self.is_silent = False
        self.noise: Callable[[], bytes] | None = None
        self._file = _Datagrams(port)
        self._begun_s = time.monotonic()
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, daemon=True)
        self._thread.start()

    def stop(self) -> None:
        self._stopped.set()
        self._thread.join(5)
        self._file.close()

    def _run(self) -> None:
        k = 0
        while not self._stopped.is_set():
            k = self._send_one_codec(self.form[0], k)

    def _send_one_codec(self, codec: str, k: int) -> int:
        options = {"flush_packets": "1", "pat_period": "0.2"}
        with av.open(self._file, "w", format="mpegts", options=options) as container:
            stream = container.add_stream(codec, rate=FPS, options={"x265-params": "log-level=none"})
            _, stream.width, stream.height = self.form
            stream.pix_fmt = "yuv420p"
            data = None if self.late_us is None else container.add_data_stream("klv")
            form, context = None, None
            while not self._stopped.is_set() and self.form[0] == codec:
                if self.form != form:
                    form = self.form
                    context = encoder(*form)
                k += 1
                # By the clock, so that the stamps of the stream run as fast as time does.
                time.sleep(max(0.0, self._begun_s + k / FPS - time.monotonic()))
                if self.is_silent:
                    continue
                if self.noise is not None:
                    self._file.send(self.noise())
                assert context is not None
                self._send(container, stream, data, context, k)
        return k

    def _send(self, container, stream, data, context, k: int) -> None:
        if data is not None:
            beside = av.Packet(klv(time.time_ns() // 1000 - self.late_us))
            beside.stream, beside.time_base = data, Fraction(1, FPS)
            beside.pts = beside.dts = k
            container.mux(beside)
        for packet in context.encode(picture(k, context.width, context.height)):
            packet.stream = stream
            packet.time_base = Fraction(1, FPS)
            container.mux(packet)


class Viewer:
    """A live video that a test looks at as the pipeline does; ``lines`` is what it told."""

    def __init__(
        self, source: str, looks_per_second: float | None = 5.0, sink: PacketSink | None = None
    ) -> None:
        self.lines: list[str] = []
        self.frames: list[Frame] = []
        self.video = LiveVideo(
            VideoSource.parse(source),
            drone_id="d1",
            camera_id="eo",
            looks_per_second=looks_per_second,
            clock=system_clock(),
            chance=lambda: 0.5,
            tell=self.lines.append,
            sink=sink,
        )
        self.video.start()

    def until(self, is_so: Callable[[VideoHealth], bool], timeout_s: float) -> float:
        """Looks on until something is so; returns how many seconds that took, fails when it takes longer."""
        begun_s = time.monotonic()
        while True:
            frame = self.video.take(0.02)
            if frame is not None:
                self.frames.append(frame)
            took_s = time.monotonic() - begun_s
            if is_so(self.video.health()):
                return took_s
            assert took_s < timeout_s, f"after {took_s:.1f} s: {self.video.health()}"

    def until_frames(self, count: int, timeout_s: float) -> float:
        """Looks on until ``count`` more frames were seen."""
        goal = len(self.frames) + count
        return self.until(lambda _: len(self.frames) >= goal, timeout_s)

    def until_state(self, *states: VideoState, timeout_s: float) -> float:
        """Looks on until the video is in one of these states."""
        return self.until(lambda health: health.state in states, timeout_s)
