"""The site process of `delivery_faults.py`: takes in the script behind its last checkpoint, and delivers.

python benchmarks/delivery_service.py SITE.toml SEED EVENTS ALERTS_A_SECOND
"""

from __future__ import annotations

import sys
import time
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from delivery_script import expected, reports

from droneops.config import Site, load_site
from droneops.delivery.compose import Context
from droneops.delivery.courier import site_courier
from droneops.delivery.mqtt import Broker
from droneops.delivery.near import near_text
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.incidents.incident import Origin
from droneops.incidents.rule_set import RuleSet
from droneops.site.desk import Desk, Office, checkpoint_of
from geofences import ZoneIndex, load_zones


def now_us() -> int:
    """UTC in microseconds."""
    return time.time_ns() // 1000


def tell(text: str) -> None:
    """A line for the log."""
    print(datetime.now(UTC).isoformat(), text, flush=True)


def desk_of(site: Site, outbox: Outbox) -> Desk:
    """The desk as an earlier process left it, or a new one."""
    zones, section = ZoneIndex(load_zones()), site.file.site
    context = Context(
        status=section.status,
        software="delivery trial",
        detector="script",
        weights_sha256=None,
        zones_sha256=zones.sha256,
        site_sha256=site.sha256,
        drill_markers=False,
        near=partial(near_text, zones),
        journal_head=outbox.journal_head,
    )
    origin = Origin(section.id, section.status, "live")
    begin = checkpoint_of(outbox, RuleSet(), origin, zones)
    return Desk(begin, Office(zones, context, site.agencies_for, outbox, tell))


def main() -> None:
    path, seed, events, rate = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), float(sys.argv[4])
    site = load_site(path)
    script = reports(seed, events)
    messages = len(expected(seed, events, site.file.site.id, site.file.site.status))
    reports_a_second = rate * len(script) / messages
    folder = site.beside(site.file.site.data_dir)
    folder.mkdir(exist_ok=True)
    broker = Broker.of(site)
    keys = dict.fromkeys((agency.id for agency in site.file.agency), None)
    with (
        Outbox.open(folder / FILE_NAME, now_us) as outbox,
        site_courier(outbox, broker, site, now_us, keys=keys, software="delivery trial", tell=tell),
    ):
        desk = desk_of(site, outbox)
        left = [report for report in script if report.seq > desk.taken.get(report.drone_id, 0)]
        begin = time.monotonic()
        for number, report in enumerate(left):
            time.sleep(max(begin + number / reports_a_second - time.monotonic(), 0))
            desk.take(report)
        while True:
            time.sleep(1)


if __name__ == "__main__":
    main()
