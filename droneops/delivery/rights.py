"""The broker's access rules for a site, as mosquitto's acl file.

``python -m droneops.delivery.rights SITE.toml`` prints them.

A user of the broker is named like the agency that it is, or like ``[broker] username`` for the site itself.
Rules only grant: what is not named here, mosquitto denies.
"""

from __future__ import annotations

import sys
from pathlib import Path

from droneops.config import AgencySection, Site, load_site
from droneops.delivery.topics import (
    alert_topic,
    drone_position_topic,
    drone_state_topic,
    receipt_topic,
    receipts_filter,
    snapshot_topic,
    state_topic,
    video_topic,
)
from droneops.errors import ConfigError, DroneopsError

SITE_USER = "droneops"
"""Where [broker] names no user."""


def acl_text(site: Site) -> str:
    """The acl file of a site.

    An agency reads its own alerts and snapshots, with see_drones also the drones' states and positions, and
    writes its own receipts. The site writes those and reads all receipts.

    Raises:
        ConfigError: an agency has the site's own user name, and would get its rights.
    """
    user = site_user(site)
    site_id = site.file.site.id
    if user in (agency.id for agency in site.file.agency):
        mend = "rename the agency, or give the site another user"
        raise ConfigError(f"agency {user!r} has the name of the site's own user", mend=mend)
    parts = [_block(user, _site_rules(site_id))]
    parts += [_block(agency.id, _agency_rules(site_id, agency)) for agency in site.file.agency]
    return "\n".join(parts)


def site_user(site: Site) -> str:
    """As whom the site connects."""
    broker = site.file.broker
    return SITE_USER if broker is None or broker.username is None else broker.username


def _block(user: str, rules: list[str]) -> str:
    return "\n".join([f"user {user}", *rules, ""])


def _site_rules(site_id: str) -> list[str]:
    return [
        f"topic write {alert_topic(site_id, '+', '+')}",
        f"topic write {snapshot_topic(site_id, '+', '+')}",
        f"topic write {video_topic(site_id, '+', '+')}",
        f"topic write {state_topic(site_id)}",
        f"topic write {drone_state_topic(site_id, '+')}",
        f"topic write {drone_position_topic(site_id, '+')}",
        f"topic read {receipts_filter(site_id)}",
    ]


def _agency_rules(site_id: str, agency: AgencySection) -> list[str]:
    own = [
        f"topic read {alert_topic(site_id, agency.id, '+')}",
        f"topic read {snapshot_topic(site_id, agency.id, '+')}",
        f"topic read {video_topic(site_id, agency.id, '+')}",
        f"topic write {receipt_topic(site_id, agency.id, '+')}",
    ]
    drones = [
        f"topic read {drone_state_topic(site_id, '+')}",
        f"topic read {drone_position_topic(site_id, '+')}",
    ]
    return own + drones if agency.see_drones else own


def main(path: Path) -> int:
    """Write the acl file of a site file to standard output."""
    try:
        sys.stdout.write(acl_text(load_site(path)))
    except DroneopsError as error:
        sys.stderr.write(f"droneops: {error.one_line()}\n")
        return error.exit_status
    return 0


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
