"""MISB ST 0601: the UAS Datalink Local Set, key-length-value packets that travel beside a video.

A packet is a key of 16 bytes, a length in BER (ST 0107), and items of a tag in BER-OID, a length in BER and a
value; the first item is the time (tag 2), the last the checksum (tag 1), over all before it (ST 0601.17,
section 7.6). Numbers are integers mapped evenly onto a range; the lowest of a signed one stands for "out of
range" (ST 0601.17, section 8).
"""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

KEY = bytes.fromhex("060e2b34020b01010e01030101000000")
EG_0104_KEY = bytes.fromhex("060e2b34020101010e01010201010000")

TAG_CHECKSUM = 1
TAG_TIME = 2
TAG_LEAP_SECONDS = 136
_CHECKSUM_ITEM_BYTES = 4
_TIME_BYTES = 8
_MAX_LENGTH_BYTES = 8
_MAX_TAG_BYTES = 4
_LEAP_SECONDS_BYTES = range(1, 5)
_LAST_TIME_US = (1 << 64) - 1

MOST_LEAP_SECONDS = 100
"""UTC has had 27 in the half century since 1972: more than this is damage, or no seconds."""


@dataclass(frozen=True, slots=True)
class Range:
    """How many bytes an item has, and the values that the integers are mapped onto.

    A signed one runs from -``highest`` to ``highest``, its lowest integer is no value.
    """

    size: int
    lowest: float
    highest: float

    @property
    def is_signed(self) -> bool:
        """Ranges about zero are signed."""
        return self.lowest < 0 and self.lowest == -self.highest

    def value(self, data: bytes) -> float:
        """The value of an item; NaN for a wrong size and for "out of range"."""
        if len(data) != self.size:
            return math.nan
        number = int.from_bytes(data, "big", signed=self.is_signed)
        if self.is_signed:
            top = (1 << (8 * self.size - 1)) - 1
            return math.nan if number < -top else self.highest * number / top
        return self.lowest + (self.highest - self.lowest) * number / ((1 << 8 * self.size) - 1)


RANGES: Mapping[int, Range] = {
    5: Range(2, 0, 360),  # platform heading
    6: Range(2, -20, 20),  # platform pitch
    7: Range(2, -50, 50),  # platform roll
    13: Range(4, -90, 90),  # sensor latitude
    14: Range(4, -180, 180),  # sensor longitude
    15: Range(2, -900, 19_000),  # sensor true altitude, above mean sea level
    16: Range(2, 0, 180),  # sensor horizontal field of view
    17: Range(2, 0, 180),  # sensor vertical field of view
    18: Range(4, 0, 360),  # sensor relative azimuth
    19: Range(4, -180, 180),  # sensor relative elevation
    20: Range(4, 0, 360),  # sensor relative roll
    75: Range(2, -900, 19_000),  # sensor height above the ellipsoid
    90: Range(4, -90, 90),  # platform pitch, full
    91: Range(4, -90, 90),  # platform roll, full
}
"""The items read, in degrees and metres. ST 0601.17, section 8, by tag."""


@dataclass(frozen=True, slots=True)
class Packet:
    """One packet whose checksum held: its time, microseconds, and its items by tag as they came.

    The time is tag 2 as it came, which senders take for UTC unless they tell leap seconds: see `in_utc`.
    """

    time_us: int
    items: Mapping[int, bytes]

    @property
    def leap_s(self) -> int | None:
        """What is to be added to tag 2 to have UTC; None where it is not told, or by an impossible number.

        A signed integer of 1 to 4 bytes, seconds (ST 0601.17, item 136, and section 6.4).
        """
        data = self.items.get(TAG_LEAP_SECONDS, b"")
        told = int.from_bytes(data, "big", signed=True)
        return told if len(data) in _LEAP_SECONDS_BYTES and abs(told) <= MOST_LEAP_SECONDS else None

    @property
    def has_wrong_leap_s(self) -> bool:
        """Whether leap seconds are told and cannot be used; an item of no bytes tells none."""
        return bool(self.items.get(TAG_LEAP_SECONDS)) and self.leap_s is None

    def value(self, tag: int) -> float:
        """An item of RANGES; NaN where it is absent or no value."""
        return RANGES[tag].value(self.items.get(tag, b""))


@dataclass(frozen=True, slots=True)
class Stream:
    """The packets of a stream in order, and how many did not count.

    ``damaged`` are keys whose packet is cut, wrongly framed or fails its checksum; ``untimed`` packets are
    whole and hold no time. ``leap_s`` are the leap seconds in the packets' times, None for none.
    """

    packets: tuple[Packet, ...]
    damaged: int
    untimed: int
    leap_s: int | None = None


def parse_klv(data: bytes) -> Stream:
    """All ST 0601 packets in bytes that may hold anything else between them. Raises nothing."""
    packets: list[Packet] = []
    damaged = untimed = 0
    at = data.find(KEY)
    while at >= 0:
        end = _packet_end(data, at)
        items = None if end is None else _checked_items(data, at, end)
        if items is None:
            damaged += 1
        elif len(items.get(TAG_TIME, b"")) != _TIME_BYTES:
            untimed += 1
        else:
            packets.append(Packet(int.from_bytes(items[TAG_TIME], "big"), items))
        at = data.find(KEY, at + len(KEY) if items is None or end is None else end)
    return Stream(tuple(packets), damaged, untimed)


def leap_seconds_of(told: Collection[int]) -> int | None:
    """The one number of all that packets told, else None.

    A leap second is announced half a year ahead, and UTC had none since 2016: a number that changes within a
    flight counts something else.
    """
    return next(iter(told)) if len(set(told)) == 1 else None


def doubt_of_leap_seconds(told: Collection[int], wrong_packets: int) -> str | None:
    """Why leap seconds that were told are not added, in one line; None where nothing is odd."""
    if len(set(told)) > 1:
        numbers = ", ".join(str(number) for number in sorted(set(told)))
        return f"its packets tell different numbers of leap seconds ({numbers}): none is added"
    if wrong_packets:
        return f"{wrong_packets} packets tell an impossible number of leap seconds, which is not added"
    return None


def in_utc(stream: Stream) -> Stream:
    """The stream with its leap seconds added to all its times; as it was where it tells none.

    Items may be told more seldom than the time, so the number holds for packets without it, too.
    """
    leap_s = leap_seconds_of({packet.leap_s for packet in stream.packets if packet.leap_s is not None})
    if leap_s is None:
        return stream
    times_us = [packet.time_us + leap_s * 1_000_000 for packet in stream.packets]
    packets = [
        replace(packet, time_us=min(max(time_us, 0), _LAST_TIME_US))
        for packet, time_us in zip(stream.packets, times_us, strict=True)
    ]
    return replace(stream, packets=tuple(packets), leap_s=leap_s)


def checksum(packet: bytes) -> int:
    """The running sum of 16 bits over a packet without its last two bytes (ST 0601.17, section 7.6)."""
    body = packet[:-2]
    return ((sum(body[0::2]) << 8) + sum(body[1::2])) & 0xFFFF


def _packet_end(data: bytes, start: int) -> int | None:
    length, begin = _ber_length(data, start + len(KEY))
    end = begin + length
    return end if length >= _CHECKSUM_ITEM_BYTES and end <= len(data) else None


def _checked_items(data: bytes, start: int, end: int) -> Mapping[int, bytes] | None:
    """The items of a packet; None if its framing or checksum is wrong."""
    packet = data[start:end]
    if packet[-_CHECKSUM_ITEM_BYTES:-2] != bytes((TAG_CHECKSUM, 2)):
        return None
    if int.from_bytes(packet[-2:], "big") != checksum(packet):
        return None
    return _items(packet, _ber_length(packet, len(KEY))[1])


def _items(packet: bytes, at: int) -> Mapping[int, bytes] | None:
    """Items up to the end of a packet; None if they do not fill it. Of a tag given twice the last counts."""
    items: dict[int, bytes] = {}
    while at < len(packet):
        tag, at = _ber_oid(packet, at)
        length, at = _ber_length(packet, at)
        if length < 0 or at + length > len(packet):
            return None
        items[tag] = packet[at : at + length]
        at += length
    return items


def _ber_length(data: bytes, at: int) -> tuple[int, int]:
    """A length (X.690, section 8.1.3: short or long form) and where it ends; -1 for none."""
    if at >= len(data):
        return -1, at
    first = data[at]
    if first < 0x80:
        return first, at + 1
    count = first & 0x7F
    if not 0 < count <= _MAX_LENGTH_BYTES or at + 1 + count > len(data):
        return -1, at
    return int.from_bytes(data[at + 1 : at + 1 + count], "big"), at + 1 + count


def _ber_oid(data: bytes, at: int) -> tuple[int, int]:
    """A tag (X.690, section 8.19: seven bits a byte, the high bit goes on) and where it ends."""
    tag = 0
    for place in range(at, min(at + _MAX_TAG_BYTES, len(data))):
        tag = tag << 7 | data[place] & 0x7F
        if data[place] < 0x80:
            return tag, place + 1
    return 0, len(data)
