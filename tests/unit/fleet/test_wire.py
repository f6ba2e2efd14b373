"""What a drone tells its site arrives as it was, however the socket cuts it; nonsense is refused."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.errors import InputError
from droneops.fleet.wire import (
    MAX_BYTES,
    Bye,
    ClipDone,
    ClipWanted,
    Decoder,
    Hello,
    Message,
    Taken,
    Vitals,
    Wanted,
    Welcome,
    encode,
)
from droneops.incidents.records import track_to_record
from droneops.incidents.scene import Blindness
from droneops.second_look.answer import Answer, SecondLook, Why
from droneops.site.report import Report
from droneops.types import Pose, Sigma, Track, TrackState, read_only

THIRD = 1.0 / 3.0
TRACK = Track(
    id="p/1",
    drone_id="p",
    label="เรือ",
    detector_label="marker-3",
    first_seen_us=1,
    last_seen_us=2,
    ordinal=0,
    sightings=3,
    best_score=THIRD,
    lat_deg=16.1 + THIRD,
    lon_deg=104.7,
    alt_msl_m=math.pi,
    cov_m2=read_only(np.eye(2) * THIRD),
    cov_common_m2=read_only(np.eye(2)),
    ce90_m=THIRD,
    velocity_mps=read_only((THIRD, 0.0)),
    velocity_cov_m2ps2=read_only(np.eye(2)),
    state=TrackState.CONFIRMED,
    label_scores=(("boat", THIRD),),
    common_root_m=None,
)
POSE = Pose(
    drone_id="p",
    time_us=5,
    lat_deg=THIRD,
    lon_deg=2.0,
    alt_msl_m=3.0,
    alt_above_home_m=4.0,
    ned_from_body=read_only((1.0, 0.0, 0.0, THIRD)),
    ned_from_gimbal=None,
    velocity_ned_mps=read_only((0.1, 0.2, 0.3)),
    hfov_rad=None,
    position_sigma_m=Sigma(THIRD, "a"),
    altitude_sigma_m=Sigma(1.0, "b"),
    attitude_sigma_rad=Sigma(0.1, "c"),
    gimbal_sigma_rad=Sigma(math.pi, "unknown"),
    age_s=THIRD,
)
BLIND = Blindness("p", 7, "covered", frozenset({"z2", "z1"}))
SAID = SecondLook("large 2", None, Answer.DISAGREED, Why.ANOTHER_LABEL, "boat", THIRD)
REPORT = Report("p", 4, 9, (TRACK,), POSE, {"p/1": b"\xff\xd8\x00"}, (BLIND,), second={"p/1": SAID})
PLAIN: tuple[Message, ...] = (
    Hello("p", "aruco 1", None, drill_markers=True),
    Vitals("p", 3, {"frame_age_s": THIRD, "video_state": "stalled", "blind": None}, 16.0, None, None),
    Vitals("p", 3, {}, footprints={"eo": ((104.7, 16.1), (THIRD, 16.2)), "ir": "the camera has no file"}),
    ClipWanted("0d7f", 5, 35_000_000),
    ClipDone("0d7f", ("p-eo-5.mp4",)),
    ClipDone("0d7f", (), "no key frame came"),
    Welcome(12),
    Taken(13),
    Bye("p"),
)


def read_back(message: Message, step: int) -> Message:
    data, decoder = encode(message), Decoder()
    found = [m for i in range(0, len(data), step) for m in decoder.feed(data[i : i + step])]
    assert len(found) == 1
    return found[0]


@pytest.mark.parametrize("message", PLAIN)
def test_each_message_arrives_as_it_was(message: Message) -> None:
    assert read_back(message, 1_000_000) == message


@pytest.mark.parametrize("step", [1, 3, 1_000_000])
def test_a_report_arrives_to_the_last_bit_however_it_is_cut(step: int) -> None:
    found = read_back(REPORT, step)
    assert isinstance(found, Report)
    assert encode(found) == encode(REPORT)
    assert found.pictures == REPORT.pictures
    assert found.blind == REPORT.blind
    assert found.second == REPORT.second
    assert found.pose is not None
    assert found.pose.ned_from_body.tolist() == POSE.ned_from_body.tolist()
    assert track_to_record(found.tracks[0]) == track_to_record(TRACK)


def test_wanted_things_arrive_as_they_were() -> None:
    found = read_back(Wanted((TRACK,)), 7)
    assert isinstance(found, Wanted)
    assert track_to_record(found.tracks[0]) == track_to_record(TRACK)


def test_messages_that_arrive_together_are_all_found() -> None:
    assert list(Decoder().feed(encode(Taken(1)) + encode(Taken(2)) + encode(Taken(3))[:-1])) == [
        Taken(1),
        Taken(2),
    ]


@pytest.mark.parametrize(
    "text",
    [
        b"{",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"type":[]}',
        b'{"type":"Nonsense"}',
        b'{"type":"Taken"}',
        b'{"type":"Taken","seq":"1"}',
        b'{"type":"Taken","seq":1,"more":2}',
        b'{"type":"Bye","drone_id":null}',
        b'{"type":"Vitals","drone_id":"p","time_us":1,"values":{"a":[]},"lat_deg":null,"lon_deg":null,"alt_msl_m":1}',
        b'{"type":"Report","seq":1}',
        b'{"type":"Report","drone_id":"p","seq":1,"time_us":1e999,"tracks":[],"pose":null,"pictures":{},"blind":[]}',
    ],
)
def test_what_is_no_message_is_refused_in_one_line(text: bytes) -> None:
    with pytest.raises(InputError):
        list(Decoder().feed(len(text).to_bytes(4, "big") + text))


@given(
    st.integers(0, len(encode(REPORT)) - 5),
    st.binary(min_size=1, max_size=8),
    st.sampled_from((0, 1, 8, 400)),
)
def test_a_report_with_damaged_bytes_is_refused_or_read_and_nothing_else(
    at: int, put: bytes, instead_of: int
) -> None:
    text = encode(REPORT)[4:]
    damaged = text[:at] + put + text[at + instead_of :]
    try:
        found = list(Decoder().feed(len(damaged).to_bytes(4, "big") + damaged))
    except InputError as error:
        assert "\n" not in error.one_line()
    else:
        assert len(found) == 1


def test_a_length_that_no_message_has_is_refused_before_it_is_waited_for() -> None:
    with pytest.raises(InputError, match="larger than"):
        list(Decoder().feed((MAX_BYTES + 1).to_bytes(4, "big")))


def test_a_message_that_is_too_large_is_not_sent() -> None:
    with pytest.raises(ValueError, match="larger than"):
        encode(Report("p", 1, 1, (), pictures={"a": bytes(MAX_BYTES)}))
