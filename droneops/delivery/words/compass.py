"""Directions and distances as people say them."""

from __future__ import annotations

import math

from droneops.delivery.alert import Border, BothLanguages, Motion

COMPASS = (
    ("เหนือ", "north"),
    ("ตะวันออกเฉียงเหนือ", "north-east"),
    ("ตะวันออก", "east"),
    ("ตะวันออกเฉียงใต้", "south-east"),
    ("ใต้", "south"),
    ("ตะวันตกเฉียงใต้", "south-west"),
    ("ตะวันตก", "west"),
    ("ตะวันตกเฉียงเหนือ", "north-west"),
)

HEADS_FOR_DEG = 60.0
"""Within 60 degrees of the border's bearing it is toward it, beyond 120 away, else along it: a speed is given
only beyond 3.5 of its sigmas, so a course is at most about 16 degrees wrong (1 sigma)."""

KNOWN_SIDE_SIGMAS = 2.0
"""Nearer to the border than this many of its sigmas, the direction of the border is anybody's guess."""


def direction(bearing_deg: float) -> tuple[str, str]:
    """The nearest of eight directions, in Thai and English."""
    return COMPASS[round(bearing_deg % 360 / 45) % 8]


def distance(metres: float) -> tuple[str, str]:
    """``400 ม.`` and ``400 m``, from 1 km on ``1.2 กม.`` and ``1.2 km``."""
    if metres < 995:
        text = f"{max(10, round(metres, -1)):.0f}"
        return f"{text} ม.", f"{text} m"
    return f"{metres / 1000:.1f} กม.", f"{metres / 1000:.1f} km"


def movement(motion: Motion, border: Border | None, border_bearing_deg: float | None) -> BothLanguages:
    """Course and speed in words, and what that means for the border where its direction is known."""
    thai, english = direction(motion.course_deg)
    kmh = max(1, round(motion.speed_mps * 3.6))
    toward_th, toward_en = _toward(motion, border, border_bearing_deg)
    return BothLanguages(
        th=f"มุ่งหน้าทิศ{thai} ความเร็วราว {kmh} กม./ชม.{toward_th}",
        en=f"Moving {english} at about {kmh} km/h{toward_en}.",
    )


def _toward(motion: Motion, border: Border | None, border_bearing_deg: float | None) -> tuple[str, str]:
    if border is None or border_bearing_deg is None or border.side == "uncertain":
        return "", ""
    if abs(border.distance_m) < KNOWN_SIDE_SIGMAS * border.sigma_m:
        return "", ""
    closing = math.cos(math.radians(motion.course_deg - border_bearing_deg))
    near = math.cos(math.radians(HEADS_FOR_DEG))
    if abs(closing) < near:
        return " ขนานแนวชายแดน", ", along the border"
    if border.side == "TH":
        return (" เข้าหาชายแดนลาว", ", toward the border with Laos") if closing > 0 else _AWAY
    return (" กลับเข้าหาฝั่งไทย", ", back toward Thailand") if closing > 0 else _INTO_LAOS


_AWAY = (" ออกห่างจากชายแดน", ", away from the border")
_INTO_LAOS = (" ลึกเข้าไปในฝั่งลาว", ", further into Laos")
