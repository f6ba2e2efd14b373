"""The pictures of a file or a folder, one after the other."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors.pictures import as_bgr
from detectors.types import ByteImage, DetectorError
from droneops.detect.jpeg import is_jpeg, is_whole
from droneops.detect.size import size_px
from droneops.errors import InputError
from droneops.video.file import VideoFile
from droneops.video.start import VideoStart

PICTURES = (".bmp", ".jpeg", ".jpg", ".png", ".tif", ".tiff", ".webp")
VIDEOS = (".avi", ".m4v", ".mkv", ".mov", ".mp4", ".ts", ".webm")

MAX_PICTURE_BYTES = 256 << 20
"""The largest aerial cameras write 150 MB; more is no single picture."""


MAX_SIDE_PX = 65_500
"""What OpenCV writes as a JPEG, and results have every picture once more."""

MAX_PIXELS = 200_000_000
"""The largest aerial cameras have 150 million. Each takes some 10 bytes until it is drawn: 2 GB."""


@dataclass(frozen=True, slots=True, eq=False)
class Picture:
    """``name`` is relative to what was given; ``frame`` and ``time_s`` (from its beginning) of a video."""

    name: str
    image: ByteImage
    frame: int | None = None
    time_s: float | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A picture that could not be read, and why."""

    name: str
    why: str


@dataclass(frozen=True, slots=True)
class Source:
    """The files of ``given``, below ``home``; ``is_video`` where it is one video."""

    home: Path
    files: tuple[Path, ...]
    is_video: bool


def source_of(given: Path) -> Source:
    """What there is to look at in a picture, a folder (with those below it, by name) or a video.

    Raises:
        InputError: nothing is there, or nothing that is a picture or a video.
    """
    if given.is_dir():
        files = sorted(p for p in given.rglob("*") if p.suffix.lower() in PICTURES and p.is_file())
        if not files:
            raise InputError("no picture in this folder", where=str(given), mend=_mend())
        return Source(given, tuple(files), is_video=False)
    if not given.is_file():
        raise InputError(
            "no such file or folder", where=str(given), mend="give a picture, a folder or a video"
        )
    if given.suffix.lower() in VIDEOS:
        return Source(given.parent, (given,), is_video=True)
    if given.suffix.lower() in PICTURES:
        return Source(given.parent, (given,), is_video=False)
    raise InputError("neither a picture nor a video by its name", where=str(given), mend=_mend())


def _mend() -> str:
    return f"pictures end in {' '.join(PICTURES)}, videos in {' '.join(VIDEOS)}"


def each_picture(source: Source) -> Iterator[tuple[float, Picture | Unreadable]]:
    """The pictures in order, each with the share of the work that is done when it comes.

    Raises:
        InputError: a video that cannot be read at all.
    """
    if source.is_video:
        yield from _frames(source.files[0])
        return
    for number, path in enumerate(source.files):
        yield number / len(source.files), _picture(path, _written(path.relative_to(source.home)))


def _frames(path: Path) -> Iterator[tuple[float, Picture]]:
    start = VideoStart(0, "the beginning of the video")
    with VideoFile(path, drone_id="", camera_id="", start=start) as video:
        for frame in video.frames():
            time_s = frame.captured_at_us / 1e6
            done = min(frame.captured_at_us / video.duration_us, 1.0) if video.duration_us else 0.0
            yield done, Picture(_written(Path(path.name)), frame.image, frame.seq, time_s)


def _written(path: Path) -> str:
    """A name that can be written as UTF-8, which a file's name need not be."""
    return path.as_posix().encode("utf-8", "backslashreplace").decode()


def _picture(path: Path, name: str) -> Picture | Unreadable:
    try:
        return Picture(name, read_picture(path))
    except DetectorError as error:
        return Unreadable(name, str(error))


def read_picture(path: Path) -> ByteImage:
    """A picture as (height, width, 3) BGR uint8; a camera's note to turn it is not followed.

    Raises:
        DetectorError: it cannot be read, is too large, or holds no picture.
    """
    data = _content(path)
    if is_jpeg(data) and not is_whole(data):
        raise DetectorError("its end is missing", mend="give a whole copy")
    _check_size(data)
    image = _decoded(data)
    has_alpha = image.ndim == 3 and image.shape[2] == 4
    return as_bgr(image[:, :, :3] if has_alpha else image)


def _content(path: Path) -> bytes:
    try:
        size = path.stat().st_size
        if size > MAX_PICTURE_BYTES:
            raise DetectorError(f"larger than {MAX_PICTURE_BYTES >> 20} MB", mend="give single pictures")
        return path.read_bytes()
    except OSError as error:
        raise DetectorError(error.strerror or str(error)) from None


def _check_size(data: bytes) -> None:
    """Before a pixel is unpacked: a small file may hold more of them than there is memory."""
    size = size_px(data)
    if size is None:
        raise DetectorError("damaged, or no picture", mend="give a whole copy")
    if max(size) > MAX_SIDE_PX:
        raise DetectorError(f"a side is longer than {MAX_SIDE_PX} px", mend="cut it up")
    if size[0] * size[1] > MAX_PIXELS:
        raise DetectorError(f"more than {MAX_PIXELS // 1_000_000} million pixels", mend="cut it up")


def _decoded(data: bytes) -> npt.NDArray[Any]:
    import cv2

    try:
        # Boxes are labelled in pixels as stored, so the orientation noted in the file stays unused.
        image = cv2.imdecode(np.frombuffer(data, np.uint8), cv2.IMREAD_UNCHANGED)
    except cv2.error as error:
        raise DetectorError(f"cannot be decoded: {error.err}") from None
    if image is None:
        raise DetectorError("damaged, or no picture", mend="give a whole copy")
    return image
