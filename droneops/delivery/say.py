"""A change of an incident becomes a message, with its picture. Live and replay say it alike."""

from __future__ import annotations

import hashlib
from collections.abc import Callable

from droneops.delivery.alert import Snapshot, to_bytes
from droneops.delivery.compose import Context, compose
from droneops.delivery.routing import Message
from droneops.incidents.incident import Change, ChangeKind
from droneops.second_look.answer import SecondLook
from droneops.types import Pose

MAX_PICTURE_BYTES = 65_536
"""The most that may follow an alert over a thin uplink."""

PictureOf = Callable[[str], bytes | None]
"""The best JPEG of a track by its id; None where there is none."""

ASKS = frozenset({ChangeKind.OPENED, ChangeKind.RAISED})
"""What asks for a person's answer, and so comes with a picture."""


def message_of(
    change: Change,
    pose: Pose | None,
    picture_of: PictureOf,
    context: Context,
    second: SecondLook | None = None,
) -> Message:
    """The message of a change; ``pose`` is that of the drone whose look made it.

    ``second`` is what a second model last said of the incident, None where the site has none.

    Raises:
        ValueError: it does not fit into an alert.
    """
    picture = _picture(change, picture_of)
    alert = compose(change, pose, None if picture is None else _snapshot(picture), context, second)
    raises = change.kind in ASKS
    return Message(alert, to_bytes(alert), change.incident.zone_ids, raises, picture)


def _picture(change: Change, picture_of: PictureOf) -> bytes | None:
    lead = change.incident.lead
    if lead is None or change.kind not in ASKS:
        return None
    picture = picture_of(lead.track.id)
    return picture if picture is not None and 0 < len(picture) <= MAX_PICTURE_BYTES else None


def _snapshot(picture: bytes) -> Snapshot:
    return Snapshot(sha256=hashlib.sha256(picture).hexdigest(), bytes=len(picture))
