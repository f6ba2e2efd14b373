"""R5: people grouped or in file in a park."""

from __future__ import annotations

from droneops.incidents.checks.clusters import clusters, places_m, width_m
from droneops.incidents.checks.found import finding, lasts, lately, many, some, surely
from droneops.incidents.checks.heads import heads
from droneops.incidents.checks.night import weighed
from droneops.incidents.checks.stays import begin_us, is_worth_asking
from droneops.incidents.checks.zones import best_hit, holding
from droneops.incidents.condition import Condition
from droneops.incidents.finding import Finding
from droneops.incidents.rules import PARKS, Group
from droneops.incidents.scene import Scene, Thing
from droneops.types import FloatArray

Company = tuple[list[int], Condition]


def group(scene: Scene, rule: Group) -> tuple[Finding, ...]:
    """One finding for each company of people in a park that is large enough, or nearly."""
    people = [t for t in lately(scene, rule.labels, rule.within_s) if is_worth_asking(best_hit(t, PARKS))]
    if len(people) < rule.count - 1:
        return ()
    places = places_m(people)
    return some(
        _of(scene, [people[i] for i in company], together, rule)
        for linked in clusters(places, rule.file_link_m)
        if len(linked) >= rule.count - 1
        for company, together in _companies(linked, places, rule)
    )


def _companies(linked: list[int], places: FloatArray, rule: Group) -> list[Company]:
    """The groups among people who hang together loosely; where there is none all of them, in file or not."""
    wanted = f"{rule.group_link_m:g} m from one to the next, or in file no wider than {rule.file_width_m:g} m"
    inner = [[linked[i] for i in c] for c in clusters(places[linked], rule.group_link_m)]
    large = [company for company in inner if len(company) >= rule.count]
    if large:
        return [(company, Condition("together", True, wanted, "grouped")) for company in large]
    width = width_m(places[linked])
    return [(linked, Condition("together", width <= rule.file_width_m, wanted, f"{width:.0f} m wide"))]


def _of(scene: Scene, people: list[Thing], together: Condition, rule: Group) -> Finding | None:
    probability = _nth_best([_p_inside(person) for person in people], rule.count)
    stays_s = _nth_best([_stays_s(person, rule) for person in people], rule.count)
    latest_us = max(person.seen.track.last_seen_us for person in people)
    conditions = (
        many("people", rule.count, heads(people)),
        together,
        surely(f"{rule.count} of them inside a park", rule.probability, probability),
        lasts("stay", rule.dwell_s, latest_us - round(stays_s * 1e6), latest_us),
    )
    since_us = min(person.path[0].time_us for person in people)
    score = weighed(probability, scene, people[0])
    return finding(rule, people, conditions, holding(people), since_us, score)


def _p_inside(person: Thing) -> float:
    hit = best_hit(person, PARKS)
    return 0.0 if hit is None else hit.probability_inside


def _stays_s(person: Thing, rule: Group) -> float:
    hit = best_hit(person, PARKS)
    since_us = None if hit is None else begin_us(person, hit, rule.probability)
    return 0.0 if since_us is None else (person.seen.track.last_seen_us - since_us) / 1e6


def _nth_best(values: list[float], n: int) -> float:
    """What the n-th best has; the worst's, where there are fewer."""
    return sorted(values, reverse=True)[min(n, len(values)) - 1]
