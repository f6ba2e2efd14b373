"""AP50 of a net on labelled pictures, each seen whole and at its own pixels."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import torch

from detectors.evaluation.evaluate import evaluate
from detectors.evaluation.labelled import Found, Truth
from detectors.training.boxes import decode, grid
from detectors.training.classes import CLASSES
from detectors.training.loss import log_scores
from detectors.training.net import YoloxNano
from detectors.training.set_file import read_picture
from detectors.training.sets import Labelled
from detectors.training.truth import truth_of
from detectors.training.windows import PAD_VALUE

# What scores less changes no average precision that anybody would ship.
LEAST_SCORE = 0.02
NMS_IOU = 0.5
_STEP_PX = 32


def validate(net: YoloxNano, pictures: Sequence[Labelled]) -> dict[str, float | None]:
    """By class; None where nothing of it is labelled.

    Raises:
        DetectorError: a picture cannot be read.
    """
    figures = evaluate(pairs_of(net, pictures), CLASSES, dict.fromkeys(CLASSES, LEAST_SCORE))
    return {name: figures[name].ap50 for name in CLASSES}


def pairs_of(net: YoloxNano, pictures: Sequence[Labelled]) -> list[tuple[Truth, Found]]:
    """What is in each picture, and what ``net`` finds there.

    Raises:
        DetectorError: a picture cannot be read.
    """
    return [(truth_of(picture), find(net, read_picture(picture.path))) for picture in pictures]


@torch.no_grad()
def find(net: YoloxNano, image_bgr: npt.NDArray[np.uint8]) -> Found:
    """What ``net`` finds in a picture of any size, boxes in its pixels."""
    padded = _padded(image_bgr)
    raw = net(torch.from_numpy(padded).permute(2, 0, 1)[None].float())
    corner_px, stride_px = grid(*padded.shape[:2])
    xyxy_px = decode(raw[0, :, :4], corner_px, stride_px)
    score, class_id = log_scores(raw)[0].exp().max(dim=1)
    kept = score >= LEAST_SCORE
    return _without_overlaps(xyxy_px[kept].numpy(), class_id[kept].numpy(), score[kept].numpy())


def _padded(image_bgr: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    height, width = image_bgr.shape[:2]
    edges = ((0, -height % _STEP_PX), (0, -width % _STEP_PX), (0, 0))
    return np.pad(image_bgr, edges, constant_values=PAD_VALUE)


def _without_overlaps(
    xyxy_px: npt.NDArray[np.float32], class_id: npt.NDArray[np.int64], score: npt.NDArray[np.float32]
) -> Found:
    import cv2

    xywh = np.hstack([xyxy_px[:, :2], xyxy_px[:, 2:] - xyxy_px[:, :2]])
    kept = (
        cv2.dnn.NMSBoxesBatched(xywh.tolist(), score.tolist(), class_id.tolist(), LEAST_SCORE, NMS_IOU)
        if len(score)
        else ()
    )
    rows = np.array(kept, np.int64).reshape(-1)
    return Found(
        xyxy_px=xyxy_px[rows].astype(np.float64),
        labels=tuple(CLASSES[number] for number in class_id[rows]),
        score=score[rows].astype(np.float64),
    )
