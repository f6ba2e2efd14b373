"""Waiting that another thread can end at once."""

from __future__ import annotations

import math
import select
import socket
from contextlib import suppress


class Waker:
    """``wait`` blocks one thread; ``wake``, from any other, ends that wait, or the next one if none is on."""

    def __init__(self) -> None:
        self._receiver, self._sender = socket.socketpair()
        self._receiver.setblocking(False)
        self._sender.setblocking(False)

    def wake(self) -> None:
        """End the wait. Never blocks, and does nothing once closed."""
        # A full pipe has been woken already.
        with suppress(OSError):
            self._sender.send(b"\0")

    def wait(self, timeout_s: float, fd: int | None = None, events: int = select.POLLIN) -> bool:
        """Wait for ``events`` on ``fd``. Returns whether it is ready (or broken): not on time out or wake."""
        poller = select.poll()
        poller.register(self._receiver, select.POLLIN)
        if fd is not None:
            poller.register(fd, events)
        # Rounded up: a wait that ends a fraction early would be repeated in a busy loop.
        ready = {ready_fd for ready_fd, _ in poller.poll(math.ceil(max(timeout_s, 0.0) * 1000))}
        if self._receiver.fileno() in ready:
            self._drain()
        return fd is not None and fd in ready

    def close(self) -> None:
        """Give the descriptors back; no wait may be going on."""
        self._receiver.close()
        self._sender.close()

    def _drain(self) -> None:
        with suppress(BlockingIOError):
            while len(self._receiver.recv(4096)) == 4096:
                pass
