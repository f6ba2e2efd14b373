"""A second model beside the flight: asked about what may raise an alert, in a thread that nobody waits for.

A thing is asked about once it is believed, which is seconds before most rules fire; an alert that leaves
earlier goes without the answer, and the next message of its incident has it.
"""

from __future__ import annotations

import os
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from typing import Protocol

from droneops.config import DroneSection, Site
from droneops.errors import DroneopsError
from droneops.pipeline import Seen
from droneops.replay.prepare import live_second_of, rules_of
from droneops.second_look.answer import SecondLook
from droneops.second_look.ask import Second, ask_of, crop_for
from droneops.second_look.crop import Crop

MOST_WAITING = 4
"""Crops of 1.2 MB; what does not fit is offered again with its next picture, two seconds later."""

AGAIN_AFTER_US = 30_000_000
"""A thing that came nearer, or out of the trees, may be told by then; asking costs a second of a core."""

REMEMBERED = 2_000
"""As many things as pictures are remembered of; beyond, the oldest may be asked about once more."""

NICER = 10
"""Of the thread, against the drone's own looks: as a whole core's share to a ninth (nice(2))."""

LEAVES_WITHIN_S = 0.5
"""A model that is at work is left to itself then; the process ends all the same."""


class SecondSight(Protocol):
    """What a drone's loop does with it."""

    def offer(self, seen: Seen, names: Iterable[str]) -> None:
        """The tracks (by id) that this look pictures; never waits."""

    def answers(self) -> Mapping[str, SecondLook]:
        """What was answered since the last call, by track id."""


@dataclass(frozen=True, slots=True)
class NoSecondSight:
    """Of a drone without a second model."""

    def offer(self, seen: Seen, names: Iterable[str]) -> None:
        """Nobody is asked."""

    def answers(self) -> Mapping[str, SecondLook]:
        """None."""
        return {}

    def close(self) -> None:
        """Nothing to end."""


class SecondThread:
    """Asks in a thread of its own. ``make`` loads the model there; ``labels`` are what rules look for."""

    def __init__(
        self, make: Callable[[], Second | None], labels: frozenset[str], tell: Callable[[str], None]
    ) -> None:
        self._make, self._labels, self._tell = make, labels, tell
        self._second: Second | None = None
        self._asked_us: dict[str, int] = {}
        self._waiting: queue.Queue[tuple[str, Crop, str]] = queue.Queue(MOST_WAITING)
        self._answers: queue.SimpleQueue[tuple[str, SecondLook]] = queue.SimpleQueue()
        self._stop = threading.Event()
        self._thread = threading.Thread(target=self._run, name="second-look", daemon=True)

    def start(self) -> None:
        """Load the model and begin to ask."""
        self._thread.start()

    def close(self) -> None:
        """End, at the latest with the process."""
        self._stop.set()
        self._thread.join(LEAVES_WITHIN_S)

    def offer(self, seen: Seen, names: Iterable[str]) -> None:
        """See `SecondSight`."""
        second, wanted = self._second, frozenset(names)
        if second is None:
            return
        for sighting, track in zip(seen.sightings, seen.tracks, strict=True):
            if track is None or track.id not in wanted or track.label not in self._labels:
                continue
            if not self._waiting.full() and self._is_due(track.id, sighting.time_us):
                shown = crop_for(seen.frame.image, sighting.bbox_px, track.label, second)
                self._ask(track.id, shown, track.label, sighting.time_us)

    def answers(self) -> Mapping[str, SecondLook]:
        """See `SecondSight`."""
        found: dict[str, SecondLook] = {}
        while not self._answers.empty():
            track_id, said = self._answers.get()
            found[track_id] = said
        return found

    def _is_due(self, track_id: str, time_us: int) -> bool:
        last_us = self._asked_us.get(track_id)
        return last_us is None or abs(time_us - last_us) >= AGAIN_AFTER_US

    def _ask(self, track_id: str, shown: Crop | SecondLook, label: str, time_us: int) -> None:
        self._asked_us.pop(track_id, None)
        self._asked_us[track_id] = time_us
        if len(self._asked_us) > REMEMBERED:
            del self._asked_us[next(iter(self._asked_us))]
        if isinstance(shown, SecondLook):
            self._answers.put((track_id, shown))
        else:
            # Only this thread's caller puts, and `offer` has looked whether there is room.
            self._waiting.put_nowait((track_id, shown, label))

    def _run(self) -> None:
        # Threads of the model are made here, and are as nice as this one.
        with suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), NICER)
        try:
            second = self._second = self._make()
        except DroneopsError as error:
            self._tell(f"nobody is asked for a second look: {error.one_line()}")
            return
        while second is not None and not self._stop.is_set():
            with suppress(queue.Empty):
                track_id, crop, label = self._waiting.get(timeout=0.1)
                self._answers.put((track_id, ask_of(crop, label, second)))


def second_sight_of(
    site: Site, drone: DroneSection, tell: Callable[[str], None]
) -> SecondThread | NoSecondSight:
    """The second model that the site file names for a drone, already at work.

    Raises:
        ConfigError: a rule of the site file is wrong.
    """
    if drone.second_look is None:
        return NoSecondSight()
    labels = frozenset[str]().union(*(rule.all_labels for rule in rules_of(site).enabled))
    thread = SecondThread(partial(live_second_of, site, drone, tell), labels, tell)
    thread.start()
    return thread
