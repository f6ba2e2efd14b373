"""Other rules over the same looks: what they would have said, without looking a second time."""

from __future__ import annotations

from droneops.delivery.compose import Context
from droneops.delivery.routing import Message
from droneops.delivery.say import message_of
from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Change, Incident
from droneops.pipeline import Look, changes_of
from droneops.types import Pose
from geofences import ZoneIndex


class Beside:
    """A second book of incidents, fed with every look of a replay. Its messages come without pictures.

    That is exact where every frame is looked at: tracks do not depend on rules.
    """

    def __init__(self, book: IncidentBook, zones: ZoneIndex, context: Context) -> None:
        self._book = book
        self._zones = zones
        self._context = context
        self._pose: Pose | None = None
        self._messages: list[Message] = []

    def add(self, look: Look) -> None:
        """Take in one look, as the pipeline gives it to its own book."""
        self._pose = look.pose if isinstance(look.pose, Pose) else None
        self._say(changes_of(look.tracks, self._book, self._zones, look.frame.captured_at_us))

    def finish(self, time_us: int) -> None:
        """The replay is over."""
        self._say(self._book.finish(time_us))

    @property
    def incidents(self) -> tuple[Incident, ...]:
        """All incidents of these rules."""
        return self._book.incidents

    @property
    def messages(self) -> tuple[Message, ...]:
        """All that was said of them, in order."""
        return tuple(self._messages)

    def _say(self, changes: tuple[Change, ...]) -> None:
        for change in changes:
            self._messages.append(message_of(change, self._pose, lambda _: None, self._context))
