"""Which clips a site asks for, and which it keeps when their share of the disk is full."""

from __future__ import annotations

import os
import zipfile
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

from droneops.config import SharingSection
from droneops.fleet.wire import ClipDone, ClipWanted
from droneops.incidents.incident import Founder, Incident, State
from droneops.site.clip_clerk import MOST_US, ClipClerk
from droneops.site.clip_room import ClipRoom
from droneops.site.clips import SiteClips

S = 1_000_000
AT_US = 1_795_169_250 * S
USUAL = SharingSection()
BLIND = Incident(
    id="inc-1",
    event="drone_blind",
    severity="minor",
    state=State.OPEN,
    rule_id="R11",
    rule_version="1",
    onset_us=AT_US,
    last_seen_us=AT_US,
    members=(),
    lead=None,
    zone_ids=frozenset(),
    messages=0,
    founder=Founder("drone_blind", "patrol-1", AT_US),
)


def told(messages: int, after_s: float = 0.0, **other: Any) -> list[Incident]:
    return [replace(BLIND, messages=messages, last_seen_us=AT_US + round(after_s * S), **other)]


def spans(clerk: ClipClerk, incidents: list[Incident], section: SharingSection = USUAL) -> list[tuple]:
    asks = clerk.due(incidents, section)
    return [((a.wanted.from_us - AT_US) / S, (a.wanted.to_us - AT_US) / S) for a in asks]


def test_a_first_alert_asks_the_drone_for_what_led_to_it_and_what_follows() -> None:
    clerk = ClipClerk()
    assert clerk.due(told(0), USUAL) == []
    (ask,) = clerk.due(told(1), USUAL)
    assert ask.drone_id == "patrol-1"
    assert ask.wanted == ClipWanted("inc-1", AT_US - 20 * S, AT_US + 10 * S)
    assert clerk.due(told(1, 0.5), USUAL) == []


def test_an_update_within_a_clip_asks_for_nothing_and_a_later_one_for_what_is_missing() -> None:
    clerk = ClipClerk()
    assert spans(clerk, told(1)) == [(-20, 10)]
    assert spans(clerk, told(2, 8)) == []
    assert spans(clerk, told(3, 15)) == [(10, 25)]
    assert spans(clerk, told(4, 300)) == [(280, 310)]


def test_one_incident_has_two_minutes_of_video_however_often_it_is_told() -> None:
    clerk, total_s = ClipClerk(), 0.0
    for k in range(1, 50):
        total_s += sum(end - begin for begin, end in spans(clerk, told(k, 40.0 * k)))
    assert total_s <= MOST_US / S
    assert total_s >= 100


def test_what_was_raised_before_the_service_began_or_is_over_is_not_asked_for() -> None:
    clerk = ClipClerk()
    clerk.begin(told(3))
    assert spans(clerk, told(3, 1)) == []
    assert spans(clerk, told(4, 60, state=State.CLOSED)) == []
    assert spans(ClipClerk(), told(1), SharingSection(clips_mb=0)) == []


def test_a_drone_that_cannot_be_asked_is_told_of_once_and_counted(tmp_path: Path) -> None:
    lines: list[str] = []
    clips = SiteClips(ClipClerk(), ClipRoom(tmp_path, nothing, lines.append), lines.append)
    for _ in range(3):
        clips.step(0.0, told(1), USUAL, lambda *_: False)
    assert [line for line in lines if "does not run" in line] == lines
    assert len(lines) == 1
    clips.done(ClipDone("inc-1", ("a.mp4",), "camera ir: no key frame came"))
    counts = clips.clerk.counts
    assert (counts.asked, counts.files, counts.failed) == (1, 1, 2)


def test_a_drone_whose_process_ended_before_the_clip_was_written_is_told_of_and_counted(
    tmp_path: Path,
) -> None:
    lines: list[str] = []
    clips = SiteClips(ClipClerk(), ClipRoom(tmp_path, nothing, lines.append), lines.append)
    clips.step(0.0, told(1), USUAL, lambda *_: True)
    clips.step(60.0, told(1), USUAL, lambda *_: True)
    assert lines == []
    clips.step(100.0, told(1), USUAL, lambda *_: True)
    clips.step(200.0, told(1), USUAL, lambda *_: True)
    assert len(lines) == 1
    assert "began anew" in lines[0]
    assert clips.clerk.counts.failed == 1


def nothing(kind: str, body: Mapping[str, Any]) -> None:
    """A journal."""


def clip(folder: Path, name: str, age_s: int, size: int = 100) -> Path:
    path = folder / "clips" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x" * size)
    os.utime(path, (1_700_000_000 - age_s,) * 2)
    return path


def sealed(folder: Path, *clips: Path) -> None:
    (folder / "evidence").mkdir(exist_ok=True)
    with zipfile.ZipFile(folder / "evidence" / "one.zip", "w") as bundle:
        for path in clips:
            bundle.write(path, f"clip-{path.name}")


def test_the_oldest_clips_go_first_each_after_its_tombstone_and_evidence_never(tmp_path: Path) -> None:
    oldest, old = clip(tmp_path, "i1/a.mp4", 400), clip(tmp_path, "i2/b.mp4", 300)
    goes_on, unsealed = clip(tmp_path, "i3/c.mp4", 500), clip(tmp_path, "i4/d.mp4", 600)
    new = clip(tmp_path, "i1/e.mp4", 1)
    sealed(tmp_path, oldest, old, goes_on, new)
    journal: list[str] = []
    lines: list[str] = []
    room = ClipRoom(tmp_path, lambda kind, body: journal.append(f"{kind} {body['name']}"), lines.append)
    room.make_room(300, {"i3"})
    assert journal == ["tombstone clips/i1/a.mp4", "tombstone clips/i2/b.mp4"]
    assert [path.exists() for path in (oldest, old, goes_on, unsealed, new)] == [
        False,
        False,
        True,
        True,
        True,
    ]
    assert not old.parent.exists()
    assert not room.is_full


def test_where_evidence_takes_the_whole_share_nothing_is_added_and_that_is_told_once(tmp_path: Path) -> None:
    kept = clip(tmp_path, "i1/a.mp4", 400)
    lines: list[str] = []
    room = ClipRoom(tmp_path, nothing, lines.append)
    room.make_room(50, set())
    room.make_room(50, set())
    assert kept.exists()
    assert room.is_full
    assert len(lines) == 1
    asked: list[str] = []
    clips = SiteClips(ClipClerk(), room, lines.append)
    clips.step(0.0, told(1), USUAL, lambda drone_id, _: bool(asked.append(drone_id)) or True)
    assert asked == []
    assert "full" in lines[-1]
    kept.unlink()
    room.make_room(50, set())
    assert not room.is_full


def test_what_a_killed_process_left_half_written_is_cleared_away(tmp_path: Path) -> None:
    left, whole = clip(tmp_path, "i1/.a.mp4.part", 10_000), clip(tmp_path, "i1/b.mp4", 1)
    ClipRoom(tmp_path, nothing, print).make_room(10_000, set())
    assert not left.exists()
    assert whole.exists()
