"""A live source opened by FFmpeg, bounded in time and memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from droneops.errors import InputError
from droneops.video.live.source import VideoSource

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

OPEN_S = 3.0
"""For each of the two steps of opening. A camera at the end of a slow radio link answers its four requests
within two seconds; a server that comes back while we hang in an attempt is found by the next, in time."""

READ_S = 0.5
"""How long one read may block: the reader looks this often whether it is to stop."""

STICKY_READ_S = 1.8
"""The same where FFmpeg takes a read that was cut short for the end of the stream (MPEG-TS, RTMP)."""

PROBE_US = 800_000
"""How much of a stream is read ahead to learn its form: what is missing after that, the stream itself tells
with its next key frame."""

PROBE_BYTES = 1 << 20
"""A second at 8 Mbit/s."""

SOCKET_BYTES = 4 << 20
"""A key frame of 4K arrives in one burst; the system's default of 200 KiB would lose half of it."""

JITTER_US = 100_000
"""How long RTP over UDP waits for packets that overtook each other."""

_PROTOCOLS = {
    "rtsp": "rtsp,rtsps,tcp,tls,udp,rtp,srtp,crypto",
    "sdp": "file,rtp,udp,srtp,crypto",
    "udp": "udp",
    "rtmp": "rtmp,rtmps,tcp,tls,crypto",
    "file": "file",
    "webcam": "file",
}

_FORMATS = {"rtsp": "rtsp", "sdp": "sdp", "udp": "mpegts", "rtmp": "flv", "webcam": "video4linux2,v4l2"}


class RefusedError(InputError):
    """The source is there and will not give a video: trying again soon is of no use."""


def read_timeout_s(source: VideoSource) -> float:
    """How long one read of a source may block."""
    return READ_S if source.kind in ("rtsp", "sdp") else STICKY_READ_S


def open_live(source: VideoSource, monotonic_s: Callable[[], float]) -> tuple[InputContainer, VideoStream]:
    """The container, which the caller closes in the thread that reads it, and its first video stream.

    Raises:
        InputError: it cannot be opened now; the words hold no password.
        RefusedError: it says no to us, or has no video that can be decoded.
    """
    import av

    begun_s = monotonic_s()
    try:
        container = av.open(
            source.url,
            format=_FORMATS.get(source.kind),
            options=_options(source),
            timeout=(OPEN_S, read_timeout_s(source)),
            metadata_errors="replace",
        )
    except av.FFmpegError as error:
        # FFmpeg's own text ends with the address as it was given, password and all.
        raise _failure(error, source, monotonic_s() - begun_s) from None
    except UnicodeError:
        raise InputError("what it sends is no video", where=source.safe) from None
    return container, _video_of(container, source)


def _video_of(container: InputContainer, source: VideoSource) -> VideoStream:
    for stream in container.streams.video:
        if stream.codec_context is not None:
            # One thread: a server carries many streams, and a frame must not wait for its neighbours.
            stream.codec_context.thread_count = 1
            return stream
    has_video = bool(container.streams.video)
    container.close()
    what = "its video is in a form that cannot be decoded" if has_video else "no video in it"
    raise RefusedError(what, where=source.safe, mend="let the camera send H.264 or H.265")


def _options(source: VideoSource) -> dict[str, str]:
    options = {
        "protocol_whitelist": _PROTOCOLS[source.kind],
        "analyzeduration": str(PROBE_US),
        "probesize": str(PROBE_BYTES),
        "fpsprobesize": "0",
    }
    if source.kind == "rtsp":
        options |= {"rtsp_transport": source.transport, "allowed_media_types": "video+data"}
    if source.kind in ("rtsp", "sdp"):
        options |= {"max_delay": str(JITTER_US), "buffer_size": str(SOCKET_BYTES)}
    if source.kind == "udp":
        options |= {"buffer_size": str(SOCKET_BYTES), "overrun_nonfatal": "1", "fifo_size": "28672"}
    if source.kind in ("file", "webcam"):
        del options["fpsprobesize"]
    return options


def _failure(error: Exception, source: VideoSource, took_s: float) -> InputError:
    import av

    words = getattr(error, "strerror", None) or "it cannot be opened"
    if isinstance(error, av.HTTPUnauthorizedError | av.HTTPForbiddenError):
        return RefusedError("the login was refused", where=source.safe, mend="check user and password")
    if isinstance(error, av.FileNotFoundError | av.PermissionError) and source.kind in ("file", "sdp"):
        return RefusedError(words.lower(), where=source.safe)
    # A read that was cut short within an answer of a server looks like a wrong answer.
    if isinstance(error, av.ExitError) or took_s >= OPEN_S:
        words = "nothing came" if source.is_listened_for else f"no answer within {OPEN_S:.0f} s"
    return InputError(words[:1].lower() + words[1:], where=source.safe)
