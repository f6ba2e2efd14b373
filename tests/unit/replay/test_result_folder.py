"""The result folder appears whole or not at all."""

from __future__ import annotations

import pytest

from droneops.errors import OutputError
from droneops.replay.folder import STAGING, ResultFolder


def test_files_appear_under_their_names_only_with_the_commit(tmp_path) -> None:
    out = tmp_path / "out"
    with ResultFolder(out) as folder:
        folder.write("a.txt", b"a")
        folder.write("evidence/b.zip", b"b")
        assert [path.name for path in out.iterdir()] == [STAGING]
        folder.commit()
    assert sorted(path.name for path in out.iterdir()) == ["a.txt", "evidence"]
    assert (out / "evidence" / "b.zip").read_bytes() == b"b"


@pytest.mark.parametrize("failure", [RuntimeError, KeyboardInterrupt])
def test_a_failure_leaves_nothing(tmp_path, failure) -> None:
    with pytest.raises(failure), ResultFolder(tmp_path / "out") as folder:
        folder.write("a.txt", b"a")
        raise failure
    assert not (tmp_path / "out").exists()


def test_what_an_interrupted_run_left_is_named(tmp_path) -> None:
    (tmp_path / STAGING).mkdir()
    with pytest.raises(OutputError, match="interrupted run"), ResultFolder(tmp_path):
        pass
    assert (tmp_path / STAGING).is_dir()


def test_a_file_in_the_way_is_named(tmp_path) -> None:
    (tmp_path / "out").write_text("x")
    with pytest.raises(OutputError, match="not a folder"), ResultFolder(tmp_path / "out"):
        pass
