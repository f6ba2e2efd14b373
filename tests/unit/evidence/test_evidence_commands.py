"""`droneops keys` and `droneops evidence`: exit status, one line a fault, and no private key anywhere."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer

from droneops.cli.evidence import evidence
from droneops.cli.keys import keys
from droneops.errors import ConfigError, DroneopsError, InputError, OutputError
from droneops.evidence.bundle import make_bundle
from droneops.evidence.keys import load_private
from droneops.evidence.signature import sign, signer


def run(group: typer.Typer, *arguments: object) -> int:
    return int(group(args=[str(argument) for argument in arguments], standalone_mode=False) or 0)


def bundle(folder: Path, key: Path | None) -> Path:
    signing = None if key is None else signer(key)
    table = {"schema": "droneops.alert/1", "incident_id": "i", "sequence": 1, "journal_head": None}
    signature = None if key is None else sign(table, load_private(key))
    alert = json.dumps({**table, "signature": signature}).encode()
    path = folder / "b.zip"
    facts = {"bundle_id": "b", "incident_id": "i"}
    path.write_bytes(make_bundle({"alerts.jsonl": alert + b"\n"}, facts, None, sign=signing)[0])
    return path


def test_a_pair_is_made_and_shown_without_its_private_half(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(keys, "make", tmp_path / "k") == 0
    assert run(keys, "show", tmp_path / "k") == 0
    assert run(keys, "show", tmp_path / "k", "--json") == 0
    said = capsys.readouterr()
    secret = "".join((tmp_path / "k" / "site.key").read_text().splitlines()[1:-1])
    assert secret not in said.out + said.err
    assert (tmp_path / "k" / "site.pub").read_text() in said.out
    table = json.loads(said.out.splitlines()[-1])
    assert table["key_id"] in said.out.splitlines()[0]


def test_a_second_pair_does_not_replace_the_first(tmp_path: Path) -> None:
    assert run(keys, "make", tmp_path) == 0
    before = (tmp_path / "site.key").read_bytes()
    with pytest.raises(OutputError, match="is there already"):
        run(keys, "make", tmp_path)
    assert (tmp_path / "site.key").read_bytes() == before


def test_a_good_bundle_and_a_bad_one(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    run(keys, "make", tmp_path)
    path = bundle(tmp_path, tmp_path / "site.key")
    assert run(evidence, "verify", path, "--public-key", tmp_path / "site.pub") == 0
    assert capsys.readouterr().out.splitlines()[-1].startswith(f"good  {path}: incident i, 1 alerts")
    path.write_bytes(path.read_bytes() + b"x")
    assert run(evidence, "verify", path, "--public-key", tmp_path / "site.pub", "--json") == 1
    told: dict[str, Any] = json.loads(capsys.readouterr().out)
    assert told["good"] is False
    assert told["bundles"][0]["problem"]["byte"] == path.stat().st_size - 1


def test_one_of_several_keys_may_fit(tmp_path: Path) -> None:
    run(keys, "make", tmp_path / "old")
    run(keys, "make", tmp_path / "new")
    path = bundle(tmp_path, tmp_path / "old" / "site.key")
    both = [f"--public-key={tmp_path / name / 'site.pub'}" for name in ("new", "old")]
    assert run(evidence, "verify", path, *both) == 0
    assert run(evidence, "verify", path, both[0]) == 1


def test_what_cannot_be_read_is_no_verdict(tmp_path: Path) -> None:
    run(keys, "make", tmp_path)
    key = f"--public-key={tmp_path / 'site.pub'}"
    with pytest.raises(InputError):
        run(evidence, "verify", tmp_path / "missing.zip", key)
    with pytest.raises(InputError):
        run(evidence, "verify", tmp_path, key)
    path = bundle(tmp_path, None)
    with pytest.raises(ConfigError):
        run(evidence, "verify", path, f"--public-key={path}")
    for option in ("--journal", "--alerts", "--tsa-certificate"):
        with pytest.raises(DroneopsError):
            run(evidence, "verify", path, key, option, tmp_path / "missing")


def test_verifying_needs_nothing_heavy() -> None:
    """The police's machine need not have what finds things in pictures."""
    code = (
        "import sys, droneops.evidence.check;"
        "print(sorted({'numpy', 'shapely', 'cv2', 'av', 'pydantic', 'paho'} & set(sys.modules)))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
