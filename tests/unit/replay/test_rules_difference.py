"""Incidents of two rule sets are paired by what founded them; a log finds its video."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from droneops.errors import InputError
from droneops.replay import beside
from droneops.replay.rules_diff import RulesDiff, Told, compare, video_beside
from droneops.replay.rules_diff_text import diff_json, diff_text

BOAT = Told("a.tlog", "d", "intrusion", "2026-11-20T10:07:54.800000Z#0/1", ("R0",), "moderate", 2, "1 boat")
CAR = replace(BOAT, founded="2026-11-20T10:08:00.000000Z#0/1", headline_en="1 vehicle")


def test_the_same_rules_make_no_difference() -> None:
    assert compare((BOAT, CAR), (BOAT, CAR)) == RulesDiff((), (), (), 2)


def test_incidents_of_one_side_alone_are_told_and_those_told_otherwise_are_paired() -> None:
    graver = replace(BOAT, rules=("R0", "R4"), severity="extreme", messages=3)
    assert compare((BOAT, CAR), (graver,)) == RulesDiff((CAR,), (), ((BOAT, graver),), 0)
    assert compare((), (CAR,)) == RulesDiff((), (CAR,), (), 0)


@pytest.mark.parametrize("key", ["log", "drone_id", "event", "founded"])
def test_incidents_that_something_else_founded_are_two(key) -> None:
    other = replace(BOAT, **{key: "another"})
    assert compare((BOAT,), (other,)) == RulesDiff((BOAT,), (other,), (), 0)


def test_a_line_says_whose_the_incident_is_which_rules_spoke_and_how_often() -> None:
    graver = replace(BOAT, rules=("R0", "R4"), severity="extreme", messages=1)
    lines = diff_text(compare((BOAT, CAR), (graver,)), "old.toml", "b.toml").splitlines()
    assert lines == [
        "only old.toml: a.tlog 2026-11-20T10:08:00.000000Z#0/1 R0, moderate, 2 messages: 1 vehicle",
        "     old.toml: a.tlog 2026-11-20T10:07:54.800000Z#0/1 R0, moderate, 2 messages: 1 boat",
        "     b.toml  : a.tlog 2026-11-20T10:07:54.800000Z#0/1 R0 then R4, extreme, 1 message: 1 boat",
        "0 incidents alike",
    ]


def test_a_machine_gets_all_of_it() -> None:
    graver = replace(BOAT, rules=("R0", "R4"))
    found = json.loads(json.dumps(diff_json(compare((BOAT, CAR), (graver,)))))
    assert [incident["headline_en"] for incident in found["only_a"]] == ["1 vehicle"]
    assert [(pair["a"]["rules"], pair["b"]["rules"]) for pair in found["changed"]] == [(["R0"], ["R0", "R4"])]
    assert (found["only_b"], found["alike"]) == ([], 0)


def folder_with(folder: Path, *names: str) -> Path:
    for name in names:
        (folder / name).touch()
    return folder / names[0]


def test_a_logs_video_has_its_name_or_is_the_only_one_beside_it_or_is_itself(tmp_path) -> None:
    for number, (names, video) in enumerate(
        (
            (("a.tlog", "a.mp4", "b.mp4"), "a.mp4"),
            (("a.tlog", "video.mp4", "notes.txt"), "video.mp4"),
            (("a.ts",), "a.ts"),
            (("a.ts", "a.mp4"), "a.mp4"),
        )
    ):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert video_beside(folder_with(folder, *names)).name == video


@pytest.mark.parametrize(
    ("names", "said"), [(("a.tlog",), "no video"), (("a.tlog", "b.mp4", "c.mkv"), "2 videos")]
)
def test_a_log_without_one_video_is_refused_with_the_mend(tmp_path, names, said) -> None:
    with pytest.raises(InputError, match=f"{said}.*put a.mp4 beside it"):
        video_beside(folder_with(tmp_path, *names))


def test_a_log_that_is_not_there_is_refused(tmp_path) -> None:
    with pytest.raises(InputError, match="no such file"):
        video_beside(tmp_path / "none" / "a.tlog")


class WaitingBook:
    """Has one thing left to say when the run ends."""

    def finish(self, time_us: int) -> tuple[str, ...]:
        return (f"news at {time_us}",)


def test_what_other_rules_have_left_to_say_at_the_end_counts(monkeypatch) -> None:
    monkeypatch.setattr(beside, "message_of", lambda change, *_: change)
    other = beside.Beside(WaitingBook(), zones=None, context=None)
    other.finish(7)
    assert other.messages == ("news at 7",)
