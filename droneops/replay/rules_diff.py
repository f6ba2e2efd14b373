"""What another site file would have said of the same flights.

Incident ids hold the run, which the site file is part of, so incidents of two replays are paired by what
founded them: drone, event, and when the founding thing was first seen.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

from droneops.delivery.routing import Message
from droneops.errors import InputError
from droneops.incidents.incident import Incident
from droneops.replay.request import Listener
from droneops.times import to_text

VIDEO_SUFFIXES = (".mp4", ".ts", ".mkv", ".mov", ".MP4", ".MOV")


@dataclass(frozen=True, slots=True)
class Told:
    """One incident as a site file's rules told it.

    ``rules`` are those that spoke, in order; ``severity`` is the last one said.
    """

    log: str
    drone_id: str
    event: str
    founded: str
    rules: tuple[str, ...]
    severity: str
    messages: int
    headline_en: str

    @property
    def founder(self) -> tuple[str, str, str, str]:
        """What two site files' versions of one incident share."""
        return (self.log, self.drone_id, self.event, self.founded)


@dataclass(frozen=True, slots=True)
class RulesDiff:
    """Incidents that only one site file makes, those that both make otherwise, and how many are alike."""

    only_a: tuple[Told, ...]
    only_b: tuple[Told, ...]
    changed: tuple[tuple[Told, Told], ...]
    alike: int


def video_beside(log: Path) -> Path:
    """The video of a log: the one with its stem, else the only one in its folder, else its own (.ts).

    Raises:
        InputError: there is no such log, no video, or several.
    """
    if not log.is_file():
        raise InputError("there is no such file", where=str(log))
    named = [log.with_suffix(suffix) for suffix in VIDEO_SUFFIXES if log.with_suffix(suffix).is_file()]
    named = [path for path in named if path != log]
    if named:
        return named[0]
    others = sorted(path for path in log.parent.iterdir() if path.suffix in VIDEO_SUFFIXES and path != log)
    if not others and log.suffix in VIDEO_SUFFIXES:
        return log
    if len(others) != 1:
        found = "no video" if not others else f"{len(others)} videos, none with its name,"
        raise InputError(f"{found} beside the log", where=str(log), mend=f"put {log.stem}.mp4 beside it")
    return others[0]


def told(incidents: Iterable[Incident], messages: Iterable[Message], log: str) -> tuple[Told, ...]:
    """The incidents of a replay, with its messages."""
    said: dict[str, list[Message]] = {}
    for message in messages:
        said.setdefault(message.alert.incident_id, []).append(message)
    return tuple(_told(incident, said[incident.id], log) for incident in incidents)


def compare(a: Sequence[Told], b: Sequence[Told]) -> RulesDiff:
    """How the incidents of one site file differ from another's."""
    of_a = {incident.founder: incident for incident in a}
    of_b = {incident.founder: incident for incident in b}
    both = [(of_a[founder], of_b[founder]) for founder in of_a if founder in of_b]
    return RulesDiff(
        only_a=tuple(incident for founder, incident in of_a.items() if founder not in of_b),
        only_b=tuple(incident for founder, incident in of_b.items() if founder not in of_a),
        changed=tuple(pair for pair in both if pair[0] != pair[1]),
        alike=sum(one == other for one, other in both),
    )


@dataclass(frozen=True, slots=True)
class OfLog:
    """A listener that says which log it is about."""

    listener: Listener
    name: str

    def warn(self, text: str) -> None:
        """See `Listener`."""
        self.listener.warn(text)

    def progress(self, stage: str, done: float) -> None:
        """See `Listener`."""
        self.listener.progress(f"{self.name}: {stage}", done)


def _told(incident: Incident, messages: Sequence[Message], log: str) -> Told:
    founder = incident.founder
    return Told(
        log=log,
        drone_id=founder.drone_id,
        event=founder.event,
        founded=f"{to_text(founder.start_us)}#{founder.ordinal}/{founder.time}",
        rules=tuple(dict.fromkeys(message.alert.rule.id for message in messages)),
        severity=messages[-1].alert.severity,
        messages=len(messages),
        headline_en=messages[-1].alert.headline.en,
    )
