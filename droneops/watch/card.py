"""An alert as an officer reads it on a screen."""

from __future__ import annotations

import json
import math
from typing import Any

LINE_LIMIT = 1000
"""No honest line is longer: an instruction has some 500 characters."""


def card(raw: bytes) -> str:
    """An alert's bytes (`droneops.delivery.alert`) as lines of text, Thai first.

    What a terminal would take for a command is left out: the bytes come from a network.
    """
    return "\n".join(plain(line) for line in _lines(json.loads(raw)))


def plain(text: str) -> str:
    """A text as one printable line."""
    return "".join(c if c.isprintable() else " " for c in text)[:LINE_LIMIT]


def _lines(alert: dict[str, Any]) -> list[str]:
    position, border = alert["position"], alert["border"]
    lines = [
        f"{alert['message_type'].upper()} {alert['sequence']}  {alert['status'].upper()}  {alert['sent']}"
        f"  {alert['severity']}, {alert['certainty']}",
        alert["headline"]["th"],
        alert["headline"]["en"],
        alert["instruction"]["th"],
        alert["instruction"]["en"],
    ]
    if position is not None:
        lines.append(
            f"{position['lat_deg']:.6f} {position['lon_deg']:.6f}  MGRS {position['mgrs']}"
            f"  ±{math.ceil(position['ce90_m'])} m (90 %)"
        )
        lines += [f"near: {position['near']}"] if position["near"] else []
    if border is not None:
        bank = "Thai" if border["distance_m"] >= 0 else "Lao"
        lines.append(f"border: side {border['side']}, {abs(border['distance_m']):.0f} m on the {bank} side")
    return lines
