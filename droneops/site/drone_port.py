"""The site's end of the socket to a drone's process."""

from __future__ import annotations

import socket
from dataclasses import dataclass, field

from droneops.errors import DroneopsError
from droneops.fleet.site_link import SiteLink
from droneops.fleet.wire import Message


@dataclass(slots=True)
class DronePort:
    """One drone's process as the site hears it. ``is_begun`` once it has said what it is."""

    drone_id: str
    connected: socket.socket
    link: SiteLink = field(init=False)
    is_begun: bool = False

    def __post_init__(self) -> None:
        self.link = SiteLink(self.connected)

    def receive(self) -> list[Message]:
        """What it said since; nothing of one that says what nobody understands, which is then closed."""
        try:
            return self.link.receive()
        except DroneopsError:
            self.link.is_closed = True
            return []

    def send(self, message: Message) -> None:
        """Tell it something; a process that takes nothing is closed."""
        try:
            self.link.send(message)
        except DroneopsError:
            self.link.is_closed = True
