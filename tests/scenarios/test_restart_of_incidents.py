"""The site process dies in the middle of a patrol; what the police hear is the same as if it had not."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from droneops.incidents.book import IncidentBook
from droneops.incidents.entry import Entry
from droneops.incidents.incident import Change, Observation, Origin
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.stored import entry_to_record
from geofences import ZoneIndex

Look = tuple[tuple[Observation, ...], int]


class Remembering(IncidentBook):
    """A book that keeps the looks it is given."""

    looks: list[Look]
    given: tuple[RuleSet, Origin, ZoneIndex]

    def __init__(self, rules: RuleSet, origin: Origin, zones: ZoneIndex) -> None:
        super().__init__(rules, origin, zones)
        type(self).looks, type(self).given = [], (rules, origin, zones)

    def observe(self, seen, time_us, blind=(), friends=()) -> tuple[Change, ...]:
        type(self).looks.append((tuple(seen), time_us))
        return super().observe(seen, time_us, blind, friends)


@pytest.fixture
def patrol(droneops, example, tmp_path, monkeypatch) -> type[Remembering]:
    """The shipped patrol's looks, as the pipeline gives them to the book."""
    monkeypatch.setattr("droneops.app.IncidentBook", Remembering)
    names = ("capture.tlog", "video.mp4", "camera.toml", "site.toml")
    options = ("--telemetry", "--video", "--camera", "--site")
    files = [part for pair in zip(options, (example / name for name in names), strict=True) for part in pair]
    assert droneops("replay", *files, "--out", tmp_path / "out").status == 0
    assert len(Remembering.looks) > 200
    return Remembering


def told(patrol: type[Remembering], restart_every: int | None) -> list[Any]:
    """All that a book tells of the patrol, if its process dies after every so many looks."""
    return [_plain(change) for change in _changes(patrol, restart_every)]


def _changes(patrol: type[Remembering], restart_every: int | None) -> Iterator[Change]:
    book = IncidentBook(*patrol.given)
    for number, (seen, time_us) in enumerate(patrol.looks, start=1):
        yield from book.observe(seen, time_us)
        if restart_every is not None and number % restart_every == 0:
            state = json.loads(json.dumps(book.to_state(), allow_nan=False))
            book = IncidentBook.from_state(*patrol.given, state)
        yield from book.tick(time_us)
    yield from book.finish(patrol.looks[-1][1])


def _plain(change: Change) -> Any:
    present = [track.id for track in change.present]
    return change.kind, change.time_us, entry_to_record(Entry(change.incident, 0, {})), present


def test_a_restart_after_any_look_changes_no_message(patrol) -> None:
    whole = told(patrol, None)
    assert len(whole) >= 2
    for restart_every in (1, 7, 60):
        assert told(patrol, restart_every) == whole
