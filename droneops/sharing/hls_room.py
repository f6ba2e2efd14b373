"""The HLS of all cameras that are asked for, and who is watching it: players come and go without a word."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

from droneops.sharing.board import Stream
from droneops.sharing.feed import IDLE_S, HlsFeed
from droneops.sharing.watched import Watched, WatchLog


@dataclass(slots=True)
class HlsRoom:
    """For one thread. ``socket_of`` names a camera's socket."""

    socket_of: Callable[[Stream], Path]
    log: WatchLog
    feeds: dict[Stream, HlsFeed] = field(default_factory=dict)
    watching: dict[tuple[str, Stream], Watched] = field(default_factory=dict)

    def feed(self, stream: Stream) -> HlsFeed:
        """A camera's segments; begins to make them where nobody had asked."""
        if stream not in self.feeds:
            self.feeds[stream] = HlsFeed(self.socket_of(stream))
        return self.feeds[stream]

    def count(self, stream: Stream, now: Watched) -> None:
        """Somebody was sent ``now.sent_bytes`` of a camera."""
        key = (now.link.id + now.address, stream)
        before = self.watching.get(key)
        if before is None:
            self.log.write(now, "begun")
            self.watching[key] = now
        else:
            sent = before.sent_bytes + now.sent_bytes
            self.watching[key] = replace(before, to_us=now.to_us, sent_bytes=sent)

    def tidy(self, now_us: int, *, everything: bool = False) -> None:
        """Note who has gone, and end what nobody asks for."""
        for key, watched in list(self.watching.items()):
            if everything or now_us - watched.to_us > IDLE_S * 1e6:
                self.log.write(self.watching.pop(key), "ended")
        for stream, feed in list(self.feeds.items()):
            if everything or feed.is_idle:
                self.feeds.pop(stream).close()
