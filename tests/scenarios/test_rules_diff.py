"""What other rules would have told of an old flight."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from droneops.app import diff_rules
from droneops.replay.rules_diff import RulesDiff
from droneops.replay.rules_diff_text import diff_json

SURER_AND_LATER = '[[rule]]\nid = "R0"\ndwell_s = 3.5\nprobability = 0.5\n'
NONE_IN_PARKS = '[[rule]]\nid = "R0"\nenabled = false\n'
ANY_TIMBER = '[[rule]]\nid = "R7"\nsightings = 3\ndwell_s = 1.0\n'


class Counting:
    """Counts how often a video is begun."""

    def __init__(self) -> None:
        self.begun = 0

    def warn(self, text: str) -> None:
        """Not looked at."""

    def progress(self, stage: str, done: float) -> None:
        self.begun += stage.endswith("watching") and done == 0.0


@pytest.fixture(scope="module")
def patrol(example, tmp_path_factory) -> Path:
    """The example patrol with site files that differ in their rules; a person's marker stands for timber."""
    folder = tmp_path_factory.mktemp("diff") / "patrol"
    shutil.copytree(example, folder)
    site = (folder / "site.toml").read_text().replace('5 = "person"', '5 = "log_pile"')
    no_timber = '[[rule]]\nid = "R7"\nenabled = false\n'
    for name, rules in (
        ("as_it_was", no_timber),
        ("later", SURER_AND_LATER + no_timber),
        ("silent", NONE_IN_PARKS + no_timber),
        ("timber", ANY_TIMBER + SURER_AND_LATER),
    ):
        (folder / f"{name}.toml").write_text(f"{site}\n{rules}")
    return folder


def diff(folder: Path, a: str, b: str, of: Path | None = None) -> tuple[RulesDiff, int]:
    listener = Counting()
    found = diff_rules(
        folder / f"{a}.toml", (of or folder) / f"{b}.toml", [folder / "capture.tlog"], listener
    )
    return found, listener.begun


def test_rules_that_differ_in_nothing_tell_the_same_and_a_log_given_twice_counts_once(patrol) -> None:
    log = patrol / "capture.tlog"
    found = diff_rules(patrol / "later.toml", patrol / "later.toml", [log, log], Counting())
    assert diff_json(found) == {"only_a": [], "only_b": [], "changed": [], "alike": 1}


def test_a_rule_switched_off_or_on_shows_the_incidents_that_go_or_come(patrol) -> None:
    gone, begun = diff(patrol, "as_it_was", "silent")
    assert [(told.rules, told.event) for told in gone.only_a] == [(("R0",), "intrusion")]
    assert (gone.only_b, gone.changed, gone.alike) == ((), (), 0)
    assert begun == 1, "files that differ in their rules alone need one look"
    come, _ = diff(patrol, "silent", "as_it_was")
    assert (come.only_a, come.only_b) == ((), gone.only_a)


def test_an_incident_that_other_rules_tell_otherwise_is_paired(patrol) -> None:
    found, _ = diff(patrol, "as_it_was", "timber")
    ((before, after),) = found.changed
    assert before.founder == after.founder
    assert (before.rules, before.severity) == (("R0",), "moderate")
    assert after.rules[-1] == "R7"
    assert after.severity == "severe"
    assert (found.only_a, found.only_b, found.alike) == ((), (), 0)


@pytest.mark.parametrize("b", ["later", "silent", "timber"])
def test_looking_once_tells_what_looking_twice_does(patrol, tmp_path, b) -> None:
    """Site files in two folders name different camera files, so that each is looked at by itself."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    for path in patrol.glob("*.toml"):
        shutil.copy(path, elsewhere)
    once, begun = diff(patrol, "as_it_was", b)
    twice, begun_twice = diff(patrol, "as_it_was", b, elsewhere)
    assert once == twice
    assert (begun, begun_twice) == (1, 2)


def test_where_zones_differ_too_each_site_file_looks_for_itself(patrol) -> None:
    text = (patrol / "as_it_was.toml").read_text()
    (patrol / "border.toml").write_text(f'{text}\n[[zone_layer]]\nid = "mekong-border"\n')
    found, begun = diff(patrol, "as_it_was", "border")
    assert len(found.only_a) == 1, "without the parks R0 has no place to fire in"
    assert begun == 2


def test_the_command_tells_it_in_lines_or_as_json_and_writes_nothing(patrol, droneops) -> None:
    before = sorted(patrol.rglob("*"))
    a, b, log = patrol / "as_it_was.toml", patrol / "silent.toml", patrol / "capture.tlog"
    told = droneops("rules", "diff", a, b, log)
    assert told.status == 0
    first, last = told.stdout.splitlines()
    assert first.startswith(f"only {a}")
    assert last == "0 incidents alike"
    assert "capture.tlog: watching: " in told.stderr
    found = json.loads(droneops("rules", "diff", a, b, log, "--json").stdout)
    assert len(found["only_a"]) == 1
    assert sorted(patrol.rglob("*")) == before


def test_a_wrong_rule_file_or_log_is_refused_before_anything_is_looked_at(patrol, tmp_path, droneops) -> None:
    wrong = tmp_path / "wrong.toml"
    wrong.write_text('[site]\nid = "x"\n[[rule]]\nid = "R99"\n')
    told = droneops("rules", "diff", patrol / "later.toml", wrong, patrol / "capture.tlog")
    assert (told.status, "R99" in told.error) == (2, True)
    assert "watching" not in told.stderr
    told = droneops("rules", "diff", patrol / "later.toml", patrol / "later.toml", tmp_path / "none.tlog")
    assert (told.status, "no such file" in told.error) == (2, True)
