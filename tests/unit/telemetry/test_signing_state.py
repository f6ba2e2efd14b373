"""The signing timestamps outlast a restart, and damage to them stops nothing."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.telemetry.signing_state import SigningState, read_signing_state, save_signing_state

STATE = SigningState(sent=375_000_000_000, believed=375_000_000_001)


def test_what_was_saved_is_read_back(tmp_path: Path) -> None:
    save_signing_state(tmp_path / "state", SigningState(1, 2))
    save_signing_state(tmp_path / "state", STATE)
    assert read_signing_state(tmp_path / "state") == STATE
    assert [path.name for path in tmp_path.iterdir()] == ["state"]


def test_without_a_file_our_clock_alone_counts(tmp_path: Path) -> None:
    assert read_signing_state(tmp_path / "none") == SigningState()


@pytest.mark.parametrize(
    "text", ["", "[]", "{}", '{"sent": 1}', '{"sent": -1, "believed": 0}', '{"sent": true, "believed": 0}']
)
def test_a_file_that_makes_no_sense_counts_as_none(tmp_path: Path, text: str) -> None:
    (tmp_path / "state").write_text(text)
    assert read_signing_state(tmp_path / "state") == SigningState()


@given(junk=st.binary(max_size=200))
def test_any_bytes_give_a_state(tmp_path_factory: pytest.TempPathFactory, junk: bytes) -> None:
    path = tmp_path_factory.mktemp("state") / "state"
    path.write_bytes(junk)
    assert isinstance(read_signing_state(path), SigningState)
