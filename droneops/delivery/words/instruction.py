"""The instruction: where exactly, which way, what to beware of, what to do."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import datetime

from droneops.delivery.alert import Border, BothLanguages, Position
from droneops.delivery.near import Around, Place
from droneops.delivery.text import short
from droneops.delivery.words import phrases
from droneops.delivery.words.compass import direction, distance, movement
from droneops.delivery.words.headline import SHORT_ID
from droneops.delivery.words.phrases import Both
from droneops.delivery.words.told import Told

NEAR_BORDER_M = 2000.0
"""Nearer than this the border is part of the picture: a boat crosses it within minutes."""


OVER = frozenset({"closed", "cancelled"})


def instruction(told: Told, *, brief: bool = False) -> BothLanguages:
    """What to do, and what not to rely on. ``brief`` leaves out what is only of help."""
    said = [both for both, helps in _sentences(told) if not (brief and helps)]
    return BothLanguages(th=" ".join(th for th, _ in said), en=" ".join(en for _, en in said))


def _sentences(told: Told) -> Iterator[tuple[Both, bool]]:
    """Each sentence, and whether it is only of help."""
    if told.kind == "cancelled":
        yield _follow(told.replaced_by), False
    elif told.kind == "closed" and told.event != "drone_blind":
        yield phrases.NOT_SAFE, False
    elif told.kind in _NEWS:
        yield _NEWS[told.kind], True
    if told.position is not None:
        if told.kind in OVER:
            yield phrases.LAST_SEEN, False
        yield _position(told.position), False
        if told.seen_local is not None:
            yield _seen(told.seen_local), False
    if told.kind not in OVER:
        yield from ((both, True) for both in _surroundings(told.around))
    if told.motion is not None:
        said = movement(told.motion, told.border, told.around.border_bearing_deg)
        yield (said.th, said.en), False
    if told.border is not None and _border_matters(told, told.border):
        yield from ((both, False) for both in _border(told.border))
    if told.rule_id in phrases.WHY and told.kind not in OVER:
        thai, english = phrases.WHY[told.rule_id]
        yield (f"เหตุที่แจ้ง: {thai}", f"Sign: {english}."), True
    yield from ((both, True) for both in _second_look(told))
    if any(hit.zone.placeholder for hit in told.hits):
        yield phrases.STAND_IN, False
    if told.markers:
        yield phrases.MARKERS, False
    yield from ((both, False) for both in _to_do(told))


def _second_look(told: Told) -> Iterator[Both]:
    if told.second is not None and told.kind not in OVER and told.second.answer in phrases.SECOND_LOOK:
        yield phrases.SECOND_LOOK[told.second.answer]


_NEWS = {"grew": phrases.MORE, "moved": phrases.MOVED}


def _follow(replaced_by: str | None) -> Both:
    if replaced_by is None:
        return phrases.NO_LONGER_COUNTS
    other = replaced_by[:SHORT_ID]
    return f"ให้ยึดการแจ้งของเหตุ {other} แทน", f"Follow incident {other} instead."


def _position(position: Position) -> Both:
    grid_th = f"พิกัด {position.utm}" if position.utm else f"พิกัด {position.lat_deg:.6f} {position.lon_deg:.6f}"
    grid_en = f"UTM {position.utm}" if position.utm else f"{position.lat_deg:.6f} {position.lon_deg:.6f}"
    radius_m = math.ceil(position.ce90_m)
    return f"{grid_th} คลาดเคลื่อนไม่เกิน {radius_m} ม. (90 %)", f"{grid_en}, within {radius_m} m (90 %)."


def _seen(at: datetime) -> Both:
    """By the place's own clocks, to the minute; the message has the seconds in UTC."""
    thai, english = phrases.MONTHS[at.month - 1]
    clock = f"{at:%H:%M}"
    return f"เห็นเมื่อ {clock} น. {at.day} {thai}", f"Seen at {clock} on {at.day} {english}, local time."


def _surroundings(around: Around) -> Iterator[Both]:
    if around.place is not None:
        yield _from_place(around.place)
    for place, thai, english in (
        (around.crossing, "ท่าข้ามใกล้สุด", "Nearest crossing"),
        (around.road, "ทางใกล้สุด", "Nearest road"),
    ):
        if place is not None:
            yield _to_place(place, thai, english)


def _from_place(place: Place) -> Both:
    name_th, name_en = short(place.name_th), short(place.name_en)
    if place.bearing_deg is None:
        return f"อยู่ใน{name_th}", f"In {name_en}."
    far_th, far_en = distance(place.distance_m)
    way_th, way_en = direction(place.bearing_deg + 180)
    return f"อยู่ทางทิศ{way_th}ของ{name_th} {far_th}", f"{far_en} {way_en} of {name_en}."


def _to_place(place: Place, thai: str, english: str) -> Both:
    name_th, name_en = short(place.name_th), short(place.name_en)
    if place.bearing_deg is None:
        return f"{thai} {name_th} ณ จุดนี้", f"{english}: {name_en}, right here."
    far_th, far_en = distance(place.distance_m)
    way_th, way_en = direction(place.bearing_deg)
    return f"{thai} {name_th} ทางทิศ{way_th} {far_th}", f"{english}: {name_en}, {far_en} to the {way_en}."


def _border_matters(told: Told, border: Border) -> bool:
    return told.event == "border_crossing" or border.side != "TH" or border.distance_m < NEAR_BORDER_M


def _border(border: Border) -> Iterator[Both]:
    far_th, far_en = distance(abs(border.distance_m))
    sigma = f"±{math.ceil(border.sigma_m)}"
    if border.side == "uncertain":
        yield (
            f"ยังไม่แน่ชัดว่าอยู่ฝั่งไทยหรือลาว ห่างแนวเขตแดน {far_th} ({sigma} ม.)",
            f"Which side of the border is uncertain: {far_en} from the line ({sigma} m).",
        )
    else:
        side_th, side_en = ("ไทย", "Thai") if border.side == "TH" else ("ลาว", "Lao")
        yield (
            f"อยู่ฝั่ง{side_th} ห่างแนวเขตแดน {far_th} ({sigma} ม.)",
            f"On the {side_en} side, {far_en} from the border line ({sigma} m).",
        )
    yield phrases.DO_NOT_CROSS


def _to_do(told: Told) -> Iterator[Both]:
    if told.event == "drone_blind":
        if told.kind not in OVER:
            yield phrases.PILOTS
    elif told.status != "actual":
        yield phrases.SEND_NOBODY
    elif told.kind not in OVER:
        is_in_laos = told.border is not None and told.border.side == "LA"
        yield phrases.ON_LAO_SIDE if is_in_laos else phrases.ACT[told.event]
    if told.status == "actual" or told.event == "drone_blind":
        yield phrases.ACKNOWLEDGE
