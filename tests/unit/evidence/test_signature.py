"""Signatures: what was signed is told from what was not."""

from __future__ import annotations

import base64
import json

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import given
from hypothesis import strategies as st

from droneops.evidence.signature import BadSignature, sign, verify

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
MESSAGE = {"id": "a", "headline": {"th": "คน 2 คน"}, "lat_deg": 16.5, "sigma_m": 48.0}


def signed(message: dict) -> dict:
    return {**message, "signature": sign(message, KEY)}


def test_a_signed_message_verifies_however_it_was_written_down() -> None:
    text = json.dumps(dict(reversed(signed(MESSAGE).items())), indent=3)
    verify(json.loads(text), KEY.public_key())


def test_the_same_message_gives_the_same_signature() -> None:
    assert sign(MESSAGE, KEY) == sign({**MESSAGE, "signature": None}, KEY)


@pytest.mark.parametrize("change", [{"id": "b"}, {"lat_deg": 16.500001}, {"more": 1}, {"sigma_m": 2**70}])
def test_a_changed_message_does_not(change: dict) -> None:
    with pytest.raises(BadSignature):
        verify({**signed(MESSAGE), **change}, KEY.public_key())


def test_another_key_is_named() -> None:
    with pytest.raises(BadSignature, match="another key"):
        verify(signed(MESSAGE), OTHER.public_key())


def test_another_key_under_the_right_name_is_refused() -> None:
    forged = {**sign(MESSAGE, OTHER), "key_id": sign(MESSAGE, KEY)["key_id"]}
    with pytest.raises(BadSignature, match="does not fit"):
        verify({**MESSAGE, "signature": forged}, KEY.public_key())


@pytest.mark.parametrize(
    "signature",
    [None, "text", [], {}, {"alg": "none", "key_id": "", "value": ""}, {"alg": "Ed25519"}],
)
def test_no_signature_is_none(signature: object) -> None:
    with pytest.raises(BadSignature):
        verify({**MESSAGE, "signature": signature}, KEY.public_key())
    with pytest.raises(BadSignature, match="no signature"):
        verify(MESSAGE, KEY.public_key())


def test_one_signature_has_one_text() -> None:
    good = sign(MESSAGE, KEY)
    letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    spare = letters[letters.index(good["value"][85]) ^ 1]
    other_text = good["value"][:85] + spare + "=="
    assert base64.b64decode(other_text) == base64.b64decode(good["value"])
    for value in (
        other_text,
        good["value"] + "\n",
        " " + good["value"],
        good["value"].rstrip("="),
        7,
        "é" * 88,
    ):
        with pytest.raises(BadSignature, match="base64"):
            verify({**MESSAGE, "signature": {**good, "value": value}}, KEY.public_key())


@given(st.integers(0, 511))
def test_no_flipped_bit_of_the_signature_passes(bit: int) -> None:
    good = sign(MESSAGE, KEY)
    value = bytearray(base64.b64decode(good["value"]))
    value[bit // 8] ^= 1 << bit % 8
    forged = {**good, "value": base64.b64encode(bytes(value)).decode()}
    with pytest.raises(BadSignature):
        verify({**MESSAGE, "signature": forged}, KEY.public_key())
