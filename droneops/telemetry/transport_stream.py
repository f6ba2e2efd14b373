"""The data that travels beside the video in an MPEG transport stream (ISO/IEC 13818-1)."""

from __future__ import annotations

from pathlib import Path

from droneops.errors import InputError

SYNC = 0x47
PACKET_BYTES = 188

_MEND = "give a .ts whose metadata stream holds MISB ST 0601"


def is_transport_stream(head: bytes) -> bool:
    """Whether bytes from the start of a file are packets of a transport stream, one of them whole."""
    marks = head[::PACKET_BYTES][:4]
    return len(head) >= PACKET_BYTES and all(mark == SYNC for mark in marks)


def read_data(path: Path) -> bytes:
    """The payload of all data streams, one after the other, in order of the file.

    Raises:
        InputError: it cannot be opened, or has no data stream.
    """
    import av

    payloads: dict[int, list[bytes]] = {}
    try:
        # A playlist must not make a local file reach out to the network.
        with av.open(
            str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace"
        ) as container:
            streams = list(container.streams.data)
            if not streams:
                raise InputError("a video without a metadata stream", where=str(path), mend=_MEND)
            for packet in container.demux(streams):
                payloads.setdefault(packet.stream_index, []).append(bytes(packet))
    except (av.FFmpegError, OSError) as error:
        if not payloads:
            raise InputError(f"cannot be read: {error.strerror}", where=str(path), mend=_MEND) from error
    return b"".join(b"".join(parts) for _, parts in sorted(payloads.items()))
