"""One person who watches one camera over a WebSocket."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine
from concurrent.futures import Future
from contextlib import suppress
from pathlib import Path
from typing import Any

from starlette.websockets import WebSocket, WebSocketDisconnect, WebSocketState

from droneops.sharing.board import Stream
from droneops.sharing.feed import show
from droneops.sharing.gate import Gate
from droneops.sharing.links import Link
from droneops.video.out.fragments import Piece

WAITING = 8
"""Pieces between the camera's thread and the viewer: a moment's hiccup. Beyond, the drone's process goes on
with the next key frame."""

SEND_S = 10.0
"""A viewer that takes nothing for so long is gone."""

ASK_S = 1.0
"""How soon a stream ends that may not be shown any more."""

TELL_US = 1_000_000


class Viewer:
    """Sends until the viewer goes, or may not see the stream any more."""

    def __init__(self, socket: WebSocket, gate: Gate, link: Link, stream: Stream, path: Path) -> None:
        self._socket, self._gate, self._link, self._stream = socket, gate, link, stream
        self._path, self._stop = path, threading.Event()
        self._pieces: asyncio.Queue[Piece] = asyncio.Queue(WAITING)
        self._told_us = 0
        self.sent_bytes = 0

    async def watch(self) -> None:
        """Returns when it is over; never raises for a viewer's sake."""
        loop = asyncio.get_running_loop()
        thread = threading.Thread(target=self._show, args=(loop,), name="viewer", daemon=True)
        thread.start()
        tasks = [asyncio.create_task(self._send()), asyncio.create_task(self._wait_for_the_end())]
        try:
            await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        finally:
            self._stop.set()
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)
            if self._socket.application_state == WebSocketState.CONNECTED:
                with suppress(RuntimeError, OSError):
                    await asyncio.wait_for(self._socket.close(1000), ASK_S)

    def _show(self, loop: asyncio.AbstractEventLoop) -> None:
        show(self._path, lambda piece: self._give(loop, piece), self._stop)

    def _give(self, loop: asyncio.AbstractEventLoop, piece: Piece) -> bool:
        """In the camera's thread: it reads no more than the viewer takes."""
        giving: Coroutine[Any, Any, None] = self._pieces.put(piece)
        try:
            given: Future[None] = asyncio.run_coroutine_threadsafe(giving, loop)
        except RuntimeError:
            giving.close()
            return False
        while not self._stop.is_set():
            with suppress(TimeoutError):
                given.result(ASK_S)
                return True
        given.cancel()
        return False

    async def _send(self) -> None:
        while True:
            piece = await self._pieces.get()
            async with asyncio.timeout(SEND_S):
                await self._tell(piece)
                await self._socket.send_bytes(piece.data)
            self.sent_bytes += len(piece.data)

    async def _tell(self, piece: Piece) -> None:
        """What the page must know of a piece: how to play it, and now and then how old it is."""
        told: dict[str, Any] = {} if piece.mime is None else {"mime": piece.mime}
        if abs(piece.captured_at_us - self._told_us) >= TELL_US:
            self._told_us = piece.captured_at_us
            told["at_us"] = piece.captured_at_us
        if told:
            await self._socket.send_json(told)

    async def _wait_for_the_end(self) -> None:
        hears = asyncio.create_task(self._hear())
        try:
            while not hears.done():
                await asyncio.wait([hears], timeout=ASK_S)
                leave = self._gate.still(self._link)
                if leave is None or self._stream not in leave.streams:
                    return
        finally:
            hears.cancel()
            with suppress(asyncio.CancelledError):
                await hears

    async def _hear(self) -> None:
        """A page says nothing; that it goes is heard here."""
        with suppress(WebSocketDisconnect, RuntimeError):
            while True:
                message = await self._socket.receive()
                if message["type"] == "websocket.disconnect":
                    return
