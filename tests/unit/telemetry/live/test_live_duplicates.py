"""Two sources with one system id."""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from live_conversation import NO_AUTOPILOT, ONBOARD, PEER, START_US, any_frames, frame_of, heartbeat_of

from droneops.telemetry.live.duplicates import (
    BOOT_TIMES,
    PEERS,
    SEQUENCE_NUMBERS,
    DuplicateWatch,
)
from droneops.telemetry.live.frame import LiveFrame

Numbered = tuple[float, int]


def watch_of(frames: Iterable[LiveFrame]) -> DuplicateWatch:
    watch = DuplicateWatch()
    for frame in frames:
        watch.hear(frame)
    return watch


def beats(*peers_at: tuple[str, float]) -> Iterator[LiveFrame]:
    for peer, at_s in peers_at:
        yield heartbeat_of(peer=peer, at_s=at_s)


def times(boots_s: Iterable[tuple[float, float]]) -> Iterator[LiveFrame]:
    """A heartbeat, and positions at (received, time since boot); sequence numbers as of one counter."""
    yield heartbeat_of()
    for seq, (at_s, boot_s) in enumerate(boots_s, start=1):
        fields = {"time_boot_ms": round(boot_s * 1000)}
        yield frame_of("GLOBAL_POSITION_INT", fields, seq=seq, at_s=at_s)


def numbers(frames: Iterable[Numbered], *, first: int = 0) -> Iterator[LiveFrame]:
    """A heartbeat, and frames without a clock, with their sequence numbers."""
    yield heartbeat_of(seq=first)
    for at_s, seq in frames:
        yield frame_of("SYS_STATUS", seq=seq, at_s=at_s)


def stream(seconds: float, *, rate_hz: float = 50, first: int = 1, phase_s: float = 0.0) -> list[Numbered]:
    return [(phase_s + n / rate_hz, first + n) for n in range(round(seconds * rate_hz))]


def lossy(frames: list[Numbered], chance: random.Random, share: float) -> list[Numbered]:
    return [frame for frame in frames if chance.random() >= share]


def shuffled(frames: list[Numbered], chance: random.Random, share: float, furthest: int) -> list[Numbered]:
    """Some frames arrive up to ``furthest`` places later; arrival times stay in order."""
    seqs = [seq for _, seq in frames]
    for at in range(len(seqs)):
        if chance.random() < share:
            seqs.insert(min(at + chance.randint(1, furthest), len(seqs) - 1), seqs.pop(at))
    return [(at_s, seq) for (at_s, _), seq in zip(frames, seqs, strict=True)]


def doubled(frames: list[Numbered], chance: random.Random, share: float) -> list[Numbered]:
    return [frame for frame in frames for _ in range(1 + (chance.random() < share))]


def test_heartbeats_from_two_addresses_by_turns_are_two_sources() -> None:
    watch = watch_of(beats(("a:1", 0), ("b:1", 0.4), ("a:1", 1)))
    (found,) = watch.duplicates()
    assert (found.system_id, found.first, found.second, found.how) == (1, "a:1", "b:1", PEERS)
    assert found.since_us == START_US + 1_000_000


def test_a_vehicle_that_comes_from_a_new_port_is_no_duplicate() -> None:
    assert watch_of(beats(("a:1", 0), ("a:1", 1), ("a:2", 2), ("a:2", 3))).duplicates() == ()


def test_a_vehicle_that_comes_back_to_an_address_after_a_while_is_no_duplicate() -> None:
    assert watch_of(beats(("a:1", 0), ("b:1", 3), ("b:1", 4), ("a:1", 6))).duplicates() == ()


def test_an_address_last_heard_before_our_clock_was_set_back_is_no_second_source() -> None:
    watch = watch_of(beats(("a:1", 3000), ("b:1", 3060), ("b:1", 60), ("a:1", 61)))
    assert watch.refused(1) is None


def test_components_of_one_vehicle_at_two_addresses_are_no_duplicates() -> None:
    frames = [
        heartbeat_of(
            *((ONBOARD, NO_AUTOPILOT) if peer == "b:1" else ()),
            source=(1, 191 if peer == "b:1" else 1),
            peer=peer,
            at_s=at_s,
        )
        for peer, at_s in (("a:1", 0.0), ("b:1", 0.4), ("a:1", 1.0), ("b:1", 1.4))
    ]
    assert watch_of(frames).duplicates() == ()


def test_two_clocks_by_turns_are_two_sources() -> None:
    by_turns = [(n / 10, (100 if n % 2 else 102.5) + n / 10) for n in range(20)]
    (found,) = watch_of(times(by_turns)).duplicates()
    assert found.how == BOOT_TIMES
    assert found.since_us < START_US + 1_000_000


def test_two_clocks_that_speak_in_bursts_are_two_sources() -> None:
    in_bursts = [(n / 10, (5000 if n // 7 % 2 else 40) + n / 10) for n in range(60)]
    assert watch_of(times(in_bursts)).refused(1) is not None


@pytest.mark.parametrize(
    "boots_s",
    [
        pytest.param([(n / 10, 500 + n / 10) for n in range(600)], id="one clock"),
        pytest.param([(n / 10, (500 if n < 300 else -28) + n / 10) for n in range(600)], id="a reboot"),
        pytest.param(
            [(n / 10, 4e6 if n % 5 == 2 else 500 + n / 10) for n in range(600)], id="an absurd value often"
        ),
        pytest.param([(n / 10, 0 if n % 2 else 500 + n / 10) for n in range(600)], id="not filled in"),
        pytest.param([(n // 40 * 4.0 + 4, 500 + n / 10) for n in range(600)], id="a link that stalls"),
        pytest.param(
            [(n / 10, 500 + (n + (0, 2, -1, -1)[n % 4]) / 10) for n in range(600)], id="out of order"
        ),
    ],
)
def test_one_clock_is_one_source_whatever_the_link_does(boots_s: list[tuple[float, float]]) -> None:
    assert watch_of(times(boots_s)).duplicates() == ()


def test_two_messages_of_one_vehicle_may_have_two_clocks() -> None:
    frames = [heartbeat_of()]
    for n in range(100):
        name, boot_ms = (("SYSTEM_TIME", 900_000), ("ATTITUDE", 100_000))[n % 2]
        frames.append(frame_of(name, {"time_boot_ms": boot_ms + n * 100}, seq=n + 1, at_s=n / 10))
    assert watch_of(frames).duplicates() == ()


def test_two_counters_by_turns_are_two_sources_though_their_clocks_agree() -> None:
    merged = sorted(stream(4) + stream(4, first=100, phase_s=0.011))
    (found,) = watch_of(numbers(merged)).duplicates()
    assert found.how == SEQUENCE_NUMBERS
    assert PEER in found.first
    assert found.first != found.second


@given(st.integers(40, 216), st.integers(0, 2**32), st.floats(0, 0.2))
@settings(max_examples=50, deadline=None)
def test_two_counters_are_found_on_a_lossy_link(apart: int, seed: int, share: float) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    pair = [
        lossy(stream(10), chance, share),
        lossy(stream(10, first=apart, phase_s=0.011), chance, share),
    ]
    assert watch_of(numbers(sorted(pair[0] + pair[1]))).refused(1) is not None


@given(st.integers(0, 2**32), st.floats(0, 0.5), st.floats(0, 0.5), st.floats(0, 0.5), st.integers(1, 3))
@settings(max_examples=200, deadline=None)
def test_one_counter_is_one_source_under_loss_copies_and_reordering(
    seed: int, lost: float, copied: float, moved: float, furthest: int
) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    frames = shuffled(doubled(lossy(stream(60), chance, lost), chance, copied), chance, moved, furthest)
    assert watch_of(numbers(frames)).duplicates() == ()


@given(st.integers(0, 2**32), st.integers(1, 250))
@settings(max_examples=100, deadline=None)
def test_one_counter_is_one_source_under_losses_in_bursts(seed: int, longest: int) -> None:
    chance = random.Random(seed)  # noqa: S311 - a test's dice
    frames, at = [], 0
    while at < 6000:
        run = chance.randint(1, 30)
        frames += [(n / 50, n) for n in range(at, at + run)]
        at += run + chance.randint(0, longest)
    assert watch_of(numbers(frames)).duplicates() == ()


@pytest.mark.parametrize("lost", [0.7, 0.8, 0.9, 0.95, 0.98])
def test_one_counter_of_which_hardly_anything_comes_is_one_source(lost: float) -> None:
    for seed in range(5):
        chance = random.Random(seed)  # noqa: S311 - a test's dice
        assert watch_of(numbers(lossy(stream(600), chance, lost))).duplicates() == ()


@pytest.mark.parametrize("later_s", [0.05, 0.15, 0.25, 0.35])
def test_copies_that_come_a_little_later_are_no_second_source(later_s: float) -> None:
    copies = stream(30, phase_s=later_s + 0.001)
    assert watch_of(numbers(sorted(stream(30) + copies))).duplicates() == ()


def test_companion_programs_that_share_a_component_id_are_no_duplicates() -> None:
    frames = [heartbeat_of(), heartbeat_of(ONBOARD, NO_AUTOPILOT, source=(1, 191))]
    for at_s, seq in sorted(stream(4) + stream(4, first=100, phase_s=0.011)):
        frames.append(frame_of("SYS_STATUS", source=(1, 191), seq=seq, at_s=at_s))
    assert watch_of(frames).duplicates() == ()


def test_a_refused_system_is_taken_again_when_one_source_alone_was_heard_for_30_s() -> None:
    watch = watch_of(beats(("a:1", 0), ("b:1", 0.4), ("a:1", 1), ("b:1", 1.4)))
    for second in range(2, 31):
        watch.hear(heartbeat_of(peer="a:1", at_s=second))
        assert watch.refused(1) is not None
    for second in range(31, 34):
        watch.hear(heartbeat_of(peer="a:1", at_s=second))
    assert watch.refused(1) is None


def test_a_clock_that_is_set_back_keeps_no_system_refused_for_longer() -> None:
    watch = watch_of(beats(("a:1", 3600), ("b:1", 3601), ("a:1", 3602)))
    assert watch.refused(1) is not None
    for at_s in range(40):
        watch.hear(heartbeat_of(peer="a:1", seq=at_s, at_s=at_s))
    assert watch.refused(1) is None


def test_while_both_are_heard_the_system_stays_refused() -> None:
    watch = watch_of(
        beats(*((peer, n + shift) for n in range(120) for peer, shift in (("a", 0), ("b", 0.5))))
    )
    assert watch.refused(1) is not None
    assert watch.refused(1).since_us == START_US + 1_000_000  # type: ignore[union-attr] # asserted above


def test_silence_of_both_is_no_sign_that_one_has_gone() -> None:
    watch = watch_of(beats(("a:1", 0), ("b:1", 0.4), ("a:1", 1), ("a:1", 60), ("a:1", 61)))
    assert watch.refused(1) is not None


def test_two_clocks_that_come_by_turns_more_slowly_keep_the_system_refused() -> None:
    fast = [(n / 10, (100 if n % 2 else 900) + n / 10) for n in range(100)]
    slow = [(n / 10, (100 if n // 80 % 2 else 900) + n / 10) for n in range(100, 1000)]
    assert watch_of(times(fast + slow)).refused(1) is not None


def test_two_counters_stay_refused_while_both_count_and_are_lifted_when_one_has_gone() -> None:
    merged = sorted(stream(60) + stream(60, first=100, phase_s=0.011))
    watch = watch_of(numbers(merged))
    assert watch.refused(1) is not None
    for n in range(3000, 3000 + 33 * 50):
        watch.hear(frame_of("SYS_STATUS", seq=n + 1, at_s=n / 50))
    assert watch.refused(1) is None


def test_the_pilot_is_told_in_one_line_what_it_is_and_what_to_do() -> None:
    (found,) = watch_of(beats(("10.0.0.5:1", 0), ("10.0.0.6:1", 0.4), ("10.0.0.5:1", 1))).duplicates()
    line = found.one_line()
    assert "\n" not in line
    for part in ("system id 1", "10.0.0.5:1 and 10.0.0.6:1", "SYSID_THISMAV", "MAV_SYS_ID", "one way only"):
        assert part in line


@settings(max_examples=100)
@given(st.lists(any_frames(), max_size=100))
def test_any_frames_are_watched(frames: list[LiveFrame]) -> None:
    watch = watch_of([heartbeat_of(peer="a"), *frames])
    for found in watch.duplicates():
        assert watch.refused(found.system_id) == found
