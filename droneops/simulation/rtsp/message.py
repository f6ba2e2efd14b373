"""RTSP requests and answers (RFC 2326), read from bytes with bounds."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

# A request of a player is some hundred bytes.
MOST_HEAD_BYTES = 16_384
MOST_BODY_BYTES = 65_536
_REASONS = {
    200: "OK",
    400: "Bad Request",
    401: "Unauthorized",
    404: "Not Found",
    405: "Method Not Allowed",
    454: "Session Not Found",
    455: "Method Not Valid in This State",
    461: "Unsupported Transport",
    503: "Service Unavailable",
}


class BadRequestError(ValueError):
    """What came is no RTSP request."""


@dataclass(frozen=True, slots=True)
class Request:
    """``headers`` by lower-case name."""

    method: str
    url: str
    headers: Mapping[str, str]

    @property
    def path(self) -> str:
        """The path of the URL without its ends' slashes, such as ``patrol-1/track0``."""
        rest = self.url.partition("://")[2] or self.url
        return rest.partition("/")[2].partition("?")[0].strip("/")


def parse(head: bytes) -> Request:
    """A request from the bytes before the empty line.

    Raises:
        BadRequestError: it is none.
    """
    try:
        lines = head.decode("utf-8").split("\r\n")
    except UnicodeDecodeError:
        raise BadRequestError("not text") from None
    words = lines[0].split(" ")
    if len(words) != 3 or not words[2].startswith("RTSP/1."):
        raise BadRequestError("no RTSP request line")
    headers = {}
    for line in lines[1:]:
        name, colon, value = line.partition(":")
        if not colon:
            raise BadRequestError("a header without a colon")
        headers[name.strip().lower()] = value.strip()
    return Request(words[0], words[1], headers)


def body_bytes(request: Request) -> int:
    """How many bytes follow the head. Raises BadRequestError for none or too many."""
    text = request.headers.get("content-length", "0")
    if not text.isascii() or not text.isdigit() or len(text) > 9 or int(text) > MOST_BODY_BYTES:
        raise BadRequestError("no content length to be believed")
    return int(text)


def answer(status: int, request: Request | None, headers: Mapping[str, str], body: bytes = b"") -> bytes:
    """An answer with the request's CSeq."""
    cseq = "" if request is None else request.headers.get("cseq", "")
    lines = [f"RTSP/1.0 {status} {_REASONS[status]}"]
    if cseq.isascii() and cseq.isdigit():
        lines.append(f"CSeq: {cseq}")
    lines += [f"{name}: {value}" for name, value in headers.items()]
    if body:
        lines.append(f"Content-Length: {len(body)}")
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body
