"""The summary of a log as a page of plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_MOST_GAPS = 10


def summary_text(summary: dict[str, Any]) -> str:
    """The page for what `report.summarise` gives."""
    parts = [_head(summary), _sources(summary["sources"]), _messages(summary)]
    if summary["vehicles_note"]:
        parts.append([f"vehicles: {summary['vehicles_note']}"])
    parts += [list(_vehicle(vehicle)) for vehicle in summary["vehicles"] or ()]
    return "\n\n".join("\n".join(part) for part in parts)


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


def _messages(summary: dict[str, Any]) -> list[str]:
    names = summary["messages"]
    width = max([len("message"), *map(len, names)]) + 2
    rows = [f"{'message':<{width}}{'count':>10}{'Hz':>10}"]
    for name, count in names.items():
        rate_hz = summary["rates_hz"][name]
        rows.append(f"{name:<{width}}{count:>10,}" + (f"{rate_hz:>10.2f}" if rate_hz is not None else ""))
    return rows


def _vehicle(vehicle: dict[str, Any]) -> Iterator[str]:
    yield f"vehicle {vehicle['system_id']}/{vehicle['component_id']}"
    for number, boot in enumerate(vehicle["boots"], start=1):
        yield (
            f"  boot {number}     {boot['first']} to {boot['last']}, clock from {boot['clock']}"
            f" within {boot['spread_s']:.3f} s, UTC minus record stamps {boot['utc_minus_record_s']:+.3f} s"
        )
    positions = vehicle["positions"]
    fixed = f", {positions['first_fix']} to {positions['last_fix']}" if positions["with_fix"] else ""
    yield f"  positions  {positions['count']:,}, {positions['with_fix']:,} with a fix{fixed}"
    home_m = vehicle["home_alt_msl_m"]
    height = "unknown" if home_m is None else f"{home_m:.1f} m above sea level"
    yield f"  home       {height} ({vehicle['home_source']})"
    yield f"  gimbal     {vehicle['gimbal_source'] or 'none'}, {vehicle['gimbal_rejected']} samples unusable"
    gaps = vehicle["gaps"]
    yield f"  gaps       {len(gaps)}"
    for gap in gaps[:_MOST_GAPS]:
        yield f"             {gap['start']} to {gap['end']}  {gap['what']}"
    if len(gaps) > _MOST_GAPS:
        yield f"             and {len(gaps) - _MOST_GAPS} more (--json lists all)"
    for warning in vehicle["warnings"]:
        yield f"  warning    {warning}"
