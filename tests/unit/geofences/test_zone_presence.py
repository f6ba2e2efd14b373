"""In or out, without a storm of events at the line."""

import itertools
import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from geofences.presence import Hysteresis, PresenceEvent, presence_after

RULE = Hysteresis()
STEP_US = 200_000


def events(probabilities, rule=RULE, step_us=STEP_US):
    """The events of looks at even steps, with the number of the look."""
    presence, told = None, []
    for number, probability in enumerate(probabilities):
        presence, event = presence_after(presence, probability, number * step_us, rule)
        if event is not None:
            told.append((number, event))
    return told


def test_a_thing_enters_after_the_dwell_and_leaves_after_it():
    assert events([0.9] * 20 + [0.1] * 20) == [(10, PresenceEvent.ENTER), (30, PresenceEvent.EXIT)]


def test_one_bad_position_turns_nothing():
    assert events(([0.9] * 9 + [0.5]) * 5) == []
    assert events([0.9] * 20 + ([0.1] * 9 + [0.5]) * 5) == [(10, PresenceEvent.ENTER)]


def test_between_the_thresholds_nothing_changes():
    assert events([0.79] * 100) == []
    assert events([0.9] * 20 + [0.21] * 100) == [(10, PresenceEvent.ENTER)]


def test_what_was_out_of_sight_begins_its_dwell_again():
    rule = Hysteresis(dwell_s=2.0, gap_s=5.0)
    presence, _ = presence_after(None, 0.9, 0, rule)
    presence, event = presence_after(presence, 0.9, 5_000_001, rule)
    assert event is None and presence.turning_since_us == 5_000_001
    _, event = presence_after(presence, 0.9, 7_000_001, rule)
    assert event is PresenceEvent.ENTER


@given(st.lists(st.floats(0.21, 0.79), max_size=200))
def test_noise_at_the_line_tells_nothing(noise):
    assert events(noise) == []
    assert len(events([0.9] * 20 + noise)) == 1


@given(
    crossings=st.integers(1, 4),
    noise=st.lists(st.floats(-0.29, 0.29), min_size=400, max_size=400),
    ramp=st.integers(5, 60),
)
def test_a_walk_over_the_line_gives_at_most_one_event_a_crossing(crossings, noise, ramp):
    # The noise is less than half of the gap between the thresholds, as the probability of a filtered track's
    # is; the walk itself goes all the way from outside to inside and back.
    looks = 400 // crossings
    walk = [
        smooth if crossing % 2 == 0 else 1.0 - smooth
        for crossing in range(crossings)
        for smooth in (1.0 / (1.0 + math.exp(-(n - looks / 2) * 10 / ramp)) for n in range(looks))
    ]
    seen = [min(1.0, max(0.0, value + shake)) for value, shake in zip(walk, noise, strict=False)]
    told = [event for _, event in events(seen)]
    assert (
        told
        == [PresenceEvent.ENTER, PresenceEvent.EXIT, PresenceEvent.ENTER, PresenceEvent.EXIT][: len(told)]
    )
    assert len(told) <= crossings


@given(st.lists(st.floats(0.0, 1.0), max_size=300), st.floats(0.0, 5.0))
def test_whatever_comes_events_alternate_and_lie_a_dwell_apart(probabilities, dwell_s):
    told = events(probabilities, Hysteresis(dwell_s=dwell_s))
    assert all(event is (PresenceEvent.ENTER, PresenceEvent.EXIT)[n % 2] for n, (_, event) in enumerate(told))
    gaps = [later - sooner for (sooner, _), (later, _) in itertools.pairwise(told)]
    assert all(gap * STEP_US >= dwell_s * 1e6 for gap in gaps)


def test_what_cannot_be_is_refused():
    with pytest.raises(ValueError, match="exit lies below"):
        Hysteresis(enter_probability=0.3, exit_probability=0.3)
    with pytest.raises(ValueError, match="0 or more"):
        Hysteresis(dwell_s=math.nan)
    with pytest.raises(ValueError, match="not in"):
        presence_after(None, math.nan, 0, RULE)
    presence, _ = presence_after(None, 0.9, 10, RULE)
    with pytest.raises(ValueError, match="in order"):
        presence_after(presence, 0.9, 9, RULE)
