"""Packet loss by sequence numbers, running and over a log."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from live_conversation import START_US, any_frames, frame_of

from droneops.telemetry.live.frame import LiveFrame
from droneops.telemetry.live.loss import LinkLoss, LossCounter, LossCounts, count_losses, losses_of
from droneops.telemetry.tlog import read_tlog

PERIOD_US = 20_000


def counted(numbers: list[int], stamps_us: list[int] | None = None) -> LossCounts:
    counter = LossCounter()
    stamps_us = stamps_us or [START_US + n * PERIOD_US for n in range(len(numbers))]
    for number, stamp_us in zip(numbers, stamps_us, strict=True):
        counter.count(number & 0xFF, stamp_us)
    return counter.total()


def test_a_whole_stream_loses_nothing_however_often_its_numbers_begin_anew() -> None:
    assert counted(list(range(3000))) == LossCounts(received=3000)


def test_the_numbers_that_never_came_are_lost() -> None:
    numbers = [n for n in range(1000) if n % 10 not in {3, 4}]
    counts = counted(numbers)
    assert counts == LossCounts(received=800, lost=200)
    assert counts.lost_ratio == 0.2


def test_a_late_frame_is_not_lost_and_a_second_copy_is_not_received_twice() -> None:
    assert counted([0, 2, 1, 3]) == LossCounts(received=4, out_of_order=1)
    assert counted([0, 1, 1, 2, 0, 3]) == LossCounts(received=6, duplicates=2)


def test_a_counter_that_begins_anew_is_not_taken_for_hundreds_of_lost_frames() -> None:
    assert counted([200, 201, 202, 0, 1, 2]).lost == 53  # may be a gap: it is not more than half the circle
    assert counted([100, 101, 102, 0, 1, 2]) == LossCounts(received=6, resyncs=1)


def test_after_a_long_silence_nothing_is_said_about_how_many_were_lost() -> None:
    stamps_us = [START_US, START_US + PERIOD_US, START_US + 60_000_000]
    assert counted([0, 1, 40], stamps_us) == LossCounts(received=3, resyncs=1)


def test_nothing_heard_is_an_unknown_loss() -> None:
    assert LossCounter().total().lost_ratio is None


def test_the_window_forgets_what_is_older_than_ten_seconds() -> None:
    counter = LossCounter()
    for second in range(40):
        if second not in {5, 6, 30}:
            counter.count(second, START_US + second * 1_000_000)
    assert counter.total().lost == 3
    assert counter.window(START_US + 39_000_000) == LossCounts(received=9, lost=1)
    assert counter.window(START_US + 39_000_000 + 3_600_000_000) == LossCounts()


@given(
    st.lists(st.booleans(), min_size=1, max_size=400),
    st.lists(st.tuples(st.integers(0, 399), st.integers(1, 3)), max_size=40),
)
def test_any_loss_and_small_reordering_is_counted_exactly(
    is_sent: list[bool], moves: list[tuple[int, int]]
) -> None:
    numbers = [n for n, sent in enumerate(is_sent) if sent or n in {0, len(is_sent) - 1}]
    # More than half the circle in one gap cannot be told from a step back.
    if max(np.diff(numbers), default=0) > 20:
        return
    ordered = len(numbers)
    for at, by in moves:
        if at > 0 and at + by < ordered - 1:
            numbers.insert(at + by, numbers.pop(at))
    first_to_last = max(numbers) - min(numbers) + 1
    counts = counted(numbers)
    if counts.resyncs == 0:
        assert counts.received + counts.lost == first_to_last
        assert counts.duplicates == 0


@settings(max_examples=300)
@given(st.lists(st.tuples(st.integers(0, 255), st.integers(-100, 12_000)), max_size=200), st.booleans())
def test_the_count_over_columns_is_the_running_count(steps: list[tuple[int, int]], is_small: bool) -> None:
    walk = [number % 40 - 12 if is_small else number for number, _ in steps]
    seq = np.cumsum(walk, dtype=np.int64).astype(np.uint8)
    gaps_ms = [gap if gap < 200 or gap > 11_900 else gap // 100 for _, gap in steps]
    stamp_us = START_US + np.cumsum(gaps_ms, dtype=np.int64) * 1000
    assert count_losses(seq, stamp_us) == counted(seq.tolist(), stamp_us.tolist())


def test_the_count_over_a_log_is_the_running_count_over_each_source(shared: Path) -> None:
    path = sorted((shared / "logs").glob("*.tlog"))[0]
    headers = read_tlog(path).headers
    counters: dict[tuple[int, int], LossCounter] = {}
    rows = zip(
        headers.system_id.tolist(),
        headers.component_id.tolist(),
        headers.seq.tolist(),
        headers.stamp_us.tolist(),
        strict=True,
    )
    for system_id, component_id, seq, stamp_us in rows:
        counters.setdefault((system_id, component_id), LossCounter()).count(seq, stamp_us)
    assert losses_of(headers) == {source: counter.total() for source, counter in counters.items()}
    assert len(counters) > 0


def test_sources_are_counted_apart() -> None:
    loss = LinkLoss()
    for number in range(10):
        loss.hear(frame_of("ATTITUDE", seq=number, at_s=number / 10))
        loss.hear(frame_of("ATTITUDE", seq=2 * number, source=(1, 100), at_s=number / 10))
    assert {source[:2]: counts.lost for source, counts in loss.total().items()} == {(1, 1): 0, (1, 100): 9}


@settings(max_examples=50)
@given(st.lists(any_frames(), max_size=60))
def test_any_frames_are_counted_once(frames: list[LiveFrame]) -> None:
    loss = LinkLoss()
    for frame in frames:
        loss.hear(frame)
    assert sum(counts.received for counts in loss.total().values()) == len(frames)
    for counts in loss.window(START_US).values():
        assert counts.lost >= 0
