"""One who is served a camera's packets (`packet_port`). Passive: one thread calls `serve`."""

from __future__ import annotations

import socket

from droneops.video.live.encoded import EncodedPacket, StreamForm
from droneops.video.out.packet_wire import encode_form, encode_packet
from droneops.video.out.ring import PacketRing

CHUNK_BYTES = 1 << 20
"""What is made ready for one viewer at a time, beside what the ring has anyway."""

BEHIND_US = 3_000_000
"""Who is so far behind sees the present sooner from the next key frame on than by what is missing."""

PATIENCE_S = 10.0
"""Who takes nothing for so long hangs, and holds another's place."""


class Viewer:
    """``begin`` is the number of the first packet in the ring to be sent."""

    def __init__(self, connected: socket.socket, begin: int, now_s: float) -> None:
        self._socket, self._next = connected, begin
        self._pending = bytearray()
        self._form: StreamForm | None = None
        self._moved_s = now_s
        self.is_gone = False

    @property
    def waits(self) -> bool:
        """Whether something is to be sent that the socket did not take yet."""
        return bool(self._pending)

    def serve(self, ring: PacketRing, now_s: float, *, has_news: bool) -> None:
        """Send what the socket takes; ``has_news`` where the socket can be read or written."""
        if has_news:
            self._listen()
        while not self.is_gone:
            if not self._pending:
                self._fill(ring)
                if not self._pending:
                    self._moved_s = now_s
                    return
            if not self._send(now_s):
                break
        if now_s - self._moved_s > PATIENCE_S:
            self.is_gone = True

    def close(self) -> None:
        """Hang up."""
        self._socket.close()

    def _listen(self) -> None:
        """A viewer has nothing to say; what it says anyway is thrown away, and its end is noticed."""
        try:
            if not self._socket.recv(1 << 12):
                self.is_gone = True
        except (BlockingIOError, InterruptedError):
            pass
        except OSError:
            self.is_gone = True

    def _send(self, now_s: float) -> bool:
        """Whether all that was ready is sent."""
        try:
            sent = self._socket.send(self._pending)
        except (BlockingIOError, InterruptedError):
            return False
        except OSError:
            self.is_gone = True
            return False
        del self._pending[:sent]
        self._moved_s = now_s
        return not self._pending

    def _fill(self, ring: PacketRing) -> None:
        found = ring.after(self._next, 0.0)
        if found is None or not found[1]:
            self._next = self._next if found is None else found[0]
            return
        end, packets = found
        if packets[-1].captured_at_us - packets[0].captured_at_us > BEHIND_US:
            packets = _from_newest_key(packets)
        self._next = end - len(packets)
        for packet in packets:
            self._add(packet)
            self._next += 1
            if len(self._pending) >= CHUNK_BYTES:
                break

    def _add(self, packet: EncodedPacket) -> None:
        try:
            form = b"" if packet.form == self._form else encode_form(packet.form)
            self._pending += form + encode_packet(packet)
        except ValueError:
            # No camera's picture: a sender's nonsense. The next key frame mends what leans on it.
            return
        self._form = packet.form


def _from_newest_key(packets: tuple[EncodedPacket, ...]) -> tuple[EncodedPacket, ...]:
    for k in range(len(packets) - 1, -1, -1):
        if packets[k].is_key:
            return packets[k:]
    return packets
