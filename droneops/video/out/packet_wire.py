"""Encoded packets on a byte stream between two processes of this machine.

    length (4 bytes, of what follows), kind (1 byte), body

    "F"  the form that all packets behind it have: session, width, height (4 bytes each, 0 for an unknown
         size), length of the codec's name (1 byte), the name, extradata
    "P"  a packet: PTS, DTS, capture time (8 bytes each, signed), 1 for a key frame (1 byte), data

All numbers are big-endian.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator

from droneops.errors import InputError
from droneops.video.live.encoded import EncodedPacket, StreamForm

MAX_BYTES = 16 << 20
"""A key frame of 4K at the best quality is below 4 MiB."""

FORM, PACKET = b"F", b"P"

_LENGTH = struct.Struct(">I")
_FORM = struct.Struct(">IIIB")
_PACKET = struct.Struct(">qqqB")


def encode_form(form: StreamForm) -> bytes:
    """A form with its length before it.

    Raises:
        ValueError: it is larger than `MAX_BYTES`, or a number does not fit.
    """
    name = form.codec.encode("ascii")
    try:
        head = _FORM.pack(form.session, form.width_px or 0, form.height_px or 0, len(name))
    except struct.error as error:
        raise ValueError(str(error)) from None
    return _framed(FORM + head + name + form.extradata)


def encode_packet(packet: EncodedPacket) -> bytes:
    """A packet, without its form, with its length before it. Raises as `encode_form`."""
    try:
        head = _PACKET.pack(packet.pts_us, packet.dts_us, packet.captured_at_us, packet.is_key)
    except struct.error as error:
        raise ValueError(str(error)) from None
    return _framed(PACKET + head + packet.data)


class Decoder:
    """Bytes as they come become packets; never holds more than `MAX_BYTES` and what was fed last."""

    def __init__(self) -> None:
        self._waiting = bytearray()
        self._form: StreamForm | None = None

    def feed(self, data: bytes) -> Iterator[EncodedPacket]:
        """The packets that are whole by now.

        Raises:
            InputError: what came is no stream of packets.
        """
        self._waiting += data
        while (body := self._next()) is not None:
            try:
                packet = self._decoded(body)
            except (struct.error, IndexError, UnicodeDecodeError) as error:
                raise _bad(f"a record that cannot be read: {error}") from None
            if packet is not None:
                yield packet

    def _next(self) -> bytes | None:
        if len(self._waiting) < _LENGTH.size:
            return None
        length = int(_LENGTH.unpack_from(self._waiting)[0])
        if not 0 < length <= MAX_BYTES:
            raise _bad(f"a record of {length} bytes; at most {MAX_BYTES} are taken")
        end = _LENGTH.size + length
        if len(self._waiting) < end:
            return None
        body = bytes(self._waiting[_LENGTH.size : end])
        del self._waiting[:end]
        return body

    def _decoded(self, body: bytes) -> EncodedPacket | None:
        kind = body[:1]
        if kind == FORM:
            self._form = _form(body)
            return None
        if kind != PACKET:
            raise _bad(f"a record of an unknown kind {kind!r}")
        if self._form is None:
            raise _bad("a packet before its form")
        pts_us, dts_us, captured_at_us, is_key = _PACKET.unpack_from(body, 1)
        data = body[1 + _PACKET.size :]
        return EncodedPacket(self._form, data, pts_us, dts_us, captured_at_us, bool(is_key))


def _form(body: bytes) -> StreamForm:
    session, width_px, height_px, name_bytes = _FORM.unpack_from(body, 1)
    begin = 1 + _FORM.size
    end = begin + name_bytes
    if end > len(body):
        raise _bad("a form that ends within its codec's name")
    codec, extradata = body[begin:end].decode("ascii"), body[end:]
    return StreamForm(session, codec, extradata, width_px or None, height_px or None)


def _framed(body: bytes) -> bytes:
    if len(body) > MAX_BYTES:
        raise ValueError(f"a record of {len(body)} bytes is larger than {MAX_BYTES}")
    return _LENGTH.pack(len(body)) + body


def _bad(what: str) -> InputError:
    return InputError(what, where="camera's socket")
