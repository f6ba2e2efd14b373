"""An agency's receipts: what counts, and what is refused with which reason."""

from __future__ import annotations

import base64
import json

import jsonschema
import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from droneops.delivery.receipt import (
    MAX_BYTES,
    BadReceipt,
    Receipt,
    Refusal,
    json_schema,
    make_receipt,
    parse_receipt,
)
from droneops.evidence.signature import sign

ALERT = {"id": "71cec3d4-8975-5dd8-ae4a-82ba6e8a24f1", "sha256": "0" * 63 + "a"}
ID = "5f2e1d3c-8975-4dd8-ae4a-82ba6e8a24f1"
KEY = Ed25519PrivateKey.from_private_bytes(b"k" * 32)
OTHER_KEY = Ed25519PrivateKey.from_private_bytes(b"o" * 32)
VALID = make_receipt(
    ALERT, "acknowledged", receipt_id=ID, agency="police", at_us=1_790_000_000_000_001, by="ด.ต.สมชาย"
)
SIGNED = make_receipt(
    ALERT,
    "acknowledged",
    receipt_id=ID,
    agency="police",
    at_us=1_790_000_000_000_001,
    by="ด.ต.สมชาย",
    sign=lambda message: sign(dict(message), KEY),
)


def changed(**fields: object) -> bytes:
    table = {**json.loads(VALID), **fields}
    return json.dumps({key: value for key, value in table.items() if value is not ...}).encode()


def refusal(raw: bytes, agency: str = "police", key: Ed25519PrivateKey | None = None) -> Refusal:
    with pytest.raises(BadReceipt) as error:
        parse_receipt(raw, agency, None if key is None else key.public_key())
    assert error.value.detail.isprintable()
    assert len(error.value.detail) <= 120
    return error.value.reason


def test_a_receipt_says_who_did_what_to_which_bytes_and_when() -> None:
    receipt = parse_receipt(VALID, "police", None)
    assert (receipt.alert_id, receipt.alert_sha256) == (ALERT["id"], ALERT["sha256"])
    assert (receipt.action, receipt.by, receipt.at_us) == ("acknowledged", "ด.ต.สมชาย", 1_790_000_000_000_001)


def test_a_receipt_written_by_hand_may_leave_out_what_it_does_not_say() -> None:
    raw = changed(action="received", by=..., note=..., signature=..., at="2026-11-20T17:07:56+07:00")
    receipt = parse_receipt(raw, "police", None)
    assert (receipt.by, receipt.note, receipt.signature) == (None, None, None)
    assert receipt.at_us == parse_receipt(changed(at="2026-11-20T10:07:56Z"), "police", None).at_us


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"", Refusal.NOT_JSON),
        (b"received", Refusal.NOT_JSON),
        (b"\xff\xfe", Refusal.NOT_JSON),
        ('{"schema":1}'.encode("utf-16"), Refusal.NOT_JSON),
        (b"[" * 16_000, Refusal.NOT_JSON),
        (b'{"a":' * 3_000, Refusal.NOT_JSON),
        (b'{"note":' + b"9" * 6_000 + b"}", Refusal.NOT_JSON),
        (VALID.replace(b'"note":null', b'"note":NaN'), Refusal.NOT_JSON),
        (VALID.replace(b'"note":null', b'"by":"x","note":null'), Refusal.NOT_JSON),
        (VALID + b"{}", Refusal.NOT_JSON),
        (b"x" * (MAX_BYTES + 1), Refusal.TOO_LONG),
        (VALID + b" " * 10_000_000, Refusal.TOO_LONG),
        (b"[]", Refusal.NOT_A_RECEIPT),
        (b"null", Refusal.NOT_A_RECEIPT),
        (changed(schema="droneops.receipt/2"), Refusal.NOT_A_RECEIPT),
        (changed(schema=...), Refusal.NOT_A_RECEIPT),
        (changed(extra=1), Refusal.NOT_A_RECEIPT),
        (changed(action="deleted"), Refusal.NOT_A_RECEIPT),
        (changed(alert_sha256="A" * 64), Refusal.NOT_A_RECEIPT),
        (changed(alert_id="1"), Refusal.NOT_A_RECEIPT),
        (changed(receipt_id=7), Refusal.NOT_A_RECEIPT),
        (changed(by=None), Refusal.NOT_A_RECEIPT),
        (changed(by="\u001b[2J"), Refusal.NOT_A_RECEIPT),
        (changed(by="x" * 81), Refusal.NOT_A_RECEIPT),
        (changed(note="x" * 501), Refusal.NOT_A_RECEIPT),
        (changed(note="\u001b[2J"), Refusal.NOT_A_RECEIPT),
        (changed(action="note", note=" "), Refusal.NOT_A_RECEIPT),
        (changed(at="yesterday"), Refusal.NOT_A_RECEIPT),
        (changed(at="2026-11-20T10:07:56"), Refusal.NOT_A_RECEIPT),
        (changed(at="2026-13-20T10:07:56Z"), Refusal.NOT_A_RECEIPT),
        (changed(at="2026-11-20T10:07:56Z\n"), Refusal.NOT_A_RECEIPT),
        (changed(signature={"alg": "none", "key_id": "", "value": ""}), Refusal.NOT_A_RECEIPT),
        (changed(agency="forest"), Refusal.OTHER_AGENCY),
    ],
)
def test_what_is_no_receipt_is_refused_with_its_reason(raw: bytes, reason: Refusal) -> None:
    assert refusal(raw) == reason


def test_where_the_agency_has_a_key_only_what_it_signed_counts() -> None:
    assert parse_receipt(SIGNED, "police", KEY.public_key()).signature is not None
    assert refusal(VALID, key=KEY) == Refusal.UNSIGNED
    assert refusal(SIGNED, key=OTHER_KEY) == Refusal.BAD_SIGNATURE
    assert refusal(SIGNED.replace(b"acknowledged", b"dismissed"), key=KEY) == Refusal.BAD_SIGNATURE
    assert (
        refusal(SIGNED.replace(b'"alert_sha256":"0', b'"alert_sha256":"1'), key=KEY) == Refusal.BAD_SIGNATURE
    )


def test_a_signature_holds_however_the_agency_lays_out_its_json() -> None:
    table = json.loads(SIGNED)
    shuffled = json.dumps(dict(reversed(table.items())), indent=2, ensure_ascii=True).encode()
    assert parse_receipt(shuffled, "police", KEY.public_key()).by == "ด.ต.สมชาย"


def test_a_signature_is_made_without_our_code_by_an_agency_that_reads_the_rfc() -> None:
    table = {key: value for key, value in json.loads(VALID).items() if key != "signature"}
    # All keys are ASCII and all values text or null: sorted compact JSON is RFC 8785 then.
    signed = json.dumps(table, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
    value = base64.b64encode(KEY.sign(signed)).decode()
    key_id = json.loads(SIGNED)["signature"]["key_id"]
    raw = json.dumps({**table, "signature": {"alg": "Ed25519", "key_id": key_id, "value": value}}).encode()
    assert parse_receipt(raw, "police", KEY.public_key()).action == "acknowledged"


def test_the_published_schema_takes_what_we_take() -> None:
    validator = jsonschema.Draft202012Validator(json_schema())
    for raw in (VALID, SIGNED, changed(action="received", by=...)):
        validator.validate(json.loads(raw))
    for raw in (
        changed(by=None),
        changed(by=...),
        changed(action="note"),
        changed(extra=1),
        changed(at="now"),
    ):
        assert not validator.is_valid(json.loads(raw))


def mutated(position: int, byte: int) -> bytes:
    return SIGNED[: position % len(SIGNED)] + bytes([byte]) + SIGNED[position % len(SIGNED) + 1 :]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(
    st.binary(max_size=400)
    | st.builds(mutated, st.integers(0), st.integers(0, 255))
    | JSON.map(lambda value: json.dumps(value).encode())
    | st.builds(lambda name, value: changed(**{name: value}), st.sampled_from(list(json.loads(VALID))), JSON),
    st.booleans(),
)
def test_whatever_comes_is_a_receipt_or_a_bad_receipt_and_nothing_else(raw: bytes, with_key: bool) -> None:
    try:
        receipt = parse_receipt(raw, "police", KEY.public_key() if with_key else None)
    except BadReceipt as error:
        assert error.detail.isprintable()
    else:
        assert isinstance(receipt, Receipt)
        assert isinstance(receipt.at_us, int)
