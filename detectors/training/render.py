"""Draws a scene with OpenGL, on a GPU or in software, and tells what is seen of each labelled object."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from detectors.training import shaders
from detectors.training.camera import Floats, camera_from_world, clip_from_world, focal_px
from detectors.training.instances import Instance, Numbers, extent, layers, seen_boxes, with_borne
from detectors.training.scene import MATERIALS, Ground, Placed, Scene
from detectors.training.shadow import shadow_from_world
from detectors.training.soup import Soup, flat_soup, soup
from detectors.types import ByteImage, DetectorError

SAMPLES = 4
# About two texels a pixel over the ground in view; a person from 60 m throws a shadow of some ten texels.
SHADOW_SIDE_PX = 1536
# Each group costs a pass and a reading; three part all but dense crowds.
MOST_LAYERS = 3
NEAR_M, FAR_M = 0.5, 3000.0
# GL_CLIP_DISTANCE0, for which moderngl has no name.
CLIP_DISTANCE_0 = 0x3000


@dataclass(frozen=True, slots=True, eq=False)
class Rendered:
    """``image_bgr`` (height, width, 3) uint8, and the labelled objects of which anything is seen."""

    image_bgr: ByteImage
    instances: tuple[Instance, ...]


class Renderer:
    """Holds the OpenGL context, its buffers and the ground tiles (name to (h, w, 3) uint8 RGB).

    Raises:
        DetectorError: no OpenGL can be had without a display.
    """

    def __init__(self, width_px: int, height_px: int, tiles: Mapping[str, ByteImage]) -> None:
        self._gl = gl = _context()
        gl.enable_direct(CLIP_DISTANCE_0)
        self._size = (width_px, height_px)
        self._tiles = tiles
        self._textures: dict[str, Any] = {}
        self._object = gl.program(shaders.OBJECT_VERTEX, shaders.OBJECT_FRAGMENT)
        self._plane = gl.program(shaders.PLANE_VERTEX, shaders.GROUND_FRAGMENT)
        self._depth = gl.program(shaders.DEPTH_VERTEX, shaders.DEPTH_FRAGMENT)
        self._number = gl.program(shaders.INSTANCE_VERTEX, shaders.INSTANCE_FRAGMENT)
        self._many = gl.framebuffer(
            [gl.renderbuffer(self._size, 4, samples=SAMPLES)],
            gl.depth_renderbuffer(self._size, samples=SAMPLES),
        )
        self._one = gl.framebuffer([gl.renderbuffer(self._size, 4)])
        self._numbers = gl.framebuffer(
            [gl.renderbuffer(self._size, 1, dtype="i2")], gl.depth_renderbuffer(self._size)
        )
        self._shadow_map = gl.depth_texture((SHADOW_SIDE_PX, SHADOW_SIDE_PX))
        self._shadow_map.repeat_x = self._shadow_map.repeat_y = False
        self._shadow = gl.framebuffer(depth_attachment=self._shadow_map)
        self._corners = gl.buffer(np.array([-1, -1, 3, -1, -1, 3], "f4").tobytes())
        self._blank = gl.texture((1, 1), 3, b"\xff\xff\xff")

    def draw(self, scene: Scene) -> Rendered:
        """The picture of ``scene``, whose camera must have this renderer's size, and its labelled objects.

        Raises:
            DetectorError: another size, or a tile that is not in the library.
        """
        if (scene.camera.width_px, scene.camera.height_px) != self._size:
            raise DetectorError(
                f"a camera of other size than {self._size}", mend="make a renderer of its size"
            )
        objects = soup(scene.objects)
        buffers = _Buffers(self._gl, objects)
        try:
            self._draw_shadow(scene, buffers)
            image = self._draw_picture(scene, objects, buffers)
            return Rendered(image, self._instances(scene, objects, buffers))
        finally:
            buffers.release()

    def _draw_shadow(self, scene: Scene, buffers: _Buffers) -> None:
        self._shadow.use()
        self._gl.enable_only(self._gl.DEPTH_TEST)
        self._shadow.clear(depth=1.0)
        matrix = shadow_from_world(scene)
        self._depth["clip_from_world"].write(_gl_bytes(matrix))
        for program in (self._object, self._plane):
            program["shadow_from_world"].write(_gl_bytes(matrix))
        buffers.draw(self._depth, ("at_m",), None)

    def _draw_picture(self, scene: Scene, objects: Soup, buffers: _Buffers) -> ByteImage:
        self._many.use()
        self._many.clear(depth=1.0)
        self._shadow_map.use(0)
        for program in (self._object, self._plane):
            _set_light(program, scene)
        self._draw_ground(scene)
        self._object["clip_from_world"].write(_gl_bytes(clip_from_world(scene.camera, NEAR_M, FAR_M)))
        self._object["shadow_bias"].value = 0.0008
        self._draw_decals(scene)
        self._gl.enable_only(self._gl.DEPTH_TEST)
        self._draw_objects(scene, objects, buffers)
        self._gl.copy_framebuffer(self._one, self._many)
        picture = np.frombuffer(self._one.read(components=3, alignment=1), np.uint8)
        return np.ascontiguousarray(picture.reshape(self._size[1], self._size[0], 3)[:, :, ::-1])

    def _draw_ground(self, scene: Scene) -> None:
        self._gl.disable(self._gl.DEPTH_TEST)
        ground, program = scene.ground, self._plane
        for number, material in enumerate(ground.materials):
            self._texture(material.tile).use(number + 1)
            program[f"tile_{number}"].value = number + 1
            program[f"tint_{number}"].value = material.tint
            program[f"again_{number}"].value = material.again
            turn = _turn(material.yaw_rad) / material.side_m
            program[f"uv_{number}"].write(_gl_bytes(turn))
        weights, shade = _cells(self._gl, ground)
        weights.use(MATERIALS + 1)
        shade.use(MATERIALS + 2)
        program["weights"].value, program["shade"].value = MATERIALS + 1, MATERIALS + 2
        program["side_m"].value = ground.side_m
        program["middle_m"].value = ground.middle_m
        program["ripple"].value = ground.ripple
        program["zenith_rgb"].value = tuple(np.array(scene.light.sky_rgb) * (0.5, 0.68, 0.95))
        program["world_from_pixel"].write(_gl_bytes(_world_from_pixel(scene)))
        program["shadow_bias"].value = 0.0004
        array = self._gl.vertex_array(program, [(self._corners, "2f", "corner")])
        array.render(vertices=3)
        for each in (array, weights, shade):
            each.release()

    def _draw_decals(self, scene: Scene) -> None:
        if scene.decals:
            buffers = _Buffers(self._gl, flat_soup(scene.decals))
            self._skin(None)
            buffers.draw(self._object, ("at_m", "paint", "uv"), None)
            buffers.release()

    def _draw_objects(self, scene: Scene, objects: Soup, buffers: _Buffers) -> None:
        self._skin(None)
        names = ("at_m", "paint", "uv")
        bare = [index for index, each in enumerate(scene.objects) if each.mesh.texture is None]
        buffers.draw(self._object, names, _picked(objects, bare))
        for group in _by_texture(scene.objects):
            texture = _mipmapped(self._gl, _texture_of(scene.objects[group[0]]))
            self._skin(texture)
            buffers.draw(self._object, names, _picked(objects, group))
            texture.release()

    def _skin(self, texture: Any) -> None:
        (texture or self._blank).use(1)
        self._object["skin"].value = 1
        self._object["textured"].value = 0.0 if texture is None else 1.0

    def _instances(self, scene: Scene, objects: Soup, buffers: _Buffers) -> tuple[Instance, ...]:
        self._number["clip_from_world"].write(_gl_bytes(clip_from_world(scene.camera, NEAR_M, FAR_M)))
        labelled = [index for index, each in enumerate(scene.objects) if each.label is not None]
        extents = [extent(scene.camera, _body(objects, index)) for index in labelled]
        known = [(index, each) for index, each in zip(labelled, extents, strict=True) if each is not None]
        if not known:
            return ()
        seen = seen_boxes(self._read_numbers(buffers, None))
        alone: dict[int, int] = {}
        for group in layers([each for _, each in known], MOST_LAYERS):
            members = [known[position][0] for position in group]
            drawn = self._read_numbers(buffers, _picked(objects, members))
            alone |= {number: count for number, (_, count) in seen_boxes(drawn).items()}
        pixels = {number: count for number, (_, count) in seen.items()}
        counts = with_borne(pixels, [each.party for each in scene.objects])
        return tuple(
            Instance(
                str(scene.objects[index].label),
                seen[index + 1][0],
                each.inside * min(1.0, counts[index + 1] / max(alone.get(index + 1, 0), 1)),
            )
            for index, each in known
            if index + 1 in seen
        )

    def _read_numbers(self, buffers: _Buffers, indices: Indices | None) -> Numbers:
        self._numbers.use()
        self._gl.enable_only(self._gl.DEPTH_TEST)
        self._numbers.clear(0, depth=1.0)
        buffers.draw(self._number, ("at_m", "instance"), indices)
        read = self._numbers.read(components=1, alignment=1, dtype="i2")
        return np.frombuffer(read, np.int16).reshape(self._size[1], self._size[0])

    def _texture(self, tile: str) -> Any:
        if tile not in self._textures:
            if tile not in self._tiles:
                raise DetectorError(f"no ground tile {tile!r}", mend="name one of the library")
            self._textures[tile] = _mipmapped(self._gl, self._tiles[tile])
        return self._textures[tile]


Indices = np.ndarray[tuple[int], np.dtype[np.int32]]

# How soup.VERTEX reads in moderngl's words, and its bytes.
VERTEX_FORMATS = {"at_m": "3f", "paint": "4f1", "uv": "2f", "instance": "1f"}
VERTEX_BYTES = {"at_m": 12, "paint": 4, "uv": 8, "instance": 4}


class _Buffers:
    """The buffers of a soup on the side of OpenGL."""

    def __init__(self, gl: Any, objects: Soup) -> None:
        self._gl = gl
        self._empty = len(objects.indices) == 0
        self._vertices = None if self._empty else gl.buffer(objects.vertices.tobytes())
        self._indices = None if self._empty else gl.buffer(objects.indices.tobytes())

    def draw(self, program: Any, names: Sequence[str], indices: Indices | None) -> None:
        """Draws all triangles, or those of ``indices``."""
        if self._empty or (indices is not None and len(indices) == 0):
            return
        some = None if indices is None else self._gl.buffer(indices.tobytes())
        wanted = [name for name in names if name in program]
        layout = " ".join(
            VERTEX_FORMATS[name] if name in wanted else f"{size}x" for name, size in VERTEX_BYTES.items()
        )
        array = self._gl.vertex_array(
            program, [(self._vertices, layout, *wanted)], index_buffer=some or self._indices
        )
        array.render()
        array.release()
        if some is not None:
            some.release()

    def release(self) -> None:
        """Gives the memory back."""
        for buffer in (self._vertices, self._indices):
            if buffer is not None:
                buffer.release()


def _context() -> Any:
    import moderngl

    try:
        return moderngl.create_standalone_context(backend="egl")
    except Exception as error:
        raise DetectorError(f"no OpenGL: {error}", mend="install libegl1 and libgl1-mesa-dri") from error


def _mipmapped(gl: Any, image_rgb: ByteImage) -> Any:
    height, width = image_rgb.shape[:2]
    texture = gl.texture((width, height), 3, np.ascontiguousarray(image_rgb[::-1]).tobytes(), alignment=1)
    texture.build_mipmaps()
    # No anisotropic filter: in software it takes ten times as long as all the rest. Between two levels one
    # is taken, not both: a third of the whole time.
    texture.filter = (gl.LINEAR_MIPMAP_NEAREST, gl.LINEAR)
    texture.repeat_x = texture.repeat_y = True
    return texture


def _cells(gl: Any, ground: Ground) -> tuple[Any, Any]:
    side = ground.weights.shape[0]
    weights = gl.texture((side, side), MATERIALS, np.ascontiguousarray(ground.weights).tobytes(), alignment=1)
    shade = gl.texture((side, side), 1, np.ascontiguousarray(ground.shade).tobytes(), alignment=1)
    for each in (weights, shade):
        each.filter = (gl.LINEAR, gl.LINEAR)
        each.repeat_x = each.repeat_y = False
    return weights, shade


def _set_light(program: Any, scene: Scene) -> None:
    light = scene.light
    values = {
        "to_sun": light.to_sun,
        "sun_rgb": light.sun_rgb,
        "ambient_rgb": light.ambient_rgb,
        "sky_rgb": light.sky_rgb,
        "haze_per_m": light.haze_per_m,
        "eye_m": scene.camera.position_m,
        "shadow_map": 0,
    }
    for name, value in values.items():
        program[name].value = value


def _world_from_pixel(scene: Scene) -> Floats:
    camera = scene.camera
    focal = focal_px(camera)
    camera_from_pixel = np.array(
        [
            [1.0 / focal, 0.0, -camera.width_px / 2.0 / focal],
            [0.0, 1.0 / focal, -camera.height_px / 2.0 / focal],
            [0.0, 0.0, 1.0],
        ]
    )
    return np.asarray(camera_from_world(camera).T @ camera_from_pixel)


def _turn(yaw_rad: float) -> Floats:
    return np.array([[np.cos(yaw_rad), np.sin(yaw_rad)], [-np.sin(yaw_rad), np.cos(yaw_rad)]])


def _gl_bytes(matrix: Floats) -> bytes:
    # OpenGL reads columns first.
    return np.ascontiguousarray(matrix.T, np.float32).tobytes()


def _picked(objects: Soup, members: Sequence[int]) -> Indices:
    parts = [objects.indices[slice(*objects.index_spans[index])] for index in members]
    return np.concatenate([np.zeros(0, np.int32), *parts])


def _body(objects: Soup, index: int) -> Floats:
    return np.asarray(objects.vertices["at_m"][slice(*objects.vertex_spans[index])], np.float64)


def _by_texture(objects: Sequence[Placed]) -> list[list[int]]:
    groups: dict[int, list[int]] = {}
    for index, each in enumerate(objects):
        if each.mesh.texture is not None:
            groups.setdefault(id(each.mesh.texture), []).append(index)
    return list(groups.values())


def _texture_of(placed: Placed) -> ByteImage:
    if placed.mesh.texture is None:
        raise DetectorError("an object without a texture", mend="draw it with the bare ones")
    return placed.mesh.texture
