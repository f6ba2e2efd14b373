"""The site's signing key: Ed25519 as PEM, the private half readable by its owner alone."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from droneops.errors import ConfigError, OutputError

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

PRIVATE_NAME = "site.key"
PUBLIC_NAME = "site.pub"
MAX_FILE_BYTES = 4096
"""A PEM of Ed25519 has about 120 bytes; longer is the wrong file."""

_MAKE = "make a pair with: droneops keys make DIR"
_OTHERS = 0o077


@dataclass(frozen=True, slots=True)
class KeyPair:
    """The files of a new pair. ``hint`` is what its owner should mend about the folder, else None."""

    private: Path
    public: Path
    key_id: str
    hint: str | None


def make_key_pair(folder: Path) -> KeyPair:
    """Write a new pair into ``folder``, which is made (0700) where it is missing.

    Raises:
        OutputError: a key is there already (none is ever overwritten), or the folder cannot be written to.
    """
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    key = Ed25519PrivateKey.generate()
    private, public = folder / PRIVATE_NAME, folder / PUBLIC_NAME
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        _refuse_overwriting(private, public)
        _write_new(private, _private_pem(key), 0o600)
        try:
            _write_new(public, public_pem(key.public_key()), 0o644)
        except OSError:
            private.unlink()
            raise
        _sync_folder(folder)
    except OSError as error:
        raise OutputError(f"no key can be written: {error.strerror}", where=str(folder)) from None
    return KeyPair(private, public, key_id(key.public_key()), _folder_hint(folder))


def load_private(path: Path) -> Ed25519PrivateKey:
    """The private key of a PEM file.

    Raises:
        ConfigError: it cannot be read, others than its owner may read or change it, it belongs to somebody
            else, or it holds no Ed25519 private key.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

    raw = _read(path, is_private=True)
    try:
        key = serialization.load_pem_private_key(raw, password=None)
    except Exception:  # noqa: BLE001 - the library raises many kinds; none may carry key material further
        key = None
    if not isinstance(key, Ed25519PrivateKey):
        raise ConfigError("holds no Ed25519 private key in PEM", where=str(path), mend=_MAKE)
    return key


def load_public(path: Path) -> Ed25519PublicKey:
    """The public key of a PEM file.

    Raises:
        ConfigError: it cannot be read, or holds no Ed25519 public key.
    """
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    raw = _read(path, is_private=False)
    try:
        key = serialization.load_pem_public_key(raw)
    except Exception:  # noqa: BLE001 - the library raises many kinds, all of which say the same
        key = None
    if not isinstance(key, Ed25519PublicKey):
        raise ConfigError("holds no Ed25519 public key in PEM", where=str(path), mend=f"give {PUBLIC_NAME}")
    return key


def key_id(public: Ed25519PublicKey) -> str:
    """The first 16 hexadecimal digits of the sha256 of the raw 32 bytes."""
    return hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]


def public_pem(public: Ed25519PublicKey) -> bytes:
    """The key as PEM (SubjectPublicKeyInfo), as openssl reads it."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)


def _private_pem(key: Ed25519PrivateKey) -> bytes:
    from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())


def _refuse_overwriting(*paths: Path) -> None:
    for path in paths:
        if os.path.lexists(path):
            mend = "what it signed needs it: give another folder"
            raise OutputError("is there already", where=str(path), mend=mend)


def _write_new(path: Path, content: bytes, mode: int) -> None:
    # The mode is the file's from its first instant: with a later chmod others could open it in between.
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW
    with os.fdopen(os.open(path, flags, mode), "wb", buffering=0) as file:
        try:
            written = file.write(content)
            if written != len(content):
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
            os.fsync(file.fileno())
        except OSError:
            # Half a key would be taken for one that something was signed with, and never be overwritten.
            path.unlink()
            raise


def _sync_folder(folder: Path) -> None:
    number = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


def _folder_hint(folder: Path) -> str | None:
    open_to_others = stat.S_IMODE(folder.stat().st_mode) & _OTHERS
    return f"others on this machine may enter {folder}: chmod 700 {folder}" if open_to_others else None


def _read(path: Path, *, is_private: bool) -> bytes:
    try:
        # O_NONBLOCK: opening a pipe must not wait for somebody to write into it.
        with os.fdopen(os.open(path, os.O_RDONLY | os.O_NONBLOCK), "rb") as file:
            status = os.fstat(file.fileno())
            if not stat.S_ISREG(status.st_mode):
                raise ConfigError("is not a plain file", where=str(path), mend=_MAKE)
            if is_private:
                _check_private(path, status)
            raw = file.read(MAX_FILE_BYTES + 1)
    except OSError as error:
        raise ConfigError(f"cannot be read: {error.strerror}", where=str(path), mend=_MAKE) from None
    if len(raw) > MAX_FILE_BYTES:
        raise ConfigError(f"is longer than {MAX_FILE_BYTES} bytes: no key", where=str(path))
    return raw


def _check_private(path: Path, status: os.stat_result) -> None:
    if stat.S_IMODE(status.st_mode) & _OTHERS:
        what = "others than its owner may read or change this private key"
        raise ConfigError(what, where=str(path), mend=f"chmod 600 {path}")
    if status.st_uid not in (0, os.geteuid()):
        raise ConfigError("this private key belongs to another user", where=str(path), mend=_MAKE)
