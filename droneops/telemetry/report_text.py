"""The summary of a log as a page of plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from droneops.telemetry.clock import RECORD_STAMPS
from droneops.telemetry.health_text import health_lines
from droneops.telemetry.signature_report import signature_lines

_MOST_GAPS = 10


def summary_text(summary: dict[str, Any]) -> str:
    """The page for what `report.summarise` gives."""
    parts = [_head(summary), _sources(summary["sources"]), messages_lines(summary)]
    if summary["signatures"] is not None:
        parts.append(signature_lines(summary["signatures"]))
    return page([*parts, *vehicles_parts(summary)])


def page(parts: list[list[str]]) -> str:
    """Parts with an empty line between them."""
    return "\n\n".join("\n".join(part) for part in parts)


def vehicles_parts(summary: dict[str, Any]) -> list[list[str]]:
    """A part for each vehicle, behind the note about them."""
    note = [[f"vehicles: {summary['vehicles_note']}"]] if summary["vehicles_note"] else []
    return [*note, *(list(_vehicle(vehicle)) for vehicle in summary["vehicles"] or ())]


def _head(summary: dict[str, Any]) -> list[str]:
    span, damage = summary["span"], summary["damage"]
    duration = "" if span["duration_s"] is None else f" ({span['duration_s']:,.1f} s)"
    return [
        f"file     {summary['file']}",
        f"bytes    {summary['bytes']:,}",
        f"span     {span['first'] or '-'} to {span['last'] or '-'}{duration}",
        f"damage   {damage['bytes']:,} bytes unreadable, {damage['frames']:,} frames with a wrong checksum,"
        f" {damage['stamps']:,} times mended",
        f"frames   {sum(summary['messages'].values()):,}, {summary['signed_frames']:,} signed,"
        f" {summary['unknown_frames']:,} of unknown messages",
    ]


def _sources(sources: list[dict[str, Any]]) -> list[str]:
    rows = [f"{'system/component':<18}{'frames':>12}{'MAVLink 1':>12}{'MAVLink 2':>12}"]
    for source in sources:
        name = f"{source['system_id']}/{source['component_id']}"
        versions = "".join(f"{source['mavlink'][version]:>12,}" for version in ("1", "2"))
        rows.append(
            f"{name:<18}{source['frames']:>12,}{versions}{'  autopilot' if source['autopilot'] else ''}"
        )
    return rows


def messages_lines(summary: dict[str, Any]) -> list[str]:
    """A line for each message: how many, and how often."""
    names = summary["messages"]
    width = max([len("message"), *map(len, names)]) + 2
    rows = [f"{'message':<{width}}{'count':>10}{'Hz':>10}"]
    for name, count in names.items():
        rate_hz = summary["rates_hz"][name]
        rows.append(f"{name:<{width}}{count:>10,}" + (f"{rate_hz:>10.2f}" if rate_hz is not None else ""))
    return rows


def _vehicle(vehicle: dict[str, Any]) -> Iterator[str]:
    system_id = vehicle["system_id"]
    yield "vehicle" if system_id is None else f"vehicle {system_id}/{vehicle['component_id']}"
    for number, boot in enumerate(vehicle["boots"], start=1):
        yield f"  boot {number}     {boot['first']} to {boot['last']}, {_clock(boot)}"
    positions = vehicle["positions"]
    fixed = f", {positions['first_fix']} to {positions['last_fix']}" if positions["with_fix"] else ""
    yield f"  positions  {positions['count']:,}, {positions['with_fix']:,} with a fix{fixed}"
    home_m = vehicle["home_alt_msl_m"]
    told = f"{home_m:.1f} m above sea level ({vehicle['home_source']})" if home_m is not None else "unknown"
    yield f"  home       {told}"
    yield f"  gimbal     {vehicle['gimbal_source'] or 'none'}, {vehicle['gimbal_rejected']} samples unusable"
    gaps = vehicle["gaps"]
    yield f"  gaps       {len(gaps)}"
    for gap in gaps[:_MOST_GAPS]:
        yield f"             {gap['start']} to {gap['end']}  {gap['what']}"
    if len(gaps) > _MOST_GAPS:
        yield f"             and {len(gaps) - _MOST_GAPS} more (--json lists all)"
    if vehicle["health"] is not None:
        yield from health_lines(vehicle["health"])
    for warning in vehicle["warnings"]:
        yield f"  warning    {warning}"


def _clock(boot: dict[str, Any]) -> str:
    scatter, behind_s = f"{boot['spread_s']:.3f} s", boot["utc_minus_record_s"]
    if boot["clock"] == RECORD_STAMPS:
        # They agree with each other, which says nothing of the recorder's clock and its time zone.
        return f"clock from {RECORD_STAMPS}, which scatter by {scatter}; how far they are off UTC is unknown"
    behind = "" if behind_s is None else f", UTC minus record stamps {behind_s:+.3f} s"
    return f"clock from {boot['clock']} within {scatter}{behind}"
