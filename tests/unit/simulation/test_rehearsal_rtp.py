"""What goes over the wire: RTP and RTSP as their RFCs say."""

from __future__ import annotations

import struct

import pytest

from droneops.simulation.rtsp.login import Login
from droneops.simulation.rtsp.message import BadRequestError, Request, body_bytes, parse
from droneops.simulation.rtsp.rtp import MOST_PAYLOAD_BYTES, Sender, nal_units

KEY = b"\0\0\0\1\x67abc\0\0\1\x68de\0\0\1\x65" + bytes(range(1, 256)) * 20


def rebuilt(packets: list[bytes]) -> list[bytes]:
    """The NAL units of RTP packets, put together as RFC 6184 has it."""
    units: list[bytes] = []
    for packet in packets:
        payload = packet[12:]
        if payload[0] & 0x1F != 28:
            units.append(payload)
        elif payload[1] & 0x80:
            units.append(bytes([(payload[0] & 0xE0) | (payload[1] & 0x1F)]) + payload[2:])
        else:
            units[-1] += payload[2:]
    return units


def test_a_picture_comes_out_of_its_packets_whole_and_in_order() -> None:
    sender = Sender(ssrc=5, seq=65_534, first_timestamp=2**32 - 10)
    packets = list(sender.rtp(KEY, 1.0))
    assert rebuilt(packets) == nal_units(KEY)
    assert all(len(packet) <= 12 + MOST_PAYLOAD_BYTES for packet in packets)
    assert [packet[1] >> 7 for packet in packets] == [0] * (len(packets) - 1) + [1]
    numbers = [struct.unpack(">H", packet[2:4])[0] for packet in packets]
    assert numbers == [(65_534 + n) & 0xFFFF for n in range(len(packets))]
    assert {struct.unpack(">I", packet[4:8])[0] for packet in packets} == {(90_000 - 10) & 0xFFFFFFFF}


def test_a_report_says_when_the_picture_of_a_stamp_was_taken() -> None:
    sender = Sender(ssrc=5, seq=0, first_timestamp=1000)
    _, kind, words, ssrc, ntp, stamp = struct.unpack(">BBHIQI", sender.report(2.0, 1_500_000)[:20])
    assert (kind, words, ssrc, stamp) == (200, 6, 5, 1000 + 180_000)
    assert ntp / 2**32 - 2_208_988_800 == pytest.approx(1.5, abs=1e-6)


@pytest.mark.parametrize(
    "head", [b"", b"GET / HTTP/1.1", b"PLAY rtsp://x", b"\xff\xfe", b"PLAY x RTSP/1.0\r\nno colon"]
)
def test_what_is_no_request_is_refused(head: bytes) -> None:
    with pytest.raises(BadRequestError):
        parse(head)


@pytest.mark.parametrize("length", ["-1", "99999999999", "1e3", "70000"])
def test_a_body_without_a_bound_is_refused(length: str) -> None:
    with pytest.raises(BadRequestError):
        body_bytes(Request("PLAY", "x", {"content-length": length}))


def test_a_login_answers_only_its_own_challenge() -> None:
    login = Login("ops", "geheim")
    # Reckoned apart, by RFC 2617: md5(md5(user:realm:password):nonce:md5(method:uri)).
    response = "edacd67c82dea93f5a90323856423672"
    names = 'username="ops", realm="droneops rehearsal", nonce="nonce1", uri="rtsp://h/p"'
    given = f'Digest {names}, response="{response}"'
    request = Request("DESCRIBE", "rtsp://h/p", {"authorization": given})
    assert login.lets_in(request, "nonce1")
    assert not login.lets_in(request, "nonce2")
    assert not login.lets_in(Request("PLAY", "rtsp://h/p", {"authorization": given}), "nonce1")
    assert "geheim" not in repr(login)
