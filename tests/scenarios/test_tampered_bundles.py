"""Evidence that was tampered with: each kind is refused with its reason, and where it does not fit."""

from __future__ import annotations

import hashlib
import io
import json
import os
import subprocess
import sys
import uuid
import zipfile
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from droneops.errors import UsageError
from droneops.evidence.bundle import make_bundle, store_bundle
from droneops.evidence.canonical import canonical
from droneops.evidence.check import Question, answer, answer_json, answer_text
from droneops.evidence.journal import GENESIS, next_entry, to_line
from droneops.evidence.keys import public_pem
from droneops.evidence.signature import sign
from droneops.evidence.verify import Verdict, verify_bundle

KEY = Ed25519PrivateKey.from_private_bytes(bytes(range(32)))
OTHER = Ed25519PrivateKey.from_private_bytes(bytes(range(1, 33)))
INCIDENT, BUNDLE = str(uuid.UUID(int=7)), str(uuid.UUID(int=8))
PICTURE = b"\xff\xd8" + bytes(range(256)) * 20
CLIP = hashlib.shake_256(b"clip").digest(200_000)


def alert(sequence: int, **changes: Any) -> dict[str, Any]:
    """What of an alert a bundle is checked against, and some of what a reader could misread."""
    return {
        "schema": "droneops.alert/1",
        "id": str(uuid.UUID(int=100 + sequence)),
        "incident_id": INCIDENT,
        "sequence": sequence,
        "headline": {"th": "พบบุคคล 2 คน", "en": "2 people"},
        "position": {"lat_deg": 16.54360001, "ce90_m": 48.0, "cov_m2": [[1e-7, -0.0], [2.5e-9, 1e21]]},
        "snapshot": {"sha256": hashlib.sha256(PICTURE).hexdigest(), "bytes": len(PICTURE)},
        "evidence": {"bundle_id": BUNDLE, "url": None},
        "journal_head": None,
        **changes,
    }


def sealed(table: Mapping[str, Any], key: Ed25519PrivateKey = KEY) -> bytes:
    """The alert's signed bytes."""
    signed = {**table, "signature": sign(table, key)}
    return json.dumps(signed, ensure_ascii=False, separators=(",", ":")).encode()


@dataclass(frozen=True)
class Case:
    """What a bundle is made of; ``replace`` makes another."""

    alerts: tuple[bytes, ...]
    picture: bytes = PICTURE
    previous: str | None = None
    journal_head: tuple[int, str] | None = None
    key: Ed25519PrivateKey | None = KEY
    incident: str = INCIDENT

    def raw(self) -> bytes:
        """The bundle."""
        files = {
            "alerts.jsonl": b"".join(line + b"\n" for line in self.alerts),
            "clip.mp4": CLIP,
            "sightings.jsonl": b"{}\n",
            "snapshot.jpg": self.picture,
        }
        facts = {"bundle_id": BUNDLE, "incident_id": self.incident, "versions": {"droneops": "1"}}
        signer = None if self.key is None else partial(sign, key=self.key)
        return make_bundle(files, facts, self.previous, journal_head=self.journal_head, sign=signer)[0]


CASE = Case((sealed(alert(1)), sealed(alert(2)), sealed(alert(3))))
GOOD = CASE.raw()


def verdict_of(raw: bytes, folder: Path) -> Verdict:
    path = folder / "bundle.zip"
    path.write_bytes(raw)
    return verify_bundle(path, KEY.public_key())


def problem_of(raw: bytes, folder: Path) -> str:
    verdict = verdict_of(raw, folder)
    assert verdict.problem is not None
    return verdict.problem.one_line()


def contents(raw: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(raw)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def zipped(files: Mapping[str, bytes] | list[tuple[str, bytes]], **info: Any) -> bytes:
    """A zip as others make it, with a bundle's own headers unless ``info`` says otherwise."""
    buffer = io.BytesIO()
    pairs = files.items() if isinstance(files, Mapping) else files
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in pairs:
            entry = zipfile.ZipInfo(name)
            entry.external_attr = 0o100644 << 16
            for field, value in info.items():
                setattr(entry, field, value)
            archive.writestr(entry, content)
    return buffer.getvalue()


def with_manifest(change: Callable[[dict[str, Any]], Any], *, signed: bool) -> bytes:
    """The good bundle with a changed manifest, signed anew or not."""
    files = contents(GOOD)
    table = json.loads(files["manifest.json"])
    change(table)
    if signed:
        table["signature"] = sign(table, KEY)
    return zipped({**files, "manifest.json": canonical(table)})


def test_a_bundle_as_it_was_made_is_good(tmp_path: Path) -> None:
    verdict = verdict_of(GOOD, tmp_path)
    assert verdict.problem is None
    assert (verdict.alerts, verdict.sha256) == (3, hashlib.sha256(GOOD).hexdigest())


def test_the_same_bundle_made_by_another_zip_program_is_good(tmp_path: Path) -> None:
    assert zipped(contents(GOOD)) == GOOD


def test_a_swapped_picture(tmp_path: Path) -> None:
    files = {**contents(GOOD), "snapshot.jpg": PICTURE[::-1]}
    assert problem_of(zipped(files), tmp_path).startswith("snapshot.jpg: was changed: bytes 0 to 5121")


def test_a_swapped_picture_in_a_bundle_that_was_sealed_again(tmp_path: Path) -> None:
    forged = replace(CASE, picture=b"another").raw()
    assert "snapshot.jpg: is another picture than the one the alerts speak of" in problem_of(forged, tmp_path)


def test_a_picture_under_another_alerts_number(tmp_path: Path) -> None:
    def made(name: str) -> bytes:
        spoken_of = hashlib.sha256(PICTURE).hexdigest()
        lines = (sealed(alert(1, snapshot=None)), sealed(alert(2, snapshot={"sha256": spoken_of})))
        alerts = b"".join(line + b"\n" for line in (*lines, sealed(alert(3, snapshot={"sha256": "0" * 64}))))
        files = {"alerts.jsonl": alerts, name: PICTURE}
        facts = {"bundle_id": BUNDLE, "incident_id": INCIDENT}
        return make_bundle(files, facts, None, sign=partial(sign, key=KEY))[0]

    assert verdict_of(made("snapshot-2.jpg"), tmp_path).good
    assert verdict_of(made("snapshot.jpg"), tmp_path).good
    for number in (3, 9):
        assert "is another picture" in problem_of(made(f"snapshot-{number}.jpg"), tmp_path)


def test_a_changed_block_of_the_clip_is_named(tmp_path: Path) -> None:
    clip = bytearray(CLIP)
    clip[150_000] ^= 1
    forged = zipped({**contents(GOOD), "clip.mp4": bytes(clip)})
    problem = verdict_of(forged, tmp_path).problem
    assert problem is not None
    assert "clip.mp4: was changed: bytes 131072 to 196607 of it" in problem.one_line()
    assert problem.at_byte == GOOD.index(CLIP) + 131_072


def test_a_removed_entry(tmp_path: Path) -> None:
    files = contents(GOOD)
    del files["sightings.jsonl"]
    assert problem_of(zipped(files), tmp_path) == "sightings.jsonl: was removed: the manifest names it"


def test_an_added_entry(tmp_path: Path) -> None:
    forged = zipped({**contents(GOOD), "note.txt": b"he did it"})
    assert problem_of(forged, tmp_path).startswith("note.txt: was added: the manifest does not name it")


def test_entries_in_another_order(tmp_path: Path) -> None:
    names = ["manifest.json", "clip.mp4", "alerts.jsonl", "sightings.jsonl", "snapshot.jpg"]
    files = contents(GOOD)
    forged = zipped({name: files[name] for name in names})
    assert "clip.mp4: stands where alerts.jsonl should" in problem_of(forged, tmp_path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_a_name_given_twice(tmp_path: Path) -> None:
    forged = zipped([*contents(GOOD).items(), ("snapshot.jpg", b"the other")])
    assert "holds 'snapshot.jpg' twice" in problem_of(forged, tmp_path)


@pytest.mark.parametrize(
    "name", ["../outside.txt", "/etc/passwd", "a/../../b", "..\\outside", "C:\\outside", "..", "x/../y"]
)
def test_a_name_that_leads_out_of_the_bundle(tmp_path: Path, name: str) -> None:
    forged = zipped({**contents(GOOD), name: b"x"})
    assert "holds a name that leads out of the bundle" in problem_of(forged, tmp_path)


@pytest.mark.parametrize("name", ["folder/", "UPPER", "a b", "x" * 300, "ชื่อ", "a\nb", ".hidden"])
def test_a_name_that_no_bundle_has(tmp_path: Path, name: str) -> None:
    assert "holds a name that no file of a bundle has" in problem_of(
        zipped({**contents(GOOD), name: b""}), tmp_path
    )


def test_a_symbolic_link(tmp_path: Path) -> None:
    forged = zipped(contents(GOOD), external_attr=0o120777 << 16)
    assert "symbolic link" in problem_of(forged, tmp_path)


def test_a_zip_bomb_is_refused_before_anything_is_unpacked(tmp_path: Path) -> None:
    bomb = zipped({**contents(GOOD), "zeros.bin": bytes(50 << 20)}, compress_type=zipfile.ZIP_DEFLATED)
    assert len(bomb) < 1 << 20
    assert "is compressed" in problem_of(bomb, tmp_path)


def test_a_file_that_claims_to_be_larger_than_it_is(tmp_path: Path) -> None:
    place = GOOD.index(b"clip.mp4" + CLIP[:8]) - 30
    forged = bytearray(GOOD)
    forged[place + 18 : place + 26] = b"\xf0\xff\xff\xff" * 2
    assert "is cut short inside 'clip.mp4'" in problem_of(bytes(forged), tmp_path)


def test_a_bundle_larger_than_any_is_not_read(tmp_path: Path) -> None:
    path = tmp_path / "huge.zip"
    with path.open("wb") as file:
        file.truncate((1 << 30) + 1)
    problem = verify_bundle(path, KEY.public_key()).problem
    assert problem is not None
    assert "more than the 1073741824 of any bundle" in problem.one_line()


@pytest.mark.parametrize("left", [0, 1, 29, 31, 500, len(GOOD) // 2, len(GOOD) - 23, len(GOOD) - 1])
def test_a_bundle_cut_short(tmp_path: Path, left: int) -> None:
    assert verdict_of(GOOD[:left], tmp_path).problem is not None
    if left > 30:
        assert "is cut short" in problem_of(GOOD[:left], tmp_path)


def test_bytes_before_and_after_the_archive(tmp_path: Path) -> None:
    assert "something was put before it (byte 0" in problem_of(b"#!/bin/sh\n" + GOOD, tmp_path)
    after = problem_of(GOOD + b"more", tmp_path)
    assert "is followed by bytes that do not belong to it" in after
    assert f"byte {len(GOOD)} of" in after


def test_bytes_between_two_files(tmp_path: Path) -> None:
    place = GOOD.index(b"clip.mp4" + CLIP[:8]) - 30
    forged = GOOD[:place] + b"hidden" + GOOD[place:]
    assert f"holds bytes that belong to no file (byte {place} " in problem_of(forged, tmp_path)


@pytest.mark.parametrize("name", ["manifest.json", "clip.mp4"])
def test_a_checksum_that_was_changed_wherever_it_stands(tmp_path: Path, name: str) -> None:
    crc32 = zlib.crc32(contents(GOOD)[name]).to_bytes(4, "little")
    assert GOOD.count(crc32) == 2
    assert f"{name}: " in problem_of(GOOD.replace(crc32, b"abcd"), tmp_path)


def test_a_comment_in_the_archive(tmp_path: Path) -> None:
    buffer = io.BytesIO(GOOD)
    with zipfile.ZipFile(buffer, "a") as archive:
        archive.comment = b"hello"
    assert "its directory does not fit its files" in problem_of(buffer.getvalue(), tmp_path)


def test_a_changed_manifest(tmp_path: Path) -> None:
    forged = with_manifest(lambda table: table.update(onset="earlier"), signed=False)
    assert "manifest.json: the signature does not fit the content" in problem_of(forged, tmp_path)


def test_a_manifest_signed_with_another_key(tmp_path: Path) -> None:
    assert "signed with another key" in problem_of(replace(CASE, key=OTHER).raw(), tmp_path)


def test_a_manifest_without_a_signature(tmp_path: Path) -> None:
    assert "there is no signature" in problem_of(replace(CASE, key=None).raw(), tmp_path)


def test_a_manifest_with_a_key_given_twice(tmp_path: Path) -> None:
    files = contents(GOOD)
    twice = b'{"bundle_id":"another",' + files["manifest.json"][1:]
    forged = zipped({**files, "manifest.json": twice})
    assert "holds the key 'bundle_id' twice" in problem_of(forged, tmp_path)


@pytest.mark.parametrize(
    "raw", [b"", b"null", b"[]", b"{}", b"\xff", b"[" * 100_000, b'{"a":NaN}', b"9" * 5000, b'{"a":1e999}']
)
def test_a_manifest_that_is_none(tmp_path: Path, raw: bytes) -> None:
    forged = zipped({**contents(GOOD), "manifest.json": raw})
    assert problem_of(forged, tmp_path).startswith("manifest.json: the manifest ")


def test_a_manifest_written_in_another_way(tmp_path: Path) -> None:
    files = contents(GOOD)
    spaced = json.dumps(json.loads(files["manifest.json"]), indent=1).encode()
    forged = zipped({**files, "manifest.json": spaced})
    assert "is not written as canonical JSON" in problem_of(forged, tmp_path)


def test_a_huge_manifest_is_not_read(tmp_path: Path) -> None:
    forged = zipped({**contents(GOOD), "manifest.json": bytes(2 << 20)})
    assert "more than the 1048576 of any manifest" in problem_of(forged, tmp_path)


@pytest.mark.parametrize(
    "change",
    [
        {"files": None},
        {"files": [{}]},
        {"files": [[]]},
        {"journal_head": 7},
        {"previous_bundle_sha256": 3},
        {"bundle_id": None},
        {"schema": "droneops.evidence/2"},
    ],
)
def test_a_signed_manifest_that_makes_no_sense(tmp_path: Path, change: dict[str, Any]) -> None:
    forged = with_manifest(lambda table: table.update(change), signed=True)
    assert problem_of(forged, tmp_path).startswith("manifest.json: the manifest ")


def test_no_manifest_at_all(tmp_path: Path) -> None:
    assert "begins with 'a.txt' instead of manifest.json" in problem_of(zipped({"a.txt": b""}), tmp_path)
    assert verdict_of(zipped({}), tmp_path).problem is not None


@pytest.mark.parametrize(
    ("lines", "reason"),
    [
        ((sealed(alert(1), OTHER),), "line 1: signed with another key"),
        ((sealed(alert(1)).replace(b"2 people", b"9 people"),), "line 1: the signature does not fit"),
        ((canonical({**alert(1), "signature": None}),), "line 1: there is no signature"),
        ((sealed(alert(1, incident_id="another")),), "line 1: is an alert of another incident"),
        ((sealed(alert(1)), sealed(alert(3))), "line 2: has sequence 3, where 2 should be"),
        ((sealed(alert(2)), sealed(alert(1))), "line 1: has sequence 2, where 1 should be"),
        ((sealed(alert(1)), sealed(alert(1))), "line 2: has sequence 1, where 2 should be"),
        ((sealed(alert(1, evidence={"bundle_id": "another"})),), "line 1: speaks of another bundle"),
        ((sealed(alert(1, padding="x" * 5000)),), "line 1: is longer than 4096 bytes"),
        ((b"not JSON",), "line 1: is not JSON"),
        (
            (sealed(alert(1)).replace(b'{"schema"', b'{"id":"x","schema"'),),
            "line 1: holds the key 'id' twice",
        ),
        ((), "line 1: there is no alert"),
        (
            (
                sealed(alert(1, journal_head={"n": 9, "sha256": "0" * 64})),
                sealed(alert(2, journal_head={"n": 8, "sha256": "0" * 64})),
            ),
            "line 2: was said at an earlier journal_head",
        ),
    ],
)
def test_an_alert_inside_that_does_not_fit(tmp_path: Path, lines: tuple[bytes, ...], reason: str) -> None:
    assert f"alerts.jsonl: {reason}" in problem_of(replace(CASE, alerts=lines).raw(), tmp_path)


def test_no_byte_of_a_bundle_can_be_changed(tmp_path: Path) -> None:
    path = tmp_path / "bundle.zip"
    path.write_bytes(GOOD)
    # Whole files lie under one digest, so samples of them say as much as all of their bytes.
    sampled = {CLIP: 997, PICTURE: 97, CASE.alerts[0]: 7, CASE.alerts[1]: 7}
    spans = [(range(GOOD.index(part), GOOD.index(part) + len(part)), step) for part, step in sampled.items()]
    steps = {place: step for span, step in spans for place in span}
    places = [place for place in range(len(GOOD)) if place % steps.get(place, 1) == 0]
    with path.open("r+b", buffering=0) as file:
        for place in places:
            os.pwrite(file.fileno(), bytes([GOOD[place] ^ (1 << place % 8)]), place)
            problem = verify_bundle(path, KEY.public_key()).problem
            os.pwrite(file.fileno(), GOOD[place : place + 1], place)
            assert problem is not None, place
            assert problem.at_byte is None or 0 <= problem.at_byte <= len(GOOD)
    assert len(places) > 2000
    assert verify_bundle(path, KEY.public_key()).good


@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(st.data())
def test_no_cut_paste_or_noise_passes_or_fails_without_a_reason(tmp_path: Path, data: st.DataObject) -> None:
    start = data.draw(st.integers(0, len(GOOD)))
    end = data.draw(st.integers(start, min(start + 400, len(GOOD))))
    raw = GOOD[:start] + data.draw(st.binary(max_size=60)) + GOOD[end:]
    assert verdict_of(raw, tmp_path).good == (raw == GOOD)


# Several bundles, and the journal


@dataclass
class Site:
    """A journal with three bundles in it, as a site makes them."""

    folder: Path
    lines: list[bytes]
    head: tuple[int, str] = GENESIS

    def append(self, kind: str, body: Mapping[str, Any]) -> None:
        entry = next_entry(self.head, 1_795_000_000_000_000, kind, body)
        self.lines.append(to_line(entry))
        self.head = entry.head

    def journal(self) -> Path:
        path = self.folder / "journal.jsonl"
        path.write_bytes(b"".join(self.lines))
        return path

    def question(self, *bundles: Path, **more: Any) -> Question:
        key = self.folder / "site.pub"
        key.write_bytes(public_pem(KEY.public_key()))
        return Question(bundles, (key,), **more)


@pytest.fixture
def site(tmp_path: Path) -> Site:
    return Site(tmp_path, [])


def three_bundles(site: Site) -> list[Path]:
    paths, previous = [], None
    for number in range(3):
        site.append("alert_stored", {"id": f"a{number}"})
        head = {"n": site.head[0], "sha256": site.head[1]}
        lines = (sealed(alert(1, journal_head=head)),)
        raw = replace(CASE, alerts=lines, previous=previous, journal_head=site.head).raw()
        previous = hashlib.sha256(raw).hexdigest()
        paths.append(site.folder / f"bundle-{number}.zip")
        store_bundle(paths[-1], raw, {"bundle_id": BUNDLE, "incident_id": INCIDENT}, site.append)
    return paths


def problems(found: Any) -> list[str | None]:
    return [None if v.problem is None else v.problem.one_line() for v in found.verdicts]


def test_bundles_that_are_in_the_journal_are_good(site: Site) -> None:
    paths = three_bundles(site)
    found = answer(site.question(*paths, journal=site.journal()))
    assert found.good
    assert [verdict["notes"] for verdict in answer_json(found)["bundles"]] == [[], [], []]
    assert answer_text(found).count("good  ") == 3


def test_a_bundle_that_the_journal_does_not_name(site: Site) -> None:
    paths = three_bundles(site)
    site.lines.pop()
    found = answer(site.question(*paths, journal=site.journal()))
    assert problems(found)[:2] == [None, None]
    assert "is not in the journal" in str(problems(found)[2])


def test_a_journal_that_was_written_anew_does_not_fit_the_heads_in_alerts(site: Site) -> None:
    paths = three_bundles(site)
    forged = Site(site.folder, [])
    for line in site.lines:
        table = json.loads(line)
        forged.append(table["kind"], {**table["body"], "id": "forged"})
    found = answer(site.question(*paths, journal=forged.journal()))
    assert not found.good
    assert "a journal_head in it says that entry 1 has sha256" in str(problems(found)[0])


def test_an_alert_that_the_police_hold_shows_a_journal_cut_short(site: Site) -> None:
    paths = three_bundles(site)
    held = site.folder / "held.jsonl"
    head = {"n": site.head[0], "sha256": site.head[1]}
    held.write_bytes(sealed(alert(1, incident_id="later", journal_head=head)) + b"\n")
    assert answer(site.question(paths[0], journal=site.journal(), alerts=held)).good
    del site.lines[4:]
    found = answer(site.question(paths[0], journal=site.journal(), alerts=held))
    assert not found.good
    assert "an alert that is held names entry 6, but the journal ends at 4" in str(found.journal_problem)


def test_an_alert_that_the_police_hold_but_the_bundle_does_not(site: Site) -> None:
    paths = three_bundles(site)
    held = site.folder / "held.jsonl"
    held.write_bytes(sealed(alert(2)) + b"\n")
    found = answer(site.question(paths[0], alerts=held))
    assert "lacks the alert of sequence 2 as it was received" in str(problems(found)[0])


@pytest.mark.parametrize(
    "raw", [b"no alert", sealed(alert(1), OTHER), sealed(alert(1, journal_head=7)), b"[" * 4000, b"x" * 5000]
)
def test_what_is_no_alert_of_the_site_proves_nothing(site: Site, raw: bytes) -> None:
    paths = three_bundles(site)
    held = site.folder / "held.jsonl"
    held.write_bytes(raw)
    with pytest.raises(UsageError, match="proves nothing"):
        answer(site.question(paths[0], alerts=held))


def test_a_changed_journal_is_named_at_its_first_entry_that_does_not_fit(site: Site) -> None:
    paths = three_bundles(site)
    site.lines[2] = site.lines[2].replace(b'"a1"', b'"a9"')
    found = answer(site.question(*paths, journal=site.journal()))
    assert str(found.journal_problem).startswith("journal, line 3: entry 3 was changed")
    assert not found.good


def test_a_bundle_given_twice_accuses_nobody(site: Site) -> None:
    first, second, _ = three_bundles(site)
    copy = site.folder / "copy.zip"
    copy.write_bytes(second.read_bytes())
    assert answer(site.question(first, second, copy, second)).good


def test_the_export_of_the_outbox_is_taken_for_the_journal_that_it_holds(site: Site) -> None:
    paths = three_bundles(site)
    export = site.folder / "export.jsonl"

    def exported(lines: list[bytes]) -> Path:
        others = [b'{"type":"alert","raw":"' + b"x" * 200_000 + b'"}\n', b'{"type":"refusal","n":1}\n']
        wrapped = [b'{"type":"journal","entry":' + line.strip() + b"}\n" for line in lines]
        export.write_bytes(b"".join(others + wrapped))
        return export

    assert answer(site.question(*paths, journal=exported(site.lines))).good
    changed = [line.replace(b'"a1"', b'"a9"') for line in site.lines]
    found = answer(site.question(*paths, journal=exported(changed)))
    assert "entry 3 was changed" in str(found.journal_problem)


def test_a_drill_that_was_sealed_again_as_a_real_case(tmp_path: Path) -> None:
    drill = Case((sealed(alert(1, status="exercise")),))
    files = contents(drill.raw())
    table = {**json.loads(files["manifest.json"]), "status": "actual"}
    table["signature"] = sign(table, KEY)
    raw = zipped({**files, "manifest.json": canonical(table)})
    assert "line 1: is of status exercise, the manifest says actual" in problem_of(raw, tmp_path)


@pytest.mark.parametrize(("name", "fact"), [("zones.jsonl", "zones_sha256"), ("rules.json", "rules_sha256")])
def test_zones_or_rules_that_are_not_those_of_the_facts(tmp_path: Path, name: str, fact: str) -> None:
    files = {"alerts.jsonl": CASE.alerts[0] + b"\n", name: b"[]"}
    facts = {"bundle_id": BUNDLE, "incident_id": INCIDENT}
    signer = partial(sign, key=KEY)
    digest = hashlib.sha256(b"[]").hexdigest()
    good, _ = make_bundle(files, {**facts, fact: digest}, None, sign=signer)
    assert verdict_of(good, tmp_path).good
    raw, _ = make_bundle(files, {**facts, fact: "0" * 64}, None, sign=signer)
    assert f"{name}: is not the one that the manifest's {fact} is of" in problem_of(raw, tmp_path)


def test_two_bundles_that_follow_the_same_one(site: Site) -> None:
    first, second, _ = three_bundles(site)
    rival = site.folder / "rival.zip"
    previous = hashlib.sha256(first.read_bytes()).hexdigest()
    rival.write_bytes(replace(CASE, previous=previous).raw())
    found = answer(site.question(first, second, rival))
    assert [problem is None for problem in problems(found)] == [True, False, False]
    assert "as another one of these does" in str(problems(found)[1])


def test_a_missing_bundle_between_two_is_said(site: Site) -> None:
    first, _, third = three_bundles(site)
    found = answer(site.question(first, third))
    assert found.good
    assert "is not among these" in answer_text(found)


# Without droneops

INDEPENDENT = Path(__file__).resolve().parents[2] / "docs" / "verify_evidence.py"


def run_independent(folder: Path, raw: bytes, *received: bytes) -> subprocess.CompletedProcess[str]:
    (folder / "bundle.zip").write_bytes(raw)
    (folder / "site.pub").write_bytes(public_pem(KEY.public_key()))
    (folder / "received.jsonl").write_bytes(b"".join(line + b"\n" for line in received))
    command = [sys.executable, "-I", str(INDEPENDENT), "bundle.zip", "site.pub", "received.jsonl"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True)


def test_the_verifier_of_the_documents_needs_no_droneops() -> None:
    modules = {
        line.split()[1]
        for line in INDEPENDENT.read_text().splitlines()
        if line.startswith(("import ", "from "))
    }
    assert {name.partition(".")[0] for name in modules} - set(sys.stdlib_module_names) == {"cryptography"}


def test_a_short_script_without_droneops_verifies_a_bundle(tmp_path: Path) -> None:
    assert run_independent(tmp_path, GOOD, *CASE.alerts).stdout == "good\n"
    changed = with_manifest(lambda table: table.update(onset="earlier"), signed=False)
    swapped = zipped({**contents(GOOD), "snapshot.jpg": b"x"})
    unsigned = replace(CASE, key=None).raw()
    other_alert = replace(CASE, alerts=(sealed(alert(1), OTHER),)).raw()
    files = contents(GOOD)
    # The last "schema" is the one that was signed; a reader that takes the first sees another manifest.
    twice = zipped({**files, "manifest.json": b'{"schema":"forged",' + files["manifest.json"][1:]})
    for forged, reason in (
        (twice, "bad: a key is given twice"),
        (changed, "bad: the signature of manifest.json does not fit it"),
        (swapped, "bad: snapshot.jpg is not the file that the manifest names"),
        (unsigned, "bad: manifest.json is not signed"),
        (other_alert, "bad: the signature of alert 1 does not fit it"),
    ):
        done = run_independent(tmp_path, forged)
        assert (done.returncode, done.stderr.strip()) == (1, reason)


def test_the_script_misses_an_alert_that_was_received_and_left_out(tmp_path: Path) -> None:
    shorter = replace(CASE, alerts=CASE.alerts[:2]).raw()
    done = run_independent(tmp_path, shorter, *CASE.alerts)
    assert done.stderr.strip() == "bad: alert 3 that you received is not in the bundle"


def test_openssl_verifies_an_alert(tmp_path: Path) -> None:
    table = alert(1)
    (tmp_path / "message").write_bytes(canonical(table))
    import base64

    (tmp_path / "value").write_bytes(base64.b64decode(sign(table, KEY)["value"]))
    (tmp_path / "site.pub").write_bytes(public_pem(KEY.public_key()))
    command = "openssl pkeyutl -verify -pubin -inkey site.pub -rawin -in message -sigfile value"
    done = subprocess.run(command.split(), cwd=tmp_path, capture_output=True, text=True)
    assert "Signature Verified Successfully" in done.stdout


def test_unzip_opens_a_bundle(tmp_path: Path) -> None:
    (tmp_path / "bundle.zip").write_bytes(GOOD)
    command = [sys.executable, "-m", "zipfile", "-t", "bundle.zip"]
    assert subprocess.run(command, cwd=tmp_path, capture_output=True).returncode == 0
