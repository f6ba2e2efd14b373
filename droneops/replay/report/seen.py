"""The ground that was seen and how well, as finished text for the template."""

from __future__ import annotations

from dataclasses import dataclass

from droneops.replay.report.answer import area_words
from droneops.replay.report.data import CoveredGround, CoveredZone
from droneops.replay.report.wording import GROUND, LIGHT, Words

MAX_ZONES = 50
"""Rows in the table of zones; those of which most was seen are kept."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of ground."""

    kind: str
    name: Words
    area: Words


@dataclass(frozen=True, slots=True)
class ZoneRow:
    """A zone, and how much of it is of each kind, in the order of the kinds."""

    name: str
    placeholder: bool
    area: Words
    shares: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class SeenGround:
    """All that the page says in words of the ground."""

    kinds: tuple[Kind, ...]
    light: Words
    notes: tuple[Words, ...]
    zones: tuple[ZoneRow, ...]


def seen_ground(ground: CoveredGround) -> SeenGround:
    """The ground as it is read."""
    # A flight by day need not be told of darkness.
    kinds = set(GROUND) - ({"too_dark"} if ground.km2["too_dark"] == 0 else set())
    ranked = sorted(ground.zones, key=lambda zone: -(zone.looked + zone.too_coarse + zone.too_dark))
    return SeenGround(
        kinds=tuple(
            Kind(kind, name, area_words(ground.km2[kind])) for kind, name in GROUND.items() if kind in kinds
        ),
        light=_light(ground),
        notes=_notes(ground),
        zones=tuple(_zone(zone, kinds) for zone in ranked[:MAX_ZONES]),
    )


def _light(ground: CoveredGround) -> Words:
    low, high = (f"{deg:.0f}°" for deg in ground.sun_deg)
    sun = low if low == high else f"{low} – {high}"
    parts = [(LIGHT[key], area_words(km2)) for key, km2 in ground.looked_km2_by_light.items() if km2 > 0]
    th = " ".join(f"{light.th} {area.th}" for light, area in parts) or "ไม่มี"
    en = ", ".join(f"{light.en} {area.en}" for light, area in parts) or "none"
    return Words(
        f"แสงตอนที่ดูชัดพอ: {th} (ดวงอาทิตย์สูงจากขอบฟ้า {sun})",
        f"Light where it was seen well enough: {en} (sun {sun} above the horizon).",
    )


def _notes(ground: CoveredGround) -> tuple[Words, ...]:
    least, cell = f"{ground.least_person_px:g}", f"{ground.cell_m:g}"
    sharp = Words(
        f"“ดูชัดพอ” คือคนยืนมีขนาดในภาพอย่างน้อย {least} พิกเซล (รากที่สองของพื้นที่)"
        f" ตาราง {cell} ม. ไม่นับขอบภาพ เพราะทิศกล้องอาจคลาดเคลื่อน",
        f"“Well enough”: a standing person covers at least {least} px (root of the area) in the picture."
        f" Cells of {cell} m; the picture's rim is not counted, for the camera may point a little aside.",
    )
    missed = (
        Words("“ไม่ได้ดู” นับเฉพาะในเขตใกล้เที่ยวบิน", "“Not looked at” counts the ground of zones near the flight.")
        if ground.of_zones
        else Words(
            "“ไม่ได้ดู” นับเฉพาะพื้นที่ที่เส้นทางบินล้อมไว้", "“Not looked at” counts ground inside the flight’s outline."
        )
    )
    dark = Words(
        "ถือว่ากล้องเป็นกล้องธรรมดา ซึ่งมองไม่เห็นในเวลากลางคืน",
        "The camera was taken as an ordinary one, blind at night; a thermal camera is not.",
    )
    return (sharp, missed, dark) if ground.needs_light else (sharp, missed)


def _zone(zone: CoveredZone, kinds: set[str]) -> ZoneRow:
    seen = (zone.looked, zone.too_coarse, zone.too_dark)
    shares = dict(zip(GROUND, (*seen, max(1 - sum(seen), 0.0)), strict=True))
    return ZoneRow(
        " ".join(dict.fromkeys((zone.name_th, zone.name_en))),
        zone.placeholder,
        area_words(zone.km2),
        tuple(_percent(share) for kind, share in shares.items() if kind in kinds),
    )


def _percent(share: float) -> str:
    """A share of ground; never 100 % while something is missing, nor 0 % while something is there."""
    if 0 < share < 0.001:
        return "<\u00a00.1\u00a0%"
    return ">\u00a099.9\u00a0%" if 0.999 < share < 1 else f"{share * 100:.1f}\u00a0%"
