"""Zones that were kept as text are the zones they were."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from shapely.geometry import Point

from geofences import ZoneIndex, load_zones
from geofences.canonical import zones_text
from geofences.hours import hours_of
from geofences.read_canonical import zones_from_text
from geofences.zone import Kind, ZoneError

SHIPPED = load_zones()
PERMIT = replace(
    SHIPPED[0],
    id="permit-7",
    kind=Kind.PERMIT,
    name_th="ใบอนุญาต",
    covers=None,
    geometry=Point(104.7, 16.5),
    within_m=40.0,
    valid_from=datetime(2026, 11, 1, 3, tzinfo=UTC),
    valid_to=datetime(2026, 12, 1, tzinfo=UTC),
    hours=hours_of("18:00-06:00", ("sat", "sun"), None),
    labels=("person", "vehicle"),
    holder="village of Na Sinuan",
)


def test_each_field_comes_back_but_the_hash_of_the_file() -> None:
    zones = (*SHIPPED, PERMIT)
    found = {zone.id: zone for zone in zones_from_text(zones_text(zones), "text")}
    assert found == {zone.id: replace(zone, sha256="") for zone in zones}


def test_the_digest_is_the_same() -> None:
    assert ZoneIndex(zones_from_text(zones_text(SHIPPED), "text")).sha256 == ZoneIndex(SHIPPED).sha256


def test_no_zones_are_an_empty_text() -> None:
    assert zones_from_text(zones_text(()), "text") == ()


@given(place=st.integers(0, len(zones_text(SHIPPED)) - 1), byte=st.characters(codec="utf-8"))
def test_a_text_that_was_changed_gives_other_zones_or_a_zone_error(place: int, byte: str) -> None:
    text = zones_text(SHIPPED)
    changed = text[:place] + byte + text[place + 1 :]
    try:
        zones = zones_from_text(changed, "text")
    except ZoneError:
        return
    assert zones_text(zones) == changed


@pytest.mark.parametrize("text", ["nothing", "{}", "[]", '{"id": 1}', "null", "9" * 5000])
def test_what_is_no_text_of_zones_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(ZoneError, match="file-7") as refusal:
        zones_from_text(text, "file-7")
    assert "\n" not in str(refusal.value)
