"""Who talks on a link: a bounded number of peers, each with its own stream."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from droneops.telemetry.live.deframer import Deframer

# More vehicles than anyone flies over one port; behind a router, many vehicles are one peer.
MOST_PEERS = 64


@dataclass(slots=True)
class Peer:
    """``last_frame_s``: when, on the monotonic clock, its last frame with a checksum came; None: none yet."""

    name: str
    deframer: Deframer
    last_frame_s: float | None = None


class Peers:
    """At most `MOST_PEERS`. To make room, a peer that never sent a checked frame goes before one that did.

    So noise from ever new addresses does not push a vehicle out. Of those that did, the one silent longest
    goes first; of the others the oldest.
    """

    def __init__(self, make_deframer: Callable[[], Deframer]) -> None:
        self._make_deframer = make_deframer
        # Both in order of who goes first.
        self._strangers: dict[str, Peer] = {}
        self._believed: dict[str, Peer] = {}

    def __len__(self) -> int:
        return len(self._strangers) + len(self._believed)

    def of(self, name: str) -> Peer:
        """The peer of that name, remembered from now on."""
        known = self._believed.get(name) or self._strangers.get(name)
        if known is not None:
            return known
        if len(self) >= MOST_PEERS:
            self._forget_one()
        peer = self._strangers[name] = Peer(name, self._make_deframer())
        return peer

    def believe(self, peer: Peer, now_s: float) -> None:
        """The peer has just sent a checked frame."""
        peer.last_frame_s = now_s
        self._strangers.pop(peer.name, None)
        self._believed.pop(peer.name, None)
        self._believed[peer.name] = peer

    def heard_since(self, since_s: float) -> tuple[str, ...]:
        """Names of those whose last checked frame came at ``since_s`` or after; the most recent last."""
        return tuple(
            name
            for name, peer in self._believed.items()
            if peer.last_frame_s is not None and peer.last_frame_s >= since_s
        )

    def holding(self) -> list[Peer]:
        """Those of whose stream something is pending."""
        return [
            peer
            for group in (self._strangers, self._believed)
            for peer in group.values()
            if peer.deframer.pending_bytes
        ]

    def forget_all(self) -> None:
        """The connection is gone."""
        while len(self):
            self._forget_one()

    def _forget_one(self) -> None:
        group = self._strangers or self._believed
        gone = group.pop(next(iter(group)))
        gone.deframer.abandon()
