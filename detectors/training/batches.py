"""Endless batches of crops from weighted sets, made in a thread beside the training."""

from __future__ import annotations

import queue
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from detectors.training.augment import degrade
from detectors.training.set_file import read_picture
from detectors.training.sets import Labelled, WeightedSet
from detectors.training.windows import boxes_in_window, cut_window, draw_window, flip, quarter_turn

# Enough to ride out a slow picture; a batch of 16 at 416 px is 8 MB.
BATCHES_AHEAD = 4


@dataclass(frozen=True, slots=True, eq=False)
class Crop:
    """``image_bgr`` (side, side, 3) uint8; boxes as in `Labelled`, in pixels of the crop."""

    image_bgr: npt.NDArray[np.uint8]
    xyxy_px: npt.NDArray[np.float32]
    class_id: npt.NDArray[np.int64]
    labelled: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Batch:
    """``images_bgr`` (N, side, side, 3) uint8; the boxes of all, with ``image`` (n,) saying whose each is.

    ``class_id`` as in `Labelled`; ``labelled`` (N, classes).
    """

    images_bgr: npt.NDArray[np.uint8]
    image: npt.NDArray[np.int64]
    xyxy_px: npt.NDArray[np.float32]
    class_id: npt.NDArray[np.int64]
    labelled: npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Mix:
    """What crops are drawn from: crop ``number`` of a seed is always the same."""

    sets: tuple[WeightedSet, ...]
    seed: int
    side_px: int

    def crop(self, number: int) -> Crop:
        """Crop ``number``.

        Raises:
            DetectorError: its picture cannot be read.
        """
        rng = np.random.default_rng((self.seed, number))
        weights = np.array([one.weight for one in self.sets])
        chosen = self.sets[int(rng.choice(len(self.sets), p=weights / weights.sum()))]
        return make_crop(chosen.pictures[int(rng.integers(len(chosen.pictures)))], self.side_px, rng)

    def batch(self, number: int, size: int) -> Batch:
        """Batch ``number`` of ``size`` crops."""
        return collate([self.crop(number * size + place) for place in range(size)])


def make_crop(picture: Labelled, side_px: int, rng: np.random.Generator) -> Crop:
    """A crop of ``picture``, cut, turned and degraded at random.

    Raises:
        DetectorError: the picture cannot be read.
    """
    window = draw_window(picture, side_px, rng)
    image = cut_window(read_picture(picture.path), window, smooth=bool(rng.random() < 0.5))
    xyxy_px, class_id = boxes_in_window(picture.xyxy_px, picture.class_id, window)
    if rng.random() < 0.5:
        image, xyxy_px = flip(image, xyxy_px)
    if picture.nadir and rng.random() < 0.5:
        image, xyxy_px = quarter_turn(image, xyxy_px)
    if picture.nadir and rng.random() < 0.5:
        image, xyxy_px = flip(image, xyxy_px)
    return Crop(degrade(image, rng), xyxy_px, class_id, picture.labelled)


def collate(crops: Sequence[Crop]) -> Batch:
    """One batch of ``crops``, which are all of one size."""
    return Batch(
        images_bgr=np.stack([crop.image_bgr for crop in crops]),
        image=np.repeat(np.arange(len(crops)), [len(crop.class_id) for crop in crops]),
        xyxy_px=np.concatenate([crop.xyxy_px for crop in crops]),
        class_id=np.concatenate([crop.class_id for crop in crops]),
        labelled=np.stack([crop.labelled for crop in crops]),
    )


def stream(mix: Mix, size: int, *, first: int = 0) -> Iterator[Batch]:
    """Batches ``first``, ``first + 1``... without end, made ahead in a thread that ends with the iterator.

    Raises:
        DetectorError: a picture cannot be read.
    """
    ready: queue.Queue[Batch | Exception] = queue.Queue(BATCHES_AHEAD)
    stop = threading.Event()
    thread = threading.Thread(target=_fill, args=(mix, size, first, ready, stop), daemon=True)
    thread.start()
    try:
        while True:
            made = ready.get()
            if isinstance(made, Exception):
                raise made
            yield made
    finally:
        stop.set()
        while thread.is_alive():
            _drain(ready)
            thread.join(0.05)


def _fill(
    mix: Mix, size: int, first: int, ready: queue.Queue[Batch | Exception], stop: threading.Event
) -> None:
    number = first
    while not stop.is_set():
        try:
            made: Batch | Exception = mix.batch(number, size)
        except Exception as error:  # noqa: BLE001  raised again where the batch is wanted
            made = error
        ready.put(made)
        number += 1


def _drain(ready: queue.Queue[Batch | Exception]) -> None:
    while not ready.empty():
        ready.get()
