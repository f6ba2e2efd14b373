"""The page that a link opens: Thai first, and nothing from elsewhere."""

from __future__ import annotations

import json
from html import escape
from importlib.resources import files
from typing import Any

from droneops.sharing.gate import Leave
from droneops.times import to_text


def page(leave: Leave, nonce: str) -> str:
    """The page of a link; ``nonce`` is that of its Content-Security-Policy."""
    template = files("droneops.sharing").joinpath("page.html").read_text(encoding="utf-8")
    shared, link = leave.shared, leave.link
    words = {
        "NONCE": escape(nonce),
        "HEADLINE_TH": escape(shared.headline_th),
        "HEADLINE_EN": escape(shared.headline_en),
        "AGENCY": escape(link.agency),
        "EXPIRES": escape(to_text(link.expires_us)[:19] + "Z"),
        # "</" would end the script's element.
        "NOW": json.dumps(now_of(leave), ensure_ascii=False).replace("</", "<\\/"),
    }
    for name, text in words.items():
        template = template.replace(f"@{name}@", text)
    return template


def now_of(leave: Leave) -> dict[str, Any]:
    """What the page asks for again and again."""
    return {
        "streams": [f"{stream.drone_id}/{stream.camera_id}" for stream in leave.streams],
        "expires": to_text(leave.link.expires_us),
        "agency": leave.link.agency,
    }


def closed_page() -> str:
    """What is shown where a link opens nothing."""
    return files("droneops.sharing").joinpath("closed.html").read_text(encoding="utf-8")
