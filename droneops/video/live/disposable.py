"""Which pictures no other picture is decoded from, told from the packet alone.

H.264, 7.4.1: nal_ref_idc is 0 for slices of pictures that are no reference. H.265, 7.4.2.2, table 7-1: slice
types below 16 with an even number are no reference within their temporal sub-layer. A higher sub-layer may
still lean on one, so that only pictures of ``top_layer``, the highest seen, are taken for disposable.
"""

from __future__ import annotations

from collections.abc import Iterator

from droneops.video.misp import NalFormat

_START_CODE = b"\x00\x00\x01"
_H264_SLICES = range(1, 6)
_H265_LAST_SLICE = 31
_H265_LAST_NON_REFERENCE = 14


def is_disposable(packet: bytes, form: NalFormat, top_layer: int = 0) -> bool:
    """Whether the picture in a packet can be left out without harm to any other. Raises nothing.

    ``top_layer`` is the highest `temporal_layer` that the stream has shown.
    """
    for head in _heads(packet, form.length_bytes):
        if form.is_h265:
            kind = head[0] >> 1 & 0x3F
            if kind <= _H265_LAST_SLICE:
                is_top = len(head) > 1 and head[1] & 7 > top_layer
                return is_top and kind <= _H265_LAST_NON_REFERENCE and kind % 2 == 0
        elif head[0] & 0x1F in _H264_SLICES:
            return head[0] & 0x60 == 0
    return False


def temporal_layer(packet: bytes, form: NalFormat) -> int:
    """The temporal sub-layer of a picture of H.265 (nuh_temporal_id_plus1 less 1); 0 for H.264."""
    if not form.is_h265:
        return 0
    layers = [
        (head[1] & 7) - 1
        for head in _heads(packet, form.length_bytes)
        if len(head) > 1 and head[0] >> 1 & 0x3F <= _H265_LAST_SLICE
    ]
    return max(layers, default=0)


def _heads(packet: bytes, length_bytes: int) -> Iterator[bytes]:
    """The first two bytes of each NAL unit."""
    if length_bytes == 0:
        at = packet.find(_START_CODE)
        while 0 <= at < len(packet) - len(_START_CODE):
            yield packet[at + 3 : at + 5]
            at = packet.find(_START_CODE, at + 3)
        return
    at = 0
    while at + length_bytes < len(packet):
        begin = at + length_bytes
        yield packet[begin : begin + 2]
        at = begin + int.from_bytes(packet[at:begin], "big")
