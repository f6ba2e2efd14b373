"""A model in ONNX form, as its card describes it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors import layouts, options
from detectors.card import MOST_TILES, Card, load_card
from detectors.decode import Candidates
from detectors.merge import Piece, strongest, together
from detectors.pictures import as_bgr
from detectors.prepare import Batch, Feeder, in_picture
from detectors.providers import CPU
from detectors.select import above, best, inside, least_scores, with_inside, without_overlaps
from detectors.session import Session, read_weights
from detectors.tiles import Plan, by_grid, demands_m, plan
from detectors.types import ByteImage, Detections, Float32Array

AT_ONCE = 8
"""Tiles in one run of the model, 20 MB each at 640 px. A processor gains little, a graphics card much."""

MOST_IN_A_TILE = 600
"""Candidates: a street has a hundred people in a tile, each in a few cells. The time for overlaps grows by
the square: a model that sees something in every cell would hold up a frame for minutes."""

MOST_IN_A_PICTURE = 1000
"""Twice as many as the fullest pictures of streets hold."""

ACROSS_TILES_IOU = 0.5
"""Where a model needs no suppression of its own: the boxes of one thing in two tiles overlap by as much."""


@dataclass(frozen=True, slots=True)
class Settings:
    """How a model is run. ``threads`` 0: one a core. None: as the card says."""

    threads: int = 0
    provider: str = CPU
    max_tiles: int | None = None
    min_score: float | None = None


class OnnxDetector:
    """The model of one card. Loading it checks the weights' hash and the shapes, and runs it.

    ``settings.min_score`` takes the place of all the card's thresholds. Scores are the model's own and are
    not calibrated. The memory of a picture is used for the next, so pictures of several threads take turns.

    Raises:
        DetectorError: card or weights are missing or do not fit each other, or the model does not run.
    """

    def __init__(self, card_path: Path, settings: Settings | None = None) -> None:
        self._settings = settings or Settings()
        self._card = card = _with_limit(load_card(card_path), self._settings.max_tiles)
        self._session = Session(
            read_weights(card_path, card),
            model=card.name,
            threads=self._settings.threads,
            provider=self._settings.provider,
        )
        self._picture = layouts.check(self._session, card)
        self._feeder = Feeder(
            card.input, min(card.tiles.max_tiles, AT_ONCE) if self._picture.takes_many else 1
        )
        self._turn = Lock()
        self._demands_m = demands_m(card)
        self._least = least_scores(card, self._settings.min_score)
        self._least_afar = _afar(self._least, card)
        self.labels = card.labels
        self.label_map = MappingProxyType(card.label_map)
        names = [card.label_map.get(label, label) for label in card.labels]
        self._group_id = np.array([names.index(name) for name in names], np.int64)
        self._stands = np.array([label in card.standing for label in card.labels])
        self._warm_up()

    @property
    def name(self) -> str:
        return self._card.name

    @property
    def version(self) -> str:
        """The card's; with the provider where it is not the CPU, whose sums come out a little otherwise."""
        provider = self._settings.provider
        return self._card.version if provider == CPU else f"{self._card.version} {provider}"

    @property
    def weights_sha256(self) -> str:
        return self._card.sha256

    @property
    def wants_gsd(self) -> bool:
        """Whether the ground sample distance changes which tiles are looked at."""
        return bool(self._demands_m) and self._card.tiles.max_tiles > 1

    @property
    def least_score(self) -> Mapping[str, float]:
        """The least score that is reported, by the model's own label."""
        return self._by_label(self._least)

    @property
    def shipped_score(self) -> Mapping[str, float]:
        """The card's thresholds, by the model's own label."""
        return self._by_label(least_scores(self._card, None))

    @property
    def card(self) -> Card:
        """What the model is; ``tiles.max_tiles`` as set for this detector."""
        return self._card

    def detect(
        self, image_bgr: npt.NDArray[np.generic], gsd_m: npt.NDArray[np.floating[Any]] | None = None
    ) -> Detections:
        """What is in ``image_bgr``, (height, width, 3) uint8, best score first.

        ``gsd_m`` (rows, columns), metres across per pixel with NaN where there is no ground, chooses the
        tiles, see `tiles.plan`. Boxes are edges, cut at the picture's own. Grey and 16 bit pictures are taken
        as `as_bgr` says.

        Raises:
            DetectorError: not a picture, or the model gave what its card does not say.
        """
        image = as_bgr(image_bgr)
        size_px = image.shape[1], image.shape[0]
        return self._look(image, plan(size_px, self._card, self._demands_m, gsd_m))

    def _by_label(self, least: Float32Array) -> dict[str, float]:
        return dict(zip(self.labels, least.tolist(), strict=True))

    def _look(self, image: ByteImage, chosen: Plan) -> Detections:
        height_px, width_px = image.shape[:2]
        with self._turn:
            pieces = [
                piece for batch in self._feeder.batches(image, chosen.tiles) for piece in self._ask(batch)
            ]
        pieces = strongest(pieces, MOST_IN_A_PICTURE)
        merged = with_inside(together(pieces, self._group_id, (width_px, height_px)))
        raw = above(merged, self._least)
        # Overlap is judged by the mapped name: a box called both car and truck is one vehicle.
        kept = without_overlaps(raw, self._group_id[raw.label_id], self._overlap(len(pieces)))
        return self._detections(kept, inside(kept.xyxy_px, width_px, height_px), chosen)

    def _ask(self, batch: Batch) -> list[Piece]:
        lowest = float(self._least.min())
        answers = layouts.ask(self._session, self._card, self._picture, batch.tensor, lowest)
        pieces = []
        for raw, tile, fitted in zip(answers, batch.tiles, batch.fits, strict=True):
            least = self._least if tile.longest_px is None else self._least_afar
            strong = best(above(raw, least), MOST_IN_A_TILE)
            # What a tile says twice is sorted out here, so that little is left to compare between tiles.
            found = without_overlaps(strong, self._group_id[strong.label_id], self._overlap(1))
            boxes = in_picture(found.xyxy_px, tile, fitted)
            pieces.append(Piece(tile, min(fitted.scale_xy), Candidates(boxes, found.label_id, found.score)))
        return pieces

    def _overlap(self, pieces: int) -> float | None:
        own = self._card.thresholds.nms_iou
        return ACROSS_TILES_IOU if own is None and pieces > 1 else own

    def _detections(self, kept: Candidates, xyxy_px: Float32Array, chosen: Plan) -> Detections:
        return Detections(
            xyxy_px=xyxy_px,
            label_id=kept.label_id,
            score=kept.score,
            anchor_px=anchors(xyxy_px, self._stands[kept.label_id]),
            labels=self.labels,
            identity=(None,) * len(kept.score),
            detector=self.name,
            version=self.version,
            tiles=len(chosen.tiles),
            tiles_wanted=chosen.wanted,
        )

    def _warm_up(self) -> None:
        """The first run is slow, and is the first to show outputs that the card does not describe.

        One tile, and a picture of the input's shape in as many as its grid has. What a graphics card prepares
        for each number of tiles (TensorRT builds for minutes) is prepared for all numbers now.
        """
        side = self._card.input
        image = np.zeros((side.height_px, side.width_px, 3), np.uint8)
        size_px = side.width_px, side.height_px
        grid = by_grid(size_px, self._card.tiles, side).tiles
        counts = {1, min(len(grid), self._feeder.most)}
        if self._settings.provider != CPU:
            counts |= set(range(1, self._feeder.most + 1))
        for count in sorted(counts):
            tiles = tuple(grid[index % len(grid)] for index in range(count))
            self._look(image, Plan(tiles, count))


def _with_limit(card: Card, max_tiles: int | None) -> Card:
    if max_tiles is None:
        return card
    return card.model_copy(update={"tiles": card.tiles.model_copy(update={"max_tiles": max_tiles})})


def _afar(least: Float32Array, card: Card) -> Float32Array:
    """The least scores for a look from afar: of labels that it is not for, none is high enough."""
    wanted = card.tiles.glance_labels or card.labels
    return np.where([label in wanted for label in card.labels], least, np.float32(2.0)).astype(np.float32)


def anchors(xyxy_px: Float32Array, stands: npt.NDArray[np.bool_]) -> Float32Array:
    """Where things meet the ground, (n, 2), integer coordinates at pixel centres.

    The bottom centre of the box for a thing that ``stands`` (n,), the box's centre for one that lies.
    """
    across = (xyxy_px[:, 0] + xyxy_px[:, 2]) / 2
    down = np.where(stands, xyxy_px[:, 3], (xyxy_px[:, 1] + xyxy_px[:, 3]) / 2)
    # Boxes count from the edge of the first pixel, cameras from its centre.
    return np.stack([across, down], axis=1).astype(np.float32) - np.float32(0.5)


def _most_tiles(given: options.Options) -> int | None:
    return options.whole(given, "max_tiles", 1, least=1, most=MOST_TILES) if "max_tiles" in given else None


def make_onnx(card_path: Path, given: options.Options) -> OnnxDetector:
    """The model of ``card_path`` with the options ``threads``, ``provider``, ``max_tiles`` and ``min_score``.

    Raises:
        DetectorError: another option or a wrong value; or as `OnnxDetector`.
    """
    known = ("threads", "provider", "max_tiles", "min_score")
    options.check_known(str(card_path.parent.name), given, known)
    settings = Settings(
        threads=options.whole(given, "threads", 0, least=0),
        provider=options.text(given, "provider", CPU),
        max_tiles=_most_tiles(given),
        min_score=options.fraction(given, "min_score"),
    )
    return OnnxDetector(card_path, settings)
