"""A recording into which somebody has put frames of his own, and the key that tells them apart."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from droneops.telemetry.crc import crc_of
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.headers import STAMP_BYTES
from droneops.telemetry.live.encode import encode
from droneops.telemetry.signing import SigningKey, sign, timestamp_at
from droneops.telemetry.tlog import parse_tlog

KEY = SigningKey(bytes(range(32)))
FORGED_LAT_DEG = 17.5


def signed(frame: bytes, stamp_us: int) -> bytes:
    """The same MAVLink 2 frame with a signature."""
    dialect = load_dialect()
    message = dialect.by_id[int.from_bytes(frame[7:10], "little")]
    body = frame[1:2] + b"\1" + frame[3:-2]
    checksum = crc_of(body + bytes([message.crc_extra])).to_bytes(2, "little")
    return sign(frame[:1] + body + checksum, KEY, 1, timestamp_at(stamp_us))


@pytest.fixture(scope="module")
def tampered(tmp_path_factory: pytest.TempPathFactory, example: Path) -> Path:
    """A minute of the example, signed, and every tenth position followed by one a degree further north."""
    log = parse_tlog((example / "capture.tlog").read_bytes()[:300_000])
    h = log.headers
    forged = encode(
        load_dialect().by_name["GLOBAL_POSITION_INT"],
        {"lat": round(FORGED_LAT_DEG * 1e7), "lon": 1_047_000_000, "alt": 300_000, "time_boot_ms": 1},
        system_id=1,
        component_id=1,
        seq=0,
    )
    records = []
    for row in np.flatnonzero(h.version == 2).tolist():
        # A recorder may stamp two frames alike; a sender's timestamps always rise.
        stamp_us = int(h.stamp_us[row]) + 20 * row
        frame = log.data[h.record_start[row] + STAMP_BYTES : h.record_end[row]]
        records.append(stamp_us.to_bytes(8, "big") + signed(frame, stamp_us))
        if row % 10 == 0:
            records.append(stamp_us.to_bytes(8, "big") + forged)
    path = tmp_path_factory.mktemp("tampered") / "tampered.tlog"
    path.write_bytes(b"".join(records))
    return path


@pytest.fixture
def key_file(tmp_path: Path) -> Path:
    path = tmp_path / "key"
    path.write_text(bytes(range(32)).hex())
    path.chmod(0o600)
    return path


def latitudes(out: Path) -> list[float]:
    features = json.loads((out / "track.geojson").read_text())["features"]
    path = next(f for f in features if f["geometry"]["type"] == "LineString")
    return [position[1] for position in path["geometry"]["coordinates"]]


def test_with_the_key_only_the_vehicles_own_frames_make_the_track(
    droneops, tampered: Path, key_file: Path, tmp_path: Path
) -> None:
    outcome = droneops(
        "replay",
        "--telemetry",
        tampered,
        "--system-id",
        "1",
        "--out",
        tmp_path / "o",
        "--signing-key",
        key_file,
    )
    assert outcome.status == 0, outcome.stderr
    assert max(latitudes(tmp_path / "o")) < FORGED_LAT_DEG - 0.5
    assert any("have no good signature" in warning for warning in outcome.warnings)


def test_with_another_key_nothing_is_believed_and_the_error_says_so(
    droneops, tampered: Path, tmp_path: Path
) -> None:
    (tmp_path / "key").write_text("ab" * 32)
    (tmp_path / "key").chmod(0o600)
    outcome = droneops(
        "replay", "--telemetry", tampered, "--out", tmp_path / "o", "--signing-key", tmp_path / "key"
    )
    assert outcome.status == 2
    assert "sign" in outcome.error
    assert not (tmp_path / "o").exists()
