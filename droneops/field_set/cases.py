"""An answered incident becomes pictures that say what the people stated, and no more.

A dismissal states that what raised the alert is not there. It is a hard negative: the box is named in the
picture's facts and is no object, and its label counts as labelled. Where a second model had agreed with the
first, the dismissal is more likely of what the thing did than of what it is (a boat that may be there): then
nothing is to be learned in its box. An acknowledgement states that the thing is there, not that no other is.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from droneops.field_set.jpegs import Read
from droneops.field_set.people import Answered, Verdict
from droneops.field_set.picture import FieldBox, FieldPicture, LeftOut
from droneops.field_set.sealed import Sealed, SealedPicture
from droneops.times import to_text

NO_PICTURE, NO_BOX, SEVERAL, MARKERS = "no_picture", "no_box", "several_subjects", "drill_markers"
REASONS: Mapping[str, str] = {
    NO_PICTURE: "no picture of it: give the folder of the replay that raised it",
    NO_BOX: "its picture has no box: give the folder of the replay that raised it",
    SEVERAL: "it held several kinds of things and nothing says which one the picture shows",
    MARKERS: "drill markers: nothing is to be learned from them",
}


def is_of_markers(detector: str) -> bool:
    """Whether a detector (name and version) reads drill markers: they do not look like what they mean."""
    return detector.split(" ", maxsplit=1)[0] == "aruco"


def pictures_of(one: Answered, sealed: Sealed | None, sent: Read | None) -> list[FieldPicture | LeftOut]:
    """The pictures of an answered incident: those of its bundle, else the one that was ``sent``."""
    if is_of_markers(str(one.alert["provenance"]["detector"])):
        return [LeftOut(one.incident_id, MARKERS)]
    if sealed is not None:
        known = [picture for picture in sealed.pictures if picture.sequence <= one.sequence]
        if known:
            return [_of_bundle(one, sealed, picture) for picture in known]
    return [LeftOut(one.incident_id, NO_PICTURE) if sent is None else _of_outbox(one, sent)]


def _of_bundle(one: Answered, sealed: Sealed, picture: SealedPicture) -> FieldPicture:
    subject = picture.subject
    is_false = one.verdict is Verdict.DISMISSED and sealed.second_answer != "agreed"
    is_true = one.verdict is Verdict.ACKNOWLEDGED
    return FieldPicture(
        name=f"{one.incident_id}-{picture.sequence}.jpg",
        read=picture.read,
        width_px=picture.width_px,
        height_px=picture.height_px,
        boxes=picture.others if is_false else (replace(subject, stated=is_true), *picture.others),
        labelled=(subject.label,) if is_false else (),
        source=_source(one, sealed.site_id),
        facts={
            **_facts(one, picture.time, picture.detector),
            "dismissed": [_named(subject)] if one.verdict is Verdict.DISMISSED else [],
            "second_look": sealed.second_answer,
        },
    )


def _of_outbox(one: Answered, sent: Read) -> FieldPicture | LeftOut:
    """A picture without boxes can only say what is not in it."""
    labels = [str(subject["label"]) for subject in one.alert["subjects"]]
    second = one.alert["provenance"].get("second_look")
    agreed = second is not None and second["answer"] == "agreed"
    size = size_px(sent())
    if one.verdict is not Verdict.DISMISSED or agreed or size is None:
        return LeftOut(one.incident_id, NO_PICTURE if size is None else NO_BOX)
    if len(labels) != 1:
        return LeftOut(one.incident_id, SEVERAL)
    dismissed = [{"label": labels[0], "bbox": None, "score": one.alert["subjects"][0]["score"]}]
    return FieldPicture(
        name=f"{one.incident_id}-{one.sequence}.jpg",
        read=sent,
        width_px=size[0],
        height_px=size[1],
        boxes=(),
        labelled=(labels[0],),
        source=_source(one, "outbox"),
        facts={
            **_facts(one, str(one.alert["last_seen"]), str(one.alert["provenance"]["detector"])),
            "dismissed": dismissed,
            "second_look": None if second is None else second["answer"],
        },
    )


def size_px(jpeg: bytes) -> tuple[int, int] | None:
    """Width and height of a JPEG, None for what is none."""
    import cv2
    import numpy as np

    image = cv2.imdecode(np.frombuffer(jpeg, np.uint8), cv2.IMREAD_COLOR) if jpeg else None
    return None if image is None else (int(image.shape[1]), int(image.shape[0]))


def _facts(one: Answered, time: str, detector: str) -> dict[str, Any]:
    words = [
        {"agency": word.agency, "action": word.action, "at": to_text(word.at_us), "note": word.note}
        for word in one.words
    ]
    return {
        "kind": one.verdict.value,
        "incident_id": one.incident_id,
        "time": time,
        "detector": detector,
        "answers": words,
    }


def _source(one: Answered, site_id: str) -> str:
    agencies = ", ".join(sorted({word.agency for word in one.words}))
    return f"{site_id}: incident {one.incident_id}, {one.verdict.value} by {agencies}"


def _named(subject: FieldBox) -> dict[str, Any]:
    x1, y1, x2, y2 = subject.box_px
    box = [round(value, 2) for value in (x1, y1, x2 - x1, y2 - y1)]
    return {"label": subject.label, "bbox": box, "score": subject.score}
