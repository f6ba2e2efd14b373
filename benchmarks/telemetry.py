"""How fast a .tlog is read, against pymavlink in the same run, and in how much memory.

    python benchmarks/telemetry.py [--log FILE] [--repeats 3] [--skip-gigabyte] [--json]

The log is the synthetic one (benchmarks/synthetic_log.py, 250,000 frames) unless one is given. Every figure
is the best of the repeats. Two limits are measured with it: reading the bytes and touching each once (no
reader can do less), and the bare walk, a loop of plain Python that hops from header to header by the lengths
and looks at nothing else (no reader that goes frame by frame in Python can do less). mavio, another reader
of .tlog (PyPI, MIT), is measured where it is installed; it decodes every type, and has no way to pick some.
"""

from __future__ import annotations

import argparse
import asyncio
import importlib.util
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

os.environ |= {"MAVLINK20": "1", "MAVLINK_DIALECT": "ardupilotmega"}

import numpy as np
from pymavlink import mavutil
from synthetic_log import synthetic_log

from droneops.telemetry.tlog import Tlog, read_tlog

THREE = ("ATTITUDE", "GLOBAL_POSITION_INT", "GPS_RAW_INT")
FRAMES = 250_000
GIGABYTE = 1_000_000_000


def main() -> None:
    """Measure and print."""
    arguments = _arguments()
    with tempfile.TemporaryDirectory() as folder:
        log = arguments.log or Path(folder) / "synthetic.tlog"
        if arguments.log is None:
            log.write_bytes(synthetic_log(FRAMES))
        figures = _figures(log, arguments.repeats)
        if not arguments.skip_gigabyte:
            figures["gigabyte"] = _gigabyte(log, Path(folder) / "gigabyte.tlog")
    print(json.dumps(figures, indent=1) if arguments.json else _table(figures))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--log", type=Path)
    parser.add_argument("--repeats", type=int, default=3)
    parser.add_argument("--skip-gigabyte", action="store_true")
    parser.add_argument("--json", action="store_true")
    return parser.parse_args()


def _figures(log: Path, repeats: int) -> dict[str, Any]:
    mavio = {} if importlib.util.find_spec("mavio") is None else {"mavio_all_types": _mavio_all}
    seconds = {
        name: _best(repeats, function, log)
        for name, function in {
            "read_bytes": _touch_bytes,
            "bare_walk": _bare_walk,
            "droneops_three_types": _droneops_three,
            "droneops_all_types": _droneops_all,
            "mavmmaplog_three_types": _mavmmaplog_three,
            "mavlogfile_three_types": _mavlogfile_three,
            "mavlogfile_all_types": _mavlogfile_all,
            **mavio,
            "command_summary": _command_summary,
            "command_three_types_jsonl": _command_three,
            "mavlogdump_three_types": _mavlogdump_three,
            "mavlogdump_three_types_json": _mavlogdump_three_json,
        }.items()
    }
    ours = read_tlog(log)
    return {
        "log": {"bytes": log.stat().st_size, "frames": len(ours.headers), "types": len(ours.messages)},
        "seconds": {name: round(value, 4) for name, value in seconds.items()},
        "ratios": _ratios(seconds),
        "mavio": {"frames_read": _mavio_all(log)}
        if mavio
        else {"skipped": "not installed: pip install mavio"},
        "equal_to_pymavlink": _equality(ours, log),
    }


def _ratios(seconds: dict[str, float]) -> dict[str, float]:
    pairs = {
        "mavmmaplog / droneops, three types": ("mavmmaplog_three_types", "droneops_three_types"),
        "mavlogfile / droneops, three types": ("mavlogfile_three_types", "droneops_three_types"),
        "mavlogfile / droneops, all types": ("mavlogfile_all_types", "droneops_all_types"),
        "mavio / droneops, all types": ("mavio_all_types", "droneops_all_types"),
        "mavlogdump / droneops telemetry, text / jsonl": (
            "mavlogdump_three_types",
            "command_three_types_jsonl",
        ),
        "mavlogdump / droneops telemetry, json / jsonl": (
            "mavlogdump_three_types_json",
            "command_three_types_jsonl",
        ),
        "share of the limit, three types (bare walk)": ("bare_walk", "droneops_three_types"),
        "share of the limit, three types (bytes)": ("read_bytes", "droneops_three_types"),
        "share of the limit, all types (bare walk)": ("bare_walk", "droneops_all_types"),
        "share of the limit, all types (bytes)": ("read_bytes", "droneops_all_types"),
    }
    return {name: round(seconds[a] / seconds[b], 3) for name, (a, b) in pairs.items() if a in seconds}


def _best(repeats: int, function: Callable[[Path], object], log: Path) -> float:
    times = []
    for _ in range(repeats):
        began = time.perf_counter()
        function(log)
        times.append(time.perf_counter() - began)
    return min(times)


def _touch_bytes(log: Path) -> int:
    return int(np.bitwise_xor.reduce(np.frombuffer(log.read_bytes(), dtype=np.uint8)))


def _bare_walk(log: Path) -> int:
    data = log.read_bytes()
    position, frames, limit = 0, 0, len(data) - 16
    while position <= limit:
        # 8 bytes of time, 6 or 10 of header, the payload, 2 of checksum; 13 of signature.
        if data[position + 8] == 0xFD:
            position += 20 + data[position + 9] + 13 * (data[position + 10] & 1)
        elif data[position + 8] == 0xFE:
            position += 16 + data[position + 9]
        else:
            position += 1
            continue
        frames += 1
    return frames


def _droneops_three(log: Path) -> int:
    ours = read_tlog(log)
    return sum(len(ours.table(name)) for name in THREE)


def _droneops_all(log: Path) -> int:
    ours = read_tlog(log)
    return sum(len(ours.table(name)) for name in ours.messages if name in ours.dialect.by_name)


def _mavmmaplog_three(log: Path) -> int:
    return _received(mavutil.mavmmaplog(str(log)), THREE)


def _mavlogfile_three(log: Path) -> int:
    return _received(mavutil.mavlogfile(str(log)), THREE)


def _mavlogfile_all(log: Path) -> int:
    return _received(mavutil.mavlogfile(str(log)), None)


def _mavio_all(log: Path) -> int:
    """mavio's parser on its own file reader, checksums checked; its command line adds a queue to this."""
    return asyncio.run(_mavio_frames(log))


async def _mavio_frames(log: Path) -> int:
    from mavio.io.file import FileStreamReader
    from mavio.serializer import deserialize

    reader = FileStreamReader(log)
    count = 0
    async for _ in deserialize(reader, tlog=True):
        count += 1
    reader.close()
    return count


def _received(connection: Any, types: tuple[str, ...] | None) -> int:
    count = 0
    while connection.recv_match(type=None if types is None else list(types)) is not None:
        count += 1
    connection.close()
    return count


def _command_summary(log: Path) -> None:
    _run(_droneops(log))


def _command_three(log: Path) -> None:
    _run([*_droneops(log), "--types", ",".join(THREE), "--format", "jsonl"])


def _mavlogdump_three(log: Path) -> None:
    _run([*_mavlogdump(), "--types", ",".join(THREE), str(log)])


def _mavlogdump_three_json(log: Path) -> None:
    _run([*_mavlogdump(), "--types", ",".join(THREE), "--format", "json", str(log)])


def _droneops(log: Path) -> list[str]:
    return [sys.executable, "-m", "droneops", "telemetry", str(log)]


def _mavlogdump() -> list[str]:
    return [sys.executable, str(Path(sys.executable).parent / "mavlogdump.py")]


def _run(command: list[str]) -> None:
    """Run to the end, output thrown away."""
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL)


def _peak_bytes(command: list[str]) -> int:
    """Run to the end; returns the most memory it held."""
    # A child starts with its parent's peak, and this process is large: a small one stands between.
    between = (
        "import resource, subprocess, sys\n"
        "subprocess.run(sys.argv[1:], check=True, stdout=subprocess.DEVNULL)\n"
        "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    )
    done = subprocess.run([sys.executable, "-c", between, *command], check=True, stdout=subprocess.PIPE)
    return int(done.stdout) * 1024


def _gigabyte(log: Path, big: Path) -> dict[str, Any]:
    """The log over and over until it is a gigabyte, and the most memory each command holds."""
    data = log.read_bytes()
    with big.open("wb") as file:
        while file.tell() < GIGABYTE:
            file.write(data)
    figures: dict[str, Any] = {"bytes": big.stat().st_size}
    for name, more in {
        "summary": [],
        "csv": ["--types", "ATTITUDE", "--format", "csv"],
        "jsonl": ["--types", ",".join(THREE), "--format", "jsonl"],
    }.items():
        began = time.perf_counter()
        peak = _peak_bytes([*_droneops(big), *more])
        figures[name] = {"seconds": round(time.perf_counter() - began, 2), "peak_mb": round(peak / 1e6, 1)}
    return figures


def _equality(ours: Tlog, log: Path) -> dict[str, Any]:
    """Every field of every message against pymavlink's; NaN equals NaN."""
    theirs: dict[str, list[Any]] = {}
    connection = mavutil.mavlogfile(str(log))
    while (message := connection.recv_msg()) is not None:
        theirs.setdefault(message.get_type(), []).append(message)
    counts = {name: len(messages) for name, messages in theirs.items()}
    values = different = 0
    for name in set(counts) & set(ours.dialect.by_name):
        table = ours.table(name)
        for field in table.payload.dtype.names or ():
            column = table[field]
            expected = [getattr(m, f"_{field}_raw", getattr(m, field)) for m in theirs[name]]
            values += len(expected)
            different += not _same(column, expected)
    return {"counts": counts == ours.messages, "values": values, "fields_that_differ": different}


def _same(column: np.ndarray, expected: list[Any]) -> bool:
    if column.dtype.kind == "S":
        return column.tolist() == expected
    wanted = np.array(expected, dtype=column.dtype)
    return np.array_equal(column, wanted, equal_nan=column.dtype.kind == "f")


def _table(figures: dict[str, Any]) -> str:
    lines = []
    for part, values in figures.items():
        lines.append(part)
        lines += [f"  {name:<48}{value}" for name, value in values.items()]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
