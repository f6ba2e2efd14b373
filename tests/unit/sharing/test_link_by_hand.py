"""An operator's own link: for who has the incident, and for nobody else."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from droneops.clock import now_us
from droneops.delivery.outbox.store import FILE_NAME, Outbox
from droneops.sharing.links import Link, Links
from droneops.sharing.watched import Watched, WatchLog

INCIDENT = "11111111-1111-5111-8111-111111111111"


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site that shares video, with two agencies and an outbox without alerts."""
    path = tmp_path / "site.toml"
    path.write_text(
        '[site]\nid = "mukdahan"\ndata_dir = "var"\n[sharing]\nurl = "https://video.example/"\n'
        '[[agency]]\nid = "police"\nevents = ["illegal_logging"]\n'
        '[[agency]]\nid = "park"\nevents = ["fire"]\n'
        '[routing]\ndefault = "police"\n'
    )
    (tmp_path / "var").mkdir()
    with Outbox.open(tmp_path / "var" / FILE_NAME, now_us) as outbox:
        outbox.agencies_of("none")
    return path


def test_an_agency_that_has_not_the_incident_gets_no_link(site, droneops) -> None:
    told = droneops("share", site, "--incident", INCIDENT, "--agency", "police")
    assert told.status == 2
    assert "does not have it" in told.error
    assert not (site.parent / "var" / "sharing.sqlite").exists()


def test_an_agency_that_has_it_gets_one_that_opens(site, droneops, monkeypatch) -> None:
    monkeypatch.setattr(Outbox, "agencies_of", lambda self, incident_id: ("police",))
    told = droneops("share", site, "--incident", INCIDENT, "--agency", "police", "--minutes", "5", "--json")
    made = json.loads(told.stdout)
    token = made["url"].removeprefix("https://video.example/v/")
    link = Links(site.parent / "var").find(token, now_us())
    assert link is not None
    assert (link.incident_id, link.agency) == (INCIDENT, "police")
    assert 0 < link.expires_us - now_us() <= 5 * 60_000_000


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["--agency", "nobody"], "no [[agency]] 'nobody'"),
        (["--agency", "police", "--minutes", "0"], "1440 minutes"),
        (["--agency", "police", "--minutes", "nan"], "1440 minutes"),
    ],
)
def test_what_makes_no_sense_is_said_in_one_line(site, droneops, arguments, says) -> None:
    told = droneops("share", site, "--incident", INCIDENT, *arguments)
    assert told.status == 2
    assert says in told.error


def test_a_site_that_shares_nothing_makes_no_link(site, droneops) -> None:
    site.write_text(site.read_text().replace('url = "https://video.example/"', ""))
    assert "give [sharing] url" in droneops("share", site, "--incident", INCIDENT, "--agency", "police").error


def test_who_watched_is_shown(site, droneops) -> None:
    link = Link("abc", INCIDENT, "police", 0)
    watched = Watched(link, "patrol-1/eo", "ws", "10.0.0.7", 1_795_424_000_000_000, 1_795_424_005_000_000, 99)
    WatchLog(site.parent / "var").write(watched, "begun")
    WatchLog(site.parent / "var").write(watched, "ended")
    lines = droneops("share", site, "--log").stdout.splitlines()
    assert "begins  police  patrol-1/eo" in lines[0]
    assert "10.0.0.7" in lines[1]
    rows = [json.loads(line) for line in droneops("share", site, "--log", "--json").stdout.splitlines()]
    assert [row["event"] for row in rows] == ["begun", "ended"]
