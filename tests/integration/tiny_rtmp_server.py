"""Just enough of an RTMP server (Adobe's RTMP 1.0) to play a video file to one client at a time.

    python tiny_rtmp_server.py VIDEO.mp4 PORT

It answers connect, createStream and play without looking at what is asked, and sends the tags of an FLV at
the pace of their time stamps.
"""

from __future__ import annotations

import contextlib
import io
import socket
import struct
import sys
import time

import av

HANDSHAKE = 1536
CHUNK = 128
COMMAND, VIDEO, SCRIPT = 20, 9, 18


def main(video: str, port: str) -> None:
    tags = flv_tags(video)
    with socket.create_server(("127.0.0.1", int(port))) as server:
        while True:
            connection, _ = server.accept()
            with connection:
                try:
                    play(connection, tags)
                except OSError:
                    continue


def flv_tags(video: str) -> list[tuple[int, int, bytes]]:
    """Kind, milliseconds and content of the tags that FFmpeg writes for a video."""
    target = io.BytesIO()
    with av.open(video) as source, av.open(target, "w", format="flv") as out:
        stream = out.add_stream_from_template(source.streams.video[0])
        for packet in source.demux(source.streams.video[0]):
            if packet.dts is not None:
                packet.stream = stream
                out.mux(packet)
    data, at, tags = target.getvalue(), 13, []
    while at + 11 <= len(data):
        kind, size = data[at], int.from_bytes(data[at + 1 : at + 4], "big")
        stamp_ms = int.from_bytes(data[at + 4 : at + 7], "big") | data[at + 7] << 24
        tags.append((kind, stamp_ms, data[at + 11 : at + 11 + size]))
        at += 11 + size + 4
    return tags


def play(connection: socket.socket, tags: list[tuple[int, int, bytes]]) -> None:
    connection.settimeout(10)
    hello = exactly(connection, 1 + HANDSHAKE)
    connection.sendall(b"\x03" + bytes(HANDSHAKE) + hello[1:])
    exactly(connection, HANDSHAKE)
    wait_for(connection, b"connect")
    send(
        connection,
        COMMAND,
        0,
        text("_result") + number(1) + b"\x05" + status("NetConnection.Connect.Success"),
    )
    asked = wait_for(connection, b"createStream")
    at = asked.index(b"createStream") + len(b"createStream")
    send(connection, COMMAND, 0, text("_result") + asked[at : at + 9] + b"\x05" + number(1))
    if b"play" not in asked[at:]:
        wait_for(connection, b"play")
    send(connection, COMMAND, 0, text("onStatus") + number(0) + b"\x05" + status("NetStream.Play.Start"))
    begun_s = time.monotonic()
    for kind, stamp_ms, content in tags:
        time.sleep(max(0.0, begun_s + stamp_ms / 1e3 - time.monotonic()))
        if kind in (VIDEO, SCRIPT):
            send(connection, kind, stamp_ms, content)


def wait_for(connection: socket.socket, word: bytes) -> bytes:
    """What came up to a word and a moment after it."""
    got = b""
    while word not in got:
        got += connection.recv(4096) or hung_up()
    time.sleep(0.1)
    connection.setblocking(False)
    with contextlib.suppress(BlockingIOError):
        got += connection.recv(4096)
    connection.settimeout(10)
    return got


def exactly(connection: socket.socket, count: int) -> bytes:
    got = b""
    while len(got) < count:
        got += connection.recv(count - len(got)) or hung_up()
    return got


def hung_up() -> bytes:
    raise ConnectionError("the client hung up")


def send(connection: socket.socket, kind: int, stamp_ms: int, content: bytes) -> None:
    """One message, on chunk stream 3, in chunks of the size that nobody changed."""
    size = len(content).to_bytes(3, "big")
    head = b"\x03" + min(stamp_ms, 0xFFFFFE).to_bytes(3, "big") + size + bytes([kind]) + struct.pack("<I", 1)
    chunks = [content[at : at + CHUNK] for at in range(0, len(content), CHUNK)]
    connection.sendall(head + b"\xc3".join(chunks))


def text(word: str) -> bytes:
    return b"\x02" + struct.pack(">H", len(word)) + word.encode()


def number(value: float) -> bytes:
    return b"\x00" + struct.pack(">d", value)


def status(code: str) -> bytes:
    entries = (("level", "status"), ("code", code))
    body = b"".join(struct.pack(">H", len(key)) + key.encode() + text(value) for key, value in entries)
    return b"\x03" + body + b"\x00\x00\x09"


if __name__ == "__main__":
    main(*sys.argv[1:3])
