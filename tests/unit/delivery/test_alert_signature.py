"""The signature of an alert, as somebody checks it who has only the bytes, the RFC and the key."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any

import numpy as np
import pytest
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from hypothesis import example, given
from hypothesis import strategies as st

from droneops.delivery import alert as message
from droneops.delivery.compose import Context, compose
from droneops.evidence.signature import BadSignature, sign, verify
from droneops.incidents.incident import Change, ChangeKind, Founder, Incident, Observation, State
from droneops.types import Track, read_only
from geofences import BorderSide, ZoneHit, load_zones

PARK = next(zone for zone in load_zones() if zone.id == "phu-pha-thoep")
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)


def signed_with_the_key(message_without_signature: Mapping[str, Any]) -> dict[str, str]:
    assert "signature" not in message_without_signature
    return sign(message_without_signature, KEY)


CONTEXT = Context(
    "actual",
    "droneops 0",
    "forest 1",
    None,
    "0" * 64,
    None,
    drill_markers=False,
    near=lambda *_: None,
    sign=signed_with_the_key,
    journal_head=lambda: (41, "a" * 64),
)


def seen(lat_deg: float = 16.0, lon_deg: float = 105.0, east_mps: float = 2.0, p: float = 1.0) -> Change:
    track = Track(
        id="d/1",
        drone_id="d",
        label="person",
        detector_label="person",
        first_seen_us=1,
        last_seen_us=2_000_000,
        ordinal=0,
        sightings=9,
        best_score=p,
        lat_deg=lat_deg,
        lon_deg=lon_deg,
        alt_msl_m=140.0,
        cov_m2=read_only([[4.0, -0.0], [0.0, 1e-7]]),
        cov_common_m2=read_only(np.eye(2)),
        ce90_m=6.0,
        velocity_mps=read_only((east_mps, 0.0)),
        velocity_cov_m2ps2=read_only(np.eye(2) * 0.01),
    )
    lead = Observation(track, (ZoneHit(PARK, p, -5.0),), BorderSide("b", 100.0, 60.0, p, "TH"))
    incident = Incident(
        id="71cec3d4-8975-5dd8-ae4a-82ba6e8a24f1",
        event="intrusion",
        severity="moderate",
        state=State.OPEN,
        rule_id="R0",
        rule_version="1",
        onset_us=0,
        last_seen_us=2_000_000,
        members=(lead,),
        lead=lead,
        zone_ids=frozenset({PARK.id}),
        messages=1,
        founder=Founder("intrusion", "d", 1),
    )
    return Change(ChangeKind.OPENED, 2_000_000, incident, (track,))


def ecmascript_number(value: float) -> str:
    """Number.prototype.toString of ECMA-262, which RFC 8785 asks for, written from its text."""
    if value == 0:
        return "0"
    sign_, digits, exponent = Decimal(repr(value)).normalize().as_tuple()
    text = "".join(map(str, digits))
    k, n = len(text), len(text) + int(exponent)
    if k <= n <= 21:
        body = text + "0" * (n - k)
    elif 0 < n <= 21:
        body = f"{text[:n]}.{text[n:]}"
    elif -6 < n <= 0:
        body = "0." + "0" * -n + text
    else:
        head = text if k == 1 else f"{text[0]}.{text[1:]}"
        body = f"{head}e{'+' if n > 0 else '-'}{abs(n - 1)}"
    return "-" * sign_ + body


def rfc_8785(value: object) -> str:
    if isinstance(value, dict):
        keys = sorted(value, key=lambda key: key.encode("utf-16-be"))
        return "{" + ",".join(f"{json.dumps(key)}:{rfc_8785(value[key])}" for key in keys) + "}"
    if isinstance(value, list):
        return "[" + ",".join(map(rfc_8785, value)) + "]"
    if isinstance(value, float) or (isinstance(value, int) and not isinstance(value, bool)):
        return ecmascript_number(float(value))
    return json.dumps(value, ensure_ascii=False)


def check_independently(raw: bytes, public: Ed25519PublicKey) -> None:
    received = json.loads(raw)
    signature = received.pop("signature")
    assert signature["alg"] == "Ed25519"
    public.verify(base64.b64decode(signature["value"]), rfc_8785(received).encode())


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (1.0, "1"),
        (-0.0, "0"),
        (1e21, "1e+21"),
        (1e-7, "1e-7"),
        (123e18, "123000000000000000000"),
        (4.5e-6, "0.0000045"),
    ],
)
def test_the_checker_writes_numbers_as_the_rfc_does(value: float, text: str) -> None:
    assert ecmascript_number(value) == text


@given(st.floats(-79, 83), st.floats(-180, 180), st.floats(-1e3, 1e3), st.floats(0, 1, exclude_min=True))
@example(16.0, 105.0, 2.0, 1.0)
@example(1e-8, -0.0, 1e-5, 0.5)
def test_whoever_parses_the_bytes_and_canonicalises_sees_what_was_signed(lat, lon, speed, p) -> None:
    alert = compose(seen(lat, lon, speed, p), None, None, CONTEXT)
    raw = message.to_bytes(alert)
    check_independently(raw, KEY.public_key())
    verify(json.loads(raw), KEY.public_key())
    # A reader that writes 16.0 as 16 (as JavaScript does) must see the same.
    verify(json.loads(rfc_8785(json.loads(raw))), KEY.public_key())
    assert len(raw) <= message.MAX_BYTES


def test_a_changed_alert_and_another_key_are_noticed() -> None:
    raw = message.to_bytes(compose(seen(), None, None, CONTEXT))
    other = Ed25519PrivateKey.from_private_bytes(b"o" * 32).public_key()
    with pytest.raises(InvalidSignature):
        check_independently(raw.replace(b"moderate", b"severe"), KEY.public_key())
    with pytest.raises(InvalidSignature):
        check_independently(raw, other)
    with pytest.raises(BadSignature):
        verify(json.loads(raw.replace(b'"sequence":1', b'"sequence":2')), KEY.public_key())


def test_the_signature_covers_the_journals_head_and_is_the_same_each_time() -> None:
    alert = compose(seen(), None, None, CONTEXT)
    assert alert.journal_head == message.JournalHead(n=41, sha256="a" * 64)
    assert message.to_bytes(alert) == message.to_bytes(compose(seen(), None, None, CONTEXT))
    raw = message.to_bytes(alert).replace(b'"n":41', b'"n":42')
    with pytest.raises(InvalidSignature):
        check_independently(raw, KEY.public_key())


def test_without_a_key_there_is_no_signature() -> None:
    assert compose(seen(), None, None, replace(CONTEXT, sign=None)).signature is None


@given(st.text(max_size=200), st.integers(1, 8))
def test_a_signed_alert_stays_within_four_kibibytes_too(name: str, kinds: int) -> None:
    said = seen()
    hits = tuple(ZoneHit(replace(PARK, id=f"z{n}", name_th=name, name_en=name), 0.9, -1.0) for n in range(6))
    lead = replace(said.incident.lead, hits=hits)
    tracks = tuple(replace(lead.track, label=f"{n}{name}") for n in range(kinds))
    said = replace(said, incident=replace(said.incident, lead=lead), present=tracks)
    raw = message.to_bytes(compose(said, None, None, CONTEXT))
    assert len(raw) <= message.MAX_BYTES
    check_independently(raw, KEY.public_key())


@given(st.binary(max_size=300) | st.text(max_size=100).map(lambda text: text.encode("utf-8", "replace")))
def test_bytes_from_outside_are_an_alert_or_a_bad_alert_and_nothing_else(raw: bytes) -> None:
    with pytest.raises(message.BadAlert) as error:
        message.read_alert(raw)
    assert error.value.what.isprintable()


@given(st.integers(0, 4000), st.integers(0, 255))
def test_an_alert_with_one_byte_changed_is_read_or_refused_and_never_anything_else(position, byte) -> None:
    raw = bytearray(message.to_bytes(compose(seen(), None, None, CONTEXT)))
    raw[position % len(raw)] = byte
    try:
        alert = message.read_alert(bytes(raw))
    except message.BadAlert:
        return
    assert math.isfinite(alert.sequence)
