"""Evidence bundles: whole, chained, signed, the same bytes for the same content."""

from __future__ import annotations

import hashlib
import io
import json
import stat
import zipfile
from collections.abc import Mapping
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from droneops.errors import OutputError
from droneops.evidence.bundle import make_bundle, store_bundle
from droneops.evidence.manifest import BLOCK_BYTES
from droneops.evidence.signature import sign, verify
from droneops.evidence.software import software_sha256

FILES = {"b.jpg": b"picture", "a.jsonl": b"{}\n"}
KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))


def manifest(raw: bytes) -> dict[str, Any]:
    table: dict[str, Any] = json.loads(zipfile.ZipFile(io.BytesIO(raw)).read("manifest.json"))
    return table


def test_the_manifest_names_every_file_with_its_digest() -> None:
    raw, _ = make_bundle(FILES, {"incident_id": "i"}, None)
    entries = manifest(raw)["files"]
    archive = zipfile.ZipFile(io.BytesIO(raw))
    assert sorted(archive.namelist()) == sorted(["manifest.json", *(entry["name"] for entry in entries)])
    for entry in entries:
        content = archive.read(entry["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])


def test_a_long_file_has_a_digest_for_each_block() -> None:
    content = bytes(BLOCK_BYTES) + b"more"
    (entry,) = manifest(make_bundle({"clip.mp4": content}, {}, None)[0])["files"]
    blocks = [content[:BLOCK_BYTES], content[BLOCK_BYTES:]]
    assert entry["blocks_sha256"] == [hashlib.sha256(block).hexdigest() for block in blocks]


def test_the_same_content_is_the_same_bytes() -> None:
    signer = partial(sign, key=KEY)
    one = make_bundle(FILES, {"n": 1}, None, sign=signer)
    assert one == make_bundle(dict(reversed(FILES.items())), {"n": 1}, None, sign=signer)


def test_each_bundle_names_the_one_before() -> None:
    first, digest = make_bundle(FILES, {}, None)
    second, _ = make_bundle(FILES, {}, digest)
    assert digest == hashlib.sha256(first).hexdigest()
    assert manifest(first)["previous_bundle_sha256"] is None
    assert manifest(second)["previous_bundle_sha256"] == digest


def test_a_signature_is_over_the_manifest_and_the_journals_head() -> None:
    head = (7, "a" * 64)
    table = manifest(make_bundle(FILES, {}, None, journal_head=head, sign=partial(sign, key=KEY))[0])
    verify(table, KEY.public_key())
    assert table["journal_head"] == {"n": 7, "sha256": "a" * 64}
    assert manifest(make_bundle(FILES, {}, None)[0])["signature"] is None


@pytest.mark.parametrize("facts", [{"files": []}, {"signature": None}, {"x": float("nan")}])
def test_facts_that_a_manifest_cannot_hold_are_refused(facts: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"\w"):
        make_bundle(FILES, facts, None)


@pytest.mark.parametrize("name", ["manifest.json", "timestamp.tsr"])
def test_the_bundles_own_names_are_not_given_away(name: str) -> None:
    with pytest.raises(ValueError, match="bundle's own"):
        make_bundle({name: b""}, {}, None)


def test_a_stored_bundle_is_on_disk_when_the_journal_hears_of_it(tmp_path: Path) -> None:
    path = tmp_path / "b.zip"
    heard: list[tuple[str, Mapping[str, Any], bytes]] = []
    raw, digest = make_bundle(FILES, {}, None)
    store_bundle(
        path, raw, {"bundle_id": "b"}, lambda kind, body: heard.append((kind, body, path.read_bytes()))
    )
    body = {"bundle_id": "b", "name": "b.zip", "bytes": len(raw), "sha256": digest}
    assert heard == [("evidence_made", body, raw)]
    assert [entry.name for entry in tmp_path.iterdir()] == ["b.zip"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_a_bundle_that_cannot_be_stored_is_not_in_the_journal(tmp_path: Path) -> None:
    def append(kind: str, body: Mapping[str, Any]) -> None:
        raise AssertionError

    with pytest.raises(OutputError, match="no bundle can be written"):
        store_bundle(tmp_path / "missing" / "b.zip", b"raw", {}, append)


def test_the_softwares_digest_is_of_what_runs() -> None:
    assert software_sha256() == software_sha256()
    assert len(software_sha256()) == 64
