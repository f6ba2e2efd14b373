"""From sites and replays to one labelled set on disk."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from droneops.clock import now_us
from droneops.config import load_site
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.errors import InputError, UsageError
from droneops.field_set.cases import REASONS, pictures_of
from droneops.field_set.coco import counts, instances_json
from droneops.field_set.doubtful import doubtful_in, sample
from droneops.field_set.jpegs import Read, of_outbox
from droneops.field_set.people import Answered, answered, merged
from droneops.field_set.picture import FieldPicture, LeftOut
from droneops.field_set.sealed import Sealed, read_sealed
from droneops.replay.folder import ResultFolder


@dataclass(slots=True)
class _Material:
    """What the sources hold: answers, pictures of alerts by digest, bundles by incident, doubtful frames."""

    answers: list[dict[str, Answered]] = field(default_factory=list)
    sent: dict[str, Read] = field(default_factory=dict)
    sealed: dict[str, Sealed] = field(default_factory=dict)
    doubtful: dict[str, FieldPicture] = field(default_factory=dict)


def write_labels(sources: Sequence[Path], out: Path, doubtful: int | None) -> dict[str, Any]:
    """Write the set into ``out``, which must be empty or not exist; what is in it, for JSON.

    A source is a site file, whose outbox has the answers and whose bundles the pictures with boxes, or a
    replay's result folder, which has pictures with boxes. At most ``doubtful`` doubtful frames are taken,
    None: all that the replays kept.

    Raises:
        UsageError: a source is neither.
        InputError: a source cannot be read.
        OutputError: ``out`` is not empty or cannot be written.
    """
    material = _Material()
    for source in sources:
        _take(source, material)
    made = _of_answers(material)
    pictures = [picture for picture in made if isinstance(picture, FieldPicture)]
    pictures += sample(list(material.doubtful.values()), doubtful)
    left_out = Counter(item.reason for item in made if isinstance(item, LeftOut))
    with ResultFolder(out) as folder:
        folder.folder("images")
        for picture in pictures:
            folder.write_picture(f"images/{picture.name}", picture.read())
        folder.write("instances.json", instances_json(pictures))
        folder.commit()
    return {"out": str(out), **counts(pictures), "left_out": dict(sorted(left_out.items()))}


def labels_text(told: dict[str, Any]) -> str:
    """The same in lines."""
    of = ", ".join(
        f"{told[kind]} {kind}"
        for kind in ("dismissed", "acknowledged", "contested", "doubtful")
        if told[kind]
    )
    lines = [
        f"{told['pictures']} pictures in {told['out']}" + (f": {of}" if of else ""),
        f"{told['stated_boxes']} boxes that a person stated, {told['suggested_boxes']} suggested",
        f"{told['pictures_with_people']} pictures with people: they stay with the site",
    ]
    lines += [f"{count} incidents left out: {REASONS[why]}" for why, count in told["left_out"].items()]
    return "\n".join(lines) + "\n"


def _of_answers(material: _Material) -> list[FieldPicture | LeftOut]:
    found = merged(material.answers)
    return [
        item
        for incident_id in sorted(found)
        for item in pictures_of(
            found[incident_id],
            material.sealed.get(incident_id),
            material.sent.get(found[incident_id].picture_sha256 or ""),
        )
    ]


def _take(source: Path, material: _Material) -> None:
    if source.is_dir():
        _take_replay(source, material)
    elif source.suffix == ".toml":
        site = load_site(source)
        data = site.beside(site.file.site.data_dir)
        _take_bundles(data / "evidence", material)
        _take_outbox(data / FILE_NAME, material)
    else:
        mend = "give a site file (.toml) or the folder of a replay"
        raise UsageError(f"{source} is neither a site nor a replay", mend=mend)


def _take_replay(folder: Path, material: _Material) -> None:
    if not (folder / "alerts.jsonl").is_file():
        raise InputError("holds no alerts.jsonl", where=str(folder), mend="give the --out of a replay")
    _take_bundles(folder / "evidence", material)
    for picture in doubtful_in(folder):
        material.doubtful.setdefault(picture.name, picture)
    if (folder / FILE_NAME).is_file():
        _take_outbox(folder / FILE_NAME, material)


def _take_bundles(folder: Path, material: _Material) -> None:
    for path in sorted(folder.glob("*.zip")):
        sealed = read_sealed(path)
        material.sealed.setdefault(sealed.incident_id, sealed)


def _take_outbox(path: Path, material: _Material) -> None:
    if not path.is_file():
        raise InputError("there is no outbox", where=str(path), mend="droneops run makes it")
    with Outbox.open(path, now_us) as outbox:
        answers = answered(outbox.alerts())
        for digest in {one.picture_sha256 for one in answers.values() if one.picture_sha256}:
            if outbox.picture(digest) is not None:
                material.sent[digest] = of_outbox(path, digest)
    material.answers.append(answers)
