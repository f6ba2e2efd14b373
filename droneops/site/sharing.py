"""The site's part in sharing video: says what may be shown, hands out links, keeps the server's process.

Passive: one thread calls `step`, and must be the one that lives longest (`droneops.fleet.tied`).
"""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from droneops.config import Site
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.said import Said
from droneops.delivery.topics import video_topic
from droneops.errors import OutputError
from droneops.fleet.wire import Footprint, Vitals
from droneops.incidents.incident import Incident
from droneops.sharing.board import Shared, Stream, write_board
from droneops.sharing.links import Links
from droneops.sharing.url import link_url
from droneops.times import to_text

STEP_EVERY_S = 1.0

FRESH_US = 5_000_000
"""A drone that says nothing for so long may be looking elsewhere."""

AGAIN_S = 5.0
"""A server that does not start (its address is taken, its certificate is wrong) tells so again and again."""

LINK_LEFT = 0.2
"""Of a link's time: then the next is handed out, so that an incident that goes on stays in view."""

STOP_S = 1.5


@dataclass(slots=True)
class SiteSharing:
    """``say`` publishes, ``tell`` hears a line for each change."""

    path: Path
    data_dir: Path
    log_form: str
    outbox: Outbox
    say: Callable[[Iterable[Said]], None]
    tell: Callable[[str], None]
    _links: dict[tuple[str, str], int] = field(default_factory=dict)
    _process: subprocess.Popen[bytes] | None = None
    _next_s: float = 0.0
    _start_s: float = 0.0

    def step(
        self,
        now_s: float,
        now_us: int,
        site: Site,
        incidents: Sequence[Incident],
        fleet: Mapping[str, Vitals],
    ) -> None:
        """Say what is so now; never waits."""
        if now_s < self._next_s:
            return
        self._next_s = now_s + STEP_EVERY_S
        if site.file.sharing.url is None:
            self.close()
            return
        self._keep_process(now_s)
        shared = [
            each
            for each in (self._shared(incident, fleet, now_us) for incident in incidents)
            if each is not None
        ]
        try:
            write_board(self.data_dir, now_us, shared)
            self.say(self._handed_out(site, shared, now_us))
        except (OSError, OutputError) as error:
            self.tell(f"video cannot be shared: {error}")

    def close(self) -> None:
        """End the server's process."""
        process, self._process = self._process, None
        if process is None:
            return
        process.terminate()
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    def _keep_process(self, now_s: float) -> None:
        if self._process is not None and self._process.poll() is not None:
            self.tell(f"the process that shows video ended ({self._process.returncode}); it is started again")
            self._process, self._start_s = None, now_s + AGAIN_S
        if self._process is None and now_s >= self._start_s:
            command = [sys.executable, "-m", "droneops.sharing.process", str(self.path), self.log_form]
            self._process = subprocess.Popen(command, stdin=subprocess.DEVNULL)  # noqa: S603 - our own module

    def _shared(self, incident: Incident, fleet: Mapping[str, Vitals], now_us: int) -> Shared | None:
        if incident.is_over or incident.messages == 0:
            return None
        agencies = self.outbox.agencies_of(incident.id)
        messages = self.outbox.messages_of(incident.id)
        if not agencies or not messages:
            return None
        headline = json.loads(messages[-1].raw)["headline"]
        streams = tuple(_seen_by(incident, fleet.values(), now_us))
        return Shared(incident.id, headline["th"], headline["en"], agencies, streams)

    def _handed_out(self, site: Site, shared: Sequence[Shared], now_us: int) -> list[Said]:
        """New links where one is missing or nearly over; nothing in place of those that are over."""
        section, site_id = site.file.sharing, site.file.site.id
        due_us = round(section.link_minutes * 60_000_000 * LINK_LEFT)
        wanted = {(each.incident_id, agency): each for each in shared for agency in each.agencies}
        said = []
        for key in self._links.keys() - wanted.keys():
            del self._links[key]
            said.append(Said(video_topic(site_id, key[1], key[0]), b"", is_retained=True))
        for (incident_id, agency), each in wanted.items():
            if self._links.get((incident_id, agency), 0) - now_us > due_us:
                continue
            token, link = Links(self.data_dir).make(incident_id, agency, now_us, section.link_minutes)
            self._links[incident_id, agency] = link.expires_us
            message = {
                "schema": "droneops.video/1",
                "incident_id": incident_id,
                "url": link_url(section.url or "", token),
                "expires": to_text(link.expires_us),
                "streams": [f"{stream.drone_id}/{stream.camera_id}" for stream in each.streams],
            }
            topic = video_topic(site_id, agency, incident_id)
            said.append(Said(topic, json.dumps(message).encode(), is_retained=True))
        return said


def _seen_by(incident: Incident, fleet: Iterable[Vitals], now_us: int) -> list[Stream]:
    lead = incident.lead
    if lead is None:
        return []
    return [
        Stream(vitals.drone_id, camera_id)
        for vitals in sorted(fleet, key=lambda each: each.drone_id)
        if abs(now_us - vitals.time_us) <= FRESH_US
        for camera_id, ground in sorted(vitals.footprints.items())
        if _holds(ground, lead.track.lon_deg, lead.track.lat_deg)
    ]


def _holds(ground: Footprint, lon_deg: float, lat_deg: float) -> bool:
    from shapely import Point, Polygon

    return not isinstance(ground, str) and bool(Polygon(ground).covers(Point(lon_deg, lat_deg)))
