"""Alerts as CAP 1.2 and as Cursor-on-Target."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from lxml import etree

from droneops.delivery.alert import BadAlert
from droneops.delivery.cap import CATEGORIES, NAMESPACE, to_cap
from droneops.delivery.cot import to_cot

XSD = etree.XMLSchema(etree.parse(Path(__file__).with_name("schemas") / "cap-1.2.xsd"))
FIRST, SECOND = "11111111-8975-5dd8-ae4a-82ba6e8a24f1", "22222222-8975-5dd8-ae4a-82ba6e8a24f1"
INCIDENT = "71cec3d4-8975-5dd8-ae4a-82ba6e8a24f1"


def alert(**changes: object) -> bytes:
    table = {
        "schema": "droneops.alert/1",
        "id": FIRST,
        "incident_id": INCIDENT,
        "sequence": 1,
        "message_type": "alert",
        "references": [],
        "replaced_by": None,
        "status": "actual",
        "sent": "2026-11-20T10:07:56.800000Z",
        "onset": "2026-11-20T10:07:50.000000Z",
        "last_seen": "2026-11-20T10:07:56.800000Z",
        "event": "illegal_logging",
        "severity": "extreme",
        "certainty": "likely",
        "headline": {"th": "พบเรือ 1 ลำ", "en": "1 boat <seen> & 2 people"},
        "instruction": {"th": "ตรวจสอบพื้นที่", "en": "Check the place."},
        "position": {
            "lat_deg": 16.44140712,
            "lon_deg": 104.75126342,
            "ce90_m": 9.4,
            "cov_m2": [[9.0, 0.0], [0.0, 9.0]],
            "utm": "48Q 473446 1817778",
            "mgrs": "48Q VD 73446 17778",
            "near": None,
        },
        "zones": [
            {
                "id": "p",
                "name": {"th": "อุทยาน", "en": "Park"},
                "kind": "park",
                "probability_inside": 0.96,
                "distance_m": -3.0,
                "placeholder": False,
            }
        ],
        "border": {"distance_m": 310.0, "sigma_m": 60.0, "p_thailand": 0.9999, "side": "TH"},
        "subjects": [{"label": "boat", "count": 1, "score": 0.9}],
        "motion": {"speed_mps": 2.0, "course_deg": 90.0},
        "rule": {"id": "R4", "version": "1"},
        "drone": {"id": "patrol-1", "pose": None},
        "snapshot": None,
        "evidence": None,
        "journal_head": None,
        "provenance": {
            "software": "droneops 0",
            "detector": "forest",
            "weights_sha256": None,
            "zones_sha256": "0" * 64,
            "site_sha256": None,
        },
        "signature": None,
    }
    return json.dumps({**table, **changes}, ensure_ascii=False).encode()


def cap(raw: bytes, **more: object) -> etree._Element:
    root = etree.fromstring(to_cap(raw, **more))
    XSD.assertValid(root)
    return root


def text(root: etree._Element, path: str) -> list[str]:
    return [
        found.text for found in root.iterfind("/".join(f"{{{NAMESPACE}}}{part}" for part in path.split("/")))
    ]


def test_the_schema_of_these_tests_refuses_what_the_standard_forbids() -> None:
    good = to_cap(alert()).decode()
    for old, new in (
        ("<status>Actual</status>", ""),
        ("Restricted", "Secret"),
        ("-00:00</sent>", "Z</sent>"),
        ("<urgency>Immediate</urgency>", ""),
        ("<areaDesc>UTM 48Q 473446 1817778</areaDesc>", ""),
        (" 0.010</circle>", "</circle>"),
    ):
        assert old in good
        assert not XSD.validate(etree.fromstring(good.replace(old, new).encode()))


def test_a_cap_message_says_the_same_in_both_languages() -> None:
    root = cap(alert(), sender="mukdahan")
    assert text(root, "identifier") == [FIRST]
    assert text(root, "sender") == ["mukdahan"]
    assert text(root, "sent") == ["2026-11-20T10:07:56-00:00"]
    assert text(root, "scope") == ["Restricted"]
    assert text(root, "info/language") == ["th-TH", "en-US"]
    assert text(root, "info/headline") == ["พบเรือ 1 ลำ", "1 boat <seen> & 2 people"]
    assert text(root, "info/instruction") == ["ตรวจสอบพื้นที่", "Check the place."]
    assert text(root, "info/urgency") == ["Immediate"] * 2
    assert text(root, "info/severity") == ["Extreme"] * 2
    assert text(root, "info/certainty") == ["Likely"] * 2
    assert text(root, "info/area/circle") == ["16.441407,104.751263 0.010"] * 2


def test_a_cap_message_names_the_bytes_that_it_was_made_from() -> None:
    assert hashlib.sha256(alert()).hexdigest() in text(cap(alert()), "info/parameter/value")


@pytest.mark.parametrize(
    ("status", "said"), [("actual", "Actual"), ("exercise", "Exercise"), ("test", "Test")]
)
def test_a_drill_is_one_in_cap_too_and_asks_for_nothing(status: str, said: str) -> None:
    root = cap(alert(status=status))
    assert text(root, "status") == [said]
    assert set(text(root, "info/responseType")) == {"Assess" if status == "actual" else "None"}


@pytest.mark.parametrize("event", sorted(CATEGORIES))
@pytest.mark.parametrize("severity", ["extreme", "severe", "moderate", "minor"])
@pytest.mark.parametrize("position", [True, False])
def test_every_event_with_or_without_a_place_is_valid_cap(event: str, severity: str, position: bool) -> None:
    without = {"position": None, "zones": [], "border": None, "motion": None, "subjects": []}
    root = cap(alert(event=event, severity=severity, **({} if position else without)))
    assert text(root, "info/category")
    assert bool(text(root, "info/area/areaDesc")) is position


def test_an_update_and_a_cancel_refer_to_the_earlier_messages_with_their_times() -> None:
    update = alert(id=SECOND, sequence=2, message_type="update", references=[FIRST])
    root = cap(update, sender="site", earlier=[alert()])
    assert text(root, "msgType") == ["Update"]
    assert text(root, "references") == [f"site,{FIRST},2026-11-20T10:07:56-00:00"]
    third = alert(message_type="cancel", sequence=3, references=[FIRST, SECOND], replaced_by=SECOND)
    root = cap(third, earlier=[alert(), update])
    assert text(root, "msgType") == ["Cancel"]
    assert len(text(root, "references")[0].split()) == 2
    assert text(root, "incidents") == [f"{INCIDENT} {SECOND}"]
    assert set(text(root, "info/urgency")) == {"Past"}


def test_a_reference_whose_message_is_missing_is_an_error_that_names_it() -> None:
    with pytest.raises(BadAlert, match=SECOND):
        to_cap(alert(message_type="update", references=[SECOND]))


@pytest.mark.parametrize("sender", ["", "a b", "a,b", "<a>", "a&b"])
def test_a_sender_that_cap_forbids_is_refused(sender: str) -> None:
    with pytest.raises(ValueError, match="sender"):
        to_cap(alert(), sender=sender)


@given(st.text(max_size=60))
def test_no_text_however_odd_breaks_the_xml(odd: str) -> None:
    odd = odd.encode("utf-8", "replace").decode()
    raw = alert(headline={"th": odd, "en": odd}, drone={"id": odd, "pose": None})
    cap(raw)
    assert etree.fromstring(to_cot(raw)).tag == "event"


def test_a_cot_event_has_the_incidents_uid_its_circle_and_no_invented_height() -> None:
    event = etree.fromstring(to_cot(alert()))
    assert event.get("version") == "2.0"
    assert event.get("uid") == INCIDENT
    assert (event.get("type"), event.get("how"), event.get("opex")) == ("a-s-G", "m-i", "o")
    assert (event.get("time"), event.get("stale")) == ("2026-11-20T10:07:56.800Z", "2026-11-20T10:37:56.800Z")
    assert dict(event.find("point").attrib) == {
        "lat": "16.44140712",
        "lon": "104.75126342",
        "hae": "9999999.0",
        "ce": "10.0",
        "le": "9999999.0",
    }
    assert event.find("detail/track").get("course") == "90.0"
    remarks = event.find("detail/remarks").text
    assert "พบเรือ 1 ลำ" in remarks
    assert "1 boat <seen> & 2 people" in remarks


@pytest.mark.parametrize(("status", "opex", "kind"), [("exercise", "e", "a-j-G"), ("test", "s", "a-j-G")])
def test_a_drill_is_marked_in_cot(status: str, opex: str, kind: str) -> None:
    event = etree.fromstring(to_cot(alert(status=status)))
    assert (event.get("opex"), event.get("type")) == (opex, kind)
    assert event.find("detail/contact").get("callsign").startswith("[")


def test_a_cancel_is_stale_at_once() -> None:
    event = etree.fromstring(to_cot(alert(message_type="cancel")))
    assert event.get("stale") == event.get("time")


@pytest.mark.parametrize("event", sorted(CATEGORIES))
def test_nothing_is_told_to_be_hostile_and_without_a_place_there_is_no_event(event: str) -> None:
    assert not etree.fromstring(to_cot(alert(event=event))).get("type").startswith("a-h")
    assert to_cot(alert(event=event, position=None)) is None


def test_what_is_no_alert_is_refused() -> None:
    for export in (to_cap, to_cot):
        with pytest.raises(BadAlert):
            export(b"{}")
