"""Keys: the private one is its owner's alone and is never overwritten."""

from __future__ import annotations

import errno
import hashlib
import os
import stat
import subprocess
from pathlib import Path

import pytest

from droneops.errors import ConfigError, OutputError
from droneops.evidence.keys import key_id, load_private, load_public, make_key_pair


def test_a_new_pair_belongs_together(tmp_path: Path) -> None:
    made = make_key_pair(tmp_path / "keys")
    private, public = load_private(made.private), load_public(made.public)
    assert private.public_key() == public
    assert made.key_id == key_id(public) == hashlib.sha256(public.public_bytes_raw()).hexdigest()[:16]
    assert made.hint is None


def test_only_the_owner_may_read_the_private_key(tmp_path: Path) -> None:
    before = os.umask(0)
    try:
        made = make_key_pair(tmp_path / "keys")
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.private.stat().st_mode) == 0o600
    assert stat.S_IMODE(made.private.parent.stat().st_mode) == 0o700


def test_a_folder_open_to_others_is_said(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    assert "chmod 700" in str(make_key_pair(tmp_path).hint)


@pytest.mark.parametrize("there", ["site.key", "site.pub"])
def test_no_key_is_overwritten(tmp_path: Path, there: str) -> None:
    (tmp_path / there).write_text("old")
    with pytest.raises(OutputError, match="is there already"):
        make_key_pair(tmp_path)
    assert [(path.name, path.read_text()) for path in tmp_path.iterdir()] == [(there, "old")]


def test_a_full_disk_leaves_no_half_key_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(_number: int) -> None:
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    with monkeypatch.context() as patched:
        patched.setattr(os, "fsync", full)
        with pytest.raises(OutputError, match="No space left"):
            make_key_pair(tmp_path)
    assert list(tmp_path.iterdir()) == []
    assert make_key_pair(tmp_path).private.exists()


def test_a_link_that_leads_elsewhere_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "site.key").symlink_to(tmp_path / "elsewhere")
    with pytest.raises(OutputError):
        make_key_pair(tmp_path)
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o620, 0o601])
def test_a_private_key_that_others_can_reach_is_not_loaded(tmp_path: Path, mode: int) -> None:
    made = make_key_pair(tmp_path)
    made.private.chmod(mode)
    with pytest.raises(ConfigError, match="chmod 600"):
        load_private(made.private)


def test_what_is_no_key_is_refused_in_one_line(tmp_path: Path) -> None:
    made = make_key_pair(tmp_path)
    junk = tmp_path / "junk"
    for content in (b"", b"junk", made.public.read_bytes(), b"x" * 5000):
        junk.write_bytes(content)
        junk.chmod(0o600)
        with pytest.raises(ConfigError):
            load_private(junk)
    for content in (b"", b"junk", made.private.read_bytes(), b"x" * 5000):
        junk.write_bytes(content)
        with pytest.raises(ConfigError):
            load_public(junk)
    for path in (tmp_path, tmp_path / "missing"):
        with pytest.raises(ConfigError):
            load_public(path)


def test_a_pipe_is_not_waited_for(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe", 0o600)
    with pytest.raises(ConfigError, match="plain file"):
        load_private(tmp_path / "pipe")


def test_a_key_of_another_kind_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "rsa"
    subprocess.run(["openssl", "genpkey", "-algorithm", "X25519", "-out", path], check=True)
    path.chmod(0o600)
    with pytest.raises(ConfigError, match="Ed25519"):
        load_private(path)


def test_a_pair_made_by_openssl_can_be_used(tmp_path: Path) -> None:
    key, pub = tmp_path / "k", tmp_path / "p"
    subprocess.run(["openssl", "genpkey", "-algorithm", "ed25519", "-out", key], check=True)
    subprocess.run(["openssl", "pkey", "-in", key, "-pubout", "-out", pub], check=True)
    key.chmod(0o600)
    assert load_private(key).public_key() == load_public(pub)
