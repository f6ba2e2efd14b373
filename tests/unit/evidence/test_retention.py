"""Retention: what raised no incident goes first, nothing that is held goes, and nothing goes unsaid."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.errors import InputError, OutputError
from droneops.evidence.retention import DAY_US, Days, Hold, Kept, Kind, Plan, Removal, apply, look_at, plan

NOW_US = 1_795_000_000_000_000
HOUR_US = DAY_US // 24


def kept(name: str, kind: Kind, age_days: float, size: int = 100, incident: str | None = None) -> Kept:
    to_us = NOW_US - round(age_days * DAY_US)
    return Kept(name, kind, size, to_us - HOUR_US, to_us, incident)


def names(planned: Plan) -> list[str]:
    return [removal.kept.name for removal in planned.removals]


def incident(age_days: float) -> Hold:
    at_us = NOW_US - round(age_days * DAY_US) - HOUR_US // 2
    return Hold("i", at_us, at_us + 1)


FRESH = kept("fresh", Kind.VIDEO, 0)


def test_each_kind_goes_after_its_own_days() -> None:
    items = [
        FRESH,
        kept("video-6", Kind.VIDEO, 6),
        kept("video-8", Kind.VIDEO, 8),
        kept("sightings-8", Kind.SIGHTINGS, 8),
        kept("bundle-8", Kind.INCIDENT, 8, incident="i"),
        kept("bundle-40", Kind.INCIDENT, 40, incident="j"),
    ]
    planned = plan(items, [], Days(sightings=9, video=7, incidents=30), NOW_US)
    assert names(planned) == ["video-8", "bundle-40"]
    assert {removal.why for removal in planned.removals} == {"age"}


def test_what_an_incident_holds_stays_for_the_incidents_days() -> None:
    items = [FRESH, kept("video-8", Kind.VIDEO, 8), kept("sightings-8", Kind.SIGHTINGS, 8)]
    assert names(plan(items, [incident(8)], Days(), NOW_US)) == []
    assert names(plan(items, [incident(8)], Days(incidents=5), NOW_US)) == ["sightings-8", "video-8"]


@pytest.mark.parametrize(("gap_us", "is_held"), [(20_000_000, True), (40_000_000, False)])
def test_what_was_recorded_shortly_before_or_after_an_incident_is_held_as_well(
    gap_us: int, is_held: bool
) -> None:
    item = kept("video-8", Kind.VIDEO, 8)
    for at_us in (item.to_us + gap_us, item.from_us - gap_us):
        planned = plan([FRESH, item], [Hold("i", at_us, at_us)], Days(), NOW_US)
        assert (names(planned) == []) == is_held


def test_a_full_disk_takes_video_without_incident_first_and_the_oldest_of_it() -> None:
    items = [
        kept("sightings-5", Kind.SIGHTINGS, 5),
        kept("video-2", Kind.VIDEO, 2),
        kept("video-3", Kind.VIDEO, 3),
        kept("video-4-held", Kind.VIDEO, 4),
        kept("bundle", Kind.INCIDENT, 100, incident="i"),
    ]
    assert names(plan(items, [incident(4)], Days(), NOW_US, need_bytes=150)) == ["video-3", "video-2"]
    everything = plan(items, [incident(4)], Days(), NOW_US, need_bytes=1000)
    assert names(everything) == ["video-3", "video-2", "sightings-5"]
    assert everything.missing_bytes == 700


def test_a_clock_far_ahead_deletes_nothing_that_is_young() -> None:
    items = [kept("video-1", Kind.VIDEO, 1), kept("bundle-1", Kind.INCIDENT, 1, incident="i")]
    century_us = NOW_US + 36_500 * DAY_US
    assert names(plan(items, [], Days(video=60), century_us)) == []
    assert "bundle-1" not in names(plan(items, [], Days(), century_us))


def test_a_clock_that_went_back_deletes_nothing() -> None:
    assert names(plan([kept("video-8", Kind.VIDEO, 8)], [], Days(), 0)) == []


ITEMS = st.lists(
    st.builds(
        kept,
        st.uuids().map(str),
        st.sampled_from(list(Kind)),
        st.floats(0, 5000),
        st.integers(0, 10_000),
    ),
    max_size=12,
    unique_by=lambda item: item.name,
)


@given(ITEMS, st.lists(st.builds(incident, st.floats(0, 5000)), max_size=3), st.integers(0, 100_000))
def test_nothing_held_and_no_young_evidence_ever_goes(
    items: list[Kept], holds: list[Hold], need_bytes: int
) -> None:
    planned = plan(items, holds, Days(), NOW_US, need_bytes)
    assert len(set(names(planned))) == len(planned.removals)
    for removal in planned.removals:
        item = removal.kept
        if item.kind is Kind.INCIDENT:
            assert NOW_US - item.to_us >= 3650 * DAY_US
        for hold in holds:
            overlaps = item.from_us <= hold.last_seen_us and item.to_us >= hold.onset_us
            young = NOW_US - hold.last_seen_us < 3650 * DAY_US
            assert item.kind is Kind.INCIDENT or not (overlaps and young)


class Journal:
    """Remembers what was said, and whether the file was still there then."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.entries: list[tuple[str, Mapping[str, Any], bool]] = []

    def append(self, kind: str, body: Mapping[str, Any]) -> None:
        self.entries.append((kind, body, self.path.exists()))


def removal(name: str) -> Removal:
    return Removal(kept(name, Kind.VIDEO, 8), "age")


def test_the_tombstone_is_in_the_journal_before_the_file_is_deleted(tmp_path: Path) -> None:
    (tmp_path / "video").mkdir()
    path = tmp_path / "video" / "a.ts"
    path.write_bytes(b"pictures")
    journal = Journal(path)
    done = apply([removal("video/a.ts"), removal("video/gone.ts")], tmp_path, journal.append)
    assert done.removed == ("video/a.ts",)
    assert not path.exists()
    (kind, body, was_there), *more = journal.entries
    assert (kind, was_there, more) == ("tombstone", True, [])
    assert body == {
        "name": "video/a.ts",
        "kind": "video",
        "incident_id": None,
        "bytes": 8,
        "sha256": hashlib.sha256(b"pictures").hexdigest(),
        "why": "age",
    }


def test_without_a_tombstone_nothing_is_deleted(tmp_path: Path) -> None:
    path = tmp_path / "a.ts"
    path.write_bytes(b"x")

    def full(kind: str, body: Mapping[str, Any]) -> None:
        raise OutputError("disk full")

    with pytest.raises(OutputError):
        apply([removal("a.ts")], tmp_path, full)
    assert path.exists()


@pytest.mark.parametrize("name", ["../outside", "/etc/hostname", "link/outside", "link", "folder", "", "."])
def test_nothing_outside_the_folder_is_deleted(tmp_path: Path, name: str) -> None:
    data, outside = tmp_path / "data", tmp_path / "elsewhere"
    (data / "folder").mkdir(parents=True)
    outside.mkdir()
    (outside / "outside").write_bytes(b"x")
    (tmp_path / "outside").write_bytes(b"x")
    (data / "link").symlink_to(outside)
    journal = Journal(tmp_path)
    done = apply([removal(name)], data, journal.append)
    assert done.removed == ()
    assert journal.entries == []
    assert [left[0] for left in done.left] == [name]
    assert (outside / "outside").exists()


def test_a_look_at_evidence_is_in_the_journal(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    path.write_bytes(b"bundle")
    journal = Journal(path)
    assert look_at(path, "Sgt. Somchai", "case 12/2569", journal.append) == b"bundle"
    kind, body, _ = journal.entries[0]
    assert kind == "evidence_seen"
    assert body["sha256"] == hashlib.sha256(b"bundle").hexdigest()
    assert (body["by"], body["why"]) == ("Sgt. Somchai", "case 12/2569")
    with pytest.raises(InputError):
        look_at(tmp_path / "none", "x", "y", journal.append)
