"""What all tests may use: the example patrol, the shared data pack, and the command line in-process."""

from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "park-patrol"
SHARED = ROOT.parent / "shared" / "data"


def pytest_configure() -> None:
    """A shell starts what runs in the background deaf to Ctrl-C; the programs under test would inherit it."""
    if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
        signal.signal(signal.SIGINT, signal.default_int_handler)


REAL = "servers, processes and clocks"
"""Tests that start servers and processes or wait for a clock: beside each other they would starve."""

STARTS_PROCESSES = frozenset(
    {"test_broker_faults", "test_delivery_faults", "test_full_disk", "test_help_examples", "test_live_soak"}
    | {"test_live_sealing", "test_outbox_command", "test_outbox_faults"}
)


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """With several workers a file stays whole in one of them, so that what a file makes once is made once."""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            path = Path(nodeid.partition("::")[0])
            is_real = "integration" in path.parts or path.stem in STARTS_PROCESSES
            return REAL if is_real else str(path)

    return ByFile(config, log)


@dataclass(frozen=True)
class Outcome:
    """What a command left: its exit status and what it printed."""

    status: int
    stdout: str
    stderr: str

    @property
    def error(self) -> str:
        """The error: the only line on stderr that is neither a warning nor progress."""
        lines = [line for line in self.stderr.splitlines() if line.startswith("droneops: ")]
        assert len(lines) == 1, self.stderr
        assert "Traceback" not in self.stderr
        return lines[0]

    @property
    def warnings(self) -> list[str]:
        """The warnings on stderr."""
        return [line for line in self.stderr.splitlines() if line.startswith("warning: ")]


Run = Callable[..., Outcome]


@pytest.fixture
def droneops(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs the command line in this process."""
    from droneops.cli import main

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["droneops", *(str(argument) for argument in arguments)])
        capsys.readouterr()
        with pytest.raises(SystemExit) as exit_info:
            main()
        text = capsys.readouterr()
        return Outcome(int(exit_info.value.code or 0), text.out, text.err)

    return run


@pytest.fixture(scope="session")
def example() -> Path:
    """The shipped example patrol."""
    return EXAMPLE


@pytest.fixture(scope="session")
def shared() -> Path:
    """The data pack beside the repository; tests that need it are skipped where it is absent."""
    if not SHARED.is_dir():
        pytest.skip("the data pack ../shared/data is not here")
    return SHARED


@pytest.fixture(scope="session")
def short_video(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Three seconds of the example's video with a sidecar of its own, cut without re-encoding."""
    import av

    path = tmp_path_factory.mktemp("video") / "short.mp4"
    with av.open(str(EXAMPLE / "video.mp4")) as source, av.open(str(path), "w") as target:
        stream = source.streams.video[0]
        copy = target.add_stream_from_template(stream)
        for packet in source.demux(stream):
            if packet.dts is None or (packet.is_keyframe and packet.pts * packet.time_base >= 3):
                break
            packet.stream = copy
            target.mux(packet)
    path.with_suffix(".json").write_text('{"start_utc": "2026-11-20T10:07:30.400Z"}')
    return path
