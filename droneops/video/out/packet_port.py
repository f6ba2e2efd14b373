"""Serves a camera's packets to other processes of this machine, over a Unix socket.

    client connects -> a form and packets (`packet_wire`) from the newest key frame on, then live

The camera's reader only puts packets into the ring and knocks; all sending is this thread's.
"""

from __future__ import annotations

import hashlib
import select
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from droneops.errors import OutputError
from droneops.telemetry.live.now import Clock
from droneops.video.live.encoded import EncodedPacket
from droneops.video.out.packet_client import short_address
from droneops.video.out.port_viewer import Viewer
from droneops.video.out.ring import PacketRing

MOST_VIEWERS = 8
"""The site's process for sharing takes one; a program of the operator's some more."""

TICK_S = 0.5
"""How often viewers that take nothing are looked for; all else wakes the thread."""

STOP_S = 0.5


def socket_path(folder: Path, drone_id: str, camera_id: str) -> Path:
    """Where a camera's packets are served; ``folder`` is <data folder>/run/video.

    The name is a digest: ids may be long, and a socket's address may not.
    """
    name = hashlib.sha256(f"{drone_id}\n{camera_id}".encode()).hexdigest()[:16]
    return folder / f"{name}.sock"


class PacketPort:
    """A `PacketSink` that keeps packets in ``ring`` and serves them from `start` to `stop`."""

    def __init__(self, path: Path, ring: PacketRing, clock: Clock, tell: Callable[[str], None]) -> None:
        self._path, self.ring, self._clock, self._tell = path, ring, clock, tell
        self._listener: socket.socket | None = None
        self._woken: socket.socket | None = None
        self._knock: socket.socket | None = None
        self._stopped = threading.Event()
        self._viewers: dict[int, Viewer] = {}
        self._thread = threading.Thread(target=self._run, name=f"serve {path.stem}", daemon=True)

    def __call__(self, packet: EncodedPacket) -> None:
        """Keep a packet and have it sent; never waits."""
        self.ring(packet)
        if self._viewers:
            self._wake()

    def start(self) -> None:
        """Begin to serve, in the place of whoever did so before; without a socket the ring is kept still."""
        try:
            self._listener = _listener(self._path)
        except OutputError as error:
            self._tell(f"video is not shared: {error.one_line()}")
            return
        self._woken, self._knock = socket.socketpair()
        self._woken.setblocking(False)
        self._knock.setblocking(False)
        self._thread.start()

    def stop(self) -> None:
        """End at once; all viewers are hung up on."""
        self._stopped.set()
        self._wake()
        if self._thread.is_alive():
            self._thread.join(STOP_S)

    def _wake(self) -> None:
        if self._knock is not None:
            # A socket that is full wakes as well; one that is closed has nobody to wake.
            with suppress(OSError):
                self._knock.send(b"!")

    def _run(self) -> None:
        listener, woken, knock = self._listener, self._woken, self._knock
        assert listener is not None and woken is not None and knock is not None  # noqa: S101 - as `start` does
        try:
            while not self._stopped.is_set():
                self._step(listener, woken)
        finally:
            for viewer in self._viewers.values():
                viewer.close()
            for end in (listener, woken, knock):
                end.close()
            with suppress(OSError):
                self._path.unlink(missing_ok=True)

    def _step(self, listener: socket.socket, woken: socket.socket) -> None:
        poller = select.poll()
        poller.register(woken, select.POLLIN)
        poller.register(listener, select.POLLIN)
        for number, viewer in self._viewers.items():
            poller.register(number, select.POLLIN | (select.POLLOUT if viewer.waits else 0))
        ready = {number for number, _ in poller.poll(round(TICK_S * 1000))}
        if woken.fileno() in ready:
            with suppress(BlockingIOError):
                woken.recv(1 << 16)
        if listener.fileno() in ready:
            self._accept(listener)
        now_s = self._clock.monotonic_s()
        for number, viewer in list(self._viewers.items()):
            viewer.serve(self.ring, now_s, has_news=number in ready)
            if viewer.is_gone:
                self._viewers.pop(number).close()

    def _accept(self, listener: socket.socket) -> None:
        try:
            connected, _ = listener.accept()
        except OSError:
            return
        if len(self._viewers) >= MOST_VIEWERS:
            connected.close()
            return
        connected.setblocking(False)
        begin = self.ring.newest_key()
        self._viewers[connected.fileno()] = Viewer(connected, begin, self._clock.monotonic_s())


def _listener(path: Path) -> socket.socket:
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        path.parent.chmod(0o700)
        path.unlink(missing_ok=True)
        with short_address(path) as address:
            listener.bind(address)
        path.chmod(0o600)
        listener.listen(MOST_VIEWERS)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        mend = "the data folder must be the service's own"
        raise OutputError(error.strerror or str(error), where=str(path), mend=mend) from None
    return listener
