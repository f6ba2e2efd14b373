"""The packets of a MISB ST 0601 stream as messages of one type, ``st0601``."""

from __future__ import annotations

import numpy as np

from droneops.telemetry.crc import Int64Array
from droneops.telemetry.dataflash_tables import objects
from droneops.telemetry.klv import TAG_CHECKSUM, TAG_TIME, Packet, Stream
from droneops.telemetry.message_tables import NO_TIME, Fields, MessageTable, own_times, utc_of
from droneops.telemetry.st0601_items import item_of

NAME = "st0601"
# The checksum was held against the packet, and the time is the message's own.
_SAID_ELSEWHERE = (TAG_CHECKSUM, TAG_TIME)


def st0601_table(stream: Stream) -> MessageTable:
    """All packets; every one has every item that any has, None where it is absent or no value."""
    packets = stream.packets
    tags = sorted({tag for packet in packets for tag in packet.items} - set(_SAID_ELSEWHERE))
    stamps = np.array([packet.time_us for packet in packets], dtype=np.uint64)
    places = np.arange(len(packets))

    def read(row: Int64Array) -> Fields:
        chosen = [packets[place] for place in row.tolist()]
        return {item_of(tag).name: objects([_value(packet, tag) for packet in chosen]) for tag in tags}

    time_us = utc_of(own_times(stamps), 0)
    return MessageTable(NAME, places, places, np.full(len(packets), NO_TIME), time_us, read)


def _value(packet: Packet, tag: int) -> object:
    held = packet.items.get(tag)
    # An item of no bytes says that its value is not known any more (ST 0601.17, section 6.5).
    return item_of(tag).value(held) if held else None
