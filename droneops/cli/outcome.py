"""What a replay came to, in a few lines for a person."""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path
from typing import Any

NEAR_MISSES = 3
"""Lines about what almost fired; the report has the rest."""


def outcome_lines(summary_text: str, out: Path) -> str:
    """The outcome of the replay whose summary.json this is."""
    summary = json.loads(summary_text)
    counts, seconds = summary["counts"], summary["seconds"]
    messages = sum(counts["alerts"].values())
    skipped = counts["frames_skipped_by_zones"]
    spared = f", {skipped} not, as no zone lay in view" if skipped else ""
    lines = [
        f"{messages} alert messages in {counts['incidents']} incidents ({summary['status']}),"
        f" {counts['tracks']} things tracked,"
        f" {counts['located']} of {counts['sightings']} sightings on the map",
        f"{counts['frames_looked']} frames looked at{spared}, in {seconds['total']:.1f} s:"
        f" decode {seconds['decode']:.1f}, detect {seconds['detect']:.1f}, locate {seconds['locate']:.1f},"
        f" rest {seconds['rest']:.1f}",
        *_rule_lines(summary["rules"]),
        f"report: {out / 'report.html'}",
    ]
    return "\n".join(lines)


def recorded_outcome_lines(summary_text: str, out: Path) -> str:
    """The outcome of a recording's replay."""
    summary = json.loads(summary_text)
    counts = summary["counts"]
    looks = ", ".join(f"{drone} {number}" for drone, number in counts["looks"].items()) or "none"
    lines = [
        f"{counts['alerts']} alert messages in {counts['incidents']} incidents ({summary['status']}),"
        f" {counts['sightings']} sightings",
        f"looks gone through again: {looks}",
        *_rule_lines(summary["rules"]),
        f"alerts: {out / 'alerts.jsonl'}",
    ]
    return "\n".join(lines)


def _rule_lines(rules: dict[str, Any]) -> list[str]:
    """Which rules fired, and of the rules that almost did the most telling, each once."""
    counts = Counter(found["rule"]["id"] for found in rules["fired"])
    fired = ", ".join(f"{rule} ({count})" if count > 1 else rule for rule, count in counts.items())
    nearest = {found["rule"]["id"]: found for found in reversed(rules["near_misses"])}
    told = [found for found in rules["near_misses"] if nearest[found["rule"]["id"]] is found]
    return [
        *([f"rules that fired: {fired}"] if fired else []),
        *(_near_miss(found) for found in told[:NEAR_MISSES]),
    ]


def _near_miss(found: dict[str, Any]) -> str:
    about = f"drone {found['drone_id']}"
    if found["track_id"] is not None:
        about = f"{found['label']} {found['track_id']}"
    missing = next(condition for condition in found["conditions"] if not condition["met"])
    asked = f"wanted {missing['wanted']}, found {missing['found']}"
    return f"almost fired: {found['rule']['id']} for {about}: {missing['name']}: {asked}"
