"""An agency's word on an alert (schema droneops.receipt/1): its model, its bytes, and what is refused.

`received` is a machine's word, `acknowledged` a person's. The agency is the topic's; what the payload says
must agree with it.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from enum import StrEnum
from typing import TYPE_CHECKING, Annotated, Any, Literal, Self

from pydantic import AfterValidator, Field, ValidationError, model_validator

from droneops.delivery.alert import Part, Sha256, Signature, Uuid
from droneops.errors import DroneopsError
from droneops.evidence.canonical import parse_strictly
from droneops.times import from_text, to_text

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

MAX_BYTES = 16_384
"""A full receipt has 3 KiB at most (500 Thai characters of note); four times that is not one."""

NOTE_LIMIT = 500
NAME_LIMIT = 80
DETAIL_LIMIT = 120
"""A refusal is journalled: what strangers send must not swell the journal."""

Sign = Callable[[Mapping[str, Any]], Mapping[str, str]]
Action = Literal["received", "acknowledged", "dismissed", "note"]

_TIME = re.compile(r"^\d{4}-\d\d-\d\d[Tt]\d\d:\d\d:\d\d(\.\d{1,9})?([Zz]|[+-]\d\d:\d\d)$", re.ASCII)


class Refusal(StrEnum):
    """Why a receipt does not count; a closed list, so that repeats can be counted."""

    TOO_LONG = "too_long"
    NOT_JSON = "not_json"
    NOT_A_RECEIPT = "not_a_receipt"
    OTHER_AGENCY = "other_agency"
    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad_signature"


class BadReceipt(DroneopsError):  # noqa: N818 - the name that the parts agreed on
    """Bytes that do not count as a receipt. ``detail`` is one short printable line."""

    exit_status = 1

    def __init__(self, reason: Refusal, detail: str) -> None:
        self.reason = reason
        self.detail = "".join(c if c.isprintable() else " " for c in detail)[:DETAIL_LIMIT]
        super().__init__(f"{reason}: {self.detail}")


def _printable(text: str) -> str:
    if not text.strip() or not text.isprintable():
        raise ValueError("must be printable text and not empty")
    return text


def _rfc_3339(text: str) -> str:
    if _TIME.fullmatch(text) is None:
        raise ValueError("is no RFC 3339 time")
    from_text(text.upper())
    return text


def _without_controls(text: str) -> str:
    if any(not (c.isprintable() or c == "\n") for c in text):
        raise ValueError("holds control characters")
    return text


Name = Annotated[str, Field(min_length=1, max_length=NAME_LIMIT), AfterValidator(_printable)]
Note = Annotated[str, Field(max_length=NOTE_LIMIT), AfterValidator(_without_controls)]
AnyTime = Annotated[str, Field(max_length=40, pattern=_TIME.pattern), AfterValidator(_rfc_3339)]


class Receipt(Part):
    """What an agency says of one alert.

    ``alert_sha256`` is of the exact bytes that came. ``by`` names the person of an acknowledgement or a
    dismissal, and may name the machine of a `received`. ``note`` may have several lines.
    """

    schema_: Annotated[Literal["droneops.receipt/1"], Field(alias="schema")]
    receipt_id: Uuid
    agency: Name
    alert_id: Uuid
    alert_sha256: Sha256
    action: Action
    by: Name | None = None
    at: AnyTime
    note: Note | None = None
    signature: Signature | None = None

    @model_validator(mode="after")
    def _person_and_words(self) -> Self:
        if self.action in ("acknowledged", "dismissed") and self.by is None:
            raise ValueError(f"{self.action} is a person's word: by is missing")
        if self.action == "note" and not (self.note or "").strip():
            raise ValueError("a note without words")
        return self

    @property
    def at_us(self) -> int:
        """When the agency says that it was, in microseconds UTC."""
        return from_text(self.at.upper())


def parse_receipt(raw: bytes, topic_agency: str, public_key: Ed25519PublicKey | None) -> Receipt:
    """The receipt that the bytes are, from the agency whose topic they came on.

    With ``public_key``, the agency's, an unsigned one is refused. The signature is over the canonical JSON
    (RFC 8785) of the object as it came, without ``signature``.

    Raises:
        BadReceipt: it does not count, and why; nothing else, whatever the bytes.
    """
    if len(raw) > MAX_BYTES:
        raise BadReceipt(Refusal.TOO_LONG, f"{len(raw)} bytes, more than {MAX_BYTES}")
    try:
        table = parse_strictly(raw)
    except ValueError as error:
        raise BadReceipt(Refusal.NOT_JSON, str(error)) from None
    receipt = _receipt(table)
    if receipt.agency != topic_agency:
        raise BadReceipt(Refusal.OTHER_AGENCY, f"says it is from {receipt.agency!r}")
    if public_key is not None:
        _check_signature(table, public_key)
    return receipt


def make_receipt(
    alert: Mapping[str, str],
    action: Action,
    *,
    receipt_id: str,
    agency: str,
    at_us: int,
    by: str | None = None,
    note: str | None = None,
    sign: Sign | None = None,
) -> bytes:
    """The bytes of a receipt for an alert, given as its ``id`` and the ``sha256`` of its exact bytes.

    ``sign`` makes the signature of the message without it.

    Raises:
        pydantic.ValidationError: these values make no receipt.
    """
    said = {
        "schema": "droneops.receipt/1",
        "receipt_id": receipt_id,
        "agency": agency,
        "alert_id": alert["id"],
        "alert_sha256": alert["sha256"],
        "action": action,
        "by": by,
        "at": to_text(at_us),
        "note": note,
    }
    table = Receipt.model_validate(said).model_dump(mode="json", by_alias=True)
    if sign is not None:
        table["signature"] = dict(sign(said))
    return json.dumps(table, ensure_ascii=False, separators=(",", ":"), allow_nan=False).encode()


def json_schema() -> dict[str, Any]:
    """The JSON Schema (2020-12) of a receipt; published as docs/schemas/receipt-1.schema.json."""
    schema = Receipt.model_json_schema(by_alias=True)
    schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
    schema["title"] = "droneops.receipt/1"
    schema["allOf"] = [_needs("by", "acknowledged", "dismissed"), _needs("note", "note")]
    return schema


def _needs(field: str, *actions: str) -> dict[str, Any]:
    return {
        "if": {"properties": {"action": {"enum": list(actions)}}},
        "then": {"required": [field], "properties": {field: {"type": "string"}}},
    }


def _receipt(table: object) -> Receipt:
    try:
        return Receipt.model_validate(table, strict=True)
    except ValidationError as error:
        first = error.errors(include_url=False, include_context=False, include_input=False)[0]
        where = ".".join(str(part) for part in first["loc"])
        raise BadReceipt(
            Refusal.NOT_A_RECEIPT, f"{where}: {first['msg']}" if where else first["msg"]
        ) from None


def _check_signature(table: Mapping[str, Any], public_key: Ed25519PublicKey) -> None:
    from droneops.evidence.signature import BadSignature, verify

    if table.get("signature") is None:
        raise BadReceipt(Refusal.UNSIGNED, "the agency has a key in the site file, this is not signed")
    try:
        verify(table, public_key)
    except BadSignature as error:
        raise BadReceipt(Refusal.BAD_SIGNATURE, str(error)) from None
