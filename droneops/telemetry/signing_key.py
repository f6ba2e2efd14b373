"""Reads the file with the key of MAVLink 2 signing.

It holds one of: 32 bytes as they are, 64 hexadecimal digits, 44 characters of base64, or a line
``passphrase: TEXT``, whose SHA-256 is the key, as MAVProxy and Mission Planner make theirs.
"""

from __future__ import annotations

import base64
import hashlib
import re
from pathlib import Path

from droneops.errors import ConfigError
from droneops.telemetry.signing import KEY_BYTES, SigningKey

# A passphrase of a whole page; anything longer is the wrong file.
_LONGEST_FILE_BYTES = 4096
_PASSPHRASE = b"passphrase:"
_HEX = re.compile(rb"[0-9a-fA-F]{64}")
_BASE64 = re.compile(rb"[A-Za-z0-9+/]{43}=")
_MEND = "make one with: openssl rand -hex 32 > FILE"


def read_signing_key(path: Path | str) -> SigningKey:
    """The key in the file at ``path``.

    Raises:
        ConfigError: the file cannot be read, holds no such key, or a key of zeros (which stands for "no
            signing" where keys are handed out).
    """
    raw = _read(Path(path))
    secret = _secret_of(raw)
    if secret is None:
        raise ConfigError(f"holds no signing key: {_why_not(raw)}", where=str(path), mend=_MEND)
    if not any(secret):
        raise ConfigError("is a key of zeros, which stands for no signing", where=str(path), mend=_MEND)
    return SigningKey(secret)


def exposure_warning(path: Path | str) -> str | None:
    """A line to warn with if others may read the key; None if not, or if there is no such file."""
    try:
        mode = Path(path).stat().st_mode
    except OSError:
        return None
    if not mode & 0o077:
        return None
    return f"{path}: others on this machine may read or change the signing key (chmod 600 {path})"


def _read(path: Path) -> bytes:
    try:
        if path.exists() and not path.is_file():
            raise ConfigError("is not a plain file", where=str(path), mend=_MEND)
        with path.open("rb") as file:
            return file.read(_LONGEST_FILE_BYTES + 1)
    except OSError as error:
        what = f"cannot be read: {error.strerror or type(error).__name__}"
        raise ConfigError(what, where=str(path), mend=_MEND) from None


def _secret_of(raw: bytes) -> bytes | None:
    if len(raw) == KEY_BYTES and not _is_text(raw):
        return raw
    text = raw.strip()
    if text.startswith(_PASSPHRASE):
        return _hashed(text.removeprefix(_PASSPHRASE).strip())
    if _HEX.fullmatch(text):
        return bytes.fromhex(text.decode("ascii"))
    if _BASE64.fullmatch(text):
        return base64.b64decode(text)
    return None


def _hashed(passphrase: bytes) -> bytes | None:
    is_one_line = b"\n" not in passphrase and b"\r" not in passphrase
    fits = passphrase and is_one_line and len(passphrase) < _LONGEST_FILE_BYTES - len(_PASSPHRASE)
    return hashlib.sha256(passphrase).digest() if fits else None


def _is_text(raw: bytes) -> bool:
    # By chance 32 random bytes are all printable once in 10^14 times; a key cut short is so every time.
    return all(0x20 <= byte < 0x7F or byte in b"\t\r\n" for byte in raw)


def _why_not(raw: bytes) -> str:
    if not raw:
        return "it is empty"
    if len(raw) > _LONGEST_FILE_BYTES:
        return f"it is larger than {_LONGEST_FILE_BYTES} bytes"
    return (
        f"its {len(raw)} bytes are neither 64 hexadecimal digits, nor 44 characters of base64,"
        " nor 32 bytes of no text, nor a line with passphrase: and a text"
    )
