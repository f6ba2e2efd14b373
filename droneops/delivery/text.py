"""Names, numbers and things in words, in Thai and English."""

from __future__ import annotations

from droneops.delivery.alert import BothLanguages, Subject

NAMES = {
    "person": ("บุคคล", "คน", "person", "people"),
    "vehicle": ("รถ", "คัน", "vehicle", "vehicles"),
    "motorcycle": ("รถจักรยานยนต์", "คัน", "motorcycle", "motorcycles"),
    "boat": ("เรือ", "ลำ", "boat", "boats"),
    "truck": ("รถบรรทุก", "คัน", "truck", "trucks"),
    "tractor": ("รถแทรกเตอร์", "คัน", "tractor", "tractors"),
    "log_pile": ("กองไม้", "กอง", "log pile", "log piles"),
    "planks": ("กองไม้แปรรูป", "กอง", "pile of planks", "piles of planks"),
    "stump": ("ตอไม้", "ตอ", "stump", "stumps"),
    "light": ("แสงไฟ", "จุด", "light", "lights"),
    "shelter": ("เพิงพัก", "หลัง", "shelter", "shelters"),
    "person_in_distress": ("ผู้ต้องการความช่วยเหลือ", "คน", "person in distress", "people in distress"),
    "fire": ("ไฟ", "จุด", "fire", "fires"),
    "smoke": ("ควัน", "จุด", "smoke plume", "smoke plumes"),
}
"""Label: Thai name, Thai classifier, English singular and plural."""

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
