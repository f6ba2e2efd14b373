"""What the fleet's mirror, the broker's topics and the metrics are told of a live site."""

from __future__ import annotations

from collections.abc import Iterable

from droneops.config import Site
from droneops.delivery.courier import Courier
from droneops.delivery.drone_topics import DroneTopics
from droneops.delivery.outbox.store import Outbox
from droneops.fleet.metrics.snapshot import Snapshot
from droneops.fleet.mirror.mirror import Mirror
from droneops.fleet.wire import Vitals
from droneops.incidents.incident import Incident, State
from droneops.site.clip_clerk import Counts
from droneops.site.happenings import Happenings
from droneops.site.live import LiveSite
from droneops.site.live_parts import SOFTWARE
from droneops.site.reception import Taken
from droneops.telemetry.live.now import Clock

INCIDENTS_EVERY_S = 0.5
"""How old the mirror's incidents may be; going through a day's takes a millisecond."""


class FleetState:
    """Never on an alert's path: what it tells may be lost and is told again."""

    def __init__(self, site: Site, clock: Clock, courier: Courier, outbox: Outbox, mirror: Mirror) -> None:
        self._site, self._clock = site, clock
        self._courier, self._outbox, self._mirror = courier, outbox, mirror
        self._topics = DroneTopics(site.file.site.id)
        self._happenings = Happenings(mirror.event)
        self._started_us = clock.utc_us()
        self._next_incidents_s = 0.0
        self._live: LiveSite | None = None
        self._clips = Counts()

    def watch(self, live: LiveSite, clips: Counts) -> None:
        """The site that is told of, and what came of its clips."""
        self._live, self._clips = live, clips

    def renew(self, site: Site, gone: Iterable[str]) -> None:
        """Another site file holds; some drones are gone."""
        self._site = site
        if self._live is not None:
            for drone_id in gone:
                self._live.vitals.pop(drone_id, None)
        names = [drone.id for drone in site.file.drone]
        self._mirror.keep_drones(names)
        self._happenings.keep_drones(names)

    def on_reports(self, taken: Taken) -> None:
        """Reports were taken in."""
        for report in taken.reports:
            if report.tracks:
                self._mirror.put_tracks(report.tracks)

    def on_vitals(self, vitals: Vitals) -> None:
        """A drone said how it is."""
        self._mirror.put_drone(vitals)
        self._happenings.vitals(vitals)

    def say(self) -> None:
        """Tell the broker of the drones, and the mirror of the incidents."""
        live = self._live
        if live is None:
            return
        if any(agency.see_drones for agency in self._site.file.agency):
            self._courier.say(self._topics.due(list(live.vitals.values()), self._clock.utc_us()))
        if self._clock.monotonic_s() >= self._next_incidents_s:
            self._next_incidents_s = self._clock.monotonic_s() + INCIDENTS_EVERY_S
            incidents = live.reception.desk.book.incidents
            self._mirror.put_incidents([incident for incident in incidents if _is_on(incident)])
            self._happenings.incidents(incidents)
            self._happenings.processes(live.supervisor.children.values())

    def snapshot(self) -> Snapshot:
        """The service as it is now, for the metrics; called from threads of theirs."""
        depth, now_us, live = self._outbox.depth(), self._clock.utc_us(), self._live
        oldest_us = depth.oldest_stored_us
        section = self._site.file.site
        vitals = {} if live is None else dict(live.vitals)
        return Snapshot(
            site_id=section.id,
            software=SOFTWARE,
            status=section.status,
            now_us=now_us,
            started_us=self._started_us,
            drones=tuple(vitals.values()),
            silent=tuple(drone.id for drone in self._site.file.drone if drone.id not in vitals),
            broker_state=str(self._courier.state),
            outbox_waiting=depth.waiting,
            outbox_oldest_s=None if oldest_us is None else max((now_us - oldest_us) / 1e6, 0.0),
            outbox_bytes=depth.bytes,
            receipts_outstanding=depth.unacknowledged,
            restarts={} if live is None else dict(live.restarts),
            late_reports=None if live is None else live.reception.late,
            clips=self._clips.files,
            clips_failed=self._clips.failed,
            mirror=self._mirror.health,
        )


def _is_on(incident: Incident) -> bool:
    return incident.state in (State.OPEN, State.ACKNOWLEDGED)
