"""What a stream is, as SDP (RFC 4566 and RFC 6184, 8.2)."""

from __future__ import annotations

from base64 import b64encode

from droneops.simulation.rtsp.rtp import CLOCK_HZ, PAYLOAD_TYPE, nal_units

_SPS, _PPS = 7, 8


def sdp(name: str, key_picture: bytes) -> bytes:
    """The description of an H.264 stream whose key pictures carry their parameter sets."""
    sets = [nal for nal in nal_units(key_picture) if nal[0] & 0x1F in (_SPS, _PPS)]
    profile = next((nal[1:4].hex().upper() for nal in sets if nal[0] & 0x1F == _SPS), "42C01F")
    sprop = ",".join(b64encode(nal).decode() for nal in sets)
    lines = [
        "v=0",
        "o=- 0 0 IN IP4 0.0.0.0",
        f"s={name}",
        "c=IN IP4 0.0.0.0",
        "t=0 0",
        "a=control:*",
        f"m=video 0 RTP/AVP {PAYLOAD_TYPE}",
        f"a=rtpmap:{PAYLOAD_TYPE} H264/{CLOCK_HZ}",
        f"a=fmtp:{PAYLOAD_TYPE} packetization-mode=1;profile-level-id={profile};sprop-parameter-sets={sprop}",
        "a=control:track0",
    ]
    return ("\r\n".join(lines) + "\r\n").encode()
