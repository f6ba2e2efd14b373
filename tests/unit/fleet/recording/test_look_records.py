"""A recorded look comes back as it was; a damaged recording loses only its damaged lines."""

from __future__ import annotations

import json
import math
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.errors import InputError
from droneops.fleet.recording.look_record import (
    LookRecord,
    PictureTold,
    Spent,
    look_from_record,
    look_to_line,
)
from droneops.fleet.recording.reader import LOOKS, Torn, read_looks
from droneops.fleet.recording.session import Session, session_to_record
from droneops.fleet.recording.writer import RETRY_AFTER_US, LineWriter, prune
from droneops.incidents.scene import Blindness
from droneops.second_look.answer import Answer, SecondLook, Why
from droneops.types import GroundPoint, NoGroundPoint, NoPose, Reason, Sighting, read_only

START_US = 1_795_136_400_000_000
SESSION = Session("patrol-1", START_US, False, "droneops 0", "forest 1", None, None)
HEADER = json.dumps(session_to_record(SESSION)).encode() + b"\n"

finite = st.floats(allow_nan=False, allow_infinity=False)
points = st.one_of(
    st.builds(NoGroundPoint, st.sampled_from(Reason)),
    st.builds(
        lambda lat, lon, cov: GroundPoint(lat, lon, 200.1, read_only(cov), read_only(cov), 3.3),
        finite,
        finite,
        st.lists(st.lists(finite, min_size=2, max_size=2), min_size=2, max_size=2),
    ),
)
sightings = st.builds(
    Sighting,
    drone_id=st.just("patrol-1"),
    time_us=st.just(START_US),
    index=st.integers(0, 1000),
    detector_label=st.text(max_size=8),
    label=st.text(max_size=8),
    identity=st.none() | st.text(max_size=8),
    score=st.floats(0, 1, width=32),
    bbox_px=st.tuples(finite, finite, finite, finite),
    point=points,
    pose_age_s=st.none() | finite,
)
seconds = st.builds(
    SecondLook,
    detector=st.text(max_size=8),
    weights_sha256=st.none() | st.text(max_size=8),
    answer=st.sampled_from(Answer),
    reason=st.none() | st.sampled_from(Why),
    label=st.none() | st.text(max_size=8),
    score=st.none() | st.floats(0, 1),
)
looks = st.builds(
    LookRecord,
    seq=st.integers(1, 1 << 40),
    time_us=st.integers(0, 1 << 52),
    picture=st.none()
    | st.builds(
        PictureTold,
        st.text(max_size=5),
        st.integers(0, 1 << 40),
        st.tuples(st.integers(1, 9999), st.integers(1, 9999)),
        st.sampled_from(["RTCP", "receipt"]),
        st.floats(0, 10),
    ),
    pose=st.none() | st.builds(NoPose, st.integers(0, 1 << 52), st.sampled_from(Reason)),
    inferred=st.booleans(),
    spent=st.none() | st.builds(Spent, st.integers(), st.integers(), st.integers()),
    fault=st.none() | st.text(max_size=20),
    tiles=st.tuples(st.integers(0, 99), st.integers(0, 99)),
    sightings=st.lists(sightings, max_size=3).map(tuple),
    pictures=st.dictionaries(st.text(max_size=5), st.binary(max_size=50), max_size=2),
    blind=st.lists(
        st.builds(
            Blindness,
            st.just("patrol-1"),
            st.integers(0, 1 << 52),
            st.just("black"),
            st.frozensets(st.text(max_size=4), max_size=2),
        ),
        max_size=1,
    ).map(tuple),
    track_ids=st.lists(st.none() | st.text(max_size=8), max_size=3).map(tuple),
    second=st.dictionaries(st.text(max_size=8), seconds, max_size=2),
)


def _plain(value: object) -> object:
    """With arrays as lists, so that two looks can be compared."""
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, tuple):
        return [_plain(item) for item in value]
    if hasattr(value, "__dataclass_fields__"):
        return {name: _plain(getattr(value, name)) for name in value.__dataclass_fields__}
    return value


@given(looks)
def test_a_look_comes_back_bit_by_bit(look: LookRecord) -> None:
    line = look_to_line(look)
    assert line.endswith(b"\n") and line.count(b"\n") == 1
    assert _plain(look_from_record(json.loads(line), "here")) == _plain(look)


def test_a_look_of_before_tracks_and_second_looks_were_written_down_is_read(tmp_path: Path) -> None:
    record = json.loads(look_to_line(LookRecord(7, START_US)))
    del record["track_ids"], record["second"]
    assert look_from_record(record, "here") == LookRecord(7, START_US)


@given(
    st.recursive(
        st.none() | st.booleans() | st.floats() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=10,
    )
)
def test_what_is_no_look_is_refused_in_one_line(value: object) -> None:
    record = value if isinstance(value, dict) else {"seq": value}
    with pytest.raises(InputError, match="file, line 3"):
        look_from_record(record, "file, line 3")


def test_a_line_that_was_cut_off_costs_nothing_but_itself(tmp_path: Path) -> None:
    whole = [look_to_line(LookRecord(seq, START_US + seq)) for seq in (1, 2, 3)]
    (tmp_path / f"{LOOKS}-1.jsonl").write_bytes(HEADER + whole[0] + whole[1][:20] + b"\n" + whole[2])
    torn = Torn()
    found = [item for item in read_looks(tmp_path, torn) if isinstance(item, LookRecord)]
    assert [look.seq for look in found] == [1, 3]
    assert torn.lines == 1


def test_a_file_of_another_kind_is_named(tmp_path: Path) -> None:
    (tmp_path / f"{LOOKS}-1.jsonl").write_text('{"format": "something/9"}\n')
    with pytest.raises(InputError, match=r"looks-1\.jsonl.*droneops\.looks/1"):
        list(read_looks(tmp_path, Torn()))


def test_lines_are_in_the_file_at_once_and_files_follow_each_other_by_the_hour(tmp_path: Path) -> None:
    told: list[str] = []
    writer = LineWriter(tmp_path, LOOKS, lambda: HEADER, told.append)
    writer.write(look_to_line(LookRecord(1, START_US)), START_US)
    assert [item.seq for item in read_looks(tmp_path, Torn()) if isinstance(item, LookRecord)] == [1]
    writer.write(look_to_line(LookRecord(2, START_US)), START_US + 3_600_000_000)
    writer.close()
    assert len(list(tmp_path.iterdir())) == 2
    assert [item.seq for item in read_looks(tmp_path, Torn()) if isinstance(item, LookRecord)] == [1, 2]
    assert not told and not writer.lost


def test_a_disk_that_fails_loses_lines_and_counts_them_and_goes_on_later(tmp_path: Path) -> None:
    told: list[str] = []
    folder = tmp_path / "looks"
    writer = LineWriter(folder, LOOKS, lambda: HEADER, told.append)
    folder.rmdir()
    writer.write(b"{}\n", START_US)
    writer.write(b"{}\n", START_US + 1)
    assert writer.lost == 2
    assert len(told) == 1 and "cannot be written down" in told[0]
    folder.mkdir()
    writer.write(look_to_line(LookRecord(3, START_US)), START_US + RETRY_AFTER_US)
    writer.close()
    assert [item.seq for item in read_looks(folder, Torn()) if isinstance(item, LookRecord)] == [3]
    assert writer.lost == 2


def test_looks_stay_in_order_where_the_clock_is_set_back(tmp_path: Path) -> None:
    writer = LineWriter(tmp_path, LOOKS, lambda: HEADER, pytest.fail)
    hour_us = 3_600_000_000
    for seq, now_us in enumerate((START_US, START_US - hour_us, START_US - 3 * hour_us, START_US), 1):
        writer.write(look_to_line(LookRecord(seq, now_us)), now_us)
    writer.close()
    assert [item.seq for item in read_looks(tmp_path, Torn()) if isinstance(item, LookRecord)] == [1, 2, 3, 4]


def test_a_process_that_begins_in_the_microsecond_of_the_last_one_has_a_file_of_its_own(
    tmp_path: Path,
) -> None:
    for seq in (1, 2):
        writer = LineWriter(tmp_path, LOOKS, lambda: HEADER, pytest.fail)
        writer.write(look_to_line(LookRecord(seq, START_US)), START_US)
        writer.close()
    assert [item.seq for item in read_looks(tmp_path, Torn()) if isinstance(item, LookRecord)] == [1, 2]


def test_old_files_go_and_young_ones_stay(tmp_path: Path) -> None:
    import os

    old, young = tmp_path / f"{LOOKS}-1.jsonl", tmp_path / f"{LOOKS}-2.jsonl"
    for path, at_s in ((old, 1_000), (young, 2_000)):
        path.write_bytes(HEADER)
        os.utime(path, (at_s, at_s))
    assert prune(tmp_path, 1_500_000_000) == 1
    assert not old.exists() and young.exists()


def test_numbers_that_json_has_not_are_refused_when_written() -> None:
    sighting = Sighting(
        "d", START_US, 0, "x", "x", None, math.nan, (0.0, 0.0, 1.0, 1.0), NoGroundPoint(Reason.NO_POSE), None
    )
    with pytest.raises(ValueError, match="JSON"):
        look_to_line(LookRecord(1, START_US, sightings=(sighting,)))
