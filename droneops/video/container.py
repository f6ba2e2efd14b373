"""A video file opened by PyAV, with errors a user can act on."""

from __future__ import annotations

from fractions import Fraction
from pathlib import Path
from typing import TYPE_CHECKING

from droneops.errors import InputError

if TYPE_CHECKING:
    from av.container import InputContainer
    from av.video.stream import VideoStream

_CUT_OFF_MEND = "a recording cut off before its end may have lost its index: copy it from the camera again"
DECODER_THREADS = 2
"""The same everywhere, so that the same file gives the same pictures."""

_MEND = "give a video file, such as .mp4, .mov, .mkv or .ts"


def open_video(path: Path) -> tuple[InputContainer, VideoStream]:
    """The container, which the caller closes, and its first video stream.

    Raises:
        InputError: missing, a folder, empty, not a video, or without a video stream.
    """
    container = _open(path)
    if not container.streams.video:
        container.close()
        raise InputError("no video stream", where=str(path), mend=_MEND)
    stream = container.streams.video[0]
    if stream.codec_context is None:
        container.close()
        raise InputError("its video is in a form that cannot be decoded", where=str(path), mend=_MEND)
    if not stream.width or not stream.height:
        container.close()
        raise InputError("not a video: it has no picture size", where=str(path), mend=_MEND)
    # Decoding by frames in parallel patches damaged pictures together differently on other machines.
    stream.codec_context.thread_type = "SLICE"
    stream.codec_context.thread_count = DECODER_THREADS
    return container, stream


def beginning_us(stream: VideoStream, first_packet_pts: int | None, first_shown_us: Fraction) -> Fraction:
    """The stamp of the file's first picture, which may be too damaged to be the first decoded one.

    ``first_shown_us`` is that of the first decoded one.
    """
    told = stream.start_time
    if told is None:
        told = first_packet_pts
    if told is None or stream.time_base is None:
        return first_shown_us
    return min(told * stream.time_base * 1_000_000, first_shown_us)


def metadata(path: Path) -> dict[str, str]:
    """The container's own words about itself and, where it is silent, its first video stream's.

    Raises:
        InputError: as `open_video`.
    """
    container, stream = open_video(path)
    with container:
        return {**stream.metadata, **container.metadata}


def _open(path: Path) -> InputContainer:
    import av

    _check_file(path)
    try:
        # A playlist must not make a local file reach out to the network.
        return av.open(str(path), options={"protocol_whitelist": "file"}, metadata_errors="replace")
    except av.FFmpegError as error:
        mend = _CUT_OFF_MEND if _is_mp4(path) else _MEND
        raise InputError(f"not a video: {error.strerror}", where=str(path), mend=mend) from error


def _is_mp4(path: Path) -> bool:
    with path.open("rb") as file:
        return file.read(8)[4:] == b"ftyp"


def _check_file(path: Path) -> None:
    if path.is_dir():
        raise InputError("a folder", where=str(path), mend=_MEND)
    if not path.is_file():
        raise InputError("no such file", where=str(path), mend=_MEND)
    try:
        with path.open("rb") as file:
            has_bytes = bool(file.read(1))
    except OSError as error:
        raise InputError(error.strerror or str(error), where=str(path)) from error
    if not has_bytes:
        raise InputError("an empty file", where=str(path), mend=_MEND)
