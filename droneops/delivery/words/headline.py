"""The headline: what happened to what, where, how sure. One line."""

from __future__ import annotations

from droneops.delivery.alert import BothLanguages
from droneops.delivery.text import percent, short, subjects_text
from droneops.delivery.words import phrases
from droneops.delivery.words.phrases import Both
from droneops.delivery.words.told import Told
from geofences import Kind, ZoneHit

SHORT_ID = 8
"""Enough of an incident's id to find it on a screen."""

ZONES_NAMED = 2

LIKELY = 0.5
"""What is less likely inside a zone than not is told to be near it."""


def headline(told: Told) -> BothLanguages:
    """What and where in one line, with the probability of being inside the zone that the rule looks at."""
    parts = (phrases.STATUS[told.status], _news(told), _what_and_where(told))
    return BothLanguages(th="".join(th for th, _ in parts), en="".join(en for _, en in parts))


def _news(told: Told) -> Both:
    """What became of the incident; nothing for what is new or goes on."""
    if told.kind == "raised":
        thai, english = phrases.SEVERITY[told.severity]
        return f"ยกระดับเป็น{thai}: ", f"Raised to {english}: "
    if told.kind == "closed":
        thai, english = _closed_because(told)
        return f"ปิดเหตุ ({thai}): ", f"CLOSED ({english}): "
    if told.kind == "cancelled":
        return _withdrawn(told.replaced_by)
    return "", ""


def _closed_because(told: Told) -> Both:
    if told.event == "drone_blind" and told.reason in (None, "quiet"):
        return phrases.NOT_BLIND_NOW
    return phrases.CLOSED_BECAUSE.get(told.reason or "", phrases.NOT_FOLLOWED)


def _withdrawn(replaced_by: str | None) -> Both:
    if replaced_by is None:
        return "ยกเลิกการแจ้ง: ", "CANCELLED: "
    other = replaced_by[:SHORT_ID]
    return f"ยกเลิกการแจ้ง (เป็นเหตุเดียวกับ {other}): ", f"CANCELLED (the same as incident {other}): "


def _what_and_where(told: Told) -> Both:
    if told.event == "drone_blind":
        return _blind(told)
    where_th, where_en = _where(told.hits)
    if not told.subjects:
        thai, english = phrases.SUSPICION[told.event]
        return f"{thai}{where_th}", f"{english}{where_en}"
    what = subjects_text(told.subjects)
    if told.event == "intrusion":
        return f"พบ{what.th}{where_th}", f"{what.en}{where_en or ' seen'}"
    thai, english = phrases.SUSPICION[told.event]
    return f"{thai} พบ{what.th}{where_th}", f"{english}: {what.en}{where_en}"


def _where(hits: tuple[ZoneHit, ...]) -> Both:
    if not hits:
        return "", ""
    zone, odds = hits[0].zone, percent(hits[0].probability_inside)
    thai, english = ("ใน", "inside")
    if hits[0].probability_inside < LIKELY:
        thai, english = ("ใกล้", "near")
    elif zone.kind in (Kind.BANK, Kind.PIER, Kind.VILLAGE):
        thai, english = ("บริเวณ", "at")
    elif zone.within_m is not None:
        thai, english = ("ในแนว", "in the strip of")
    return (
        f" {thai}{short(zone.name_th)} (โอกาสอยู่ในเขต {odds})",
        f" {english} {short(zone.name_en)} ({odds} inside)",
    )


def _blind(told: Told) -> Both:
    drone, zones = short(told.drone_id), _named(told.zone_ids)
    thai, english = phrases.BLIND.get(told.blind_reason or "", ("", ""))
    why_th, why_en = (f" ({thai})", f": {english}") if thai else ("", "")
    return (
        f"โดรน {drone} มองไม่เห็น{why_th}" + (f" พื้นที่ที่ควรเฝ้าตรวจ {zones}" if zones else ""),
        f"Drone {drone} cannot see{why_en}" + (f" (should be watching {zones})" if zones else ""),
    )


def _named(zone_ids: frozenset[str]) -> str:
    names = sorted(zone_ids)
    more = f" +{len(names) - ZONES_NAMED}" if len(names) > ZONES_NAMED else ""
    return ", ".join(short(name) for name in names[:ZONES_NAMED]) + more
