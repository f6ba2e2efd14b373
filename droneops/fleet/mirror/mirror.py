"""Keeps the store like the fleet is, from a thread of its own; nobody waits for it, nothing depends on it.

What is put is the present: a store that was away, was restarted empty or was flushed is given all of it at
once. Whether it forgot, each turn asks by reading back a key that only this run writes.
"""

from __future__ import annotations

import random
import secrets
import threading
from collections.abc import Callable, Iterable, Mapping
from functools import partial
from types import TracebackType
from typing import Self

from droneops.fleet.mirror.address import StoreAddress
from droneops.fleet.mirror.board import Batch, Board
from droneops.fleet.mirror.embedded import EmbeddedStore
from droneops.fleet.mirror.health import MirrorHealth, StoreState
from droneops.fleet.mirror.keys import Keys
from droneops.fleet.mirror.link import StoreLink, StoreLostError, StoreRefusedError
from droneops.fleet.mirror.rows import drone_row, incident_row, track_row
from droneops.fleet.vitals_like import VitalsLike
from droneops.incidents.incident import Incident
from droneops.telemetry.live.now import Clock
from droneops.types import Track

TURN_S = 0.2
"""How fresh the store is; a console draws a few times a second."""

ALL_EVERY_S = 10.0
"""A third of the keys' lifetime: two may fail before something that is there looks gone."""

FIRST_WAIT_S, LONGEST_WAIT_S = 0.25, 2.0
"""The store is on this machine or beside it: an attempt costs nothing, and readers wait for the state."""

REFUSED_WAIT_S = 5.0
"""A wrong password mends nothing by asking again at once; full memory may mend itself."""

STOPS_WITHIN_S = 1.8
"""An answer that does not come takes 1 s; a stop is promised within 2."""


class Mirror:
    """Writes to a store until it is closed; ``tell`` hears a line when it is lost, refuses and is back."""

    def __init__(
        self, site_id: str, store: StoreAddress | EmbeddedStore, clock: Clock, tell: Callable[[str], None]
    ) -> None:
        self._store, self._clock, self._tell = store, clock, tell
        self._address = store.address if isinstance(store, EmbeddedStore) else store
        self._keys = Keys(site_id)
        self._board = Board(self._keys, secrets.token_hex(4))
        self._lock = threading.Lock()
        self._stopping = threading.Event()
        self._health = MirrorHealth(self._address.name, StoreState.CONNECTING)
        self._all_due_s = 0.0
        self._thread = threading.Thread(target=self._run, name="fleet-mirror", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Write what is known, end, and end an embedded store, within two seconds."""
        self._stopping.set()
        if self._thread.ident is not None:
            self._thread.join(STOPS_WITHIN_S)

    def put_drone(self, vitals: VitalsLike) -> None:
        """What a drone says of itself now."""
        make = partial(drone_row, self._keys, vitals)
        with self._lock:
            self._board.put("drone", vitals.drone_id, make, self._clock.monotonic_s())

    def keep_drones(self, drone_ids: Iterable[str]) -> None:
        """The drones that the site file names now; others go."""
        with self._lock:
            self._board.keep_only("drone", drone_ids)

    def put_tracks(self, tracks: Iterable[Track]) -> None:
        """The tracks that a look has touched."""
        now_s = self._clock.monotonic_s()
        with self._lock:
            for track in tracks:
                self._board.put("track", track.id, partial(track_row, self._keys, track), now_s)

    def put_incidents(self, incidents: Iterable[Incident]) -> None:
        """All incidents that are not over; others go."""
        makes = {incident.id: partial(incident_row, self._keys, incident) for incident in incidents}
        now_s = self._clock.monotonic_s()
        with self._lock:
            self._board.keep_only("incident", makes)
            for name, make in makes.items():
                self._board.put("incident", name, make, now_s)

    def event(self, kind: str, fields: Mapping[str, str | int | float]) -> None:
        """Something happened; it goes into the stream once the store is there."""
        with self._lock:
            self._board.event(kind, fields.items())

    @property
    def health(self) -> MirrorHealth:
        """How it is."""
        known = self._health
        return MirrorHealth(known.store, known.state, known.why, known.losses, self._board.events_dropped)

    def _run(self) -> None:
        failures = 0
        while not self._stopping.is_set():
            wait_s = 0.0
            try:
                self._one_connection()
            except StoreLostError as error:
                failures = 0 if self._health.state is StoreState.CONNECTED else failures + 1
                wait_s = min(FIRST_WAIT_S * 2 ** min(failures, 8), LONGEST_WAIT_S)
                self._now(StoreState.WAITING, str(error))
            except StoreRefusedError as error:
                wait_s = REFUSED_WAIT_S
                self._now(StoreState.REFUSED, str(error))
            except Exception as error:  # noqa: BLE001 - a fault here must not end the mirror for good
                wait_s = REFUSED_WAIT_S
                self._now(StoreState.REFUSED, f"unexpected {type(error).__name__}: {error}")
            self._stopping.wait(wait_s * (0.75 + 0.5 * random.random()))  # noqa: S311 - it only spreads load
        if isinstance(self._store, EmbeddedStore):
            self._store.stop()
        self._now(StoreState.STOPPED, "")

    def _one_connection(self) -> None:
        if isinstance(self._store, EmbeddedStore):
            self._store.ensure(self._stopping.is_set)
        link = StoreLink.open(self._address)
        try:
            self._all_due_s = self._clock.monotonic_s()
            while not self._stopping.is_set():
                self._turn(link)
                self._now(StoreState.CONNECTED, "")
                self._stopping.wait(TURN_S)
            self._turn(link)
        finally:
            link.close()

    def _turn(self, link: StoreLink) -> None:
        """Write what is due, and see whether the store still knows this run."""
        now_s = self._clock.monotonic_s()
        is_all = now_s >= self._all_due_s
        batch = self._take(now_s, is_all=is_all)
        replies = link.run([("GET", self._keys.mirror), *batch.commands()])
        with self._lock:
            self._board.written(batch)
        if is_all:
            self._all_due_s = now_s + ALL_EVERY_S
        elif replies[0] != self._board.token.encode():
            self._all_due_s = now_s

    def _take(self, now_s: float, *, is_all: bool) -> Batch:
        with self._lock:
            self._board.forget_old(now_s)
            return self._board.take_all() if is_all else self._board.take_changes()

    def _now(self, state: StoreState, why: str) -> None:
        """Take note, and say once what is new."""
        old = self._health
        if old.state is state and old.why == why:
            return
        lost = old.state is StoreState.CONNECTED and state is not StoreState.STOPPED
        self._health = MirrorHealth(old.store, state, why, old.losses + lost)
        if state is not StoreState.STOPPED:
            self._tell(f"fleet state at {old.store}: {state}{': ' if why else ''}{why}")
