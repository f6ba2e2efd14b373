"""The bundles of a replay: signed with the site's key, the same bytes each time, and verifiable."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from dataclasses import dataclass
from pathlib import Path

import av
import pytest
from silent import Silent

from droneops.app import replay
from droneops.evidence.keys import load_public, make_key_pair
from droneops.evidence.signature import signer
from droneops.evidence.verify import verify_bundle
from droneops.replay.evidence import Seal, bundles
from droneops.replay.request import ReplayRequest
from droneops.replay.result import Result


@dataclass(frozen=True)
class Replayed:
    """A replay of the example by a site with a key, and the bundles it makes."""

    result: Result
    sightings: bytes
    seal: Seal
    public_key: Path
    made: tuple[tuple[str, bytes], ...]


@pytest.fixture(scope="module")
def replayed(example: Path, tmp_path_factory: pytest.TempPathFactory) -> Replayed:
    folder = tmp_path_factory.mktemp("site")
    pair = make_key_pair(folder / "keys")
    site = folder / "site.toml"
    site.write_text((example / "site.toml").read_text() + '\n[evidence]\nkey_file = "keys/site.key"\n')
    for name in ("camera.toml",):
        (folder / name).write_bytes((example / name).read_bytes())
    video, out = example / "video.mp4", folder / "out"
    result = replay(ReplayRequest(example / "capture.tlog", out, video=video, site=site), Silent())
    sightings = (out / "sightings.jsonl").read_bytes()
    seal = Seal(signer(pair.private), {"site.toml": site.read_bytes(), "rules.json": b"{}"}, video)
    return Replayed(result, sightings, seal, pair.public, tuple(bundles(result, sightings, seal)))


def test_they_verify_with_the_sites_public_key_and_no_other(replayed: Replayed, tmp_path: Path) -> None:
    assert replayed.made
    other = make_key_pair(tmp_path / "other").public
    for name, raw in replayed.made:
        path = tmp_path / name
        path.write_bytes(raw)
        verdict = verify_bundle(path, load_public(replayed.public_key))
        assert verdict.problem is None
        assert verdict.alerts >= 1
        assert not verify_bundle(path, load_public(other)).good


def test_the_same_input_gives_the_same_bytes(replayed: Replayed) -> None:
    assert tuple(bundles(replayed.result, replayed.sightings, replayed.seal)) == replayed.made


def test_they_hold_what_the_alerts_rest_on(replayed: Replayed) -> None:
    _, raw = replayed.made[0]
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        table = json.loads(archive.read("manifest.json"))
        site = archive.read("site.toml")
        clip = archive.read("clip.mp4")
    assert table["site_sha256"] == hashlib.sha256(site).hexdigest()
    assert table["rules_sha256"] == hashlib.sha256(b"{}").hexdigest()
    assert table["clip"]["from"] <= table["onset"]
    with av.open(io.BytesIO(clip)) as container:
        assert container.streams.video[0].codec_context.name == "h264"


def test_without_a_video_the_manifest_says_why_there_is_no_clip(replayed: Replayed) -> None:
    _, raw = next(bundles(replayed.result, replayed.sightings))
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        table = json.loads(archive.read("manifest.json"))
    assert table["clip"] == {"reason": "there is no video"}
    assert table["signature"] is None
