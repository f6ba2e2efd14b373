"""SRTM tiles: every height at its place, and what is not there is unknown."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.errors import ConfigError
from droneops.terrain.area import Area, area_seen
from droneops.terrain.hgt import read_hgt

SIDE = 1201
HOLE = -32768


def write_tile(folder: Path, name: str, heights: np.ndarray | None = None) -> np.ndarray:
    """A tile that rises by 10 m per hundredth of a degree north and by 1 m east from its corner."""
    step = np.arange(SIDE) / (SIDE - 1)
    made = 1000 * step[::-1, None] + 100 * step[None, :] if heights is None else heights
    np.round(made).astype(">i2").tofile(folder / f"{name}.hgt")
    return made


def at(folder: Path, lat: float, lon: float, area: Area | None = None) -> float:
    area = area or Area(lat - 0.01, lat + 0.01, lon - 0.01, lon + 0.01)
    grid, _ = read_hgt(folder, area)
    return float(grid.height_msl_m(np.array([lat]), np.array([lon]))[0])


@pytest.mark.parametrize(
    ("name", "south", "west"),
    [("N16E104", 16, 104), ("S17W068", -17, -68), ("n00e000", 0, 0), ("S01W001", -1, -1)],
)
def test_a_height_is_found_at_its_place_on_all_four_quarters_of_the_earth(
    tmp_path, name, south, west
) -> None:
    write_tile(tmp_path, name)
    for north, east in ((0.1, 0.2), (0.5, 0.5), (0.93, 0.04)):
        found = at(tmp_path, south + north, west + east)
        assert found == pytest.approx(1000 * north + 100 * east, abs=0.6)


def test_neighbouring_tiles_are_one_surface(tmp_path) -> None:
    for name in ("N16E104", "N16E105", "N17E104", "N17E105"):
        write_tile(tmp_path, name, np.full((SIDE, SIDE), 100 + 50 * name.startswith("N17")))
    grid, missing = read_hgt(tmp_path, Area(16.98, 17.02, 104.98, 105.02))
    assert missing == ()
    assert np.isfinite(grid.heights_m).all()
    heights = grid.height_msl_m(np.array([16.99, 17.01]), np.array([105.0, 105.0]))
    assert heights == pytest.approx([100, 150])


def test_a_missing_tile_is_named_and_its_ground_unknown_not_sea_level(tmp_path) -> None:
    write_tile(tmp_path, "N16E104")
    grid, missing = read_hgt(tmp_path, Area(16.5, 16.6, 103.98, 104.02))
    assert missing == ("N16E103",)
    known = grid.height_msl_m(np.array([16.55, 16.55]), np.array([103.99, 104.01]))
    assert np.isnan(known).tolist() == [True, False]
    assert grid.bounds_m == (-np.inf, np.inf)


def test_a_hole_is_unknown_up_to_its_neighbours(tmp_path) -> None:
    heights = np.full((SIDE, SIDE), 300)
    heights[600, 600] = HOLE
    heights[100, 100] = 32767
    write_tile(tmp_path, "N16E104", heights)
    step = 1 / (SIDE - 1)
    assert np.isnan(at(tmp_path, 16.5, 104.5))
    assert np.isnan(at(tmp_path, 16.5 + 0.9 * step, 104.5))
    assert at(tmp_path, 16.5 + step, 104.5) == 300
    assert np.isnan(at(tmp_path, 17 - 100 * step, 104 + 100 * step))


def test_a_flight_over_the_antimeridian_sees_both_sides(tmp_path) -> None:
    write_tile(tmp_path, "S17E179", np.full((SIDE, SIDE), 10))
    write_tile(tmp_path, "S17W180", np.full((SIDE, SIDE), 20))
    area = area_seen(np.array([-16.5, -16.5]), np.array([179.999, -179.999]))
    assert area is not None
    grid, missing = read_hgt(tmp_path, area)
    assert missing == ()
    assert grid.height_msl_m(np.full(2, -16.5), np.array([179.99, -179.99])) == pytest.approx([10, 20])


@pytest.mark.parametrize("size", [0, 1, 2884801, 2884803, 25934400])
def test_a_tile_of_the_wrong_size_is_refused_with_its_name(tmp_path, size) -> None:
    (tmp_path / "N16E104.hgt").write_bytes(bytes(size))
    with pytest.raises(ConfigError, match=r"N16E104\.hgt: has \d+ bytes"):
        read_hgt(tmp_path, Area(16.4, 16.5, 104.4, 104.5))


def test_a_folder_without_tiles_is_refused(tmp_path) -> None:
    (tmp_path / "readme.txt").write_text("nothing")
    with pytest.raises(ConfigError, match="holds no SRTM tile"):
        read_hgt(tmp_path, Area(16.4, 16.5, 104.4, 104.5))


def test_tiles_of_two_spacings_are_refused(tmp_path) -> None:
    write_tile(tmp_path, "N16E104")
    np.zeros((3601, 3601), ">i2").tofile(tmp_path / "N16E105.hgt")
    with pytest.raises(ConfigError, match="1 and of 3 arc-seconds"):
        read_hgt(tmp_path, Area(16.4, 16.5, 104.98, 105.02))


def test_more_heights_than_memory_should_hold_are_refused(tmp_path) -> None:
    np.zeros((3601, 3601), ">i2").tofile(tmp_path / "N16E104.hgt")
    with pytest.raises(ConfigError, match="at most"):
        read_hgt(tmp_path, Area(16.0, 19.0, 104.0, 107.0))


@given(lat=st.floats(-84, 84), lon=st.floats(-180, 180))
def test_all_that_is_in_range_lies_in_the_area(lat, lon) -> None:
    import pymap3d

    area = area_seen(np.array([lat]), np.array([lon]))
    assert area is not None
    for east, north in ((3000, 0), (-3000, 0), (0, 3000), (0, -3000)):
        seen_lat, seen_lon, _ = pymap3d.enu2geodetic(east, north, 0, lat, lon, 0)
        assert area.south_deg < seen_lat < area.north_deg
        middle = (area.west_deg + area.east_deg) / 2
        assert abs((seen_lon - middle + 180) % 360 - 180) < (area.east_deg - area.west_deg) / 2
