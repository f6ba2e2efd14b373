"""Plays a recorded flight as if it were now: its log and its video over UDP, the log's clock moved.

    shifted_flight.py LOG.tlog PORT VIDEO.mp4 PORT VIDEO_START_US

Nobody has to listen: who comes later, or comes back, joins a flight that has gone on.
"""

from __future__ import annotations

import socket
import struct
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import av
from pymavlink.dialects.v20 import ardupilotmega as mavlink

SYSTEM_TIME = 2
LEAD_S = 1.0


def records(data: bytes) -> Iterator[tuple[int, bytes]]:
    """Stamp in microseconds and frame of each record."""
    at = 0
    while at + 8 < len(data):
        stamp_us = int(struct.unpack_from(">Q", data, at)[0])
        at += 8
        is_v2 = data[at] == 0xFD
        size = data[at + 1] + (12 + 13 * (data[at + 2] & 1) if is_v2 else 8)
        yield stamp_us, data[at : at + size]
        at += size


def message_id(frame: bytes) -> int:
    return int.from_bytes(frame[7:10], "little") if frame[0] == 0xFD else frame[5]


def moved(frame: bytes, by_us: int) -> bytes:
    """A SYSTEM_TIME that tells a later time; every other frame as it is."""
    if message_id(frame) != SYSTEM_TIME:
        return frame
    message = mavlink.MAVLink(None).decode(bytearray(frame))
    message.time_unix_usec += by_us
    sender = mavlink.MAVLink(None, message.get_srcSystem(), message.get_srcComponent())
    sender.seq = message.get_seq()
    return bytes(message.pack(sender, force_mavlink1=frame[0] != 0xFD))


def play_video(path: str, port: str, begin_s: float) -> None:
    """The file's own packets as MPEG-TS over UDP, at their own pace."""
    url = f"udp://127.0.0.1:{port}?pkt_size=1316"
    with av.open(path) as source, av.open(url, "w", format="mpegts") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is None:
                continue
            time.sleep(max(begin_s + float(packet.dts * packet.time_base) - time.time(), 0.0))
            packet.stream = copy
            target.mux(packet)


def play_log(path: str, port: str, by_us: int) -> None:
    """The log's frames over UDP, at their own pace."""
    to = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    for stamp_us, frame in records(Path(path).read_bytes()):
        wait_s = (stamp_us + by_us) / 1e6 - time.time()
        if wait_s > -LEAD_S:
            time.sleep(max(wait_s, 0.0))
            to.sendto(moved(frame, by_us), ("127.0.0.1", int(port)))


def main(log: str, log_port: str, video: str, video_port: str, video_start_us: str) -> None:
    begin_us = time.time_ns() // 1000
    threading.Thread(target=play_video, args=(video, video_port, begin_us / 1e6), daemon=True).start()
    play_log(log, log_port, begin_us - int(video_start_us))


if __name__ == "__main__":
    main(*sys.argv[1:6])
