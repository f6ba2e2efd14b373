"""Square markers on the ground, found and read by OpenCV."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors import options
from detectors.nearest import did_you_mean
from detectors.pictures import as_bgr
from detectors.types import Detections, DetectorError, Float32Array, empty

NAME = "aruco"
DEFAULT_DICTIONARY = "DICT_4X4_50"
READ = 1.0

# Sides of the squares over which the threshold is taken: the small one for markers under 30 px, the large
# one for the rest. OpenCV's three (3, 13, 23 px) find no more on the recorded patrol and take half as
# long again. The price: of markers of low contrast under heavy blur, 6 in 60 are lost.
SMALL_WINDOW_PX = 5
LARGE_WINDOW_PX = 23

# Two quadrilaterals closer than this part of their perimeter count as one. OpenCV's 0.125 takes a marker and
# the edge of its white border for one and then may read the border: 1556 instead of 1527 of 1568 are found.
SAME_QUAD_RATE = 0.05


class ArucoDetector:
    """Markers of one OpenCV ``dictionary``, the label and identity of each being ``marker-<id>``.

    The anchor is where the diagonals meet: the picture of the marker's centre under any perspective. The
    score is always 1.0, which says that the code was read and is in the dictionary. How likely it is to be a
    misread texture is not measured, so it is no probability.

    Raises:
        DetectorError: OpenCV has no such dictionary.
    """

    name = NAME
    weights_sha256 = None
    wants_gsd = False
    label_map: Mapping[str, str] = MappingProxyType({})
    least_score: Mapping[str, float] = MappingProxyType({})
    shipped_score: Mapping[str, float] = MappingProxyType({})

    def __init__(self, dictionary: str = DEFAULT_DICTIONARY) -> None:
        import cv2

        codes = _dictionary(dictionary)
        self.labels = tuple(f"marker-{number}" for number in range(len(codes.bytesList)))
        self.version = f"opencv {cv2.__version__} {dictionary}"
        self._detector = cv2.aruco.ArucoDetector(codes, _parameters())

    def detect(
        self, image_bgr: npt.NDArray[np.generic], gsd_m: npt.NDArray[np.floating[Any]] | None = None
    ) -> Detections:
        """The markers in ``image_bgr``, (height, width, 3) uint8, by id, then from left to right.

        The whole picture is searched at its own scale, so ``gsd_m`` changes nothing. Grey and 16 bit pictures
        are taken as `as_bgr` says.

        Raises:
            DetectorError: not a picture.
        """
        import cv2

        grey = cv2.cvtColor(as_bgr(image_bgr), cv2.COLOR_BGR2GRAY)
        quads, ids, _ = self._detector.detectMarkers(grey)
        if not len(quads):
            return empty(self.labels, detector=self.name, version=self.version)
        corners_px = np.concatenate(list(quads)).reshape(-1, 4, 2).astype(np.float32)
        return self._detections(corners_px, np.asarray(ids, np.int64).ravel())

    def _detections(self, corners_px: Float32Array, ids: npt.NDArray[np.int64]) -> Detections:
        xyxy_px = np.hstack([corners_px.min(axis=1), corners_px.max(axis=1)])
        order = np.lexsort((xyxy_px[:, 1], xyxy_px[:, 0], ids))
        return Detections(
            xyxy_px=xyxy_px[order],
            label_id=ids[order],
            score=np.full(len(ids), READ, np.float32),
            anchor_px=diagonals_meet(corners_px[order]),
            labels=self.labels,
            identity=tuple(self.labels[number] for number in ids[order]),
            detector=self.name,
            version=self.version,
        )


def diagonals_meet(corners_px: npt.NDArray[np.floating[Any]]) -> Float32Array:
    """Where the diagonals of convex quadrilaterals, (n, 4, 2) corners in turn, cross: (n, 2)."""
    a, b, c, d = np.moveaxis(corners_px.astype(np.float64), 1, 0)
    along, across = c - a, d - b
    # The diagonals of a convex quadrilateral always cross, so nothing is divided by 0.
    part = _cross(b - a, across) / _cross(along, across)
    meeting: Float32Array = (a + part[:, np.newaxis] * along).astype(np.float32)
    return meeting


def _cross(p: npt.NDArray[np.float64], q: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
    return p[:, 0] * q[:, 1] - p[:, 1] * q[:, 0]


def _dictionary(name: str) -> Any:
    import cv2

    known = [item for item in dir(cv2.aruco) if item.startswith("DICT_")]
    if name not in known:
        raise DetectorError(f"no marker dictionary {name!r}", mend=did_you_mean(name, known))
    return cv2.aruco.getPredefinedDictionary(getattr(cv2.aruco, name))


def _parameters() -> Any:
    import cv2

    parameters = cv2.aruco.DetectorParameters()
    parameters.adaptiveThreshWinSizeMin = SMALL_WINDOW_PX
    parameters.adaptiveThreshWinSizeMax = LARGE_WINDOW_PX
    parameters.adaptiveThreshWinSizeStep = LARGE_WINDOW_PX - SMALL_WINDOW_PX
    parameters.minMarkerDistanceRate = SAME_QUAD_RATE
    # Lines along the contour stay true where blur rounds the corners and the sub-pixel search walks off.
    parameters.cornerRefinementMethod = cv2.aruco.CORNER_REFINE_CONTOUR
    return parameters


def make_aruco(given: options.Options) -> ArucoDetector:
    """Markers, with the options ``dictionary`` and ``min_score`` (which every marker's score of 1 meets).

    Raises:
        DetectorError: another option, a wrong value, or an unknown dictionary.
    """
    options.check_known(NAME, given, ("dictionary", "min_score"))
    options.fraction(given, "min_score")
    return ArucoDetector(options.text(given, "dictionary", DEFAULT_DICTIONARY))
