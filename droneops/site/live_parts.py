"""What the site's process of a live service is made of, from the site file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial

from droneops import __version__
from droneops.config import Site
from droneops.delivery.compose import Context
from droneops.delivery.near import around, near_text
from droneops.delivery.outbox.store import Outbox
from droneops.fleet.recording.desk_notes import Began, DeskNotes
from droneops.incidents.incident import Origin
from droneops.replay.prepare import rules_of, signer_of
from droneops.site.desk import Desk, Office, checkpoint_of
from droneops.zones.load import zones_of
from geofences import ZoneIndex

Tell = Callable[[str], None]

SOFTWARE = f"droneops {__version__}"

RUN = "live"
"""The run of all incidents of a live service: they go on over its restarts."""


@dataclass(frozen=True, slots=True)
class Looker:
    """What a drone looks with: name and version, the digest of its weights, and whether it finds markers."""

    detector: str
    weights_sha256: str | None
    drill_markers: bool = False


NOBODY = Looker("none", None)
"""Of what no drone's look brought."""


def origin_of(site: Site) -> Origin:
    """Where live incidents come from."""
    section = site.file.site
    return Origin(section.id, section.status, RUN)


def context_of(site: Site, zones: ZoneIndex, outbox: Outbox, looker: Looker) -> Context:
    """What all alerts of a drone say of their provenance.

    Raises:
        ConfigError: the site's key cannot be used.
    """
    return Context(
        status=site.file.site.status,
        software=SOFTWARE,
        detector=looker.detector,
        weights_sha256=looker.weights_sha256,
        zones_sha256=zones.sha256,
        site_sha256=site.sha256,
        drill_markers=looker.drill_markers,
        near=partial(near_text, zones),
        around=partial(around, zones),
        sign=signer_of(site),
        journal_head=outbox.journal_head,
        timezone=site.file.site.timezone,
    )


@dataclass(slots=True)
class Front:
    """The desk with what a reload replaces. ``contexts`` grows as drones say what they look with."""

    site: Site
    zones: ZoneIndex
    outbox: Outbox
    tell: Tell
    desk: Desk
    contexts: dict[str, Context]

    def looks_with(self, drone_id: str, looker: Looker) -> None:
        """A drone says what it looks with; its alerts name that."""
        self.contexts[drone_id] = context_of(self.site, self.zones, self.outbox, looker)


def front_of(site: Site, outbox: Outbox, tell: Tell) -> Front:
    """The desk as the last process left it.

    Raises:
        ConfigError: rules, zones or the site's key cannot be used.
        InputError: the incidents of the last process cannot be read.
    """
    zones = zones_of(site)
    contexts: dict[str, Context] = {}
    return Front(site, zones, outbox, tell, _desk(site, zones, outbox, tell, contexts), contexts)


def changed(front: Front, site: Site, now_us: int) -> Front:
    """The desk with the rules and zones of a new site file, between two reports.

    Incidents that only zones held which are no more are closed, and that is told.

    Raises:
        ConfigError: they cannot be used; nothing has changed then.
        OutputError: the incidents could not be stored; nothing has changed then.
    """
    zones, _ = zones_of(site), rules_of(site)
    front.desk.save(now_us)
    # The book's own way from old zones to new ones tells what that closes; so it begins with the old.
    desk = _desk(site, front.zones, front.outbox, front.tell, front.contexts)
    desk.tell(desk.book.with_zones(zones, now_us), now_us)
    desk.save(now_us)
    made = Front(site, zones, front.outbox, front.tell, desk, front.contexts)
    made.desk = _desk(site, zones, front.outbox, front.tell, front.contexts)
    return made


def notes_of(site: Site, *, resumed: bool, clock_us: Callable[[], int], tell: Tell) -> DeskNotes:
    """Where the desk writes down what it took in."""
    section = site.file.site
    folder = site.beside(section.data_dir) / "recordings" / "site"
    return DeskNotes(folder, Began(section.id, section.status, RUN, resumed), clock_us, tell)


def _desk(site: Site, zones: ZoneIndex, outbox: Outbox, tell: Tell, contexts: dict[str, Context]) -> Desk:
    begin = checkpoint_of(outbox, rules_of(site), origin_of(site), zones)
    context = context_of(site, zones, outbox, NOBODY)
    return Desk(begin, Office(zones, context, site.agencies_for, outbox, tell, contexts))
