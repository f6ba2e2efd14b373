"""What an officer reads, in Thai and English."""

from __future__ import annotations

import math

from droneops.delivery.alert import BothLanguages, Position, Subject
from geofences import ZoneHit

NAMES = {
    "person": ("บุคคล", "คน", "person", "people"),
    "vehicle": ("รถ", "คัน", "vehicle", "vehicles"),
    "motorcycle": ("รถจักรยานยนต์", "คัน", "motorcycle", "motorcycles"),
    "boat": ("เรือ", "ลำ", "boat", "boats"),
    "log_pile": ("กองไม้", "กอง", "log pile", "log piles"),
    "fire": ("ไฟ", "จุด", "fire", "fires"),
    "smoke": ("ควัน", "จุด", "smoke plume", "smoke plumes"),
}
"""Label: Thai name, Thai classifier, English singular and plural."""

STATUS = {
    "actual": ("", ""),
    "exercise": ("[การฝึกซ้อม] ", "[EXERCISE] "),
    "test": ("[การทดสอบ] ", "[TEST] "),
}

NAME_LIMIT = 60
"""Longer names are cut in alerts, which have to stay below 4 KiB."""


def short(name: str) -> str:
    """A name that fits into an alert, without what a terminal would take for a command."""
    name = "".join(character if character.isprintable() else " " for character in name)
    return name if len(name) <= NAME_LIMIT else name[: NAME_LIMIT - 1] + "…"


def percent(probability: float) -> str:
    """A probability as an officer reads it; never 0 % or 100 %, which would be a false certainty."""
    if probability > 0.99:
        return ">99 %"
    return "<1 %" if probability < 0.01 else f"{probability * 100:.0f} %"


def subjects_text(subjects: tuple[Subject, ...]) -> BothLanguages:
    """``บุคคล 2 คน เรือ 1 ลำ`` and ``2 people, 1 boat``."""
    thai, english = [], []
    for subject in subjects:
        name_th, counter, one, many = NAMES.get(
            subject.label, (subject.label, "", subject.label, subject.label)
        )
        thai.append(f"{name_th} {subject.count} {counter}".rstrip())
        english.append(f"{subject.count} {one if subject.count == 1 else many}")
    return BothLanguages(th=" ".join(thai), en=", ".join(english))


def headline(status: str, subjects: tuple[Subject, ...], hits: tuple[ZoneHit, ...]) -> BothLanguages:
    """What and where in one line, with the probability of being inside the most probable zone."""
    what = subjects_text(subjects)
    mark_th, mark_en = STATUS[status]
    if not hits:
        return BothLanguages(th=f"{mark_th}พบ{what.th}", en=f"{mark_en}{what.en} seen")
    zone, odds = hits[0].zone, percent(hits[0].probability_inside)
    within_th, within_en = ("ในแนว", "in the strip of") if zone.within_m is not None else ("ใน", "inside")
    return BothLanguages(
        th=f"{mark_th}พบ{what.th} {within_th}{short(zone.name_th)} (โอกาสอยู่ในเขต {odds})",
        en=f"{mark_en}{what.en} {within_en} {short(zone.name_en)} ({odds} inside)",
    )


def instruction(status: str, position: Position | None, placeholder: bool, markers: bool) -> BothLanguages:
    """What to do, and what not to rely on."""
    thai, english = [], []
    if position is not None:
        thai.append(f"พิกัด {position.utm} คลาดเคลื่อนไม่เกิน {math.ceil(position.ce90_m)} ม. (90 %)")
        english.append(f"UTM {position.utm}, within {math.ceil(position.ce90_m)} m (90 %).")
    if placeholder:
        thai.append("แนวเขตที่ใช้เป็นแนวสมมุติ ไม่ใช่แนวเขตตามกฎหมาย")
        english.append("The zone outline is a stand-in, not the legal boundary.")
    if markers:
        thai.append("เป้าหมายเป็นแผ่นป้ายฝึกแทนของจริง")
        english.append("Drill markers stand for the real thing.")
    if status == "actual":
        thai.append("ตรวจสอบพื้นที่ด้วยความระมัดระวัง ผู้ต้องสงสัยอาจมีอาวุธ โปรดยืนยันการรับแจ้ง")
        english.append("Check the place with care, people may be armed. Please acknowledge.")
    else:
        thai.append("ห้ามส่งกำลังจริง")
        english.append("Send nobody.")
    return BothLanguages(th=" ".join(thai), en=" ".join(english))
