"""What the site's process of a live service is made of, from the site file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from droneops import __version__
from droneops.config import Site
from droneops.delivery.compose import Context
from droneops.delivery.near import around, near_text
from droneops.delivery.outbox.store import Outbox
from droneops.errors import OutputError
from droneops.fleet.recording.desk_notes import Began, DeskNotes
from droneops.fleet.recording.in_force import InForce, in_force, keep_texts
from droneops.incidents.incident import Origin
from droneops.incidents.rule_set import RuleSet
from droneops.replay.prepare import rules_of, signer_of
from droneops.site.desk import Desk, Known, Office, checkpoint_of
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
    """The desk with what a reload replaces. ``lookers`` and ``contexts``, by drone, grow as drones say what
    they look with."""

    site: Site
    zones: ZoneIndex
    rules: RuleSet
    outbox: Outbox
    tell: Tell
    desk: Desk
    contexts: dict[str, Context]
    lookers: dict[str, Looker] = field(default_factory=dict)

    def looks_with(self, drone_id: str, looker: Looker) -> None:
        """A drone says what it looks with; its alerts name that."""
        self.lookers[drone_id] = looker
        self.contexts[drone_id] = context_of(self.site, self.zones, self.outbox, looker)

    @property
    def in_force(self) -> InForce:
        """What the desk judges by."""
        return in_force(self.zones, self.rules, self.site.file.rule, self.site.sha256)


def front_of(site: Site, outbox: Outbox, tell: Tell) -> Front:
    """The desk as the last process left it.

    Raises:
        ConfigError: rules, zones or the site's key cannot be used.
        InputError: the incidents of the last process cannot be read.
    """
    zones, contexts = zones_of(site), dict[str, Context]()
    desk = _desk(site, zones, outbox, tell, contexts)
    return Front(site, zones, rules_of(site), outbox, tell, desk, contexts)


def changed(front: Front, site: Site, now_us: int, known: Known) -> Front:
    """The desk with the rules and zones of a new site file, between two reports; ``known`` is of tracks.

    Incidents that only zones held which are no more are closed, and that is told as of the new file.

    Raises:
        ConfigError: they cannot be used; nothing has changed then.
        OutputError: the incidents could not be stored; nothing has changed then.
    """
    zones, rules = zones_of(site), rules_of(site)
    contexts = {name: context_of(site, zones, front.outbox, by) for name, by in front.lookers.items()}
    front.desk.save(now_us)
    # The book's own way from old zones to new ones tells what that closes; so it begins with the old.
    desk = _desk(site, front.zones, front.outbox, front.tell, contexts)
    desk.tell(desk.book.with_zones(zones, now_us), now_us, known)
    desk.save(now_us)
    made = _desk(site, zones, front.outbox, front.tell, contexts)
    return Front(site, zones, rules, front.outbox, front.tell, made, contexts, front.lookers)


def notes_folder(site: Site) -> Path:
    """Where the desk's notes lie."""
    return site.beside(site.file.site.data_dir) / "recordings" / "site"


def notes_of(front: Front, *, resumed: bool, clock_us: Callable[[], int], tell: Tell) -> DeskNotes:
    """Where the desk writes down what it took in.

    Raises:
        OutputError: the folder cannot be made.
    """
    section = front.site.file.site
    began = Began(section.id, section.status, RUN, resumed, front.in_force)
    notes = DeskNotes(notes_folder(front.site), began, clock_us, tell)
    keep_in_force(front, tell)
    return notes


def keep_in_force(front: Front, tell: Tell) -> None:
    """Keep the texts of zones and rules with the recording; a full disk stops nothing."""
    try:
        keep_texts(notes_folder(front.site), front.zones, front.rules)
    except OutputError as error:
        tell(f"which zones and rules are in force cannot be written down: {error.one_line()}")


def _desk(site: Site, zones: ZoneIndex, outbox: Outbox, tell: Tell, contexts: dict[str, Context]) -> Desk:
    begin = checkpoint_of(outbox, rules_of(site), origin_of(site), zones)
    context = context_of(site, zones, outbox, NOBODY)
    return Desk(begin, Office(zones, context, site.agencies_for, outbox, tell, contexts))
