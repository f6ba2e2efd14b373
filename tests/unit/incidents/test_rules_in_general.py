"""What holds for all rules: order, doubted tracks, numbers, permits, missing layers, words, settings."""

from __future__ import annotations

import json
import math
import random
from dataclasses import fields, replace
from datetime import UTC, datetime
from functools import cache

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_scenes import (
    BOAT,
    DAY_US,
    NIGHT_US,
    PICKUP,
    Actor,
    Film,
    blindness,
    carriers,
    fired,
    friend,
    incident,
    index,
    still,
    told,
    zone,
)
from typer.testing import CliRunner

from droneops.cli.rules import rules as app
from droneops.config import RuleSection, load_site
from droneops.errors import ConfigError, UsageError
from droneops.incidents import rules
from droneops.incidents.explain import explain, rule_json, rule_text, table, why_not
from droneops.incidents.judge import CHECKS, judge
from droneops.incidents.rule_set import RuleSet, gaps, rule_set_of
from droneops.incidents.rules import ALL, Blind, Convergence, Presence
from droneops.incidents.scene import Scene
from droneops.incidents.trace import Trace
from droneops.types import TrackState
from geofences import Kind, ZoneIndex

RULES = RuleSet()


@cache
def busy(start_us: int = NIGHT_US, seconds: int = 130):
    """A scene in which many rules fire."""
    actors = [
        BOAT,
        PICKUP,
        *carriers((3, 4)),
        *(still(n, "person", -5000, 10 * n) for n in range(10, 16)),
        still(20, "tractor", -5200, 0),
        still(21, "log_pile", -5100, 30),
        still(22, "smoke", -1000, 0),
        still(23, "vehicle", -5050, -300),
        still(24, "light", -5000, 400),
        still(25, "shelter", -5010, 50),
        still(26, "person_in_distress", -1200, 0),
    ]
    film = Film(actors, start_us=start_us)
    return film.scene(seconds, blind=(blindness({"park"}, start_us),))


def test_a_busy_night_fires_most_rules() -> None:
    found = judge(busy(), RULES)
    fires = {"R0", "R1", "R2", "R3", "R4", "R5", "R6", "R7", "R11", "R12"}
    assert {item.rule_id for item in found if item.fires} == fires
    assert [item.rule_id for item in found if item.fires and item.event == "person_in_distress"] == ["R12"]


def summary(findings):
    return sorted(
        (f.rule_id, f.severity, sorted(t.track.id for t in f.things), f.since_us, f.score, len(f.missing))
        for f in findings
    )


@settings(max_examples=15, deadline=None)
@given(st.integers(0, 2**32))
def test_the_order_of_the_tracks_does_not_matter(seed) -> None:
    scene = busy()
    things = list(scene.things)
    random.Random(seed).shuffle(things)  # noqa: S311 - no secret
    assert summary(judge(replace(scene, things=tuple(things)), RULES)) == summary(judge(scene, RULES))


def test_nothing_fires_on_tracks_that_are_not_believed() -> None:
    scene = busy()
    doubted = tuple(
        replace(t, seen=replace(t.seen, track=replace(t.seen.track, state=TrackState.TENTATIVE)))
        for t in scene.things
    )
    assert {item.rule_id for item in judge(replace(scene, things=doubted), RULES)} == {"R11"}


def test_findings_come_in_the_order_of_the_rules() -> None:
    order = [rule.id for rule in ALL]
    places = [order.index(item.rule_id) for item in judge(busy(), RULES)]
    assert places == sorted(places)


places = st.tuples(st.floats(0, 100), st.floats(-9000, 2000), st.floats(-3000, 3000))
actors = st.lists(
    st.tuples(
        st.sampled_from(sorted(RULES.labels)),
        st.lists(places, min_size=1, max_size=3),
        st.floats(0, 60),
        st.floats(0, 60),
    ),
    max_size=8,
)


@settings(max_examples=40, deadline=None)
@given(actors, st.sampled_from([DAY_US, NIGHT_US]))
def test_whatever_is_seen_gives_finite_numbers_and_at_most_one_missing_condition(made, start_us) -> None:
    film = Film(
        [
            Actor(n, label, sorted(stops), own_m=own_m, common_m=common_m)
            for n, (label, stops, own_m, common_m) in enumerate(made)
        ],
        start_us=start_us,
    )
    for item in judge(film.scene(30), RULES):
        assert math.isfinite(item.score)
        assert 0 <= item.score <= 1
        assert len(item.missing) <= 1
        assert item.since_us <= film.time_us(30)
        assert item.things
        assert "nan" not in explain(item)


def permit(**given):
    return zone("p", Kind.PERMIT, [(-5300, -400), (-4700, -400), (-4700, 500), (-5300, 500)], **given)


def test_permitted_work_is_left_out_and_said() -> None:
    zones = index(more=[permit(labels=("tractor",), holder="RFD")])
    (found,) = told([still(1, "tractor", -5200, 0)], 5, "R6", zones=zones)
    assert [item.found for item in found.missing] == ["permit p of RFD allows tractor"]


def test_a_permit_out_of_its_hours_allows_nothing() -> None:
    tractor = [still(1, "tractor", -5200, 0)]
    over = permit(labels=("tractor",), valid_to=datetime(2025, 1, 1, tzinfo=UTC))
    assert fired(told(tractor, 5, "R6", zones=index(more=[over])), "R6")


def test_a_permit_for_something_else_or_elsewhere_changes_nothing() -> None:
    tractor = [still(1, "tractor", -5200, 0)]
    assert fired(told(tractor, 5, "R6", zones=index(more=[permit(labels=("boat",))])), "R6")
    far = [still(1, "tractor", -6200, 0)]
    assert fired(told(far, 5, "R6", zones=index(more=[permit(labels=("tractor",))])), "R6")


def test_a_permit_without_labels_allows_nothing_and_that_is_said() -> None:
    zones = index(more=[permit()])
    assert fired(told([still(1, "tractor", -5200, 0)], 5, "R6", zones=zones), "R6")
    assert gaps(RULES, zones) == ("permit p names no labels: it allows nothing",)


def test_no_permit_hides_a_person_in_distress() -> None:
    zones = index(more=[permit(labels=("person_in_distress", "fire"))])
    assert fired(told([still(1, "person_in_distress", -5000, 0)], 5, "R12", zones=zones), "R12")
    assert not fired(told([still(1, "fire", -5000, 0)], 5, "R12", zones=zones), "R12")


def test_our_own_patrol_is_left_out_but_not_who_is_elsewhere() -> None:
    team = [still(n, "person", -5000, 5 * n) for n in range(1, 7)]
    ours = {"friends": (friend(-5000, 10, DAY_US + 5_000_000),)}
    assert not fired(told(team, 5, "R5", **ours), "R5")
    assert not fired(told(team, 5, "R0", **ours), "R0")
    others = [still(n, "person", -5400, 5 * n) for n in range(11, 17)]
    (found,) = fired(told([*team, *others], 5, "R5", **ours), "R5")
    assert {seen.track.ordinal for seen in found.things} == set(range(11, 17))


def test_a_tracker_that_was_there_long_ago_excuses_nobody() -> None:
    old = {"friends": (friend(-5000, 0, DAY_US - 120_000_000),)}
    assert fired(told([still(1, "person", -5000, 0)], 5, "R0", **old), "R0")


def test_each_gap_is_said_in_words() -> None:
    assert gaps(RULES, index()) == ()
    without_park = gaps(RULES, index("park"))
    assert [text.split()[0] for text in without_park] == ["R1", "R2", "R5", "R6", "R10"]
    assert all(text.endswith("without park or sanctuary: off") for text in without_park)
    bare = gaps(RULES, ZoneIndex([]))
    assert "R11 (a drone that is blind, or whose link is lost, where a zone matters) without any zone: " in (
        "".join(bare)
    )
    assert any(text.startswith("R4 ") and text.endswith("without border: off") for text in bare)


def test_a_rule_that_is_switched_off_is_silent_and_has_no_gaps() -> None:
    silent = rule_set_of([RuleSection(id=rule.id, enabled=False) for rule in ALL])
    assert judge(busy(), silent) == ()
    assert gaps(silent, ZoneIndex([])) == ()
    assert silent.labels == frozenset()
    assert not silent.wants("boat")


WITHOUT = {
    "R1": ([still(1, "person", -5000, -1500)], 5, "trail", ("moderate", True)),
    "R3": ([still(1, "boat", 150, 0)], 125, "bank", ("minor", True)),
    "R3 piers": ([still(1, "boat", 5, 1000)], 125, "pier", ("moderate", True)),
    "R6": ([still(1, "tractor", -5000, 1500)], 5, "road", ("severe", True)),
    "R2": ([still(1, "vehicle", -5000, 0)], 125, "park", None),
    "R5": ([still(n, "person", -5000, 5 * n) for n in range(1, 7)], 5, "park", None),
    "R10": ([still(1, "fire", -5000, 0)], 5, "park", None),
    "R7": ([still(1, "log_pile", -5000, 0)], 8, "park", ("minor", True)),
    "R12": ([still(1, "fire", -5000, 0)], 5, "park", ("severe", True)),
}


@pytest.mark.parametrize("name", WITHOUT)
def test_without_its_layer_a_rule_does_what_the_table_says(name) -> None:
    made, until_s, layer, expected = WITHOUT[name]
    found = told(made, until_s, name.split()[0], zones=index(layer), start_us=NIGHT_US)
    assert [(item.severity, item.fires) for item in found] == ([] if expected is None else [expected])


def test_a_blind_drone_without_any_zone_is_told_of() -> None:
    (found,) = told([], 20, "R11", zones=ZoneIndex([]), blind=(blindness((), DAY_US),))
    assert found.fires
    assert (found.things, found.drone_id, found.event) == ((), "d", "drone_blind")


def test_timber_in_the_border_strip_is_severe_but_not_in_laos() -> None:
    assert [f.severity for f in told([still(1, "planks", 0, 0)], 8, "R7")] == ["severe"]
    assert [f.severity for f in told([still(1, "planks", 800, 0)], 8, "R7")] == ["minor"]


def test_a_thing_in_the_border_strip_is_minor_and_one_surely_in_laos_is_not_told() -> None:
    (ours,) = told([still(1, "boat", 100, 0)], 8, "R0")
    (uncertain,) = told([still(1, "boat", 400, 0)], 8, "R0")
    assert [(f.fires, f.severity) for f in (ours, uncertain)] == [(True, "minor"), (True, "minor")]
    (theirs,) = told([still(1, "boat", 800, 0)], 8, "R0")
    assert [missing.name for missing in theirs.missing] == ["not surely in Laos"]


def test_every_rule_has_a_check_words_and_a_reason_for_each_number() -> None:
    assert set(CHECKS) == set(ALL)
    assert [rule.id for rule in ALL] == [f"R{n}" for n in range(13)]
    for rule in RULES.rules:
        numbers = {key for key, value in rule.values().items() if isinstance(value, float)}
        assert numbers <= set(rule.reasons())


def test_every_key_of_a_rule_can_be_set_in_the_site_file_and_no_other() -> None:
    keys = {item.name for rule in ALL for item in fields(rule)}
    assert {item for item in RuleSection.model_fields if item != "id"} == keys


def test_a_threshold_of_the_site_file_is_used() -> None:
    changed = rule_set_of([RuleSection(id="R4", within_m=40.0, labels=["ferry"])])
    assert changed.of(Convergence).within_m == 40.0
    assert changed.of(Convergence).labels == {"ferry"}
    assert changed.of(Presence) == Presence()
    assert rule_set_of([RuleSection(id="R0", within_m=99.0)]).life.within_m == 99.0


@pytest.mark.parametrize(
    ("sections", "words"),
    [
        ([RuleSection(id="R13")], ["unknown rule 'R13'", "did you mean 'R", "there are R0, R1"]),
        ([RuleSection(id="r4")], ["unknown rule 'r4'", "did you mean 'R4'"]),
        ([RuleSection(id="R4"), RuleSection(id="R4")], ["rule 'R4' is given twice"]),
        ([RuleSection(id="R1", within_m=3.0)], ["rule R1 has no key 'within_m'", "trail_within_m"]),
        ([RuleSection(id="R1", dwell_s=None)], ["'dwell_s' has no value"]),
    ],
)
def test_a_wrong_rule_in_the_site_file_is_told_with_the_mend(sections, words) -> None:
    with pytest.raises(ConfigError) as told_error:
        rule_set_of(sections)
    assert all(word in told_error.value.one_line() for word in words)


def test_words_say_what_was_wanted_and_found() -> None:
    (found,) = told([still(1, "vehicle", -5000, 0)], 90, "R2")
    text = explain(found)
    assert text.startswith("R2 did not fire (intrusion, moderate")
    assert "NO  stopped: wanted >= 120 s, found 90.0 s" in text
    assert why_not(found) == "R2 almost fired: stopped: wanted >= 120 s, found 90.0 s"
    assert "R2 fired" in explain(told([still(1, "vehicle", -5000, 0)], 130, "R2")[0])


def test_a_rule_explains_itself_with_reasons_and_what_is_missing_here() -> None:
    text = rule_text(RULES.named("r4"), index("bank"))
    assert "count = 2    one man going to his boat is a fisherman" in text
    assert "without bank: the same, wherever the boat lies on the river (MISSING HERE)" in text
    assert "without border: off (loaded)" in text
    assert json.loads(json.dumps(rule_json(RULES.named("R4"))))["settings"]["within_m"] == 150.0
    lines = table(RULES, index("park")).splitlines()
    assert len(lines) == 13
    assert lines[5].split()[:3] == ["R5", "off", "severe"]
    with pytest.raises(UsageError):
        RULES.named("R99")


def test_the_trace_keeps_the_best_near_miss_and_forgets_it_once_it_fired() -> None:
    trace = Trace()
    film = Film([still(1, "vehicle", -5000, 0), still(2, "person", -2995, 0)])
    for second in range(0, 131):
        seen = [film.observation(a, float(second)) for a in film.actors]
        things = film.memory.observe(seen, film.time_us(second))
        trace.add(judge(Scene(film.time_us(second), things, film.zones), film.rules))
        if second == 100:
            assert [item.rule_id for item in trace.near_misses if item.rule_id == "R2"] == ["R2"]
    assert [item.rule_id for item in trace.fired] == ["R0", "R2"]
    assert [(item.rule_id, item.missing[0].name) for item in trace.near_misses] == [("R0", "inside park")]


def test_the_trace_is_bounded() -> None:
    trace = Trace(most=3)
    trace.add(judge(busy(), RULES))
    assert len(trace.fired) == 3
    assert len(trace.near_misses) <= 3


def test_settings_are_plain_values_that_json_can_hold() -> None:
    for rule in RULES.rules:
        assert json.loads(json.dumps(rule.values())) == rule.values()
        assert len(fields(rule)) == len(rule.keys())
    assert RULES.of(Blind).dwell_s == 10.0


def test_zones_are_widened_by_as_much_as_the_rules_look_beyond_them() -> None:
    """A park by R2's edge; the river by the 2 km of R3 and R4, with R4's vehicle 150 m further off."""
    assert RULES.reach_m == {
        Kind.PARK: 300.0,
        Kind.SANCTUARY: 300.0,
        Kind.BORDER: 2150.0,
        Kind.BANK: 2150.0,
    }
    off = rule_set_of([RuleSection(id=rule, enabled=False) for rule in ("R2", "R3", "R4")])
    assert off.reach_m == {Kind.PARK: 150.0, Kind.SANCTUARY: 150.0, Kind.BORDER: 150.0}
    none = rule_set_of([RuleSection(id=rule.id, enabled=False) for rule in RULES.rules])
    assert none.reach_m == {}


def test_rules_that_fire_without_a_zone_are_named() -> None:
    assert [rule.id for rule in RULES.without_zones] == ["R7", "R12"]
    off = rule_set_of([RuleSection(id="R7", enabled=False)])
    assert [rule.id for rule in off.without_zones] == ["R12"]


def test_the_table_that_people_read_says_what_the_rules_are() -> None:
    rows = [line.split() for line in (rules.__doc__ or "").splitlines() if line.startswith("    R")]
    assert len(rows) == len(ALL)
    for row, rule in zip(rows, RULES.rules, strict=True):
        assert row[0] == rule.id
        assert {rule.severity, rule.event} <= set(row)
        layers = " ".join(row).split(rule.event)[-1]
        assert ("off" in layers) == any(lack.then == "off" for lack in rule.lacks)


def test_the_command_lists_and_explains_the_rules(tmp_path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[site]\nid = "x"\n[[rule]]\nid = "R4"\nwithin_m = 90.0\n', encoding="utf-8")
    listed = CliRunner().invoke(app, ["list"])
    assert listed.exit_code == 0
    assert "R4   on   extreme" in listed.stdout
    assert "gap: R4 " in listed.stdout
    explained = CliRunner().invoke(app, ["explain", "R4", "--site", str(site)])
    assert "within_m = 90.0" in explained.stdout
    as_json = json.loads(CliRunner().invoke(app, ["list", "--json", "--site", str(site)]).stdout)
    assert as_json["rules"][4]["settings"]["within_m"] == 90.0
    assert isinstance(CliRunner().invoke(app, ["explain", "R44"]).exception, UsageError)


def test_a_key_that_no_rule_has_names_the_nearest(tmp_path) -> None:
    site = tmp_path / "site.toml"
    site.write_text('[site]\nid = "x"\n[[rule]]\nid = "R4"\nwithin = 90.0\n', encoding="utf-8")
    with pytest.raises(ConfigError) as told_error:
        load_site(site)
    assert "unknown key 'rule.0.within'" in told_error.value.one_line()
    assert "did you mean 'within_" in told_error.value.one_line()


def test_a_truck_that_drives_through_a_park_does_not_flee_from_itself() -> None:
    truck = Actor(1, "truck", [(0, -5400, 1500), (100, -4400, 1500)])
    film = Film([truck])
    begun = film.observation(truck, 0.0)
    presence = incident("intrusion", "R0", [begun], DAY_US)
    stopped = replace(presence, rule_ids=frozenset({"R0", "R2"}))
    assert told([truck], 60, "R8", incidents=(presence,)) == []
    assert fired(told([truck], 60, "R8", incidents=(stopped,)), "R8")
