"""The replay itself: frames through the pipeline, then everything it gave into the result folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial

from droneops.delivery.compose import Context
from droneops.delivery.routing import Message
from droneops.delivery.say import message_of
from droneops.field_set.doubt import files_of
from droneops.incidents.incident import Change
from droneops.pipeline import Look, Parts, look
from droneops.replay.asides import Asides
from droneops.replay.beside import Beside
from droneops.replay.evidence import Seal, bundles
from droneops.replay.folder import ResultFolder
from droneops.replay.geojson import track_geojson
from droneops.replay.record import Record
from droneops.replay.report.page import render
from droneops.replay.report_data import report_data
from droneops.replay.request import Listener
from droneops.replay.result import Result
from droneops.replay.rows import sighting_lines
from droneops.replay.summary import summary_json
from droneops.stopwatch import Stopwatch
from droneops.types import Frame, Pose
from droneops.video.file import VideoFile

PROGRESS_EVERY_FRAMES = 25


@dataclass(frozen=True, slots=True)
class Watched:
    """What watching the video gave: the sightings' lines and the messages, in order."""

    sightings: bytes
    messages: tuple[Message, ...]


def watch(
    video: VideoFile,
    parts: Parts,
    record: Record,
    context: Context,
    stopwatch: Stopwatch,
    listener: Listener,
    asides: Asides,
    beside: Beside | None = None,
) -> Watched:
    """Take every looked-at frame through the pipeline; ``beside`` gets what came of each, too."""
    say = partial(_message, record=record, context=context, asides=asides, stopwatch=stopwatch)
    lines: list[bytes] = []
    messages: list[Message] = []
    last: Look | None = None
    for number, frame in enumerate(_timed(video.frames(), stopwatch)):
        last = seen = look(frame, parts, stopwatch)
        with stopwatch.stage("record"):
            record.add(seen)
            lines.append(sighting_lines(seen))
            asides.doubtful.add(seen)
        messages.extend(say(change, seen) for change in seen.changes)
        if beside is not None:
            beside.add(seen)
        if number % PROGRESS_EVERY_FRAMES == 0:
            listener.progress("watching", _share(video, seen))
    if last is not None:
        left = parts.incidents.finish(last.frame.captured_at_us)
        messages.extend(say(change, last) for change in left)
        if beside is not None:
            beside.finish(last.frame.captured_at_us)
    return Watched(b"".join(lines), tuple(messages))


def _timed(frames: Iterator[Frame], stopwatch: Stopwatch) -> Iterator[Frame]:
    while True:
        with stopwatch.stage("decode"):
            frame = next(frames, None)
        if frame is None:
            return
        yield frame


def _share(video: VideoFile, seen: Look) -> float:
    first_us, duration_us = video.counts.first_time_us, video.duration_us
    if first_us is None or not duration_us:
        return 0.0
    return min((seen.frame.captured_at_us - first_us) / duration_us, 1.0)


def _message(
    change: Change, seen: Look, record: Record, context: Context, asides: Asides, stopwatch: Stopwatch
) -> Message:
    pose = seen.pose if isinstance(seen.pose, Pose) else None
    lead = change.incident.lead
    shot = None if lead is None else record.shot_of(seen, lead.track.id)
    with stopwatch.stage("second_look"):
        second = asides.second.of(change, shot)
    with stopwatch.stage("record"):
        said = message_of(change, pose, lambda _: None if shot is None else shot.jpeg(), context, second)
        record.add_message(said, shot)
    return said


def write_results(
    folder: ResultFolder, result: Result, sightings: bytes, seal: Seal, stopwatch: Stopwatch
) -> None:
    """Write all files of the contract; they get their final names together, when the folder is committed."""
    with stopwatch.stage("write"):
        folder.write("alerts.jsonl", b"".join(message.raw + b"\n" for message in result.messages))
        folder.write("sightings.jsonl", sightings)
        folder.write("track.geojson", track_geojson(result))
        folder.folder("evidence")
        for name, raw in bundles(result, sightings, seal):
            folder.write(f"evidence/{name}", raw)
        for name, raw in files_of(result.asides.doubtful.frames()).items():
            folder.write_picture(f"doubtful/{name}", raw)
    with stopwatch.stage("report"):
        folder.write("report.html", render(report_data(result)).encode("utf-8"))
    folder.write("summary.json", summary_json(result, dict(stopwatch.seconds), stopwatch.total_s()))
