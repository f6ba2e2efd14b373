"""What a log of another kind than .tlog holds, in the shape that `report` gives a .tlog."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path
from typing import Any

import numpy as np

from droneops.errors import InputError
from droneops.telemetry.clock import Boot
from droneops.telemetry.crc import Int64Array
from droneops.telemetry.log_health import time_text
from droneops.telemetry.message_tables import NO_TIME, OtherLog
from droneops.telemetry.other_log import Reading
from droneops.telemetry.pose_track import track_of
from droneops.telemetry.report import track_part
from droneops.telemetry.report_text import messages_lines, page, vehicles_parts

# A flight is shorter: what lies further from the middle is a damaged time.
_NEAR_US = 86_400_000_000


def summarise_other(path: Path, reading: Reading, selected: OtherLog) -> dict[str, Any]:
    """The summary as goes into JSON: the ``selected`` messages, and the vehicle of the whole log.

    ``instances`` tells the messages of each instance where a topic has several.
    """
    messages, (first_us, last_us, duration_s) = selected.messages, _span(selected)
    vehicle, note = _vehicle(reading)
    return {
        "file": str(path),
        "bytes": path.stat().st_size,
        "format": selected.kind,
        "span": {"first": time_text(first_us), "last": time_text(last_us), "duration_s": duration_s},
        "messages": messages,
        "rates_hz": {name: round(n / duration_s, 3) if duration_s else None for name, n in messages.items()},
        "instances": _instances(selected),
        "damage": dict(selected.damage),
        "vehicles": None if vehicle is None else [vehicle],
        "vehicles_note": note,
        "warnings": list(selected.warnings),
    }


def other_summary_text(summary: dict[str, Any]) -> str:
    """The page for what `summarise_other` gives."""
    # A vehicle repeats them among its own.
    warnings = [f"warning  {text}" for text in summary["warnings"]] if not summary["vehicles"] else []
    return page([[*_head(summary), *warnings], messages_lines(summary), *vehicles_parts(summary)])


def _head(summary: dict[str, Any]) -> list[str]:
    span = summary["span"]
    duration = "" if span["duration_s"] is None else f" ({span['duration_s']:,.1f} s)"
    damage = ", ".join(_damage(what, count) for what, count in summary["damage"].items())
    return [
        f"file     {summary['file']}",
        f"bytes    {summary['bytes']:,}",
        f"format   {summary['format']}",
        f"span     {span['first'] or '-'} to {span['last'] or '-'}{duration}",
        f"damage   {damage}",
        f"messages {sum(summary['messages'].values()):,}",
    ]


def _damage(what: str, count: int) -> str:
    """What is corrupt is known, not how much of it."""
    if what == "corrupt":
        return "corrupt" if count else "not corrupt"
    return f"{count:,} {'bytes unreadable' if what == 'bytes' else what.replace('_', ' ')}"


def _span(log: OtherLog) -> tuple[int, int, float | None]:
    """First and last UTC, NO_TIME for none, and the seconds that it lasts by its own time, else by UTC."""
    times_us = _near([table.time_us for table in log.tables])
    own_us = _near([table.own_us for table in log.tables])
    lasting_us = own_us if len(own_us) else times_us
    duration_s = int(lasting_us.max() - lasting_us.min()) / 1e6 if len(lasting_us) else None
    first_us, last_us = (int(times_us.min()), int(times_us.max())) if len(times_us) else (NO_TIME, NO_TIME)
    return first_us, last_us, duration_s


def _near(columns: list[Int64Array]) -> Int64Array:
    """The known times within a day of their median."""
    times_us = np.concatenate([column[column != NO_TIME] for column in columns] or [np.empty(0, np.int64)])
    if len(times_us) == 0:
        return times_us
    near: Int64Array = times_us[np.abs(times_us - np.median(times_us)) <= _NEAR_US]
    return near


def _instances(log: OtherLog) -> dict[str, dict[str, int]]:
    found: defaultdict[str, dict[str, int]] = defaultdict(dict)
    for table in log.tables:
        if table.instance is not None and len(table):
            found[table.name][str(table.instance)] = len(table)
    return {name: counts for name, counts in sorted(found.items()) if set(counts) != {"0"}}


def _vehicle(reading: Reading) -> tuple[dict[str, Any] | None, str | None]:
    """The vehicle, or why nothing is said of it."""
    try:
        track = track_of(reading.samples(), drone_id="vehicle")
    except InputError as error:
        return None, error.one_line()
    vehicle = {
        "system_id": None,
        "component_id": None,
        "boots": [_boot(boot) for boot in track.boots],
        **track_part(track),
        "health": None if reading.health is None else reading.health(),
    }
    return vehicle, None


def _boot(boot: Boot) -> dict[str, Any]:
    """No recorder stamped its messages, so that nothing is said of its clock."""
    return {
        "first": time_text(boot.first_us),
        "last": time_text(boot.last_us),
        "clock": boot.source,
        "spread_s": boot.spread_us / 1e6,
        "utc_minus_record_s": None,
    }
