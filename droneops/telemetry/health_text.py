"""The health of a log's vehicle as lines of plain text."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

_MOST_ERRORS = 5
_LARGEST_TOLD = 3


def health_lines(health: dict[str, Any]) -> Iterator[str]:
    """The lines for what `tlog_health` and its like give, of the parts that the kind of log has."""
    for loss in health.get("loss", ()):
        yield f"  loss       {_loss(loss)}"
    for name, told in (("gps", _gps), ("ekf", _ekf), ("battery", _battery), ("radio", _radio)):
        if health.get(name) is not None:
            yield f"  {name:<10} {told(health[name])}"
        elif name in health:
            yield f"  {name:<10} unknown: {health['unknown'][name]}"
    if "errors" in health:
        yield from _errors(health["errors"])


def _loss(loss: dict[str, Any]) -> str:
    lost = f"{loss['lost']:,} of {loss['lost'] + loss['received'] - loss['duplicates']:,} frames"
    share = "" if loss["share"] is None else f" ({loss['share']:.2%})"
    minute = loss["worst_minute"]
    worst = "" if minute is None else f", worst minute {minute['share']:.2%} from {minute['start']}"
    return f"{loss['system_id']}/{loss['component_id']} lost {lost}{share}{worst}"


def _gps(gps: dict[str, Any]) -> str:
    fixes = [f"{name} {seconds:,.0f} s" for name, seconds in gps["fix_types_s"].items()]
    satellites, known = gps["satellites"], []
    if satellites is not None:
        known.append(f"satellites {satellites['min']:.0f} at least, median {satellites['median']:.0f}")
    for name, label, unit in (("h_acc_m", "horizontal accuracy", " m"), ("hdop", "HDOP", "")):
        if gps.get(name) is not None:
            known.append(
                f"{label} median {gps[name]['median']:.2f}{unit}, worst {gps[name]['worst']:.2f}{unit}"
            )
    return "; ".join([", ".join(fixes) or "no fix type told", *known])


def _ekf(ekf: dict[str, Any]) -> str:
    without_s = ekf["without_horizontal_position_s"]
    known_s = ekf["known_s"]
    flags = (
        "flags unknown"
        if without_s is None
        else f"{without_s:,.0f} of {known_s:,.0f} s without an absolute horizontal position"
    )
    told = [(name, worst) for name, worst in ekf["worst_ratios"].items() if worst is not None]
    told.sort(key=lambda item: -item[1]["ratio"])
    ratios = [
        f"{name.replace('_', ' ')} {worst['ratio']:.2f} at {worst['time'] or '-'}"
        for name, worst in told[:_LARGEST_TOLD]
    ]
    return f"{flags}; worst test ratios {', '.join(ratios) or 'unknown'}"


def _battery(battery: dict[str, Any]) -> str:
    percent, volt = battery["lowest_percent"], battery["lowest_voltage"]
    told = []
    if percent is not None:
        told.append(f"lowest {percent['percent']:.0f} % at {percent['time'] or '-'}")
    if volt is not None:
        told.append(f"lowest {volt['volt']:.2f} V at {volt['time'] or '-'}")
    return ", ".join(told) or f"unknown: {battery['unknown']['lowest_percent']}"


def _radio(radio: dict[str, Any]) -> str:
    told = [
        f"lowest {name} {radio[name]['value']:.0f} at {radio[name]['time'] or '-'}"
        for name in ("rssi", "remrssi")
        if radio[name] is not None
    ]
    return ", ".join(told) or "signal unknown"


def _errors(errors: dict[str, Any]) -> Iterator[str]:
    yield f"  errors     {errors['count']}"
    for error in errors["first"][:_MOST_ERRORS]:
        yield f"             {error['time'] or '-'}  {error['text']}"
    if errors["count"] > _MOST_ERRORS:
        listed = len(errors["first"])
        yield f"             and {errors['count'] - _MOST_ERRORS} more (--json lists {listed})"
