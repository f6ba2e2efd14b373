"""``python -m detectors.training``: one line for what is wrong, help for the rest."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from detectors.training.__main__ import COMMANDS, main


def test_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--help"]) == 0
    text = capsys.readouterr().out
    assert all(name in text for name in COMMANDS)


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_has_its_file(name: str) -> None:
    assert importlib.util.find_spec(f"detectors.training.{name}_command") is not None


def test_an_unknown_command_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["trian"]) == 2
    assert "no command 'trian'" in capsys.readouterr().err


def test_a_set_that_is_not_there_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("torch", reason="training needs torch, which running does not")
    missing = tmp_path / "none"
    status = main(["train", "--data", str(missing), "--steps", "1", "--out", str(tmp_path / "a.ckpt")])
    assert status == 2
    error = capsys.readouterr().err
    assert str(missing) in error and error.count("\n") == 1


@pytest.mark.parametrize("size", ["640", "640x100", "0x64", "axb"])
def test_a_size_that_the_net_cannot_take_is_one_line(
    size: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pytest.importorskip("torch", reason="the exporter needs torch")
    assert main(["export", str(tmp_path / "a.ckpt"), "--out", "b.onnx", "--size", size]) == 2
    assert f"--size {size}" in capsys.readouterr().err
