"""What was in force is kept with the recording, and comes back as it was or is refused."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droneops.config import RuleSection
from droneops.errors import InputError, OutputError
from droneops.fleet.recording import in_force as kept
from droneops.fleet.recording.desk_notes import Began, Changed, DeskNotes, Took, forces_in, read_notes
from droneops.fleet.recording.reader import Torn
from droneops.incidents.rule_set import RuleSet, rule_set_of
from geofences import ZoneIndex, load_zones

ZONES = ZoneIndex(load_zones())
SECTIONS = [RuleSection(id="R4", within_m=150.0), RuleSection(id="R0", enabled=False, labels=["person"])]
RULES = rule_set_of(SECTIONS)
FORCE = kept.in_force(ZONES, RULES, SECTIONS, "ab" * 32)


def test_zones_and_rules_come_back_as_they_were(tmp_path: Path) -> None:
    kept.keep_texts(tmp_path, ZONES, RULES)
    assert kept.zones_in(tmp_path, FORCE).sha256 == ZONES.sha256
    assert kept.rules_in(FORCE) == RULES


def test_what_was_in_force_comes_back_from_its_record() -> None:
    record = json.loads(json.dumps(kept.force_to_record(FORCE)))
    assert kept.force_from_record(record) == FORCE


def test_a_text_is_kept_once_and_for_its_owner_alone(tmp_path: Path) -> None:
    kept.keep_texts(tmp_path, ZONES, RULES)
    before = {path: path.stat().st_mtime_ns for path in (tmp_path / kept.FOLDER).iterdir()}
    kept.keep_texts(tmp_path, ZONES, RULES)
    assert {path: path.stat().st_mtime_ns for path in (tmp_path / kept.FOLDER).iterdir()} == before
    assert len(before) == 2
    assert all(path.stat().st_mode & 0o077 == 0 for path in before)


@pytest.mark.parametrize("damage", [b"", b"other", None])
def test_a_text_that_is_damaged_or_gone_is_refused(tmp_path: Path, damage: bytes | None) -> None:
    kept.keep_texts(tmp_path, ZONES, RULES)
    path = tmp_path / kept.FOLDER / f"{ZONES.sha256}.txt"
    path.unlink() if damage is None else path.write_bytes(damage)
    with pytest.raises(InputError):
        kept.zones_in(tmp_path, FORCE)


def test_rules_that_this_version_does_not_have_are_refused() -> None:
    other = kept.InForce(FORCE.zones_sha256, "0" * 64, None, FORCE.rules)
    unknown = kept.InForce(FORCE.zones_sha256, FORCE.rules_sha256, None, ({"id": "R4", "sorcery": 1},))
    for force in (other, unknown):
        with pytest.raises(InputError):
            kept.rules_in(force)


def test_a_disk_that_takes_nothing_is_an_output_error(tmp_path: Path) -> None:
    (tmp_path / kept.FOLDER).write_bytes(b"no folder")
    with pytest.raises(OutputError):
        kept.keep_texts(tmp_path, ZONES, RULES)


def test_notes_tell_what_was_in_force_at_the_begin_and_from_when_another(tmp_path: Path) -> None:
    first = kept.in_force(ZONES, RuleSet(), [], None)
    notes = DeskNotes(tmp_path, Began("s", "test", "live", False, first), lambda: 1_000_000, pytest.fail)
    notes.take("d1", 1, 500)
    notes.changed(FORCE, 700)
    notes.take("d1", 2, 900)
    notes.close()
    told = list(read_notes(tmp_path, Torn()))
    assert told == [
        Began("s", "test", "live", False, first),
        Took("d1", 1, 500),
        Changed(FORCE, 700),
        Took("d1", 2, 900),
    ]
    assert forces_in(tmp_path) == (first, FORCE)


def test_a_further_file_begins_with_what_is_in_force_then(tmp_path: Path) -> None:
    now_us = [1_000_000]
    begin = Began("s", "test", "live", False, kept.in_force(ZONES, RuleSet(), [], None))
    notes = DeskNotes(tmp_path, begin, lambda: now_us[0], pytest.fail)
    notes.changed(FORCE, 700)
    now_us[0] += 2 * 3_600_000_000
    notes.tick(900)
    notes.close()
    last = [note for note in read_notes(tmp_path, Torn()) if isinstance(note, Began)][-1]
    assert (last.resumed, last.in_force) == (True, FORCE)


def test_notes_of_before_it_was_written_down_are_read(tmp_path: Path) -> None:
    header = {"format": "droneops.desk/1", "site_id": "s", "status": "test", "run": "live", "resumed": False}
    (tmp_path / "desk-1.jsonl").write_text(json.dumps(header) + "\n")
    assert list(read_notes(tmp_path, Torn())) == [Began("s", "test", "live", False, None)]
    assert forces_in(tmp_path) == ()
