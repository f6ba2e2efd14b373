"""Evidence bundles: whole, chained, the same bytes for the same content."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile

from droneops.evidence.bundle import make_bundle

FILES = {"b.jpg": b"picture", "a.jsonl": b"{}\n"}


def manifest(raw: bytes) -> dict:
    return json.loads(zipfile.ZipFile(io.BytesIO(raw)).read("manifest.json"))


def test_the_manifest_names_every_file_with_its_digest() -> None:
    raw, _ = make_bundle(FILES, {"incident_id": "i"}, None)
    entries = manifest(raw)["files"]
    archive = zipfile.ZipFile(io.BytesIO(raw))
    assert sorted(archive.namelist()) == sorted(["manifest.json", *(entry["name"] for entry in entries)])
    for entry in entries:
        content = archive.read(entry["name"])
        assert (len(content), hashlib.sha256(content).hexdigest()) == (entry["bytes"], entry["sha256"])


def test_the_same_content_is_the_same_bytes() -> None:
    assert make_bundle(FILES, {"n": 1}, None) == make_bundle(dict(reversed(FILES.items())), {"n": 1}, None)


def test_each_bundle_names_the_one_before() -> None:
    first, digest = make_bundle(FILES, {}, None)
    second, _ = make_bundle(FILES, {}, digest)
    assert digest == hashlib.sha256(first).hexdigest()
    assert manifest(first)["previous_bundle_sha256"] is None
    assert manifest(second)["previous_bundle_sha256"] == digest
