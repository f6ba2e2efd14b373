"""Where a live video comes from, as the site file writes it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal
from urllib.parse import SplitResult, urlsplit

from droneops.errors import ConfigError

SourceKind = Literal["rtsp", "sdp", "udp", "rtmp", "file", "webcam"]
RtspTransport = Literal["tcp", "udp"]

FORMS = (
    "give rtsp://HOST/PATH (rtsp+udp:// for RTP over UDP), rtsps://, rtmp://HOST/APP/STREAM, "
    "udp://0.0.0.0:5600 for MPEG-TS, a .sdp file for RTP, a video file, or /dev/video0"
)

_KIND_OF_SCHEME: dict[str, SourceKind] = {
    "rtsp": "rtsp",
    "rtsp+udp": "rtsp",
    "rtsps": "rtsp",
    "rtmp": "rtmp",
    "rtmps": "rtmp",
    "udp": "udp",
}


@dataclass(frozen=True, slots=True)
class VideoSource:
    """A place that video comes from.

    ``url`` is what FFmpeg opens and may hold a password, so it has no place in a log and is left out of
    ``repr``; ``safe`` is the same without it. ``transport`` matters for "rtsp" alone: TCP loses nothing, and
    passes firewalls; UDP is a little sooner on a link that loses much.
    """

    kind: SourceKind
    url: str = field(repr=False)
    safe: str
    transport: RtspTransport = "tcp"

    def __str__(self) -> str:
        return self.safe

    @property
    def is_listened_for(self) -> bool:
        """Whether the sender comes to us, so that silence at the start is no fault of the way there."""
        return self.kind in ("udp", "sdp")

    @staticmethod
    def parse(text: str, *, where: str = "", folder: Path = Path()) -> VideoSource:
        """The source that ``text`` names; relative paths are taken from ``folder``.

        Raises:
            ConfigError: at ``where``, saying what is wrong, without any password.
        """
        text = text.strip()
        if "://" in text:
            return _network(text, where)
        if not text or "\x00" in text:
            raise ConfigError("no video source", where=where, mend=FORMS)
        path = str(folder / text)
        if path.startswith("/dev/video"):
            return VideoSource("webcam", path, path)
        return VideoSource("sdp" if path.lower().endswith(".sdp") else "file", path, path)


def _network(text: str, where: str) -> VideoSource:
    scheme = text.partition("://")[0].lower()
    kind = _KIND_OF_SCHEME.get(scheme)
    if kind is None:
        raise ConfigError(f"video over {scheme!r} is not known", where=where, mend=FORMS)
    parts = _split(text, where)
    if scheme == "rtsp+udp":
        parts = parts._replace(scheme="rtsp")
    if kind == "udp" and parts.port is None:
        raise ConfigError("no port to listen on", where=where, mend="give udp://0.0.0.0:5600")
    if kind != "udp" and not parts.hostname:
        raise ConfigError("no host in the address of the video", where=where, mend=FORMS)
    return VideoSource(kind, parts.geturl(), _safe(parts, kind), "udp" if scheme == "rtsp+udp" else "tcp")


def _split(text: str, where: str) -> SplitResult:
    """The parts of an address. The parser's own words may quote the password, so they go no further."""
    bad = any(letter.isspace() or not letter.isprintable() for letter in text)
    try:
        parts = urlsplit(text)
        bad = bad or parts.port == 0
    except ValueError:
        bad = True
    if bad:
        mend = "write spaces and @ : / ? # in names and passwords as %20, %40, %3A, %2F, %3F, %23"
        raise ConfigError("not an address of a video", where=where, mend=mend)
    return parts


def _safe(parts: SplitResult, kind: SourceKind) -> str:
    """The address without what gives access: password, query (tokens), and RTMP's stream key."""
    login, _, host = parts.netloc.rpartition("@")
    user, colon, _ = login.partition(":")
    netloc = f"{user}{':***' if colon else ''}@{host}" if login else host
    path = parts.path
    if kind == "rtmp" and path.count("/") > 1:
        path = path.rpartition("/")[0] + "/***"
    return SplitResult(parts.scheme, netloc, path, "***" if parts.query else "", "").geturl()
