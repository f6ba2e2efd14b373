"""The renderer shows a scene where its camera sees it, and says what is hidden."""

from __future__ import annotations

from collections.abc import Iterator
from math import radians

import numpy as np
import pytest

pytest.importorskip("moderngl", reason="rendering needs moderngl, which running does not")

from detectors.training.camera import Camera, project
from detectors.training.light import Light
from detectors.training.mesh import Mesh
from detectors.training.render import Renderer
from detectors.training.scene import Ground, Material, Placed, Scene
from detectors.types import DetectorError

CAMERA = Camera(320, 240, radians(60.0), (0.0, 0.0, 40.0), 0.0, radians(90.0))
NOON = Light((0.0, 0.0, 1.0), (0.7,) * 3, (0.3,) * 3, (0.5,) * 3, 0.0)
LOW_SUN = Light((0.894, 0.0, 0.447), (1.5,) * 3, (0.3,) * 3, (0.5,) * 3, 0.0)


@pytest.fixture(scope="module")
def renderer() -> Iterator[Renderer]:
    grey = np.full((8, 8, 3), 128, np.uint8)
    try:
        yield Renderer(320, 240, {"grey": grey})
    except DetectorError as error:
        pytest.skip(f"no OpenGL on this machine: {error}")


def cube(side_m: float, rgb: tuple[float, float, float] = (0.5, 0.5, 0.5)) -> Mesh:
    corners = np.array([[x, y, z] for x in (-0.5, 0.5) for y in (-0.5, 0.5) for z in (0.0, 1.0)])
    quads = [(0, 1, 3, 2), (4, 5, 7, 6), (0, 1, 5, 4), (2, 3, 7, 6), (0, 2, 6, 4), (1, 3, 7, 5)]
    faces = np.array([part for a, b, c, d in quads for part in ((a, b, c), (a, c, d))], np.int32)
    vertices = (corners * side_m).astype(np.float32)
    return Mesh(vertices, faces, np.tile(np.array(rgb, np.float32), (8, 1)))


def scene(*objects: Placed, camera: Camera = CAMERA, light: Light = NOON, tile: str = "grey") -> Scene:
    weights = np.zeros((8, 8, 4), np.uint8)
    weights[:, :, 0] = 255
    material = Material(tile, 5.0, 0.0, (0.4, 0.4, 0.4))
    water = Material("grey", 5.0, 0.0, (0.1, 0.1, 0.2))
    shade = np.full((8, 8), 128, np.uint8)
    ground = Ground(100.0, (0.0, 0.0), weights, shade, (material, material, material, water))
    return Scene("test", camera, light, ground, tuple(objects))


def placed(x_m: float, y_m: float, side_m: float = 4.0, label: str | None = "vehicle") -> Placed:
    return Placed(cube(side_m), label, (x_m, y_m, 0.0), 0.0)


def test_a_box_lies_where_the_camera_projects_the_body(renderer: Renderer) -> None:
    for camera in (CAMERA, Camera(320, 240, 1.0, (-30.0, -8.0, 25.0), 0.3, radians(35.0), 0.1)):
        body = placed(3.0, -2.0)
        seen = renderer.draw(scene(body, camera=camera)).instances[0]
        corners = body.mesh.vertices_m + np.array(body.position_m)
        pixels, _ = project(camera, corners)
        expected = [*pixels.min(axis=0), *pixels.max(axis=0)]
        assert seen.xyxy_px == pytest.approx(expected, abs=1.01)
        assert seen.visible_fraction == pytest.approx(1.0)


def test_the_body_is_drawn_where_its_box_is(renderer: Renderer) -> None:
    drawn = renderer.draw(scene(Placed(cube(4.0, (0.9, 0.0, 0.0)), "vehicle", (5.0, 6.0, 0.0), 0.0)))
    left, top, right, bottom = drawn.instances[0].xyxy_px
    blue, green, red = drawn.image_bgr[(top + bottom) // 2, (left + right) // 2].astype(int)
    assert red > 150
    assert max(blue, green) < 60
    assert abs(int(drawn.image_bgr[5, 5, 2]) - int(drawn.image_bgr[5, 5, 0])) < 3


def test_a_roof_over_half_of_it_halves_what_is_visible(renderer: Renderer) -> None:
    roof = Mesh(
        np.array([[-9, 0, 8], [9, 0, 8], [9, 9, 8], [-9, 9, 8]], np.float32),
        np.array([[0, 1, 2], [0, 2, 3]], np.int32),
    )
    seen = renderer.draw(scene(placed(0.0, 0.0), Placed(roof, None, (0.0, 0.0, 0.0), 0.0))).instances
    assert len(seen) == 1
    assert seen[0].visible_fraction == pytest.approx(0.5, abs=0.1)


def test_labelled_things_hide_each_other_too(renderer: Renderer) -> None:
    low = placed(0.0, 0.0, 2.0, "person")
    over = Placed(cube(6.0), "vehicle", (2.0, 0.0, 3.0), 0.0)
    labels = {each.label: each.visible_fraction for each in renderer.draw(scene(low, over)).instances}
    assert labels["vehicle"] == pytest.approx(1.0)
    assert labels.get("person", 0.0) < 0.5


def test_a_rider_does_not_hide_the_machine_that_bears_him(renderer: Renderer) -> None:
    machine = Placed(cube(4.0), "motorcycle", (0.0, 0.0, 0.0), 0.0, party=1)
    rider = Placed(cube(2.6), "person", (0.0, 0.0, 4.0), 0.0, party=1)
    stranger = Placed(cube(2.6), "person", (0.0, 0.0, 4.0), 0.0, party=2)
    shares = {}
    for name, other in (("rider", rider), ("stranger", stranger)):
        seen = {each.label: each.visible_fraction for each in renderer.draw(scene(machine, other)).instances}
        assert seen["person"] == pytest.approx(1.0)
        shares[name] = seen["motorcycle"]
    assert shares["rider"] == pytest.approx(1.0)
    assert shares["stranger"] < 0.7


def test_the_edge_of_the_picture_cuts_what_is_visible(renderer: Renderer) -> None:
    half_m = 40.0 * np.tan(radians(30.0))
    slab = Mesh(
        np.array([[-2, -2, 0.1], [2, -2, 0.1], [2, 2, 0.1], [-2, 2, 0.1]], np.float32),
        np.array([[0, 1, 2], [0, 2, 3]], np.int32),
    )
    seen = renderer.draw(scene(Placed(slab, "vehicle", (0.0, -half_m, 0.0), 0.0))).instances[0]
    assert seen.xyxy_px[2] == 320
    assert seen.visible_fraction == pytest.approx(0.5, abs=0.06)


def test_what_is_behind_the_camera_is_not_reported(renderer: Renderer) -> None:
    level = Camera(320, 240, 1.0, (0.0, 0.0, 10.0), 0.0, radians(20.0))
    assert renderer.draw(scene(placed(-30.0, 0.0), camera=level)).instances == ()


def test_a_distractor_is_drawn_and_not_reported(renderer: Renderer) -> None:
    drawn = renderer.draw(scene(placed(0.0, 0.0, label=None)))
    assert drawn.instances == ()
    assert (drawn.image_bgr != renderer.draw(scene()).image_bgr).any()


def test_a_shadow_falls_away_from_the_sun(renderer: Renderer) -> None:
    bare = renderer.draw(scene(light=LOW_SUN)).image_bgr.astype(int)
    shaded = renderer.draw(scene(placed(0.0, 0.0), light=LOW_SUN)).image_bgr.astype(int)
    where, _ = project(CAMERA, np.array([[-5.0, 0.0, 0.0], [5.0, 0.0, 0.0]]))
    behind, before = where.astype(int)
    assert shaded[behind[1], behind[0], 0] < 0.8 * bare[behind[1], behind[0], 0]
    assert shaded[before[1], before[0], 0] == pytest.approx(bare[before[1], before[0], 0], abs=3)


def test_above_the_horizon_there_is_sky(renderer: Renderer) -> None:
    level = Camera(320, 240, 1.0, (0.0, 0.0, 10.0), 0.0, radians(2.0))
    picture = renderer.draw(scene(camera=level)).image_bgr
    assert (picture[:60] != picture[-1]).any(axis=2).all()


def test_a_textured_body_shows_its_texture(renderer: Renderer) -> None:
    plane = np.array([[-4, -4, 0.1], [4, -4, 0.1], [4, 4, 0.1], [-4, 4, 0.1]], np.float32)
    halves = np.zeros((4, 4, 3), np.uint8)
    halves[:2, :, 0] = 255
    halves[2:, :, 2] = 255
    faces = np.array([[0, 1, 2], [0, 2, 3]], np.int32)
    uv = np.array([[0, 0], [1, 0], [1, 1], [0, 1]], np.float32)
    body = Placed(Mesh(plane, faces, None, uv, halves), None, (0.0, 0.0, 0.0), 0.0)
    image = renderer.draw(scene(body)).image_bgr
    pixels, _ = project(CAMERA, np.array([[0.0, 2.5, 0.1], [0.0, -2.5, 0.1]]))
    upper, lower = (image[int(y), int(x)].astype(int) for x, y in pixels)
    assert upper[2] > 100 > upper[0]
    assert lower[0] > 100 > lower[2]


def test_a_camera_of_another_size_is_refused(renderer: Renderer) -> None:
    with pytest.raises(DetectorError, match="other size"):
        renderer.draw(scene(camera=Camera(640, 480, 1.0, (0.0, 0.0, 40.0), 0.0, 1.0)))


def test_an_unknown_ground_tile_is_refused(renderer: Renderer) -> None:
    with pytest.raises(DetectorError, match="no ground tile 'snow'"):
        renderer.draw(scene(tile="snow"))


def test_what_is_below_the_water_is_not_seen(renderer: Renderer) -> None:
    sunk = Placed(cube(4.0), "boat", (0.0, 0.0, -5.0), 0.0)
    assert renderer.draw(scene(sunk)).instances == ()
