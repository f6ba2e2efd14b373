"""SRTM tiles as servers give them out: packed, damaged, or of a form that does not fit."""

from __future__ import annotations

import zipfile
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from droneops.errors import ConfigError
from droneops.terrain.area import Area
from droneops.terrain.hgt import read_hgt

AREA = Area(16.49, 16.51, 104.49, 104.51)
LEVEL = np.full((1201, 1201), 212)


def packed(path: Path, content: bytes | None = None, *names: str) -> Path:
    raw = LEVEL.astype(">i2").tobytes() if content is None else content
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in names or ("N16E104.hgt",):
            archive.writestr(name, raw)
    return path


def height_m(folder: Path) -> float:
    grid, missing = read_hgt(folder, AREA)
    assert missing == ()
    return float(grid.height_msl_m(np.array([16.5]), np.array([104.5]))[0])


@pytest.mark.parametrize("name", ["N16E104.hgt.zip", "N16E104.SRTMGL1.hgt.zip", "n16e104.HGT.ZIP"])
def test_a_packed_tile_is_read_as_it_is(tmp_path, name):
    packed(tmp_path / name)
    assert height_m(tmp_path) == 212.0
    assert height_m(tmp_path / name) == 212.0


def test_of_one_tile_in_both_forms_the_unpacked_is_taken(tmp_path):
    packed(tmp_path / "N16E104.hgt.zip")
    (LEVEL + 8).astype(">i2").tofile(tmp_path / "N16E104.hgt")
    assert height_m(tmp_path) == 220.0


def refused(folder: Path, *parts: str) -> None:
    with pytest.raises(ConfigError) as refusal:
        read_hgt(folder, AREA)
    line = refusal.value.one_line()
    assert [part for part in parts if part not in line] == [], line


def test_a_tile_of_unequal_sides_says_what_it_is(tmp_path):
    np.zeros((3601, 1801), dtype=">i2").tofile(tmp_path / "N16E104.hgt")
    refused(tmp_path, "N16E104.hgt", "1 by 2 arc-seconds", "give a tile of 3 arc-seconds, or a GeoTIFF")


def test_an_archive_that_says_less_than_it_holds_is_refused_and_not_unpacked_whole(tmp_path):
    path = packed(tmp_path / "N16E104.hgt.zip", bytes(20_000_000))
    refused(tmp_path, "has 20000000 bytes")
    said = (20_000_000).to_bytes(4, "little")
    path.write_bytes(path.read_bytes().replace(said, (2 * 1201 * 1201).to_bytes(4, "little")))
    refused(tmp_path, "N16E104.hgt.zip")


def test_an_archive_of_no_tile_or_two_is_refused(tmp_path):
    packed(tmp_path / "N16E104.hgt.zip", b"x", "readme.txt")
    refused(tmp_path, "holds 0 .hgt files")
    packed(tmp_path / "N16E104.hgt.zip", b"x", "a.hgt", "b.hgt")
    refused(tmp_path, "holds 2 .hgt files", "one tile each")


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cut=st.integers(0, 4000), place=st.integers(0, 4000), value=st.integers(0, 255))
def test_a_damaged_archive_gives_heights_or_one_line(tmp_path, cut, place, value):
    path = packed(tmp_path / "N16E104.hgt.zip")
    raw = bytearray(path.read_bytes())
    raw[place % len(raw)] = value
    path.write_bytes(raw[: len(raw) - cut % 50])
    try:
        read_hgt(tmp_path, AREA)
    except ConfigError as error:
        assert "N16E104.hgt.zip" in error.one_line() or "no SRTM tile" in error.one_line()
