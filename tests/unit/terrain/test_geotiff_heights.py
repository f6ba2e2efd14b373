"""GeoTIFF: heights at the places that PROJ says, in any projection."""

from __future__ import annotations

import numpy as np
import pytest

from droneops.errors import ConfigError
from droneops.terrain.area import Area
from droneops.terrain.geotiff import read_geotiff

rasterio = pytest.importorskip("rasterio", reason="the terrain extra is not installed")
pyproj = pytest.importorskip("pyproj")

# rasterio 1.4 multiplies affine's transforms in a way that affine 3.1 calls old.
pytestmark = pytest.mark.filterwarnings("ignore:Use `@` matmul:PendingDeprecationWarning")

LAT, LON = 16.44, 104.75
AREA = Area(LAT - 0.03, LAT + 0.03, LON - 0.03, LON + 0.03)


def write(path, crs="EPSG:32648", cell=5.0, nodata=None, hole=None, size=1600, **more):
    """Heights that rise by 0.01 m a cell east and 0.02 m a cell south, their north-west corner 4 km off."""
    x, y = pyproj.Transformer.from_crs("EPSG:4326", crs, always_xy=True).transform(LON, LAT)
    transform = rasterio.transform.from_origin(x - size / 2 * cell, y + size / 2 * cell, cell, cell)
    rows, columns = np.mgrid[0:size, 0:size]
    heights = (100 + 0.01 * columns + 0.02 * rows).astype(np.float32)
    if hole is not None:
        heights[hole] = nodata
    profile = {"driver": "GTiff", "width": size, "height": size, "count": 1, "dtype": "float32"}
    with rasterio.open(path, "w", **profile, crs=crs, transform=transform, nodata=nodata, **more) as target:
        target.write(heights, 1)
    return transform


@pytest.mark.parametrize(
    ("crs", "cell"),
    [("EPSG:32648", 5.0), ("EPSG:3857", 5.0), ("EPSG:4326", 0.00005), ("EPSG:24048", 5.0)],
)
def test_a_height_is_found_where_proj_puts_it(tmp_path, crs, cell) -> None:
    transform = write(tmp_path / "dem.tif", crs, cell)
    grid = read_geotiff(tmp_path / "dem.tif", AREA)
    random = np.random.default_rng(1)
    lat, lon = LAT + random.uniform(-0.03, 0.03, 500), LON + random.uniform(-0.03, 0.03, 500)
    # The datum's change is rasterio's: the same PROJ, asked point by point.
    x, y = pytest.importorskip("rasterio.warp").transform("EPSG:4326", crs, lon, lat)
    columns, rows = (np.array(x) - transform.c) / transform.a, (np.array(y) - transform.f) / transform.e
    want = 100 + 0.01 * (columns - 0.5) + 0.02 * (rows - 0.5)
    assert grid.height_msl_m(lat, lon) == pytest.approx(want, abs=2e-4)


def test_its_spacing_is_in_metres_whatever_its_unit(tmp_path) -> None:
    write(tmp_path / "metres.tif")
    write(tmp_path / "degrees.tif", "EPSG:4326", 0.00005)
    assert read_geotiff(tmp_path / "metres.tif", AREA).spacing_m == pytest.approx(5.0, rel=1e-3)
    assert read_geotiff(tmp_path / "degrees.tif", AREA).spacing_m == pytest.approx(5.33, abs=0.02)


def test_what_the_file_calls_no_data_is_unknown(tmp_path) -> None:
    write(tmp_path / "dem.tif", nodata=-9999.0, hole=(slice(780, 820), slice(780, 820)))
    grid = read_geotiff(tmp_path / "dem.tif", AREA)
    found = grid.height_msl_m(np.array([LAT, LAT + 0.02]), np.array([LON, LON]))
    assert np.isnan(found).tolist() == [True, False]


def test_a_file_from_elsewhere_covers_nothing(tmp_path) -> None:
    write(tmp_path / "dem.tif")
    assert read_geotiff(tmp_path / "dem.tif", Area(10.0, 10.1, 100.0, 100.1)) is None


def test_a_picture_that_lies_nowhere_is_refused(tmp_path) -> None:
    with rasterio.open(
        tmp_path / "dem.tif", "w", driver="GTiff", width=8, height=8, count=1, dtype="float32",
        transform=rasterio.transform.from_origin(5, 5, 1, 1),
    ) as target:  # fmt: skip
        target.write(np.zeros((8, 8), np.float32), 1)
    with pytest.raises(ConfigError, match="does not say where on the earth"):
        read_geotiff(tmp_path / "dem.tif", AREA)


def test_a_file_that_is_no_geotiff_is_refused_in_one_line(tmp_path) -> None:
    (tmp_path / "dem.tif").write_bytes(b"II*\0 nothing of the kind")
    with pytest.raises(ConfigError, match="cannot be read as GeoTIFF"):
        read_geotiff(tmp_path / "dem.tif", AREA)


def test_without_rasterio_the_error_says_what_to_install(tmp_path, monkeypatch) -> None:
    monkeypatch.setitem(__import__("sys").modules, "rasterio", None)
    with pytest.raises(ConfigError, match=r"droneops\[terrain\]"):
        read_geotiff(tmp_path / "dem.tif", AREA)


def test_more_heights_than_memory_should_hold_are_refused(tmp_path, monkeypatch) -> None:
    monkeypatch.setattr("droneops.terrain.geotiff.MAX_CELLS", 1000)
    write(tmp_path / "dem.tif")
    with pytest.raises(ConfigError, match="at most 1000"):
        read_geotiff(tmp_path / "dem.tif", AREA)
