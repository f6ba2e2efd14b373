"""A full disk, for real: a small file system of its own; skipped where none can be mounted."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A file system of 200 KiB."""
    if os.geteuid() != 0:
        pytest.skip("mounting a small file system needs root")
    folder = tmp_path / "disk"
    folder.mkdir()
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=200k", "tmpfs", str(folder)], capture_output=True, text=True
    )
    if mounted.returncode != 0:
        pytest.skip(f"no file system can be mounted here: {mounted.stderr.strip()}")
    yield folder
    subprocess.run(["umount", str(folder)], check=True)


def test_a_full_disk_is_one_line_and_leaves_nothing_behind(droneops, example, small_disk) -> None:
    out = small_disk / "out"
    arguments = ("--video", example / "video.mp4", "--site", example / "site.toml", "--out", out)
    outcome = droneops("replay", "--telemetry", example / "capture.tlog", *arguments)
    assert outcome.status == 2
    assert "No space left" in outcome.error
    assert str(out) in outcome.error
    assert not out.exists()


def test_a_full_disk_leaves_a_folder_that_was_there_as_it_was(droneops, example, small_disk) -> None:
    out = small_disk / "out"
    out.mkdir()
    arguments = ("--video", example / "video.mp4", "--site", example / "site.toml", "--out", out)
    assert droneops("replay", "--telemetry", example / "capture.tlog", *arguments).status == 2
    assert list(out.iterdir()) == []
