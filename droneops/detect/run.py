"""`droneops detect`: pictures in; detections, drawn pictures and figures out."""

from __future__ import annotations

import time
from contextlib import nullcontext
from pathlib import PurePosixPath
from typing import Any, Protocol

import detectors
from detectors import options
from detectors.evaluation.coco_file import LabelledSet, load_coco
from detectors.types import Detector, DetectorError
from droneops.detect.drawing import drawn_jpeg
from droneops.detect.judged import Entries, judge
from droneops.detect.pictures import Picture, Unreadable, each_picture, source_of
from droneops.detect.request import LEAST_SCORE, DetectRequest
from droneops.detect.rows import entries, row
from droneops.errors import InputError, UsageError
from droneops.replay.folder import ResultFolder

STAGE = "look at pictures"


class Listener(Protocol):
    """Who is told how it goes."""

    def warn(self, text: str) -> None: ...

    def progress(self, stage: str, done: float) -> None: ...


def run_detect(request: DetectRequest, listener: Listener) -> dict[str, Any]:
    """Looks at all pictures, writes ``request.out`` whole, if there is one, and gives the summary.

    Raises:
        DroneopsError: one line that says what, where, and the mend; nothing is written.
    """
    try:
        labelled = None if request.truth is None else load_coco(request.truth)
        detector = detectors.make(request.detector, {**request.options, "min_score": LEAST_SCORE})
        thresholds = thresholds_of(detector, options.fraction(request.options, "min_score"))
    except DetectorError as error:
        raise UsageError(str(error)) from None
    source = source_of(request.source)
    if request.out is None and labelled is None:
        raise UsageError("nothing says where the results go", mend="give --out DIR")
    with nullcontext() if request.out is None else ResultFolder(request.out) as folder:
        work = _Work(detector, thresholds, folder)
        for done, picture in each_picture(source):
            listener.progress(STAGE, done)
            work.take(picture, listener)
        listener.progress(STAGE, 1.0)
        summary = work.summary(request) | _judged(request, labelled, work, thresholds)
        if folder is not None:
            folder.commit()
    return summary


def thresholds_of(detector: Detector, min_score: float | None) -> dict[str, float]:
    """The least score that counts, by the name that the detector's labels mean.

    As it ships, or ``min_score`` where the user gave one; where several labels mean one thing, the least of
    theirs. A detector that takes every score (markers) has 0.
    """
    least: dict[str, float] = {}
    for label in detector.labels:
        name = detector.label_map.get(label, label)
        shipped = detector.shipped_score.get(label, 0.0)
        own = shipped if min_score is None or label not in detector.shipped_score else min_score
        least[name] = min(least.get(name, 1.0), own)
    return least


class _Work:
    """What was found so far, on its way to disk; nothing is written without a ``folder``."""

    def __init__(self, detector: Detector, thresholds: dict[str, float], folder: ResultFolder | None) -> None:
        self._detector, self._thresholds, self._folder = detector, thresholds, folder
        self._lines = None if folder is None else folder.stream("detections.jsonl")
        self._cpu_s = self._wall_s = 0.0
        self._looked = 0
        self.found: dict[str, Entries] = {}
        self.skipped: list[Unreadable] = []

    def take(self, picture: Picture | Unreadable, listener: Listener) -> None:
        if isinstance(picture, Picture):
            try:
                self._look(picture)
                return
            except DetectorError as error:
                picture = Unreadable(picture.name, str(error))
        self.skipped.append(picture)
        listener.warn(f"{picture.name}: {picture.why}; skipped")

    def _look(self, picture: Picture) -> None:
        cpu_s, wall_s = time.process_time(), time.perf_counter()
        found = self._detector.detect(picture.image)
        self._cpu_s += time.process_time() - cpu_s
        self._wall_s += time.perf_counter() - wall_s
        self._looked += 1
        own = entries(found, dict(self._detector.label_map))
        self.found[picture.name] = own
        self._write(picture, own)

    def _write(self, picture: Picture, own: list[dict[str, Any]]) -> None:
        if self._folder is None or self._lines is None:
            return
        self._lines.write(row(picture, own))
        shown = [entry for entry in own if entry["score"] >= self._thresholds.get(entry["label"], 0.0)]
        self._folder.write_picture(_picture_name(picture), drawn_jpeg(picture.image, shown))

    def summary(self, request: DetectRequest) -> dict[str, Any]:
        if not self._looked:
            names = ", ".join(f"{own.name}: {own.why}" for own in self.skipped[:3])
            raise InputError(
                f"no picture could be read ({names})", where=str(request.source), mend="give whole copies"
            )
        detector = self._detector
        return {
            "detector": {
                "name": detector.name,
                "version": detector.version,
                "weights_sha256": detector.weights_sha256,
                "thresholds": self._thresholds,
            },
            "looked_at": self._looked,
            "skipped": [{"image": own.name, "why": own.why} for own in self.skipped],
            "cpu_ms_per_picture": round(1000 * self._cpu_s / self._looked, 1),
            "wall_ms_per_picture": round(1000 * self._wall_s / self._looked, 1),
        }


def _picture_name(picture: Picture) -> str:
    path = PurePosixPath(picture.name)
    if picture.frame is not None:
        return f"pictures/{path.stem}-{picture.frame:06d}.jpg"
    return f"pictures/{path.as_posix()}.jpg"


def _judged(
    request: DetectRequest, labelled: LabelledSet | None, work: _Work, thresholds: dict[str, float]
) -> dict[str, Any]:
    if labelled is None or request.truth is None:
        return {}
    return judge(labelled, work.found, thresholds, truth=request.truth)
