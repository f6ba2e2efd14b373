"""The example in a command's help can be copied and pasted, and does what it says."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest
import typer.main

from droneops.cli import app

ROOT = Path(__file__).parents[2]
WIDE = 100


def _commands(group, path: tuple[str, ...] = ()) -> list[tuple[str, ...]]:
    inner = getattr(group, "commands", None)
    if inner is None:
        return [path]
    return [found for name in inner for found in _commands(inner[name], (*path, name))]


COMMANDS = _commands(typer.main.get_command(app))

RUNS = [
    (("calibrate",), "calibrated.toml"),
    (("locate",), None),
    (("replay",), "out/summary.json"),
    (("rules", "diff"), "patrol/new.toml"),
    (("telemetry",), None),
    (("zones", "list"), None),
    (("zones", "check"), None),
    (("zones", "import"), "parks.geojson"),
    (("zones", "export"), "parks.plan"),
]
"""The commands whose example needs nothing but the repository and ends by itself, and a file that it writes.

`demo` has tests of its own; `link` listens for half a minute to a vehicle that no test has.
"""


@cache
def example_of(command: tuple[str, ...], columns: int = WIDE) -> tuple[str, ...]:
    """The lines of the example as printed, without the margin that the help is padded with."""
    done = subprocess.run(
        [sys.executable, "-m", "droneops", *command, "--help"],
        env=os.environ | {"COLUMNS": str(columns), "TERM": "dumb"},
        capture_output=True,
        text=True,
        check=True,
    )
    lines = [line.strip() for line in done.stdout.splitlines()]
    first = next(row for row, line in enumerate(lines) if line.startswith("Example: "))
    last = next(row for row in range(first, len(lines)) if not lines[row])
    return (lines[first].removeprefix("Example: "), *lines[first + 1 : last])


@pytest.mark.parametrize("command", COMMANDS, ids=" ".join)
def test_a_line_of_an_example_ends_only_where_a_shell_reads_on(command):
    *broken, last = example_of(command)
    assert [line for line in broken if not line.endswith((" \\", " &&", " |"))] == []
    assert not last.endswith("\\")


@pytest.mark.parametrize("command", [name for name, _ in RUNS if name != ("telemetry",)], ids=" ".join)
def test_an_example_of_several_lines_fits_a_terminal_of_80_columns(command):
    assert example_of(command, 80) == example_of(command)


@pytest.mark.parametrize(("command", "file"), RUNS, ids=lambda value: " ".join(value) if value else "")
def test_an_example_runs_as_it_is_printed(tmp_path, command, file):
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    shim = tmp_path / "bin" / "droneops"
    shim.parent.mkdir()
    shim.write_text(f'#!/bin/sh\nexec {sys.executable} -m droneops "$@"\n')
    shim.chmod(0o755)
    done = subprocess.run(
        ["/bin/sh", "-c", "\n".join(example_of(command))],
        cwd=tmp_path,
        env=os.environ | {"PATH": f"{shim.parent}:{os.environ['PATH']}", "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=300,
    )
    assert done.returncode == 0, done.stderr
    assert file is None or (tmp_path / file).is_file()
