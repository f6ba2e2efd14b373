"""Over hills the ground that counts as seen is that which the picture's pixels really meet."""

from __future__ import annotations

import math

import numpy as np
import pytest
from looking import NOON_US, PLANE, camera, pose
from shapely.geometry import Polygon

from droneops.coverage.glance import Glances
from droneops.coverage.sharpness import Demand
from droneops.coverage.survey import Survey, survey_of
from droneops.geo.dem import TERMS, DemGrid, GridMap
from droneops.geo.footprint import footprint
from droneops.geo.locate import Ground, locate
from droneops.types import GroundPoint, Pose, Sigma

EXACTLY = Sigma(0.0, "made")
STEP_M, HALF = 5.0, 200
NEAR_M = 3.0
LEVEL = Ground(200.0, EXACTLY)


def relief(height) -> Ground:
    """2 km square about the plane's origin, 5 m between heights; ``height(east_m, north_m)`` above 200 m."""
    metres = (np.arange(2 * HALF + 1) - HALF) * STEP_M
    heights = 200.0 + height(metres[None, :], -metres[:, None]) + np.zeros((2 * HALF + 1, 2 * HALF + 1))
    coefficients = np.zeros((TERMS, 2))
    coefficients[0] = HALF, HALF
    coefficients[2, 0] = PLANE.metres_per_deg_east / STEP_M
    coefficients[1, 1] = -PLANE.metres_per_deg_north / STEP_M
    grid_map = GridMap(PLANE.lat_deg, PLANE.lon_deg, coefficients)
    return Ground(None, EXACTLY, DemGrid(heights.astype(np.float32), grid_map, STEP_M, "made"))


def hill(north_m: float, high_m: float, wide_m: float = 50.0):
    return lambda east, north: high_m * np.exp(-(east**2 + (north - north_m) ** 2) / 2 / wide_m**2)


def surveyed(one: Pose, ground: Ground) -> Survey:
    glances = Glances()
    glances.add(one, camera(), ground)
    survey = survey_of(glances, np.empty((0, 2)), (), Demand(), ground.relief)
    assert survey is not None
    return survey


def cells_seen(survey: Survey) -> set[tuple[int, int]]:
    """In cells of 10 m from the origin."""
    rows, columns = np.nonzero(survey.painted.looks)
    grid = survey.grid
    assert grid.cell_m == 10.0
    east, north = grid.east_m()[columns], grid.north_m()[rows]
    return set(
        zip(np.floor(east / 10).astype(int).tolist(), np.floor(north / 10).astype(int).tolist(), strict=True)
    )


def cells_met(one: Pose, ground: Ground) -> set[tuple[int, int]]:
    """The cells near whose centres pixels are located, by marching along rays: not by the code under test."""
    u, v = np.meshgrid(np.arange(0, 1280, 5.0), np.arange(0, 720, 5.0))
    found = locate(np.column_stack((u.ravel(), v.ravel())), one, camera(), ground, None)
    places = (PLANE.east_north_m(p.lat_deg, p.lon_deg) for p in found if isinstance(p, GroundPoint))
    return {
        (math.floor(east / 10), math.floor(north / 10))
        for east, north in places
        if math.hypot(east % 10 - 5, north % 10 - 5) < NEAR_M
    }


def likeness(first: set, second: set) -> float:
    return len(first & second) / len(first | second)


@pytest.mark.parametrize(
    ("shape", "pitch_deg"),
    [
        (hill(170.0, 60.0), -35.0),
        (hill(100.0, 70.0, 35.0), -40.0),
        (lambda east, north: 0.25 * north, -45.0),
        (lambda east, north: -0.2 * north + 0.1 * east, -50.0),
    ],
    ids=["a hill before the drone", "a steep hill below it", "a slope that rises", "a slope that falls"],
)
def test_what_counts_as_seen_is_what_pixels_meet(shape, pitch_deg) -> None:
    one, ground = pose(pitch_deg=pitch_deg, height_m=120.0), relief(shape)
    truth = cells_met(one, ground)
    over_hills, level = cells_seen(surveyed(one, ground)), cells_seen(surveyed(one, LEVEL))
    assert likeness(over_hills, truth) > 0.85
    assert likeness(over_hills, truth) > likeness(level, truth) + 0.05


def test_behind_a_hill_nothing_counts_as_seen() -> None:
    one = pose(pitch_deg=-25.0, height_m=60.0)
    ground = relief(hill(120.0, 50.0, 30.0))
    behind = {(0, row) for row in range(18, 26)}
    assert behind <= cells_seen(surveyed(one, LEVEL))
    assert not behind & cells_seen(surveyed(one, ground))
    assert not behind & cells_met(one, ground)


def test_level_ground_as_a_relief_counts_as_level_ground() -> None:
    one = pose(pitch_deg=-50.0, height_m=80.0, time_us=NOON_US)
    flat, level = surveyed(one, relief(lambda east, north: 0.0)), surveyed(one, LEVEL)
    assert cells_seen(flat) == cells_seen(level)
    finest = [float(s.painted.along_m[s.painted.looks > 0].min()) for s in (flat, level)]
    assert finest[0] == pytest.approx(finest[1], rel=1e-6)


def _at(values: np.ndarray, survey: Survey, east_m: float, north_m: float) -> float:
    grid = survey.grid
    row, column = (north_m - grid.south_m) // grid.cell_m, (east_m - grid.west_m) // grid.cell_m
    return float(values[int(row), int(column)])


def test_a_slope_towards_the_camera_is_seen_finer_than_level_ground() -> None:
    one = pose(pitch_deg=-30.0, height_m=80.0)
    facing = surveyed(one, relief(lambda east, north: 0.3 * np.maximum(north - 60.0, 0.0)))
    level = surveyed(one, LEVEL)
    along = [_at(survey.painted.along_m, survey, 5.0, 125.0) for survey in (facing, level)]
    assert along[0] < 0.8 * along[1]


def test_ground_that_nobody_knows_is_not_seen() -> None:
    def holed(east, north):
        return np.where((np.abs(north - 80.0) < 15.0) & (np.abs(east) < 400.0), np.nan, 0.0)

    seen = cells_seen(surveyed(pose(pitch_deg=-45.0, height_m=80.0), relief(holed)))
    assert seen
    assert not {(0, row) for row in range(7, 30)} & seen


def test_the_footprint_ends_on_the_slope_that_it_meets() -> None:
    one, ground = pose(pitch_deg=-45.0, height_m=120.0), relief(lambda east, north: 0.25 * north)
    rings = [Polygon(footprint(one, camera(), g)) for g in (ground, LEVEL)]
    truth = cells_met(one, ground)
    km2 = len(truth) * 1e-4
    scale = PLANE.metres_per_deg_east * PLANE.metres_per_deg_north / 1e6
    over, level = (ring.area * scale for ring in rings)
    assert over == pytest.approx(km2, rel=0.15)
    assert level > 1.3 * km2
