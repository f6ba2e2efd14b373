"""What a detector takes and gives."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Protocol

import numpy as np
import numpy.typing as npt

Float32Array = npt.NDArray[np.float32]
Int64Array = npt.NDArray[np.int64]
ByteImage = npt.NDArray[np.uint8]


class DetectorError(ValueError):
    """One line that names the thing that is wrong and the mend."""

    def __init__(self, what: str, *, mend: str = "") -> None:
        text = f"{what} ({mend})" if mend else what
        super().__init__(" ".join(text.split()))


@dataclass(frozen=True, slots=True, eq=False)
class Detections:
    """What was found in one picture, a row for each thing; n may be 0.

    ``xyxy_px`` is (n, 4): left, top, right, bottom edges, 0 at the outer edge of the picture's first pixel
    (of a marker its corners, integer coordinates at pixel centres). ``anchor_px`` is (n, 2): the pixel that
    stands on the ground, integer coordinates at pixel centres. ``score`` is in 0..1; what it means is the
    detector's to say. ``labels`` are the names that ``label_id`` points into. ``identity`` is the detector's
    own name for that very thing where it knows one (a marker's id), else None. ``tiles`` is how many pieces
    of the picture were looked at, ``tiles_wanted`` how many it would have taken to see all that the detector
    can see: more than ``tiles`` only where a limit on them was in the way.

    The arrays are copied and made read-only.

    Raises:
        DetectorError: the rows do not agree in number, or a label id points outside ``labels``.
    """

    xyxy_px: Float32Array
    label_id: Int64Array
    score: Float32Array
    anchor_px: Float32Array
    labels: tuple[str, ...]
    identity: tuple[str | None, ...]
    detector: str
    version: str
    tiles: int = 1
    tiles_wanted: int = 1

    def __post_init__(self) -> None:
        rows = len(self.identity)
        self._freeze("xyxy_px", np.float32, (rows, 4))
        self._freeze("label_id", np.int64, (rows,))
        self._freeze("score", np.float32, (rows,))
        self._freeze("anchor_px", np.float32, (rows, 2))
        if rows and not (self.label_id.min() >= 0 and self.label_id.max() < len(self.labels)):
            raise DetectorError(f"{self.detector}: a label id outside the {len(self.labels)} labels")

    def _freeze(self, field: str, dtype: type[np.generic], shape: tuple[int, ...]) -> None:
        values = np.array(getattr(self, field), dtype=dtype)
        if values.shape != shape:
            raise DetectorError(f"{self.detector}: {field} has shape {values.shape}, {shape} was due")
        values.setflags(write=False)
        # A frozen dataclass can only be completed this way.
        object.__setattr__(self, field, values)

    def __len__(self) -> int:
        return len(self.identity)

    def label(self, row: int) -> str:
        """The name of what row ``row`` holds."""
        return self.labels[int(self.label_id[row])]


def empty(labels: tuple[str, ...], *, detector: str, version: str) -> Detections:
    """Nothing found."""
    return Detections(
        xyxy_px=np.empty((0, 4), np.float32),
        label_id=np.empty(0, np.int64),
        score=np.empty(0, np.float32),
        anchor_px=np.empty((0, 2), np.float32),
        labels=labels,
        identity=(),
        detector=detector,
        version=version,
    )


class Detector(Protocol):
    """Finds things in a picture. The same picture gives the same answer, whatever came before it.

    ``version`` changes whenever the same picture may give another answer. ``weights_sha256`` is None for
    a detector without weights.
    """

    @property
    def name(self) -> str: ...

    @property
    def version(self) -> str: ...

    @property
    def weights_sha256(self) -> str | None: ...

    @property
    def labels(self) -> tuple[str, ...]: ...

    @property
    def label_map(self) -> Mapping[str, str]:
        """What the detector's own labels mean to its users; a label that is not in it means itself."""
        ...

    @property
    def least_score(self) -> Mapping[str, float]:
        """The least score that `detect` reports, by the detector's own labels; not there: any score."""
        ...

    @property
    def shipped_score(self) -> Mapping[str, float]:
        """What `least_score` is where no option ``min_score`` takes its place."""
        ...

    @property
    def wants_gsd(self) -> bool:
        """Whether `detect` makes use of ``gsd_m``; if not, nobody needs to find it out."""
        ...

    def detect(
        self, image_bgr: npt.NDArray[np.generic], gsd_m: npt.NDArray[np.floating[Any]] | None = None
    ) -> Detections:
        """What is in ``image_bgr``, (height, width, 3) uint8 BGR.

        ``gsd_m``, (rows, columns) cells of equal size that cover the picture, is how many metres across the
        line of sight one of its pixels shows, NaN where it shows no ground; None where nobody knows. A
        detector may look closer where things are small, and need not where they cannot be seen.

        Grey and 16 bit pictures are taken as `detectors.pictures.as_bgr` says.

        Raises:
            DetectorError: not a picture.
        """
        ...
