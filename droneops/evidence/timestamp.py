"""Time stamps of an authority (RFC 3161): proof that a manifest existed at a time, by a clock not the site's.

The package rfc3161-client (extra ``timestamp``) reads and writes them; openssl reads them as well.
"""

from __future__ import annotations

import urllib.request
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from droneops.errors import ConfigError, DeliveryError, UsageError

if TYPE_CHECKING:
    from cryptography.x509 import Certificate

MAX_STAMP_BYTES = 65_536
"""An answer with its certificates has 2 to 7 KB."""

MAX_CERTIFICATE_BYTES = 1 << 20
TIMEOUT_S = 20.0
"""An authority answers within seconds; the bundle can go without."""

_MEND = "pip install 'droneops[timestamp]'"


class BadStampError(ValueError):
    """A time stamp that proves nothing about the message, and why."""


def fetch_stamp(url: str, message: bytes) -> bytes:
    """The authority's answer about the message's sha256 (DER), checked to be about it and to be granted.

    Raises:
        DeliveryError: the authority cannot be reached or does not grant it.
        UsageError: the package is not installed.
    """
    tsp = _library()
    request = tsp.TimestampRequestBuilder().data(message).hash_algorithm(tsp.HashAlgorithm.SHA256).build()
    raw = _post(url, request.as_bytes())
    try:
        answer = tsp.decode_timestamp_response(raw)
        if answer.status != tsp.PKIStatus.GRANTED:
            raise BadStampError(f"it was not granted (status {answer.status})")
        if answer.tst_info.nonce != request.nonce:
            raise BadStampError("the answer is to another request")
        _check_message(answer, message)
    except ValueError as error:
        raise DeliveryError(f"no time stamp: {error}", where=url) from None
    return raw


def check_stamp(raw: bytes, message: bytes, certificates: Sequence[Certificate]) -> datetime:
    """When the authority saw the message. ``certificates`` are the authority's or its roots.

    Raises:
        BadStampError: not a time stamp, of another message, or of an authority that these do not vouch for.
        UsageError: the package is not installed.
    """
    tsp = _library()
    try:
        answer = tsp.decode_timestamp_response(raw)
        _check_message(answer, message)
        stamped: datetime = answer.tst_info.gen_time
    except BadStampError:
        raise
    except Exception:  # noqa: BLE001 - the library parses as it is asked, and raises many kinds
        raise BadStampError("is no time stamp") from None
    try:
        _verifier(tsp, certificates).verify_message(answer, message)
    except Exception as error:  # noqa: BLE001 - as above, and for certificates that make no sense
        raise BadStampError(f"the authority's certificate does not vouch for it: {error}") from None
    return stamped


def load_certificates(path: Path) -> tuple[Certificate, ...]:
    """The certificates of a PEM file.

    Raises:
        ConfigError: it cannot be read, or holds none.
    """
    from cryptography.x509 import load_pem_x509_certificates

    try:
        with path.open("rb") as file:
            raw = file.read(MAX_CERTIFICATE_BYTES)
        return tuple(load_pem_x509_certificates(raw))
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path)) from None
    except ValueError:
        raise ConfigError("holds no certificate in PEM", where=str(path)) from None


def _verifier(tsp: Any, certificates: Sequence[Certificate]) -> Any:
    builder = tsp.VerifierBuilder()
    for certificate in certificates:
        builder = builder.add_root_certificate(certificate)
    return builder.build()


def _check_message(answer: Any, message: bytes) -> None:
    import hashlib

    from cryptography.x509 import ObjectIdentifier

    imprint = answer.tst_info.message_imprint
    if imprint.hash_algorithm != ObjectIdentifier("2.16.840.1.101.3.4.2.1"):
        raise BadStampError("is not over a sha256")
    if imprint.message != hashlib.sha256(message).digest():
        raise BadStampError("is about another manifest")


def _post(url: str, body: bytes) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise UsageError("a time-stamping authority has an http or https address", where=url)
    headers = {"Content-Type": "application/timestamp-query"}
    request = urllib.request.Request(url, data=body, headers=headers, method="POST")  # noqa: S310 - checked above
    try:
        with urllib.request.urlopen(request, timeout=TIMEOUT_S) as answer:  # noqa: S310 - checked above
            raw: bytes = answer.read(MAX_STAMP_BYTES + 1)
    except (OSError, ValueError) as error:
        raise DeliveryError(f"no time stamp: {error}", where=url) from None
    if len(raw) > MAX_STAMP_BYTES:
        raise DeliveryError(f"its answer is longer than {MAX_STAMP_BYTES} bytes", where=url)
    return raw


def _library() -> Any:
    try:
        import rfc3161_client
    except ImportError:
        raise UsageError("time stamps need the package rfc3161-client", mend=_MEND) from None
    return rfc3161_client
