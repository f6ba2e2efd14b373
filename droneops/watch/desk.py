"""What a terminal does with each message: show it once, keep its picture, answer it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from droneops.delivery.alert import Alert
from droneops.errors import OutputError
from droneops.times import from_text
from droneops.watch.answers import Answer, Answerer, answers
from droneops.watch.memory import Bounded, Memory, Novelty
from droneops.watch.pictures import save
from droneops.watch.reading import AlertCame, PictureCame, Strange, Subject, read
from droneops.watch.screen import Screen

OLD_US = 1_800_000_000
"""Half an hour: what was said before then may be over. A broker keeps alerts, and strangers can send again
what the site signed long ago."""

NOT_ANSWERED = "not answered: no receipt is sent for it"


@dataclass(frozen=True, slots=True)
class Post:
    """Where a terminal belongs: whose messages it reads, who answers them, and where pictures go, if kept."""

    subject: Subject
    who: Answerer
    pictures: Path | None = None


class Desk:
    """Takes messages in the order in which they come. ``now_us`` tells the time for receipts."""

    def __init__(self, post: Post, screen: Screen, now_us: Callable[[], int]) -> None:
        self._post, self._screen, self._now_us = post, screen, now_us
        self._memory = Memory()
        self._answers: Bounded[tuple[Answer, ...]] = Bounded()
        self._pictures: Bounded[bool] = Bounded()

    def take(self, topic: str | None, payload: bytes, retained: bool) -> tuple[Answer, ...]:
        """Show a message; the receipts that it is owed, once it was shown."""
        came = read(self._post.subject, topic, payload, retained)
        if isinstance(came, AlertCame):
            return self._alert(came)
        if isinstance(came, PictureCame):
            self._picture(came)
        else:
            self._strange(came)
        return ()

    def _alert(self, came: AlertCame) -> tuple[Answer, ...]:
        if came.doubt is not None:
            remark = f"NOT THE SITE'S WORD: {came.doubt}. Ask before acting on it; {NOT_ANSWERED}"
            self._screen.alert(came, (remark,))
            return ()
        place = self._memory.place(came.alert, came.sha256)
        if place.novelty is Novelty.OTHER_BYTES:
            remark = (
                f"ANOTHER ALERT OF THIS ID WAS SHOWN BEFORE, with other content; this one is {NOT_ANSWERED}"
            )
            self._screen.alert(came, (remark,))
            return ()
        if place.novelty is Novelty.REPEAT:
            return self._answers.get(came.alert.id) or ()
        now_us = self._now_us()
        remarks = (place.remark, "kept by the broker, it may be old" if came.retained else None)
        self._screen.alert(came, tuple(filter(None, (*remarks, _age(came.alert, now_us)))))
        self._memory.shown(came.alert, came.sha256)
        said = answers(came, self._post.who, now_us)
        self._answers.put(came.alert.id, said)
        return said

    def _picture(self, came: PictureCame) -> None:
        key = f"{came.incident_id}/{came.sha256}"
        if self._pictures.get(key):
            return
        where = self._saved(came)
        named = self._memory.names_picture(came.incident_id, came.sha256)
        fits = "the one that its alert names" if named else "no alert shown here names it"
        size = f"{len(came.raw)} bytes"
        self._screen.note(f"picture of incident {came.incident_id}: {size}, {fits}{where}")
        self._pictures.put(key, value=True)

    def _saved(self, came: PictureCame) -> str:
        if self._post.pictures is None:
            return ""
        try:
            return f", in {save(self._post.pictures, came)}"
        except OutputError as error:
            return f"; {error.one_line()}"

    def _strange(self, came: Strange) -> None:
        self._screen.note(f"{came.topic}: {came.size} bytes, {came.why}; {NOT_ANSWERED}")


def _age(alert: Alert, now_us: int) -> str | None:
    """How long ago a real alert was said, where it is long; those of a replay are always old."""
    age_us = now_us - from_text(alert.sent)
    if alert.status != "actual" or age_us < OLD_US:
        return None
    return f"SAID {age_us / 3_600_000_000:.1f} HOURS AGO: what it tells may be over"
