"""The answer of `zones check` in words, in Thai and in English: officers read it as well as operators."""

from __future__ import annotations

import re

from droneops.times import to_text
from droneops.zones.listing import title_of, validity_of
from geofences import BorderSide, Zone
from geofences.explain import Explanation, NearestLine, NotHeld, ZoneAnswer

WINDS_TH = (
    "เหนือ",
    "ตะวันออกเฉียงเหนือ",
    "ตะวันออก",
    "ตะวันออกเฉียงใต้",
    "ใต้",
    "ตะวันตกเฉียงใต้",
    "ตะวันตก",
    "ตะวันตกเฉียงเหนือ",
)
WINDS_EN = ("north", "north-east", "east", "south-east", "south", "south-west", "west", "north-west")
KINDS_TH = {
    "park": "อุทยานแห่งชาติ",
    "sanctuary": "เขตรักษาพันธุ์สัตว์ป่า",
    "border": "เส้นเขตแดน",
    "bank": "ตลิ่ง",
    "pier": "ท่าเรือ",
    "road": "ถนน",
    "trail": "ทางเดินป่า",
    "village": "หมู่บ้าน",
    "no_fly": "เขตห้ามบิน",
    "permit": "เขตอนุญาต",
}
_SIDES_TH = {"TH": "ไทย", "LA": "ลาว", "uncertain": "ไม่แน่ชัด"}
_CERTAIN = 0.001
_SUREST = 0.9999
_KM_FROM_M = 10_000.0
"""From here on kilometres are told: nobody reads seven figures of metres."""


def text_th(found: Explanation, asked: tuple[float, float, float, int | None]) -> str:
    """All of the answer in Thai; ``asked`` are latitude, longitude, 1 sigma in metres, and the time."""
    lat_deg, lon_deg, sigma_m, at_us = asked
    when = "ไม่ระบุเวลา" if at_us is None else f"ณ เวลา {to_text(at_us)}"
    known = f"คลาดเคลื่อน {sigma_m:g} ม. (1 ซิกมา)" if sigma_m else "ถือว่าแม่นยำ (ระบุความคลาดเคลื่อนด้วย --sigma-m)"
    lines = [f"ละติจูด {lat_deg:.6f} ลองจิจูด {lon_deg:.6f} {known} {when}"]
    if not found.answers:
        lines.append("ไม่อยู่ในเขตใด (ไม่มีเขตใดมีความน่าจะเป็นถึง 0.001)")
    for answer in found.answers:
        lines += _answer_th(answer)
    lines.append(_border_th(found))
    lines += [f"ไม่อยู่ใน {_title_th(other.zone)}: ห่าง {_away_th(other)}" for other in found.others]
    return "\n".join(lines) + "\n"


def text_en(found: Explanation, asked: tuple[float, float, float, int | None]) -> str:
    """As `text_th`, in English."""
    lat_deg, lon_deg, sigma_m, at_us = asked
    when = "at no time in particular" if at_us is None else f"at {to_text(at_us)}"
    known = f"known to {sigma_m:g} m (1 sigma)" if sigma_m else "taken as exact (--sigma-m says how unsure)"
    lines = [f"lat {lat_deg:.6f}, lon {lon_deg:.6f}, {known}, {when}"]
    if not found.answers:
        lines.append("in no zone (none with a probability of 0.001 or more)")
    for answer in found.answers:
        lines += _answer_en(answer)
    lines.append(_border_en(found))
    lines += [f"not in {title_of(other.zone)}: {_away_en(other)}" for other in found.others]
    return "\n".join(lines) + "\n"


def why(answer: ZoneAnswer) -> dict[str, str]:
    """What makes an answer certain or not, in both languages."""
    nearest, distance_m = answer.nearest, abs(answer.distance_m)
    if nearest.sigma_m == 0.0:
        return {"th": "ทั้งแนวเขตและจุดถือว่าแม่นยำ", "en": "both are exact"}
    sigmas = distance_m / nearest.sigma_m
    certain = not _CERTAIN < answer.probability_inside < 1.0 - _CERTAIN
    point_m = nearest.point_sigma_m
    point_th = f"คลาดเคลื่อน {point_m:g} ม." if point_m else "ถือว่าแม่นยำ"
    point_en = f"to {point_m:g} m" if point_m else "taken as exact"
    return {
        "th": f"{'แน่นอน' if certain else 'ไม่แน่นอน'}: แนวเขตคลาดเคลื่อน {nearest.line_sigma_m:g} ม. จุด{point_th}"
        f" รวม {nearest.sigma_m:.0f} ม.; ระยะ {distance_m:.0f} ม. เท่ากับ {sigmas:.1f} ซิกมา",
        "en": f"{'certain' if certain else 'uncertain'}: the line is known to {nearest.line_sigma_m:g} m, the"
        f" point {point_en}, {nearest.sigma_m:.0f} m together; {distance_m:.0f} m is {sigmas:.1f} sigma",
    }


def _answer_en(answer: ZoneAnswer) -> list[str]:
    nearest = answer.nearest
    inside = "inside" if answer.distance_m < 0.0 else "outside"
    force = "in force" if answer.in_force else "NOT IN FORCE at that time; in force"
    wind = "" if nearest.bearing_deg is None else f" to the {_wind(nearest.bearing_deg, WINDS_EN)}"
    return [
        f"{percent(answer.probability_inside, 'over', 'under')} in {title_of(answer.zone)}",
        f"    {abs(answer.distance_m):.1f} m {inside}, its {nearest.line} nearest{wind},"
        f" at lat {nearest.lat_deg:.6f}, lon {nearest.lon_deg:.6f}",
        f"    {why(answer)['en']}",
        f"    {force} {validity_of(answer.zone)}",
    ]


def _answer_th(answer: ZoneAnswer) -> list[str]:
    nearest = answer.nearest
    inside = "ข้างใน" if answer.distance_m < 0.0 else "ข้างนอก"
    force = "มีผลบังคับ" if answer.in_force else "ไม่มีผลบังคับในเวลานั้น มีผล"
    wind = "" if nearest.bearing_deg is None else f" ทางทิศ{_wind(nearest.bearing_deg, WINDS_TH)}"
    return [
        f"โอกาสอยู่ในเขต {percent(answer.probability_inside, 'มากกว่า', 'น้อยกว่า')}: {_title_th(answer.zone)}",
        f"    อยู่{inside} {abs(answer.distance_m):.1f} ม. ใกล้{_line_th(nearest)}ที่สุด{wind}"
        f" ที่ละติจูด {nearest.lat_deg:.6f} ลองจิจูด {nearest.lon_deg:.6f}",
        f"    {why(answer)['th']}",
        f"    {force} {_validity_th(answer.zone)}",
    ]


def _border_en(found: Explanation) -> str:
    border = found.border
    if border is None and found.border_gap_m is None:
        return "no border line is loaded or in force"
    if border is None:
        gap = _length(found.border_gap_m or 0.0, "m", "km")
        return f"no side of the border: {gap} outside the stretch that its line covers"
    country = "Thai" if border.distance_m >= 0.0 else "Lao"
    odds = percent(border.p_thailand, "over", "under")
    return (
        f"border {border.zone_id}: side {border.side}, {odds} in Thailand;"
        f" {_border_m(border)} m on the {country} side, known to {border.sigma_m:.0f} m"
    )


def _border_th(found: Explanation) -> str:
    border = found.border
    if border is None and found.border_gap_m is None:
        return "ไม่มีเส้นเขตแดนที่โหลดไว้หรือที่มีผลบังคับ"
    if border is None:
        return f"บอกฝั่งของเขตแดนไม่ได้: อยู่นอกช่วงที่เส้นครอบคลุม {_length(found.border_gap_m or 0.0, 'ม.', 'กม.')}"
    country = "ไทย" if border.distance_m >= 0.0 else "ลาว"
    return (
        f"เส้นเขตแดน {border.zone_id}: ฝั่ง{_SIDES_TH[border.side]}"
        f" โอกาสอยู่ในประเทศไทย {percent(border.p_thailand, 'มากกว่า', 'น้อยกว่า')};"
        f" ห่าง {_border_m(border)} ม. ทางฝั่ง{country} คลาดเคลื่อน {border.sigma_m:.0f} ม."
    )


def _border_m(border: BorderSide) -> str:
    return f"{abs(border.distance_m):.0f}"


def _away_en(other: NotHeld) -> str:
    wind = "" if other.bearing_deg is None else f" to the {_wind(other.bearing_deg, WINDS_EN)}"
    return f"{_length(other.distance_m, 'm', 'km')}{wind}"


def _away_th(other: NotHeld) -> str:
    wind = "" if other.bearing_deg is None else f" ทางทิศ{_wind(other.bearing_deg, WINDS_TH)}"
    return f"{_length(other.distance_m, 'ม.', 'กม.')}{wind}"


def _title_th(zone: Zone) -> str:
    standing_in = " แนวสมมุติ ไม่ใช่แนวเขตตามกฎหมาย" if zone.placeholder else ""
    version = f" รุ่น {zone.version}" if zone.version else ""
    return f"{zone.name_th} ({KINDS_TH[str(zone.kind)]} รหัส {zone.id}{version}{standing_in})"


def _line_th(nearest: NearestLine) -> str:
    """The names of `NearestLine`: `outline of part 2`, `hole 1 of part 1`, `edge of the strip`."""
    part = re.search(r"part (\d+)", nearest.line)
    of_part = f"ส่วนที่ {part[1]} " if part else ""
    if nearest.line == "edge of the strip":
        return "ขอบของแถบ"
    hole = re.match(r"hole (\d+)", nearest.line)
    return f"ช่องเว้นที่ {hole[1]} {of_part}" if hole else f"แนวเขต{of_part}"


def _validity_th(zone: Zone) -> str:
    text = validity_of(zone)
    if text == "always":
        return "ตลอดเวลา"
    return re.sub(r"\buntil\b", "จนถึง", re.sub(r"^from\b", "ตั้งแต่", text))


def _wind(bearing_deg: float, names: tuple[str, ...]) -> str:
    return names[round(bearing_deg / 45.0) % 8]


def _length(metres: float, unit: str, thousand: str) -> str:
    return f"{metres:.0f} {unit}" if metres < _KM_FROM_M else f"{metres / 1000:.0f} {thousand}"


def percent(probability: float, over: str, under: str) -> str:
    """As alerts have it: no model of errors knows its own tails better than to a ten-thousandth."""
    if probability > _SUREST:
        return f"{over} {_SUREST:.2%}"
    return f"{under} {1.0 - _SUREST:.2%}" if probability < 1.0 - _SUREST else f"{probability:.2%}"
