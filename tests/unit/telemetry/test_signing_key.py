"""The file with the signing key: its forms, and one line for what is none."""

from __future__ import annotations

import base64
import hashlib
import subprocess
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.errors import ConfigError
from droneops.telemetry.signing_key import exposure_warning, read_signing_key

SECRET = bytes(range(100, 132))


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "signing.key"
    path.touch(mode=0o600)
    return path


@pytest.mark.parametrize(
    "content",
    [
        SECRET,
        SECRET.hex().encode(),
        SECRET.hex().upper().encode() + b"\r\n",
        b"  " + SECRET.hex().encode() + b"\n\n",
        base64.b64encode(SECRET),
        base64.b64encode(SECRET) + b"\n",
    ],
)
def test_a_key_may_be_bytes_hexadecimal_or_base64(key_file: Path, content: bytes) -> None:
    key_file.write_bytes(content)
    assert read_signing_key(key_file).secret == SECRET


def test_a_passphrase_gives_the_key_that_ground_stations_make_of_it(key_file: Path) -> None:
    key_file.write_text("passphrase: naga of the Mekong \n")
    assert read_signing_key(key_file).secret == hashlib.sha256(b"naga of the Mekong").digest()


def test_a_key_made_as_the_mend_says_is_read(key_file: Path) -> None:
    made = subprocess.run(["openssl", "rand", "-hex", "32"], capture_output=True)
    if made.returncode != 0:
        pytest.skip("openssl is not here")
    key_file.write_bytes(made.stdout)
    assert read_signing_key(key_file).secret.hex().encode() == made.stdout.strip()


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"\n",
        SECRET[:31],
        SECRET + b"\n",
        SECRET.hex().encode()[:-1],
        b"0123456789abcdef0123456789abcdef",  # 16 bytes as digits: 32 bytes, and no key
        b"passphrase:",
        b"passphrase: one\nand two",
        b"x" * 10_000,
        b"passphrase: " + b"x" * 10_000,
        base64.b64encode(SECRET[:30]),
    ],
)
def test_anything_else_is_one_line_with_the_mend_and_without_the_content(key_file: Path, content) -> None:
    key_file.write_bytes(content)
    with pytest.raises(ConfigError) as caught:
        read_signing_key(key_file)
    text = str(caught.value)
    assert "openssl rand -hex 32" in text
    assert str(key_file) in text
    assert "0123456789" not in text
    assert "\n" not in text


def test_a_key_of_zeros_is_refused(key_file: Path) -> None:
    key_file.write_bytes(b"00" * 32)
    with pytest.raises(ConfigError, match="stands for no signing"):
        read_signing_key(key_file)


def test_a_missing_file_and_a_folder_are_config_errors(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none.key"):
        with pytest.raises(ConfigError, match=str(path)):
            read_signing_key(path)


@given(st.binary(max_size=80))
def test_no_content_is_more_than_a_config_error(tmp_path_factory, content: bytes) -> None:
    path = tmp_path_factory.getbasetemp() / "any.key"
    path.write_bytes(content)
    try:
        key = read_signing_key(path)
    except ConfigError:
        return
    assert len(key.secret) == 32


@pytest.mark.parametrize(
    ("mode", "is_exposed"), [(0o600, False), (0o400, False), (0o640, True), (0o604, True)]
)
def test_a_key_that_others_may_read_is_warned_of(key_file: Path, mode: int, is_exposed: bool) -> None:
    key_file.chmod(mode)
    warning = exposure_warning(key_file)
    assert (warning is not None) == is_exposed
    if warning is not None:
        assert "chmod 600" in warning


def test_a_file_that_is_not_there_exposes_nothing(tmp_path: Path) -> None:
    assert exposure_warning(tmp_path / "none.key") is None
