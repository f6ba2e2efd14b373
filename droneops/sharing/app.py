"""The addresses of the sharing server, and what each answers. The only user of starlette."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import HTTPConnection, Request
from starlette.responses import FileResponse, HTMLResponse, JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from droneops.errors import DroneopsError
from droneops.sharing.board import Stream
from droneops.sharing.gate import Gate, Leave
from droneops.sharing.hls_room import HlsRoom
from droneops.sharing.page import closed_page, now_of, page
from droneops.sharing.viewer import Viewer
from droneops.sharing.watched import Watched, WatchLog
from droneops.video.out.clips import CLIPS
from droneops.video.out.packet_port import socket_path

SEGMENT = re.compile(r"(init)?([0-9]{1,9})\.(m4s|mp4)")
CLIP = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,200}\.mp4")

HEADERS = {
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "X-Frame-Options": "DENY",
    "Permissions-Policy": "camera=(), microphone=(), geolocation=()",
    "Content-Security-Policy": "default-src 'none'",
}
"""The address is the key: nothing may keep it or pass it on."""

DENIED = 404
"""A link that is over and one that never was look alike."""


@dataclass(slots=True)
class Sharing:
    """What the server shows. ``viewers_max`` WebSockets at once."""

    data_dir: Path
    gate: Gate
    log: WatchLog
    hls: HlsRoom
    now_us: Callable[[], int]
    viewers_max: int
    viewers: int = 0

    def socket_of(self, stream: Stream) -> Path:
        """Where a camera's packets are."""
        return socket_of(self.data_dir, stream)


def socket_of(data_dir: Path, stream: Stream) -> Path:
    """Where a camera's packets are."""
    return socket_path(data_dir / "run" / "video", stream.drone_id, stream.camera_id)


def app_of(sharing: Sharing) -> Starlette:
    """The server's addresses."""
    app = Starlette(
        routes=[
            Route("/v/{token}", _page),
            Route("/v/{token}/now", _now),
            Route("/v/{token}/clips/{name}", _clip),
            Route("/v/{token}/{drone}/{camera}/index.m3u8", _playlist),
            Route("/v/{token}/{drone}/{camera}/{part}", _part),
            WebSocketRoute("/v/{token}/{drone}/{camera}/ws", _watch),
        ]
    )
    app.state.sharing = sharing
    return app


async def _page(request: Request) -> Response:
    leave = _leave(request)
    if leave is None:
        return HTMLResponse(closed_page(), DENIED, HEADERS)
    nonce = secrets.token_urlsafe(12)
    policy = (
        f"default-src 'none'; script-src 'nonce-{nonce}'; style-src 'nonce-{nonce}'; connect-src 'self';"
        " media-src 'self' blob:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    return HTMLResponse(page(leave, nonce), headers=HEADERS | {"Content-Security-Policy": policy})


async def _now(request: Request) -> Response:
    leave = _leave(request)
    if leave is None:
        return _denied()
    return JSONResponse(now_of(leave) | {"clips": _clips(request, leave)}, headers=HEADERS)


async def _playlist(request: Request) -> Response:
    leave, stream = _leave(request), _stream(request)
    if leave is None or stream not in leave.streams:
        return _denied()
    sharing = _sharing(request)
    text = sharing.hls.feed(stream).playlist()
    sharing.hls.count(stream, _watched(request, leave, _name(stream), "hls", len(text)))
    return Response(text, media_type="application/vnd.apple.mpegurl", headers=HEADERS)


async def _part(request: Request) -> Response:
    leave, stream = _leave(request), _stream(request)
    asked = SEGMENT.fullmatch(request.path_params["part"])
    sharing = _sharing(request)
    if leave is None or stream not in leave.streams or asked is None or stream not in sharing.hls.feeds:
        return _denied()
    feed, number = sharing.hls.feed(stream), int(asked[2])
    data = await run_in_threadpool(feed.init if asked[1] else feed.segment, number)
    if data is None:
        return _denied()
    sharing.hls.count(stream, _watched(request, leave, _name(stream), "hls", len(data)))
    return Response(data, media_type="video/mp4", headers=HEADERS)


async def _clip(request: Request) -> Response:
    leave, name = _leave(request), request.path_params["name"]
    if leave is None or name not in _clips(request, leave):
        return _denied()
    path = _clip_folder(request, leave) / name
    watched = _watched(request, leave, name, "clip", path.stat().st_size)
    _sharing(request).log.write(watched, "ended")
    return FileResponse(path, media_type="video/mp4", headers=HEADERS)


async def _watch(socket: WebSocket) -> None:
    leave, stream = _leave(socket), _stream(socket)
    sharing = _sharing(socket)
    is_full = sharing.viewers >= sharing.viewers_max
    if leave is None or stream not in leave.streams or not _is_own(socket) or is_full:
        await socket.close(1013 if is_full else 1008)
        return
    sharing.viewers += 1
    try:
        watched = _watched(socket, leave, _name(stream), "ws", 0)
        await run_in_threadpool(sharing.log.write, watched, "begun")
        await socket.accept()
        viewer = Viewer(socket, sharing.gate, leave.link, stream, sharing.socket_of(stream))
        try:
            await viewer.watch()
        finally:
            ended = _watched(socket, leave, _name(stream), "ws", viewer.sent_bytes, watched.from_us)
            await run_in_threadpool(sharing.log.write, ended, "ended")
    finally:
        sharing.viewers -= 1


def _sharing(connection: HTTPConnection) -> Sharing:
    sharing: Sharing = connection.app.state.sharing
    return sharing


def _leave(connection: HTTPConnection) -> Leave | None:
    try:
        return _sharing(connection).gate.leave(connection.path_params["token"])
    except DroneopsError:
        return None


def _stream(connection: HTTPConnection) -> Stream:
    return Stream(connection.path_params["drone"], connection.path_params["camera"])


def _name(stream: Stream) -> str:
    return f"{stream.drone_id}/{stream.camera_id}"


def _is_own(socket: WebSocket) -> bool:
    """A page of somebody else must not open a stream with a link that it learnt (RFC 6455, 10.2)."""
    origin = socket.headers.get("origin")
    return origin is None or urlsplit(origin).netloc == socket.headers.get("host")


def _clip_folder(connection: HTTPConnection, leave: Leave) -> Path:
    return _sharing(connection).data_dir / CLIPS / leave.shared.incident_id


def _clips(connection: HTTPConnection, leave: Leave) -> list[str]:
    folder = _clip_folder(connection, leave)
    if not folder.is_dir():
        return []
    return sorted(path.name for path in folder.iterdir() if CLIP.fullmatch(path.name) and path.is_file())


def _watched(
    connection: HTTPConnection, leave: Leave, what: str, how: str, sent: int, from_us: int | None = None
) -> Watched:
    now_us = _sharing(connection).now_us()
    address = connection.client.host if connection.client else ""
    return Watched(leave.link, what, how, address, now_us if from_us is None else from_us, now_us, sent)


def _denied() -> Response:
    return Response("", DENIED, headers=HEADERS)
