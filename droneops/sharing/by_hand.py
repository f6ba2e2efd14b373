"""A link that an operator asks for, and the log of who watched, as text."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from droneops.clock import now_us
from droneops.config import Site
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.delivery.service import data_folder
from droneops.errors import ConfigError, InputError
from droneops.sharing.links import Links
from droneops.sharing.url import link_url
from droneops.sharing.watched import read_log
from droneops.times import to_text


def made_link(site: Site, incident_id: str, agency: str, minutes: float | None) -> dict[str, Any]:
    """A new link: url, expires, incident_id, agency.

    Raises:
        ConfigError: the site shares nothing, or has no such agency.
        InputError: the agency does not have the incident, or the time makes no sense.
    """
    section = site.file.sharing
    if section.url is None:
        raise ConfigError("this site shares no video", mend="give [sharing] url")
    if agency not in (each.id for each in site.file.agency):
        raise ConfigError(f"there is no [[agency]] {agency!r}", mend="give one with --agency")
    lasts = section.link_minutes if minutes is None else minutes
    if not 0 < lasts <= 1440:
        raise InputError("a link lasts more than 0 and at most 1440 minutes", where="--minutes")
    folder = data_folder(site)
    if agency not in _having(site, incident_id):
        mend = "droneops outbox list SITE.toml shows who has which"
        raise InputError(f"agency {agency!r} does not have it", where=f"incident {incident_id!r}", mend=mend)
    token, link = Links(folder).make(incident_id, agency, now_us(), lasts)
    expires = to_text(link.expires_us)
    return {
        "url": link_url(section.url, token),
        "expires": expires,
        "incident_id": incident_id,
        "agency": agency,
    }


def told_log(site: Site, as_json: bool) -> Iterator[str]:
    """Who watched, a line each, the oldest first."""
    for row in read_log(data_folder(site)):
        if as_json:
            yield json.dumps(row, ensure_ascii=False) + "\n"
        elif row.get("event") == "ended":
            names = ("from", "to", "agency", "what", "how", "bytes", "address", "incident_id")
            yield "  ".join(str(row.get(name)) for name in names) + "\n"
        else:
            yield f"{row.get('from')}  begins  {row.get('agency')}  {row.get('what')}  {row.get('how')}\n"


def _having(site: Site, incident_id: str) -> tuple[str, ...]:
    path = data_folder(site) / FILE_NAME
    if not path.exists():
        return ()
    with Outbox.open(path, now_us) as outbox:
        return outbox.agencies_of(incident_id)
