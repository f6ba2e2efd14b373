"""What the officer reads: each event, each kind of news, in both languages."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.delivery import alert as message
from droneops.delivery.alert import Border, Motion
from droneops.delivery.compose import Context, compose
from droneops.delivery.near import Around, Place
from droneops.delivery.text import NAMES
from droneops.delivery.words import phrases
from droneops.delivery.words.compass import distance, movement
from droneops.incidents.condition import Condition
from droneops.incidents.incident import Change, ChangeKind, Founder, Incident, Observation, State
from droneops.types import Track, read_only
from geofences import BorderSide, ZoneHit, load_zones

ZONES = {zone.id: zone for zone in load_zones()}
PARK = ZONES["phu-pha-thoep"]
STRIP = replace(ZONES["mekong-border"], within_m=1000.0)
OTHER = "5f2e1d3c-8975-5dd8-ae4a-82ba6e8a24f1"
AROUND = Around(
    place=Place("หว้านใหญ่", "Wan Yai", 1234.0, 200.0),
    crossing=Place("ท่าเหนือ", "North pier", 402.0, 91.0),
    road=Place("ทล. 2034", "Road 2034", 800.0, 265.0),
    border_bearing_deg=90.0,
)
CONTEXT = Context(
    "actual",
    "droneops 0",
    "forest 1",
    None,
    "0" * 64,
    None,
    drill_markers=False,
    near=lambda *_: "1.2 km N of หว้านใหญ่ (Wan Yai)",
    around=lambda *_: AROUND,
    timezone="Asia/Bangkok",
)
EVENTS = (
    "illegal_logging",
    "border_crossing",
    "intrusion",
    "fire",
    "person_in_distress",
    "drone_blind",
)


def track(label: str = "person", east_mps: float = 0.0, north_mps: float = 0.0) -> Track:
    return Track(
        id="d/1",
        drone_id="patrol-1",
        label=label,
        detector_label=label,
        first_seen_us=1,
        last_seen_us=2_000_000,
        ordinal=0,
        sightings=9,
        best_score=0.87,
        lat_deg=16.55,
        lon_deg=104.74,
        alt_msl_m=140.0,
        cov_m2=read_only([[9.0, 1.0], [1.0, 4.0]]),
        cov_common_m2=read_only(np.eye(2)),
        ce90_m=5.9,
        velocity_mps=read_only((east_mps, north_mps)),
        velocity_cov_m2ps2=read_only(np.eye(2) * 0.04),
    )


def change(
    kind: ChangeKind = ChangeKind.OPENED,
    event: str = "illegal_logging",
    rule_id: str = "R4",
    tracks: tuple[Track, ...] = (),
    hits: tuple[ZoneHit, ...] = (ZoneHit(STRIP, 0.96, -300.0),),
    border: BorderSide | None = None,
    **more: object,
) -> Change:
    tracks = tracks or (track("boat"), track(), track())
    members = tuple(Observation(item, hits, border) for item in tracks)
    incident = Incident(
        id="71cec3d4-8975-5dd8-ae4a-82ba6e8a24f1",
        event=event,
        severity="severe",
        state=State.OPEN,
        rule_id=rule_id,
        rule_version="1",
        onset_us=0,
        last_seen_us=2_000_000,
        members=members,
        lead=members[0],
        zone_ids=frozenset({"mekong-border"}),
        messages=1 if kind is ChangeKind.OPENED else 3,
        founder=Founder(event, "patrol-1", 1),
    )
    fields = {"present": tracks, "time_us": 3_000_000, **more}
    return Change(kind, incident=incident, **fields)


def blind(reason: str = "frozen") -> Change:
    said = change(event="drone_blind", rule_id="R11", hits=(), present=())
    incident = replace(said.incident, lead=None, members=())
    condition = Condition(reason, met=True, wanted=">= 10 s", found="40.0 s")
    return replace(said, incident=incident, conditions=(condition,))


def composed(given_change: Change, context: Context = CONTEXT) -> dict:
    return json.loads(message.to_bytes(compose(given_change, None, None, context)))


def texts(given_change: Change, context: Context = CONTEXT) -> tuple[str, str, str, str]:
    alert = composed(given_change, context)
    head, body = alert["headline"], alert["instruction"]
    return head["th"], head["en"], body["th"], body["en"]


def test_a_convergence_at_the_river_reads_as_an_officer_needs_it() -> None:
    seen = change(border=BorderSide("mekong-border", 310.0, 60.0, 0.9999, "TH"))
    head_th, head_en, body_th, body_en = texts(seen)
    assert head_en.startswith("Suspected illegal logging: 1 boat, 2 people in the strip of ")
    assert head_en.endswith("(96 % inside)")
    assert head_th.startswith("ต้องสงสัยลักลอบทำไม้ พบเรือ 1 ลำ บุคคล 2 คน ในแนว")
    for part in (
        "within 6 m (90 %)",
        "1.2 km north of Wan Yai",
        "Nearest crossing: North pier, 400 m to the east",
        "Nearest road: Road 2034, 800 m to the west",
        "On the Thai side, 310 m from the border line (±60 m)",
        "Do not follow into Laos",
        "a boat lying still, a vehicle near it, people walking between them",
        "armed",
        "Please acknowledge",
    ):
        assert part in body_en
    for part in (
        "อยู่ทางทิศเหนือของหว้านใหญ่ 1.2 กม.",
        "ท่าข้ามใกล้สุด ท่าเหนือ ทางทิศตะวันออก 400 ม.",
        "ทางใกล้สุด ทล. 2034 ทางทิศตะวันตก 800 ม.",
        "อยู่ฝั่งไทย ห่างแนวเขตแดน 310 ม. (±60 ม.)",
        "ห้ามติดตามข้ามเข้าฝั่งลาว",
        "อาจมีอาวุธ",
        "โปรดยืนยันการรับแจ้ง",
    ):
        assert part in body_th


@pytest.mark.parametrize("event", EVENTS)
@pytest.mark.parametrize("kind", list(ChangeKind))
def test_every_event_has_words_for_every_kind_of_news_and_fits_its_schema(
    event: str, kind: ChangeKind
) -> None:
    more = {"replaced_by": OTHER} if kind is ChangeKind.CANCELLED else {}
    for said in (change(kind, event, **more), change(kind, event, present=(), hits=(), **more)):
        alert = composed(said)
        assert all(
            alert[field][language] for field in ("headline", "instruction") for language in ("th", "en")
        )
        assert message.read_alert(message.to_bytes(compose(said, None, None, CONTEXT)))


@pytest.mark.parametrize("event", [event for event in EVENTS if event not in ("intrusion", "drone_blind")])
def test_what_is_only_suspected_is_called_so(event: str) -> None:
    head_th, head_en, _, _ = texts(change(event=event))
    assert head_en.startswith("Suspected ")
    assert "สงสัย" in head_th


def test_an_officer_reads_the_time_of_the_sighting_by_his_own_watch() -> None:
    seen = replace(track(), last_seen_us=1_795_204_000_000_000)  # 2026-11-20T19:46:40Z
    _, _, thai, english = texts(change(tracks=(seen,)))
    assert "Seen at 02:46 on 21 Nov, local time." in english
    assert "เห็นเมื่อ 02:46 น. 21 พ.ย." in thai
    assert "Seen at" not in texts(change(tracks=(seen,)), replace(CONTEXT, timezone=None))[3]


def test_a_raise_says_to_what() -> None:
    head_th, head_en, _, _ = texts(change(ChangeKind.RAISED))
    assert head_en.startswith("Raised to severe: Suspected illegal logging")
    assert head_th.startswith("ยกระดับเป็นรุนแรง: ")


@pytest.mark.parametrize(
    ("time_us", "why_en", "why_th"),
    [(400_000_000, "not seen any more", "ไม่พบอีก"), (3_000_000, "no longer followed", "เลิกติดตาม")],
)
def test_a_closing_is_an_update_that_says_why_and_promises_no_safety(time_us, why_en, why_th) -> None:
    said = change(ChangeKind.CLOSED, present=(), time_us=time_us)
    alert = composed(said)
    head_th, head_en, body_th, body_en = texts(said)
    assert alert["message_type"] == "update"
    assert head_en.startswith(f"CLOSED ({why_en}): Suspected illegal logging in the strip")
    assert head_th.startswith(f"ปิดเหตุ ({why_th}): ")
    assert "does not mean that the place is safe" in body_en
    assert "ไม่ได้หมายความว่าพื้นที่ปลอดภัย" in body_th
    assert "Check the place" not in body_en


@pytest.mark.parametrize("kind", [ChangeKind.CLOSED, ChangeKind.CANCELLED])
def test_what_is_over_tells_where_it_was_last_and_not_how_it_moves(kind: ChangeKind) -> None:
    boat = track("boat", east_mps=3.0)
    moving = composed(change(tracks=(boat,)))
    over = composed(change(kind, tracks=(boat,)))
    assert moving["motion"] is not None and "Moving east" in moving["instruction"]["en"]
    assert over["motion"] is None and "Moving" not in over["instruction"]["en"]
    assert "Last seen at UTM" in over["instruction"]["en"]
    assert "เห็นครั้งสุดท้ายที่ พิกัด" in over["instruction"]["th"]


@pytest.mark.parametrize("event", [event for event in EVENTS if event != "drone_blind"])
def test_nobody_is_told_to_go_where_it_is_laos(event: str) -> None:
    in_laos = BorderSide("mekong-border", -500.0, 60.0, 0.0001, "LA")
    _, _, body_th, body_en = texts(change(event=event, border=in_laos))
    assert "Watch from the Thai side" in body_en and "เฝ้าดูจากฝั่งไทย" in body_th
    assert phrases.ACT[event][1] not in body_en and phrases.ACT[event][0] not in body_th


def test_a_boat_is_put_to_the_thai_bank_only_where_that_side_is_known() -> None:
    unsure = BorderSide("mekong-border", -20.0, 60.0, 0.4, "uncertain")
    _, _, body_th, body_en = texts(change(rule_id="R3", border=unsure))
    assert "Sign: a boat lying still for long." in body_en and "uncertain" in body_en
    assert "Thai bank" not in body_en and "ที่ฝั่งไทย" not in body_th


def test_what_is_hardly_inside_a_zone_is_told_to_be_near_it() -> None:
    head_th, head_en, _, _ = texts(
        change(event="intrusion", rule_id="R2", hits=(ZoneHit(PARK, 0.03, 250.0),))
    )
    assert " near " in head_en and head_en.endswith("(3 % inside)") and " inside " not in head_en
    assert " ใกล้อุทยาน" in head_th


@pytest.mark.parametrize("kind", list(ChangeKind))
@pytest.mark.parametrize("zone_id", ["a" * 64, "a" * 3000])
@pytest.mark.parametrize("letter", ["ก", "\N{GRINNING FACE}", '"'])
def test_an_alert_full_of_long_names_fits_and_still_says_which_zone(
    kind: ChangeKind, zone_id: str, letter: str
) -> None:
    name = letter * 200
    place = Place(name, name, 1234.0, 200.0)
    zone = replace(PARK, id=zone_id, name_th=name, name_en=name, placeholder=True)
    context = replace(
        CONTEXT,
        status="exercise",
        drill_markers=True,
        near=lambda *_: f"1.2 km N of {name[:60]} ({name[:60]})",
        around=lambda *_: Around(place, place, place, 90.0),
        sign=lambda _: {"alg": "Ed25519", "key_id": "0" * 16, "value": "0" * 88},
        journal_head=lambda: (2**52, "0" * 64),
    )
    labels = (letter * 40, *NAMES)
    tracks = tuple(replace(track(label, 3.0), drone_id=letter * 64) for label in labels)
    unsure = BorderSide("mekong-border", -20.0, 60.0, 0.4, "uncertain")
    said = change(
        kind, "person_in_distress", tracks=tracks, hits=(ZoneHit(zone, 0.96, -1.0),) * 6, border=unsure
    )
    said = replace(said, incident=replace(said.incident, messages=1 if said.kind == "opened" else 12_345))
    alert = composed(said, context)
    has_room = len(zone_id) < 100 and letter != "\N{GRINNING FACE}"
    assert [entry["id"] for entry in alert["zones"]] == ([zone_id] if has_room else [])
    assert letter * 59 in alert["headline"]["th"]
    assert "stand-in, not the legal boundary" in alert["instruction"]["en"]
    assert len(alert["references"]) >= (alert["message_type"] != "alert")


def test_a_cancel_names_all_earlier_messages_and_the_incident_that_replaces_it() -> None:
    said = change(ChangeKind.CANCELLED, replaced_by=OTHER)
    alert = composed(said)
    head_th, head_en, body_th, body_en = texts(said)
    assert alert["message_type"] == "cancel"
    assert alert["replaced_by"] == OTHER
    assert len(alert["references"]) == 2
    assert "the same as incident 5f2e1d3c" in head_en
    assert "5f2e1d3c" in head_th
    assert "Follow incident 5f2e1d3c instead." in body_en
    assert "5f2e1d3c" in body_th


def test_a_cancel_without_replacement_says_that_nothing_is_to_be_done() -> None:
    alert = composed(change(ChangeKind.CANCELLED))
    assert alert["replaced_by"] is None
    assert "do not act on it" in alert["instruction"]["en"]
    assert "armed" not in alert["instruction"]["en"]


def test_a_blind_drone_is_for_the_pilot_and_has_no_place() -> None:
    alert = composed(blind())
    assert (alert["position"], alert["zones"], alert["border"], alert["motion"]) == (None, [], None, None)
    assert alert["drone"] == {"id": "patrol-1", "pose": None}
    assert alert["certainty"] == "observed"
    assert alert["headline"]["en"] == (
        "Drone patrol-1 cannot see: the picture is frozen (should be watching mekong-border)"
    )
    assert "ภาพค้าง" in alert["headline"]["th"]
    assert "Pilot" in alert["instruction"]["en"]
    assert "armed" not in alert["instruction"]["en"]


def test_a_drill_sends_nobody_whatever_the_event() -> None:
    for event in EVENTS:
        head_th, head_en, body_th, body_en = texts(change(event=event), replace(CONTEXT, status="exercise"))
        assert head_en.startswith("[EXERCISE] ")
        assert head_th.startswith("[การฝึกซ้อม] ")
        if event != "drone_blind":
            assert "Send nobody." in body_en
            assert "ห้ามส่งกำลังจริง" in body_th
            assert "acknowledge" not in body_en


def test_a_fire_is_never_more_than_likely_however_surely_it_is_inside_a_park() -> None:
    inside = (ZoneHit(PARK, 0.999, -900.0),)
    assert composed(change(event="fire", hits=inside))["certainty"] == "likely"
    assert composed(change(event="intrusion", hits=inside))["certainty"] == "observed"


def test_far_from_the_border_nothing_is_said_of_it_and_on_the_lao_side_always() -> None:
    inland = change(event="intrusion", border=BorderSide("b", 6000.0, 60.0, 1.0, "TH"))
    assert "Laos" not in texts(inland)[3]
    beyond = change(event="intrusion", border=BorderSide("b", -6000.0, 60.0, 0.0, "LA"))
    assert "On the Lao side" in texts(beyond)[3]
    assert "Do not follow into Laos." in texts(beyond)[3]


def test_an_uncertain_side_is_said_to_be_uncertain() -> None:
    unsure = change(border=BorderSide("b", -20.0, 60.0, 0.4, "uncertain"))
    assert "Which side of the border is uncertain" in texts(unsure)[3]
    assert "ยังไม่แน่ชัดว่าอยู่ฝั่งไทยหรือลาว" in texts(unsure)[2]


@pytest.mark.parametrize(
    ("course_deg", "distance_m", "side", "said_en", "said_th"),
    [
        (100.0, 500.0, "TH", ", toward the border with Laos.", "เข้าหาชายแดนลาว"),
        (275.0, 500.0, "TH", ", away from the border.", "ออกห่างจากชายแดน"),
        (5.0, 500.0, "TH", ", along the border.", "ขนานแนวชายแดน"),
        (100.0, -500.0, "LA", ", back toward Thailand.", "กลับเข้าหาฝั่งไทย"),
        (275.0, -500.0, "LA", ", further into Laos.", "ลึกเข้าไปในฝั่งลาว"),
        (100.0, 50.0, "uncertain", " km/h.", "กม./ชม."),
        (100.0, 50.0, "TH", " km/h.", "กม./ชม."),
    ],
)
def test_the_course_is_told_with_what_it_means_for_the_border(
    course_deg, distance_m, side, said_en, said_th
) -> None:
    border = Border(distance_m=distance_m, sigma_m=60, p_thailand=0.5, side=side)
    said = movement(Motion(speed_mps=2.0, course_deg=course_deg), border, 90.0)
    assert said.en.endswith(said_en)
    assert said.th.endswith(said_th)
    assert "7 km/h" in said.en


def test_the_movement_stands_in_the_instruction() -> None:
    moving = (track("boat", east_mps=3.0),)
    border = BorderSide("b", 500.0, 60.0, 1.0, "TH")
    _, _, body_th, body_en = texts(change(tracks=moving, border=border))
    assert "Moving east at about 11 km/h, toward the border with Laos." in body_en
    assert "มุ่งหน้าทิศตะวันออก ความเร็วราว 11 กม./ชม. เข้าหาชายแดนลาว" in body_th


@pytest.mark.parametrize(
    ("metres", "english"),
    [(3.0, "10 m"), (404.0, "400 m"), (994.0, "990 m"), (996.0, "1.0 km"), (1250.0, "1.2 km")],
)
def test_distances_are_rounded_as_people_say_them(metres: float, english: str) -> None:
    assert distance(metres)[1] == english


NAME = st.text(min_size=1, max_size=120).filter(str.strip)


@given(
    name=NAME,
    kind=st.sampled_from(list(ChangeKind)),
    event=st.sampled_from(EVENTS),
    zones=st.integers(0, 12),
    kinds=st.integers(1, 20),
    status=st.sampled_from(["actual", "exercise", "test"]),
    when=st.integers(0, 4_000_000_000_000_000),
    p=st.floats(0, 1),
)
def test_any_message_fits_four_kibibytes_and_reads_back_as_itself(
    name, kind, event, zones, kinds, status, when, p
) -> None:
    zone = replace(PARK, id=name[:40], name_th=name, name_en=name)
    tracks = tuple(track(f"{name}-{number}", east_mps=5.0) for number in range(kinds))
    place = Place(name, name, 19_000.0, 300.0)

    def surroundings(_lat: float, _lon: float, _at: datetime) -> Around:
        return Around(place, place, place, 10.0)

    context = replace(CONTEXT, status=status, detector=name, around=surroundings, drill_markers=True)
    border = BorderSide("b", 1999.0, 60.0, p, "TH" if p >= 0.9 else "LA" if p <= 0.1 else "uncertain")
    said = change(
        kind, event, "R4", tracks, (ZoneHit(zone, p, -1.0),) * zones, border, time_us=when, replaced_by=OTHER
    )
    raw = message.to_bytes(compose(said, None, None, context))
    assert len(raw) <= message.MAX_BYTES
    alert = message.read_alert(raw)
    assert message.to_bytes(alert) == raw
    assert bool(alert.zones) == (zones > 0)
    assert alert.subjects


def test_what_the_rule_says_of_a_blind_drone_reaches_the_pilot() -> None:
    from droneops.incidents.checks.blind import blind as judged
    from droneops.incidents.rules import Blind
    from droneops.incidents.scene import Blindness, Scene
    from geofences import ZoneIndex

    for reason, (thai, english) in phrases.BLIND.items():
        blindness = Blindness("patrol-1", 0, reason, frozenset({PARK.id}))
        (finding,) = judged(Scene(600_000_000, (), ZoneIndex((PARK,)), blind=(blindness,)), Blind())
        head_th, head_en, _, _ = texts(replace(blind(), conditions=finding.conditions))
        assert thai in head_th
        assert english in head_en


def test_a_blind_drones_closing_does_not_claim_that_it_cannot_see_any_more() -> None:
    closing = replace(blind(), kind=ChangeKind.CLOSED, time_us=900_000_000)
    _, head_en, _, body_en = texts(closing)
    assert head_en.startswith("CLOSED (no longer reported): Drone patrol-1 cannot see")
    assert "Pilot" not in body_en


def test_every_sign_and_every_label_that_the_rules_know_has_words() -> None:
    from droneops.incidents.rule_set import RuleSet

    rules = RuleSet().enabled
    said_by_themselves = {"R0", "R11", "R12"}
    assert {rule.id for rule in rules} - said_by_themselves <= set(phrases.WHY)
    assert RuleSet().labels <= set(NAMES)


def test_a_zone_with_an_endless_id_costs_the_zone_and_not_the_alert() -> None:
    endless = replace(PARK, id="z" * 5000)
    alert = composed(change(hits=(ZoneHit(endless, 0.9, -1.0),)))
    assert alert["zones"] == []
    assert alert["position"] is not None
