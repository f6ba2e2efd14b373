"""What the two threads of the courier hand to each other. Neither waits for the other while it works."""

from __future__ import annotations

import os
import threading
from collections import deque
from dataclasses import dataclass

from droneops.delivery.client import Incoming
from droneops.delivery.outbox.types import Owed
from droneops.delivery.pace import FIRST
from droneops.delivery.said import NewestSaid


@dataclass(frozen=True, slots=True)
class Taken:
    """The broker confirmed a message; it may say that nobody is subscribed to it."""

    owed: Owed
    nobody_subscribed: bool


@dataclass(frozen=True, slots=True)
class Unheard:
    """The broker confirmed a message and threw it away, as nobody had subscribed again yet."""

    owed: Owed


@dataclass(frozen=True, slots=True)
class Connected:
    """A connection came about; whether the broker still knew us, and what it held."""

    number: int
    broker_remembers: bool


@dataclass(frozen=True, slots=True)
class Handed:
    """A message to be sent, over this connection and no other."""

    connection: int
    owed: Owed


@dataclass(frozen=True, slots=True)
class NotTaken:
    """The broker does not want a message, and says why; ``is_of_this_one``: others may do better."""

    owed: Owed
    reason: str
    is_of_this_one: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """What was handed over and has no PUBACK; ``ended`` is the connection that is gone, if one is."""

    keys: tuple[int, ...]
    ended: int | None = None


@dataclass(frozen=True, slots=True)
class Arrived:
    """A message that came over a connection; the number tells connections apart."""

    connection: int
    message: Incoming


News = Taken | Unheard | NotTaken | Returned | Arrived | Connected


class Exchange:
    """Queues in both directions; each is filled by one thread and emptied by the other."""

    def __init__(self) -> None:
        self.alerts: deque[Handed] = deque()
        self.pictures: deque[Handed] = deque()
        self.news: deque[News] = deque()
        self.stored: deque[Arrived] = deque()
        self.states: deque[bytes] = deque(maxlen=1)
        self.said = NewestSaid()
        self.window = FIRST
        self.has_news = threading.Event()
        self._readable, self._writable = os.pipe()
        os.set_blocking(self._readable, False)
        os.set_blocking(self._writable, False)

    @property
    def wake_fd(self) -> int:
        """Readable once there is work for the thread that talks to the broker."""
        return self._readable

    def tell(self, news: News) -> None:
        """To the thread that talks to the outbox."""
        self.news.append(news)
        self.has_news.set()

    def wake(self) -> None:
        """To the thread that talks to the broker."""
        try:
            os.write(self._writable, b"x")
        except BlockingIOError:
            return

    def heard(self) -> None:
        """Empty the pipe that wakes the thread that talks to the broker."""
        try:
            os.read(self._readable, 4096)
        except BlockingIOError:
            return

    def close(self) -> None:
        """Close the pipe; both threads must have ended."""
        os.close(self._readable)
        os.close(self._writable)
