"""The report in one line: what was raised, and how much was looked at."""

from __future__ import annotations

from droneops.replay.report.clock import duration
from droneops.replay.report.data import CoveredGround, ReportData
from droneops.replay.report.wording import Words


def answer(data: ReportData) -> Words:
    """Alerts and incidents; without any, whether that means anything."""
    if data.incidents:
        return _alerts(data)
    if data.looked_s <= 0:
        return Words("ไม่มีการแจ้งเตือน แต่ไม่ได้ตรวจดูภาพเลย", "No alert, but nothing was looked at")
    return Words("ไม่มีการแจ้งเตือน", "No alert")


def extent(data: ReportData) -> Words:
    """How much was looked at, and how long it was not."""
    if data.looked_s <= 0:
        return Words("จึงสรุปไม่ได้ว่าไม่มีเหตุในพื้นที่", "This says nothing about what was on the ground.")
    seen, blind = duration(data.looked_s), duration(data.not_looked_s)
    if data.ground is not None:
        return _seen_ground(data.ground, seen, blind)
    area = area_words(data.covered_km2)
    return Words(
        f"ตรวจดูพื้นที่ {area.th} นาน {seen.th} ไม่ได้ตรวจดู {blind.th}",
        f"Looked at {area.en} for {seen.en}; did not look during {blind.en}.",
    )


def _seen_ground(ground: CoveredGround, seen: Words, blind: Words) -> Words:
    looked = area_words(ground.km2["looked"])
    rest = [kind for kind in ("too_coarse", "too_dark") if ground.km2[kind] > 0]
    areas = {kind: area_words(ground.km2[kind]) for kind in rest}
    short = {"too_coarse": Words("หยาบเกินไป", "too coarsely"), "too_dark": Words("มืดเกินไป", "too dark")}
    th = "".join(f" {short[kind].th} {areas[kind].th}" for kind in rest)
    en = "".join(f", {areas[kind].en} {short[kind].en}" for kind in rest)
    return Words(
        f"ดูชัดพอที่จะเห็นคน {looked.th}{th} นาน {seen.th} ไม่ได้ตรวจดู {blind.th}",
        f"Saw {looked.en} well enough to notice a person{en}, in {seen.en}; did not look during {blind.en}.",
    )


def area_words(area_km2: float | None) -> Words:
    """An area, with as many digits as are worth reading."""
    if area_km2 is None:
        return Words("ไม่ทราบขนาด", "an unknown area")
    digits = 3 if area_km2 < 1 else 2 if area_km2 < 100 else 0
    return Words(f"{area_km2:.{digits}f} ตร.กม.", f"{area_km2:.{digits}f} km²")


def _alerts(data: ReportData) -> Words:
    messages, incidents = sum(i.messages for i in data.incidents), len(data.incidents)
    return Words(
        f"แจ้งเตือน {messages} ครั้ง ใน {incidents} เหตุการณ์",
        f"{messages} alert{'s' * (messages != 1)} in {incidents} incident{'s' * (incidents != 1)}",
    )
