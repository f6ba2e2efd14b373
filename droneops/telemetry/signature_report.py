"""What a key says of a log's signatures, for a program and for a person."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np

from droneops.telemetry.log_signatures import Refused, SignatureReport
from droneops.telemetry.rows import stamp_texts


def signature_part(report: SignatureReport) -> dict[str, Any]:
    """As goes into JSON: frames by verdict, of all and of each sender, and the first refused."""
    return {
        "totals": {verdict.value: count for verdict, count in report.totals.items()},
        "sources": [
            {"system_id": system, "component_id": component, **{v.value: n for v, n in counts.items()}}
            for (system, component), counts in report.counts.items()
        ],
        "first_refused": None if report.first_refused is None else _refused(report.first_refused),
    }


def _refused(refused: Refused) -> dict[str, Any]:
    return {
        "time": stamp_texts(np.array([refused.stamp_us]))[0],
        "file_offset": refused.file_offset,
        "system_id": refused.system_id,
        "component_id": refused.component_id,
        "verdict": refused.verdict.value,
    }


def signature_lines(part: Mapping[str, Any]) -> list[str]:
    """The same as lines of text."""
    lines = [f"signatures  {_counted(part['totals']) or 'no frame'}"]
    for source in part["sources"]:
        name = f"{source['system_id']}/{source['component_id']}"
        counts = {key: count for key, count in source.items() if not key.endswith("_id")}
        lines.append(f"  {name:<10}{_counted(counts)}")
    refused = part["first_refused"]
    if refused is not None:
        at = "" if refused["file_offset"] is None else f" at byte {refused['file_offset']:,}"
        sender = f"{refused['system_id']}/{refused['component_id']}"
        lines.append(f"  first refused {refused['time']}{at}, from {sender}: {refused['verdict']}")
    return lines


def _counted(counts: Mapping[str, int]) -> str:
    return ", ".join(f"{count:,} {verdict}" for verdict, count in counts.items() if count)
