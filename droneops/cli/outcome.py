"""What a replay came to, in a few lines for a person."""

from __future__ import annotations

import json
from pathlib import Path


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
        f"report: {out / 'report.html'}",
    ]
    return "\n".join(lines)
