"""The signatures of a log: what a key says of it, and the log of what can be believed."""

from __future__ import annotations

import json
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import START_US, LogBuilder, add_flight, attitude, heartbeat, position, shared_file

from droneops.errors import InputError
from droneops.telemetry.blocks import read_blocks
from droneops.telemetry.log_signatures import SignatureCheck, believed_only, check_pieces, check_signatures
from droneops.telemetry.pose_track import build_pose_track
from droneops.telemetry.signing import SigningKey, Verdict, timestamp_at
from droneops.telemetry.tlog import parse_tlog, read_tlog
from droneops.telemetry.vehicles import Vehicle, choose_vehicle

KEY = SigningKey(b"k" * 32)
FORGER = SigningKey(b"f" * 32)


def signer(key: SigningKey, *, system_id: int = 1) -> mavlink.MAVLink:
    mav = mavlink.MAVLink(None, srcSystem=system_id, srcComponent=1)
    mav.signing.secret_key = key.secret
    mav.signing.timestamp = timestamp_at(START_US)
    mav.signing.sign_outgoing = True
    return mav


def signed_log(seconds: int = 5) -> LogBuilder:
    """A flight whose frames are all signed, by pymavlink."""
    log, mav = LogBuilder(), signer(KEY)
    for at_ms in range(10_000, 10_000 + seconds * 1000, 100):
        log.stamp_us = START_US + at_ms * 1000
        for message in (heartbeat(), attitude(at_ms), position(at_ms)):
            log.add(bytes(message.pack(mav)))
    return log


def test_every_frame_of_a_signed_log_is_good() -> None:
    report = check_signatures(parse_tlog(signed_log().bytes()), KEY)
    assert report.counts == {(1, 1): {Verdict.GOOD: 150}}
    assert report.first_refused is None
    assert sum(report.totals.values()) == 150


def test_the_signed_frame_of_a_real_log_is_good_for_the_key_that_signed_it() -> None:
    # Mission Planner, with no key set, signed it with zeros.
    report = check_signatures(read_tlog(shared_file("logs/khanfar_mixed_v1_v2.tlog")), SigningKey(bytes(32)))
    assert report.totals[Verdict.GOOD] == 1


def test_the_signed_frame_of_a_real_log_is_bad_for_any_other_key() -> None:
    log = read_tlog(shared_file("logs/khanfar_mixed_v1_v2.tlog"))
    for key in (KEY, FORGER):
        report = check_signatures(log, key)
        assert report.totals[Verdict.BAD_SIGNATURE] == log.signed_frames == 1
        assert report.first_refused is not None
        assert report.first_refused.file_offset == log.headers.record_start[log.headers.signed][0]


def test_what_was_forged_replayed_or_not_signed_is_told_apart() -> None:
    log = signed_log(1)
    first, last = log.spans[0]
    log.add(bytes(log.data[first + 8 : last]))
    forged_at = len(log.data)
    log.add(bytes(heartbeat().pack(signer(FORGER, system_id=7))))
    log.send(heartbeat())
    log.send(mavlink.MAVLink_radio_status_message(1, 2, 3, 4, 5, 6, 7), source=(51, 68))
    report = check_signatures(parse_tlog(log.bytes()), KEY)
    assert report.counts == {
        (1, 1): {Verdict.GOOD: 30, Verdict.UNSIGNED: 1, Verdict.REPLAYED: 1},
        (7, 1): {Verdict.BAD_SIGNATURE: 1},
        (51, 68): {Verdict.UNSIGNED_ALLOWED: 1},
    }
    assert report.first_refused is not None
    assert report.first_refused.verdict is Verdict.REPLAYED
    assert report.first_refused.file_offset == log.spans[30][0] < forged_at


def test_only_believed_frames_make_the_track() -> None:
    log = signed_log()
    lies = signer(FORGER)
    for at_ms in range(10_000, 15_000, 500):
        log.stamp_us = START_US + at_ms * 1000
        log.add(bytes(position(at_ms, lat_deg=50.0).pack(lies)))
        log.send(position(at_ms, lat_deg=60.0))
    log.send(heartbeat(), source=(9, 1))
    parsed = parse_tlog(log.bytes())
    assert len(parsed.sources) == 2
    believed = believed_only(parsed, KEY)
    assert choose_vehicle(believed) == Vehicle(1, 1)
    assert believed.messages == {"HEARTBEAT": 50, "ATTITUDE": 50, "GLOBAL_POSITION_INT": 50}
    assert believed.signed_frames == 150
    assert believed.damage == parsed.damage
    path = build_pose_track(believed, Vehicle(1, 1), drone_id="d").path()
    assert set(path.lat_deg.round(2).tolist()) == {16.44}


def test_a_log_without_a_frame_to_believe_is_one_line_with_the_mend() -> None:
    log = LogBuilder()
    add_flight(log)
    with pytest.raises(InputError, match=r"no frame is signed with this key \(0 are signed\).*the vehicle"):
        believed_only(parse_tlog(log.bytes()), KEY)


def test_a_radios_unsigned_reports_alone_are_no_frame_to_believe() -> None:
    log = LogBuilder()
    add_flight(log)
    log.send(mavlink.MAVLink_radio_status_message(200, 190, 100, 50, 40, 0, 0), source=(51, 68))
    with pytest.raises(InputError, match=r"no frame is signed with this key \(0 are signed\)"):
        believed_only(parse_tlog(log.bytes()), KEY)


@pytest.mark.parametrize("block_bytes", [4096, 8000])
def test_a_log_read_piece_by_piece_gets_the_same_verdicts(tmp_path: Path, block_bytes: int) -> None:
    log = signed_log(20)
    for k, (first, last) in enumerate(log.spans[::7]):
        log.add(bytes(log.data[first + 8 : last]))
        if k % 2:
            log.send(heartbeat())
    path = tmp_path / "signed.tlog"
    path.write_bytes(log.bytes())
    whole = check_signatures(read_tlog(path), KEY)
    pieces = check_pieces(read_blocks(path, block_bytes=block_bytes), KEY)
    assert pieces.counts == whole.counts
    assert pieces.first_refused is not None
    assert whole.first_refused is not None
    assert pieces.first_refused.stamp_us == whole.first_refused.stamp_us
    assert pieces.first_refused.file_offset is None


SIGNED = signed_log(1)


@given(st.lists(st.tuples(st.integers(0, len(SIGNED.data) - 1), st.integers(1, 255)), max_size=6))
@settings(max_examples=150, deadline=None)
def test_damage_never_makes_a_frame_that_is_believed(changes: list[tuple[int, int]]) -> None:
    data = bytearray(SIGNED.data)
    for at, change in changes:
        data[at] ^= change
    try:
        log = parse_tlog(bytes(data))
    except InputError:
        return
    check = SignatureCheck(KEY)
    believed = log.headers.take(check.believed(log))
    sent = {bytes(SIGNED.data[first + 8 : last]) for first, last in SIGNED.spans}
    spans = zip(believed.record_start.tolist(), believed.record_end.tolist(), strict=True)
    assert all(bytes(data[first + 8 : last]) in sent for first, last in spans)
    assert sum(check.report().totals.values()) == len(log.headers)
    assert all(a < b for a, b in pairwise(believed.record_start.tolist()))


def key_file(folder: Path, key: SigningKey) -> Path:
    path = folder / "signing.key"
    path.touch(mode=0o600)
    path.write_text(key.secret.hex())
    return path


def test_the_command_tells_what_the_key_says(droneops, tmp_path: Path) -> None:
    log = signed_log(1)
    log.send(heartbeat(), source=(9, 1))
    path = tmp_path / "signed.tlog"
    path.write_bytes(log.bytes())
    options = ("--signing-key", key_file(tmp_path, KEY))
    summary = json.loads(droneops("telemetry", path, *options, "--json").stdout)
    assert summary["signatures"]["totals"]["good"] == 30
    assert summary["signatures"]["totals"]["unsigned"] == 1
    assert summary["signatures"]["first_refused"] is None
    assert [s["system_id"] for s in summary["signatures"]["sources"]] == [1, 9]
    text = droneops("telemetry", path, *options).stdout
    assert "signatures" in text
    assert "30 good" in text
    wrong = droneops("telemetry", path, "--signing-key", key_file(tmp_path, FORGER)).stdout
    assert "bad_signature" in wrong
    assert "30 bad_signature" in wrong
    assert json.loads(droneops("telemetry", path, "--json").stdout)["signatures"] is None


def test_the_command_warns_of_a_key_that_others_may_read(droneops, tmp_path: Path) -> None:
    path = tmp_path / "signed.tlog"
    path.write_bytes(signed_log(1).bytes())
    key = key_file(tmp_path, KEY)
    key.chmod(0o644)
    outcome = droneops("telemetry", path, "--signing-key", key)
    assert outcome.status == 0
    assert any("chmod 600" in line for line in outcome.warnings)


def test_the_command_refuses_a_file_that_is_no_key(droneops, tmp_path: Path) -> None:
    path = tmp_path / "signed.tlog"
    path.write_bytes(signed_log(1).bytes())
    outcome = droneops("telemetry", path, "--signing-key", path)
    assert outcome.status == 2
    assert "holds no signing key" in outcome.error


def test_a_key_goes_with_the_summary_of_a_mavlink_log_alone(droneops, tmp_path: Path) -> None:
    path, captions = tmp_path / "signed.tlog", tmp_path / "flight.srt"
    path.write_bytes(signed_log(1).bytes())
    captions.write_text("1\n00:00:00,000 --> 00:00:01,000\nGPS(104.75,16.44,20)\n")
    options = ("--signing-key", key_file(tmp_path, KEY))
    rows = droneops("telemetry", path, *options, "--format", "jsonl")
    assert rows.status == 2
    assert "--signing-key goes with the summary" in rows.error
    other = droneops("telemetry", captions, *options)
    assert other.status == 2
    assert "--signing-key is for MAVLink logs" in other.error
