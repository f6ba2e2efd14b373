"""A model in ONNX form, as its card describes it, on the CPU."""

from __future__ import annotations

from pathlib import Path
from types import MappingProxyType

import numpy as np
import numpy.typing as npt

from detectors import layouts, options
from detectors.card import load_card
from detectors.decode import Candidates
from detectors.pictures import as_bgr
from detectors.prepare import prepare
from detectors.select import above, inside, least_scores, without_overlaps
from detectors.session import Session, read_weights
from detectors.types import Detections, Float32Array


class OnnxDetector:
    """The model of one card. Loading it checks the weights' hash and the shapes, and runs it once.

    ``threads`` are those of one run of the model, 0 for one a core. ``min_score`` takes the place of all
    the card's thresholds. Scores are the model's own and are not calibrated.

    Raises:
        DetectorError: card or weights are missing or do not fit each other, or the model does not run.
    """

    def __init__(self, card_path: Path, *, threads: int = 0, min_score: float | None = None) -> None:
        self._card = card = load_card(card_path)
        self._session = Session(read_weights(card_path, card), model=card.name, threads=threads)
        self._picture_input = layouts.check(self._session, card)
        self._least = least_scores(card, min_score)
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
        return self._card.version

    @property
    def weights_sha256(self) -> str:
        return self._card.sha256

    def detect(self, image_bgr: npt.NDArray[np.generic]) -> Detections:
        """What is in ``image_bgr``, (height, width, 3) uint8, best score first.

        Boxes are edges, cut at the picture's own. Grey and 16 bit pictures are taken as `as_bgr` says.

        Raises:
            DetectorError: not a picture, or the model gave what its card does not say.
        """
        image = as_bgr(image_bgr)
        prepared = prepare(image, self._card.input)
        raw = above(layouts.ask(self._session, self._card, self._picture_input, prepared.tensor), self._least)
        # Overlap is judged by the mapped name: a box called both car and truck is one vehicle.
        kept = without_overlaps(raw, self._group_id[raw.label_id], self._card.thresholds.nms_iou)
        scale = np.array(prepared.scale_xy * 2, np.float32)
        return self._detections(kept, inside(kept.xyxy_px / scale, image.shape[1], image.shape[0]))

    def _detections(self, kept: Candidates, xyxy_px: Float32Array) -> Detections:
        return Detections(
            xyxy_px=xyxy_px,
            label_id=kept.label_id,
            score=kept.score,
            anchor_px=anchors(xyxy_px, self._stands[kept.label_id]),
            labels=self.labels,
            identity=(None,) * len(kept.score),
            detector=self.name,
            version=self.version,
        )

    def _warm_up(self) -> None:
        # The first run is slow, and is the first to show outputs that the card does not describe.
        side = self._card.input
        self.detect(np.zeros((side.height_px, side.width_px, 3), np.uint8))


def anchors(xyxy_px: Float32Array, stands: npt.NDArray[np.bool_]) -> Float32Array:
    """Where things meet the ground, (n, 2), integer coordinates at pixel centres.

    The bottom centre of the box for a thing that ``stands`` (n,), the box's centre for one that lies.
    """
    across = (xyxy_px[:, 0] + xyxy_px[:, 2]) / 2
    down = np.where(stands, xyxy_px[:, 3], (xyxy_px[:, 1] + xyxy_px[:, 3]) / 2)
    # Boxes count from the edge of the first pixel, cameras from its centre.
    return np.stack([across, down], axis=1).astype(np.float32) - np.float32(0.5)


def make_onnx(card_path: Path, given: options.Options) -> OnnxDetector:
    """The model of ``card_path`` with the options ``threads`` and ``min_score``.

    Raises:
        DetectorError: another option or a wrong value; or as `OnnxDetector`.
    """
    options.check_known(str(card_path.parent.name), given, ("threads", "min_score"))
    return OnnxDetector(
        card_path,
        threads=options.whole(given, "threads", 0, least=0),
        min_score=options.fraction(given, "min_score"),
    )
