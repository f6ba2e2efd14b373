"""The result folder appears whole or not at all."""

from __future__ import annotations

import resource
from pathlib import Path

import pytest

from droneops.errors import OutputError
from droneops.replay.folder import ResultFolder


def test_files_appear_under_their_names_only_with_the_commit(tmp_path) -> None:
    out = tmp_path / "out"
    with ResultFolder(out) as folder:
        folder.write("a.txt", b"a")
        folder.write("evidence/b.zip", b"b")
        assert not out.exists()
        folder.commit()
    assert sorted(path.name for path in out.iterdir()) == ["a.txt", "evidence"]
    assert (out / "evidence" / "b.zip").read_bytes() == b"b"


def test_there_may_be_more_files_than_a_process_may_have_open(tmp_path) -> None:
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (len(list(Path("/proc/self/fd").iterdir())) + 50, hard))
    try:
        with ResultFolder(tmp_path / "out") as folder:
            for number in range(200):
                folder.write(f"evidence/{number}.zip", b"z")
            folder.commit()
    finally:
        resource.setrlimit(resource.RLIMIT_NOFILE, (soft, hard))
    assert len(list((tmp_path / "out" / "evidence").iterdir())) == 200


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_nothing(tmp_path, failure) -> None:
    with pytest.raises(failure), ResultFolder(tmp_path / "out") as folder:
        folder.write("a.txt", b"a")
        raise failure
    assert not (tmp_path / "out").exists()


def test_a_folder_that_is_there_and_empty_is_filled(tmp_path) -> None:
    with ResultFolder(tmp_path) as folder:
        folder.write("a.txt", b"a")
        folder.commit()
    assert [path.name for path in tmp_path.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("there", [True, False])
def test_what_a_killed_run_left_is_cleared_away(tmp_path, there) -> None:
    out = tmp_path / "out"
    left = out / ".partial" if there else tmp_path / ".out.partial"
    (left / "evidence").mkdir(parents=True)
    (left / "alerts.jsonl").write_text("half")
    with ResultFolder(out) as folder:
        folder.write("a.txt", b"a")
        folder.commit()
    assert [path.name for path in out.iterdir()] == ["a.txt"]
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


@pytest.mark.parametrize("there", [True, False])
def test_a_second_run_into_the_same_folder_is_refused_and_disturbs_nothing(tmp_path, there) -> None:
    out = tmp_path / "out"
    if there:
        out.mkdir()
    with ResultFolder(out) as folder:
        folder.write("a.txt", b"a")
        with pytest.raises(OutputError, match="another run"), ResultFolder(out):
            pass
        folder.commit()
    assert [path.name for path in out.iterdir()] == ["a.txt"]


@pytest.mark.parametrize("there", [True, False])
def test_a_file_that_appeared_meanwhile_is_not_overwritten(tmp_path, there) -> None:
    out = tmp_path / "out"
    if there:
        out.mkdir()
    with pytest.raises(OutputError), ResultFolder(out) as folder:
        folder.write("a.txt", b"ours")
        out.mkdir(exist_ok=True)
        (out / "a.txt").write_text("theirs")
        folder.commit()
    assert (out / "a.txt").read_text() == "theirs"
    assert [path.name for path in out.iterdir()] == ["a.txt"]


def test_folders_made_on_the_way_are_removed_again(tmp_path) -> None:
    with pytest.raises(RuntimeError), ResultFolder(tmp_path / "a" / "b" / "c"):
        raise RuntimeError
    assert list(tmp_path.iterdir()) == []


def test_a_file_in_the_way_is_named(tmp_path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="not a folder"), ResultFolder(tmp_path / "out"):
        pass
