"""What one look costs the site process: the rules, the book of incidents, and what it stores of them.

    python benchmarks/incidents.py [--seconds S] [--json]

Made scenes with the zones of the rules' tests, one look a second until the paths are full. Times are of the
thread's processor. The limit is the 200 ms between two looks at 5 a second, of which a site with three
drones has a third for each.
"""

from __future__ import annotations

import argparse
import gc
import json
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np

from droneops.incidents.book import IncidentBook
from droneops.incidents.incident import Observation, Origin
from droneops.incidents.judge import judge
from droneops.incidents.memory import Memory
from droneops.incidents.rule_set import RuleSet
from droneops.incidents.scene import Scene

sys.path.insert(0, str(Path(__file__).resolve().parents[1] / "tests" / "unit" / "incidents"))
from made_scenes import BOAT, NIGHT_US, PICKUP, Actor, Film, carriers, still

BETWEEN_LOOKS_MS = 200.0
ORIGIN = Origin("bench", "test", "live")
SPREAD_M = 200.0
"""Further apart than what belongs to one incident."""


@dataclass
class Took:
    """Milliseconds of each step, look by look."""

    steps: dict[str, list[float]] = field(default_factory=dict)

    def of(self, step: str, call: Callable[[], Any]) -> Any:
        begun = time.thread_time()
        answer = call()
        self.steps.setdefault(step, []).append((time.thread_time() - begun) * 1e3)
        return answer


def strollers(random: np.random.Generator, first: int, count: int) -> list[Actor]:
    """People who cross the bank on straight ways."""

    def stop(second: float) -> tuple[float, float, float]:
        return second, float(random.uniform(-200, 0)), float(random.uniform(-300, 300))

    return [Actor(first + n, "person", [stop(0.0), stop(200.0)]) for n in range(count)]


def market_day() -> list[Actor]:
    random = np.random.default_rng(1)
    people = strollers(random, 1, 200)
    cars = [still(300 + n, "vehicle", *random.uniform((-200, -300), (-20, 300))) for n in range(60)]
    return [
        *people,
        *cars,
        *(still(400 + n, "boat", *random.uniform((0, -300), (20, 300))) for n in range(40)),
    ]


def park_at_night() -> list[Actor]:
    random = np.random.default_rng(1)
    people = [still(n, "person", *random.uniform((-5300, -300), (-4700, 300))) for n in range(1, 21)]
    return [*people, *(still(30 + n, "vehicle", -5000.0, 10.0 * n) for n in range(3))]


def many_incidents() -> list[Actor]:
    """500 people all over a park, each an incident; after 20 s the drone has gone on to the last 25."""

    def one(n: int) -> Actor:
        seen = () if n >= 475 else ((0.0, 20.0),)
        return still(n + 1, "person", -7950 + n // 24 * SPREAD_M, -2400 + n % 24 * SPREAD_M, seen=seen)

    return [one(n) for n in range(500)]


SCENES: dict[str, tuple[Callable[[], Sequence[Actor]], dict[str, Any]]] = {
    "boat, pickup, carriers": (lambda: [BOAT, PICKUP, *carriers((3, 4, 5))], {}),
    "park at night": (park_at_night, {"start_us": NIGHT_US}),
    "market day at the bank": (market_day, {}),
    "500 incidents, 25 in sight": (many_incidents, {}),
}


def looks(film: Film, seconds: int) -> list[tuple[list[Observation], int]]:
    """Made beforehand: asking the zones of each position is not the book's work."""
    return [
        ([film.observation(a, float(s)) for a in film.actors if a.is_seen(float(s))], film.time_us(s))
        for s in range(seconds)
    ]


def measured(name: str, seconds: int) -> dict[str, Any]:
    actors, given = SCENES[name]
    film = Film(actors(), **given)
    rules, took, findings = RuleSet(), Took(), ()
    memory, book = Memory(film.zones, rules), IncidentBook(rules, ORIGIN, film.zones)
    for seen, time_us in looks(film, seconds):
        gc.collect()
        things = memory.observe(seen, time_us)
        scene = Scene(time_us, things, film.zones)
        findings = took.of("judge", lambda: judge(scene, rules))  # noqa: B023 - called at once
        took.of("book", lambda: book.observe(seen, time_us))  # noqa: B023 - called at once
        parts = took.of("state", lambda: _dumped(book.changed_state()))
    whole = took.of("whole state", lambda: _dumped(book.to_state()))
    return {
        "scene": name,
        "things": len(things),
        "findings": len(findings),
        "incidents": len(book.incidents),
        "ms": {step: _summary(values[len(values) // 2 :]) for step, values in took.steps.items()},
        "checkpoint_kb": _kb(parts),
        "checkpoint_parts": len(parts),
        "whole_kb": _kb(whole),
    }


def _summary(values: list[float]) -> dict[str, float]:
    """Of the second half of the looks, when the paths are long."""
    return {"p50": statistics.median(values), "max": max(values)}


def _dumped(state: dict[str, Any]) -> dict[str, bytes]:
    return {name: json.dumps(part, separators=(",", ":")).encode() for name, part in state.items()}


def _kb(parts: dict[str, bytes]) -> float:
    return sum(len(part) for part in parts.values()) / 1e3


def table(found: list[dict[str, Any]]) -> str:
    lines = [
        "scene                     things incidents | judge ms p50 (max)  of 200 | book ms p50 (max)  of 200"
        " | checkpoint ms     kB | whole ms     kB"
    ]
    for row in found:
        ms = row["ms"]
        steps = " | ".join(
            f"{ms[step]['p50']:9.2f} ({ms[step]['max']:6.1f}) {ms[step]['p50'] / BETWEEN_LOOKS_MS:6.1%}"
            for step in ("judge", "book")
        )
        states = " | ".join(
            f"{ms[step]['p50']:12.1f} {row[kb]:7.1f}"
            for step, kb in (("state", "checkpoint_kb"), ("whole state", "whole_kb"))
        )
        lines.append(f"{row['scene']:25s} {row['things']:6d} {row['incidents']:9d} | {steps} | {states}")
    return "\n".join(lines)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--seconds", type=int, default=90, help="looks, one a second")
    parser.add_argument("--json", action="store_true")
    wanted = parser.parse_args()
    found = [measured(name, wanted.seconds) for name in SCENES]
    print(json.dumps(found) if wanted.json else table(found))


if __name__ == "__main__":
    main()
