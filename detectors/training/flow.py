"""A small two-dimensional fluid: hot gas rises from sources, curls, cools and thins out.

Stable Fluids (Stam, SIGGRAPH 1999) with vorticity confinement (Fedkiw, Stam, Jensen, SIGGRAPH 2001). It
makes shapes that look right, not figures that are right: lengths are cells, times are steps.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.turbulence import Field, smoothstep

# The gas is carried on a grid so many times as fine as its motion: the eye sees the gas alone.
FINER = 2
# Rows and columns at the rim, as a share, in which all dies away: the pressure is solved on a torus.
RIM = 0.1
# No faster than this, in cells a step: further back the gas of another curl is fetched.
MOST_SPEED = 4.0
CURL_STEP = 0.35


@dataclass(frozen=True, slots=True)
class Gas:
    """How a gas behaves: ``buoyancy`` and ``curl`` in cells/step^2 at full heat; ``updraft`` everywhere and
    ``wind`` at the top of the grid in cells/step; ``swell`` how much hot gas spreads, a share a step;
    ``cooling`` a step (a constant loss, so that flames end sharply), ``thinning`` a share a step, ``gusts``
    in cells/step^2."""

    buoyancy: float
    curl: float
    updraft: float
    swell: float
    wind: float
    cooling: float
    thinning: float
    gusts: float


@dataclass(frozen=True, slots=True)
class Source:
    """Where gas comes from: a blot at ``across`` (share of the width) of half-width ``half`` (the same)."""

    across: float
    half: float
    strength: float


@dataclass(frozen=True, slots=True, eq=False)
class Snapshot:
    """``heat`` and ``density``, (height, width) in 0..1, row 0 at the top, the sources near the bottom."""

    heat: Field
    density: Field


def flow(
    shape: tuple[int, int], gas: Gas, sources: tuple[Source, ...], rng: np.random.Generator, *, steps: int
) -> Iterator[Snapshot]:
    """The gas after each of ``steps`` steps; a snapshot is `FINER` times ``shape`` (height, width)."""
    fine = (shape[0] * FINER, shape[1] * FINER)
    along_x, along_y = np.zeros(shape, np.float32), np.zeros(shape, np.float32)
    heat, density = np.zeros(fine, np.float32), np.zeros(fine, np.float32)
    rim, fine_rim = _rim(shape), _rim(fine)
    wind = np.linspace(gas.wind, 0.2 * gas.wind, shape[0], dtype=np.float32)[:, None]
    for _ in range(steps):
        fed = _fed(fine, sources, rng) * fine_rim
        heat, density = np.maximum(heat, fed), np.maximum(density, fed)
        hot = _resized(heat, shape)
        _push(along_x, along_y, hot, gas, rng)
        along_x, along_y = _spreading(along_x * rim, along_y * rim, gas.swell * hot)
        # The updraft spares the thin neck that a plume in still air, and in two dimensions, would have.
        x, y = along_x + wind, along_y - np.float32(gas.updraft)
        along_x, along_y = _carried(along_x, x, y), _carried(along_y, x, y)
        fine_x, fine_y = FINER * _resized(x, fine), FINER * _resized(y, fine)
        heat = np.clip(_carried(heat, fine_x, fine_y) - gas.cooling, 0.0, 1.0) * fine_rim
        density = np.clip(_carried(density, fine_x, fine_y) * (1.0 - gas.thinning), 0.0, 1.0) * fine_rim
        yield Snapshot(heat, density)


def _fed(shape: tuple[int, int], sources: tuple[Source, ...], rng: np.random.Generator) -> Field:
    up = (shape[0] * (1.0 - RIM) - np.arange(shape[0], dtype=np.float32)) / (0.05 * shape[0])
    across = np.arange(shape[1], dtype=np.float32) / shape[1]
    fed = np.zeros(shape[1], np.float32)
    for source in sources:
        # A flame flickers: its foot wanders and its strength comes and goes.
        middle = source.across + 0.25 * source.half * rng.normal()
        strength = source.strength * rng.uniform(0.6, 1.1)
        fed = np.maximum(fed, strength * np.exp(-(((across - middle) / source.half) ** 2)))
    return np.asarray(np.clip(np.exp(-(up**2))[:, None] * fed[None, :], 0.0, 1.0), np.float32)


def _push(along_x: Field, along_y: Field, heat: Field, gas: Gas, rng: np.random.Generator) -> None:
    """Lets heat rise, curls tighten and gusts stir, in place; y is down."""
    along_y -= gas.buoyancy * heat
    curl = _slope(along_y, 1) - _slope(along_x, 0)
    strength = np.abs(curl)
    slope_x, slope_y = _slope(strength, 1), _slope(strength, 0)
    length = np.hypot(slope_x, slope_y) + 1e-4
    along_x += gas.curl * CURL_STEP * (slope_y / length) * curl
    along_y -= gas.curl * CURL_STEP * (slope_x / length) * curl
    gusts = rng.normal(0.0, gas.gusts, (2, 8, 8)).astype(np.float32)
    along_x += _resized(gusts[0], heat.shape)
    along_y += _resized(gusts[1], heat.shape)
    np.clip(along_x, -MOST_SPEED, MOST_SPEED, out=along_x)
    np.clip(along_y, -MOST_SPEED, MOST_SPEED, out=along_y)


def _spreading(along_x: Field, along_y: Field, spread: Field) -> tuple[Field, Field]:
    """The motion nearest to the one given that spreads by ``spread`` and no more, by Fourier transforms."""
    height, width = along_x.shape
    across, down = np.fft.rfftfreq(width)[None, :], np.fft.fftfreq(height)[:, None]
    square = across**2 + down**2
    square[0, 0] = 1.0
    wave_x, wave_y = np.fft.rfft2(along_x), np.fft.rfft2(along_y)
    # The derivative of a wave of frequency f is 2 pi i f times it.
    wanted = np.fft.rfft2(spread - spread.mean()) / (2.0j * np.pi)
    too_much = (across * wave_x + down * wave_y - wanted) / square
    x = np.fft.irfft2(wave_x - across * too_much, (height, width))
    y = np.fft.irfft2(wave_y - down * too_much, (height, width))
    return np.asarray(x, np.float32), np.asarray(y, np.float32)


def _carried(field: Field, along_x: Field, along_y: Field) -> Field:
    import cv2

    rows, columns = np.indices(field.shape, dtype=np.float32)
    came = cv2.remap(
        field, columns - along_x, rows - along_y, cv2.INTER_LINEAR, borderMode=cv2.BORDER_REPLICATE
    )
    return np.asarray(came, np.float32)


def _resized(field: Field, shape: tuple[int, ...]) -> Field:
    import cv2

    way = cv2.INTER_AREA if shape[0] < field.shape[0] else cv2.INTER_LINEAR
    return np.asarray(cv2.resize(field, (shape[1], shape[0]), interpolation=way), np.float32)


def _slope(field: Field, axis: int) -> Field:
    return np.asarray(0.5 * (np.roll(field, -1, axis) - np.roll(field, 1, axis)), np.float32)


def _rim(shape: tuple[int, int]) -> npt.NDArray[np.float32]:
    """1 inside, falling to 0 at the edges."""
    rows, columns = np.indices(shape, dtype=np.float32)
    down = np.minimum(rows, shape[0] - 1 - rows) / (RIM * shape[0])
    across = np.minimum(columns, shape[1] - 1 - columns) / (RIM * shape[1])
    return smoothstep(0.0, 0.8, np.asarray(np.minimum(down, across), np.float32))
