"""A camera whose packets are served as a drone's process serves them, and a sharing server before it."""

from __future__ import annotations

import socket
import ssl
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from droneops.sharing.board import Shared, Stream, write_board
from droneops.sharing.links import Links
from droneops.telemetry.live.now import system_clock
from droneops.video.live.encoded import EncodedPacket, StreamForm
from droneops.video.out.packet_port import PacketPort, socket_path
from droneops.video.out.ring import PacketRing

FPS, GOP, SIZE = 25, 25, (320, 180)
STREAM = Stream("patrol-1", "eo")
INCIDENT = "1d6c2f0a-0000-5000-8000-000000000001"


@dataclass
class Camera:
    """Sends a moving stripe; ``sent`` is what it sent."""

    folder: Path
    sent: list[EncodedPacket] = field(default_factory=list)
    _stop: threading.Event = field(default_factory=threading.Event)

    @contextmanager
    def running(self) -> Iterator[Camera]:
        path = socket_path(self.folder / "run" / "video", STREAM.drone_id, STREAM.camera_id)
        port = PacketPort(path, PacketRing(), system_clock(), lambda _: None)
        port.start()
        thread = threading.Thread(target=self._run, args=(port,), daemon=True)
        thread.start()
        try:
            yield self
        finally:
            self._stop.set()
            thread.join(5.0)
            port.stop()

    def _run(self, port: PacketPort) -> None:
        context = av.CodecContext.create("libx264", "w")
        context.width, context.height, context.pix_fmt = *SIZE, "yuv420p"
        context.time_base, context.framerate = Fraction(1, FPS), Fraction(FPS)
        context.options = {"g": str(GOP), "bf": "0", "tune": "zerolatency", "preset": "ultrafast"}
        form, k, begun_s = StreamForm(1, "h264", b"", *SIZE), 0, time.monotonic()
        while not self._stop.wait(max(begun_s + k / FPS - time.monotonic(), 0.0)):
            image = np.zeros((SIZE[1], SIZE[0], 3), np.uint8)
            image[:, 4 * k % SIZE[0] :] = 220
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = k, Fraction(1, FPS)
            for packet in context.encode(frame):
                at_us, stamp_us = time.time_ns() // 1000, packet.pts * 1_000_000 // FPS
                one = EncodedPacket(form, bytes(packet), stamp_us, stamp_us, at_us, packet.is_keyframe)
                self.sent.append(one)
                port(one)
            k += 1


@dataclass
class Server:
    """A running sharing server. ``say`` is what the site's process says each second."""

    folder: Path
    port: int
    process: subprocess.Popen[bytes]
    links: Links

    @property
    def base(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def link(self, agency: str = "police", minutes: float = 5.0) -> str:
        token, _ = self.links.make(INCIDENT, agency, time.time_ns() // 1000, minutes)
        return f"/v/{token}"

    def say(self, *streams: Stream, agencies: tuple[str, ...] = ("police",), is_on: bool = True) -> None:
        shared = Shared(INCIDENT, "ลอบตัดไม้", "Illegal <logging>", agencies, streams)
        write_board(self.folder, time.time_ns() // 1000, [shared] if is_on else [])

    def get(self, path: str, tls: ssl.SSLContext | None = None) -> tuple[int, bytes, dict[str, str]]:
        """Status, body, and headers by their names in small letters."""
        address = self.base.replace("http:", "https:") if tls else self.base
        try:
            with urllib.request.urlopen(address + path, timeout=5.0, context=tls) as answer:  # noqa: S310 - loopback
                return answer.status, answer.read(), {k.lower(): v for k, v in answer.headers.items()}
        except urllib.error.HTTPError as error:
            return error.code, error.read(), {k.lower(): v for k, v in error.headers.items()}


@contextmanager
def sharing_server(folder: Path, tls: tuple[Path, Path] | None = None) -> Iterator[Server]:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = int(free.getsockname()[1])
    files = "" if tls is None else f'cert_file = "{tls[0]}"\nkey_file = "{tls[1]}"\n'
    site = folder / "site.toml"
    site.write_text(
        f'[site]\nid = "test"\ndata_dir = "."\n[sharing]\nurl = "http://127.0.0.1:{port}"\n'
        f'bind = "127.0.0.1:{port}"\n{files}'
    )
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(
        [sys.executable, "-m", "droneops.sharing.process", str(site), "console"], stdout=log, stderr=log
    )
    server = Server(folder, port, process, Links(folder))
    try:
        wait_for(server)
        yield server
    finally:
        process.terminate()
        assert process.wait(5.0) is not None
        log.close()


def wait_for(server: Server) -> None:
    end_s = time.monotonic() + 30.0
    while time.monotonic() < end_s and server.process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", server.port), 1.0):
                return
        except OSError:
            time.sleep(0.1)
    raise AssertionError((server.folder / "server.log").read_text())
