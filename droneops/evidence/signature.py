"""Ed25519 signatures over canonical JSON (RFC 8785) of a message without its ``signature``."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from droneops.errors import DroneopsError
from droneops.evidence.canonical import canonical
from droneops.evidence.keys import key_id, load_private

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

ALGORITHM = "Ed25519"
FIELD = "signature"
SIGNATURE_BYTES = 64


class BadSignature(DroneopsError):  # noqa: N818 - it says what is wrong, as other parts name it
    """A message's signature does not show that the key's holder said it; ``reason`` says why."""

    exit_status = 1

    def __init__(self, reason: str) -> None:
        self.reason = reason
        super().__init__(reason)


def sign(message: Mapping[str, Any], key: Ed25519PrivateKey) -> dict[str, str]:
    """The ``signature`` of a message: {alg, key_id, value (base64)}. The same message gives the same bytes.

    Raises:
        ValueError: a message that canonical JSON has no words for.
    """
    value = key.sign(signed_bytes(message))
    return {
        "alg": ALGORITHM,
        "key_id": key_id(key.public_key()),
        "value": base64.b64encode(value).decode("ascii"),
    }


def signer(key_file: Path) -> Callable[[Mapping[str, Any]], dict[str, str]]:
    """`sign` with the private key of a file.

    Raises:
        ConfigError: the file holds no such key, or others may read it.
    """
    return partial(sign, key=load_private(key_file))


def verify(message: Mapping[str, Any], public: Ed25519PublicKey) -> None:
    """Check the signature that a parsed message carries.

    Read the message with `canonical.parse_strictly`: a key given twice would have two readings.

    Raises:
        BadSignature: none, another algorithm or key, not a signature, or one of another message.
    """
    from cryptography.exceptions import InvalidSignature

    value = _value(message.get(FIELD), key_id(public))
    try:
        public.verify(value, signed_bytes(message))
    except InvalidSignature:
        raise BadSignature("the signature does not fit the content: it was changed after signing") from None
    except ValueError as error:
        raise BadSignature(f"the content {error}") from None


def signed_bytes(message: Mapping[str, Any]) -> bytes:
    """What is signed: the message's canonical JSON without ``signature``.

    Raises:
        ValueError: a message that canonical JSON has no words for.
    """
    return canonical({name: value for name, value in message.items() if name != FIELD})


def _value(signature: object, wanted_key_id: str) -> bytes:
    if signature is None:
        raise BadSignature("there is no signature")
    if not isinstance(signature, Mapping) or set(signature) != {"alg", "key_id", "value"}:
        raise BadSignature("the signature is not made of alg, key_id and value")
    if signature["alg"] != ALGORITHM:
        raise BadSignature(f"the signature's alg is not {ALGORITHM}")
    if signature["key_id"] != wanted_key_id:
        said = str(signature["key_id"])[:40]
        raise BadSignature(f"signed with another key: {said!r}, not {wanted_key_id!r}")
    return _decoded(signature["value"])


def _decoded(text: object) -> bytes:
    try:
        value = base64.b64decode(text, validate=True) if isinstance(text, str) else b""
    except (binascii.Error, ValueError):
        value = b""
    # base64 has spare bits: only the one text that encoding gives is taken, or one signature had many texts.
    if len(value) != SIGNATURE_BYTES or base64.b64encode(value).decode("ascii") != text:
        raise BadSignature(f"the signature's value is not {SIGNATURE_BYTES} bytes in base64")
    return value
