"""MAVLink 2 signing: equal to pymavlink's in both directions, and what it refuses."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pymavlink.dialects.v20 import ardupilotmega as mavlink
from telemetry_synthetic import START_US, attitude, heartbeat

from droneops.telemetry import signing
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.encode import encode
from droneops.telemetry.signing import ONE_DAY, ONE_MINUTE, Signer, SigningKey, Verdict, Verifier

KEY = SigningKey(bytes(range(32)))
OTHER_KEY = SigningKey(bytes(range(1, 33)))
NOW = signing.timestamp_at(START_US)
YAW_FIELDS = {"time_boot_ms": 5, "yaw": 1.5}


def unsigned(name: str = "ATTITUDE", *, source: tuple[int, int] = (1, 1), flag: bool = True) -> bytes:
    message = load_dialect().by_name[name]
    fields = YAW_FIELDS if name == "ATTITUDE" else {}
    return encode(message, fields, system_id=source[0], component_id=source[1], seq=7, to_be_signed=flag)


def signed(timestamp: int = NOW, *, source: tuple[int, int] = (1, 1), link: int = 0, key: Any = KEY) -> bytes:
    return signing.sign(unsigned(source=source), key, link, timestamp)


def pymavlink_with_key(timestamp: int, *, sends: bool = False) -> mavlink.MAVLink:
    mav = mavlink.MAVLink(None, srcSystem=9, srcComponent=8)
    mav.signing.secret_key = KEY.secret
    mav.signing.link_id = 3
    mav.signing.timestamp = timestamp
    mav.signing.sign_outgoing = sends
    mav.signing.allow_unsigned_callback = lambda _mav, message_id: message_id == signing.RADIO_STATUS
    return mav


def test_pymavlink_believes_what_we_sign() -> None:
    mav = pymavlink_with_key(NOW)
    signer = Signer(KEY, 5)
    for _ in range(20):
        message = mav.decode(bytearray(signer.sign(unsigned(), START_US)))
        assert (message.get_type(), message.yaw, message.get_signed()) == ("ATTITUDE", 1.5, True)
    assert (mav.signing.goodsig_count, mav.signing.badsig_count) == (20, 0)


def test_we_believe_what_pymavlink_signs() -> None:
    mav = pymavlink_with_key(NOW, sends=True)
    verifier = Verifier(KEY)
    for message in (heartbeat(), attitude(1), attitude(2, yaw=2.0)):
        assert verifier.check(message.pack(mav), START_US) is Verdict.GOOD
    assert verifier.counts == {Verdict.GOOD: 3}
    assert verifier.highest_believed == NOW + 2


@given(
    st.lists(
        st.tuples(
            st.integers(1, 3),
            st.integers(0, 2),
            st.integers(-2 * ONE_MINUTE, ONE_MINUTE) | st.integers(-3, 3),
            st.booleans(),
        ),
        max_size=30,
    )
)
@settings(max_examples=200, deadline=None)
def test_we_refuse_what_pymavlink_refuses(frames: list[tuple[int, int, int, bool]]) -> None:
    mav, verifier = pymavlink_with_key(NOW), Verifier(KEY)
    for system_id, link, offset, is_forged in frames:
        key = OTHER_KEY if is_forged else KEY
        frame = signed(NOW + offset, source=(system_id, 1), link=link, key=key)
        ours = verifier.check(frame, START_US).is_believed
        if is_forged:
            # pymavlink lets a forged frame set its stream's time, which is not to be copied.
            assert not ours
            continue
        try:
            mav.decode(bytearray(frame))
            theirs = True
        except mavlink.MAVError:
            theirs = False
        assert ours == theirs


@given(st.data())
@settings(max_examples=200, deadline=None)
def test_a_change_of_any_bit_that_is_signed_is_refused(data: st.DataObject) -> None:
    frame = bytearray(signed())
    # The marker and the flag of a signed frame aside: without them it is another kind of frame.
    at = data.draw(st.sampled_from([k for k in range(1, len(frame)) if k != 2]))
    frame[at] ^= 1 << data.draw(st.integers(0, 7))
    assert Verifier(KEY).check(bytes(frame), START_US) is Verdict.BAD_SIGNATURE


def test_another_key_is_refused() -> None:
    assert Verifier(OTHER_KEY).check(signed(), START_US) is Verdict.BAD_SIGNATURE


def test_a_frame_sent_again_or_earlier_in_its_stream_is_refused_as_replayed() -> None:
    verifier = Verifier(KEY)
    sent = [NOW, NOW, NOW - 1, NOW + 1]
    verdicts = [verifier.check(signed(timestamp), START_US) for timestamp in sent]
    assert verdicts == [Verdict.GOOD, Verdict.REPLAYED, Verdict.REPLAYED, Verdict.GOOD]


def test_each_component_and_link_has_timestamps_of_its_own() -> None:
    verifier = Verifier(KEY)
    streams = [((1, 1), 0), ((2, 1), 0), ((1, 2), 0), ((1, 1), 1)]
    for source, link in streams:
        assert verifier.check(signed(NOW, source=source, link=link), START_US) is Verdict.GOOD


def test_a_new_stream_may_be_a_minute_behind_and_no_more() -> None:
    assert Verifier(KEY).check(signed(NOW - ONE_MINUTE), START_US) is Verdict.GOOD
    assert Verifier(KEY).check(signed(NOW - ONE_MINUTE - 1), START_US) is Verdict.TOO_OLD


def test_a_stream_once_believed_may_fall_behind() -> None:
    verifier = Verifier(KEY)
    assert verifier.check(signed(NOW), START_US) is Verdict.GOOD
    assert verifier.check(signed(NOW + 1), START_US + 3_600_000_000) is Verdict.GOOD


def test_what_was_believed_makes_older_new_streams_too_old() -> None:
    verifier = Verifier(KEY)
    assert verifier.check(signed(NOW + 2 * ONE_MINUTE), START_US) is Verdict.GOOD
    assert verifier.check(signed(NOW, source=(2, 1)), START_US) is Verdict.TOO_OLD


def test_after_a_restart_with_a_wrong_clock_old_frames_stay_too_old() -> None:
    floor = NOW
    clock_set_back_us = START_US - 10**12
    old = signed(NOW - ONE_MINUTE - 1)
    assert Verifier(KEY, timestamp_floor=floor).check(old, clock_set_back_us) is Verdict.TOO_OLD


def test_a_frame_a_day_ahead_is_refused_and_moves_nothing() -> None:
    verifier = Verifier(KEY)
    assert verifier.check(signed(NOW + ONE_DAY + 1), START_US) is Verdict.TOO_NEW
    assert verifier.highest_believed == 0
    assert verifier.check(signed(NOW), START_US) is Verdict.GOOD
    assert Verifier(KEY).check(signed(NOW + ONE_DAY), START_US) is Verdict.GOOD


def test_a_forged_frame_leaves_no_trace() -> None:
    verifier = Verifier(KEY)
    assert verifier.check(signed(NOW + 1000, key=OTHER_KEY), START_US) is Verdict.BAD_SIGNATURE
    assert verifier.highest_believed == 0
    assert verifier.check(signed(NOW), START_US) is Verdict.GOOD


def test_streams_are_bounded_and_none_is_forgotten() -> None:
    verifier = Verifier(KEY)
    sources = [(1 + k // 255, 1 + k % 255) for k in range(signing.MOST_STREAMS)]
    for source in sources:
        assert verifier.check(signed(source=source), START_US) is Verdict.GOOD
    assert verifier.check(signed(source=(9, 9)), START_US) is Verdict.TOO_MANY_STREAMS
    assert verifier.check(signed(source=sources[0]), START_US) is Verdict.REPLAYED
    assert verifier.check(signed(NOW + 1, source=sources[0]), START_US) is Verdict.GOOD


def test_forged_streams_take_no_place() -> None:
    verifier = Verifier(KEY)
    for k in range(2 * signing.MOST_STREAMS):
        verifier.check(signed(source=(1 + k // 255, 1 + k % 255), key=OTHER_KEY), START_US)
    assert verifier.check(signed(source=(9, 9)), START_US) is Verdict.GOOD


def test_unsigned_frames_are_refused_and_counted_but_a_radios_own() -> None:
    verifier = Verifier(KEY)
    sender = mavlink.MAVLink(None, srcSystem=1, srcComponent=1)
    assert verifier.check(unsigned(flag=False), START_US) is Verdict.UNSIGNED
    assert verifier.check(bytes(heartbeat().pack(sender, force_mavlink1=True)), START_US) is Verdict.UNSIGNED
    for is_v1 in (False, True):
        radio = mavlink.MAVLink_radio_status_message(1, 2, 3, 4, 5, 6, 7).pack(sender, force_mavlink1=is_v1)
        assert verifier.check(bytes(radio), START_US) is Verdict.UNSIGNED_ALLOWED
    assert verifier.counts == {Verdict.UNSIGNED: 2, Verdict.UNSIGNED_ALLOWED: 2}
    assert Verdict.UNSIGNED_ALLOWED.is_believed
    assert not Verdict.UNSIGNED.is_believed


def test_a_radios_frame_with_a_bad_signature_is_refused() -> None:
    frame = signing.sign(unsigned("RADIO_STATUS"), OTHER_KEY, 0, NOW)
    assert Verifier(KEY).check(frame, START_US) is Verdict.BAD_SIGNATURE


@given(st.lists(st.integers(-(10**15), 10**15), min_size=2, max_size=30))
def test_timestamps_of_one_link_always_rise(clock_us: list[int]) -> None:
    signer = Signer(KEY, 1)
    used = []
    for offset_us in clock_us:
        frame = signer.sign(unsigned(), START_US + offset_us)
        used.append(int.from_bytes(frame[-12:-6], "little"))
    assert used == sorted(set(used))
    assert signer.timestamp == used[-1]


def test_after_a_restart_with_a_wrong_clock_timestamps_go_on() -> None:
    first = Signer(KEY, 1)
    first.sign(unsigned(), START_US)
    saved = first.timestamp_to_save
    late = first.sign(unsigned(), START_US + 59_000_000)  # not saved again before the power went
    verifier = Verifier(KEY)
    assert verifier.check(late, START_US) is Verdict.GOOD
    second = Signer(KEY, 1, timestamp_floor=saved)
    assert verifier.check(second.sign(unsigned(), 0), START_US) is Verdict.GOOD


def test_we_go_on_from_the_highest_timestamp_believed() -> None:
    signer = Signer(KEY, 1)
    signer.sign(unsigned(), START_US, believed_timestamp=NOW + 77)
    assert signer.timestamp == NOW + 77


@pytest.mark.parametrize(
    "frame",
    [b"", b"\xfd", unsigned(flag=False), unsigned()[:-1], unsigned() + b"\0", signed(), b"\xfe" + unsigned()],
)
def test_only_a_whole_frame_with_the_flag_and_without_a_signature_is_signed(frame: bytes) -> None:
    with pytest.raises(ValueError, match="not one whole MAVLink 2 frame"):
        signing.sign(frame, KEY, 0, NOW)


def test_a_refused_frame_uses_no_timestamp() -> None:
    signer = Signer(KEY, 1, timestamp_floor=5)
    with pytest.raises(ValueError, match="not one whole"):
        signer.sign(b"", START_US)
    assert signer.timestamp == 5


def test_a_key_hides_its_secret_and_has_32_bytes() -> None:
    assert repr(KEY) == "SigningKey()"
    with pytest.raises(ValueError, match="32 bytes, not 31"):
        SigningKey(bytes(31))


def test_after_a_restart_with_a_wrong_clock_new_frames_are_believed() -> None:
    verifier = Verifier(KEY, timestamp_floor=NOW)
    assert verifier.check(signed(NOW + 1), 0) is Verdict.GOOD
