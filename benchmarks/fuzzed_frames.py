"""A million fuzzed frames through the log decoder and the live deframer: what is believed, and the memory.

    python benchmarks/fuzzed_frames.py [--frames 1000000] [--seed 1] [--json]

Ids, lengths, senders, flags and payloads are random. Six frames of ten are whole; the others have a byte
changed, a wrong checksum, are cut short, or have noise before them. The frames are made as they are needed,
so that memory is that of the readers. Memory is the peak of the process, at a tenth of the frames and at
the end; seconds are those of the readers alone.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import random
import resource
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from droneops.telemetry.blocks import read_blocks
from droneops.telemetry.crc import crc_of
from droneops.telemetry.dialect import Dialect, load_dialect
from droneops.telemetry.live.deframer import Deframer, Tally

START_US = 1_795_169_100_000_000
BATCH = 10_000
# What a UDP datagram or one read of a serial port brings.
FEED_BYTES = 1400
# Small blocks, so that the log is read in many.
BLOCK_BYTES = 1 << 20


def fuzzed_frames(count: int, rng: random.Random, dialect: Dialect) -> Iterator[tuple[bytes, bool]]:
    """Frames, maybe damaged; and whether the frame is whole and of a known message."""
    ids = list(dialect.by_id)
    for _ in range(count):
        is_known = rng.random() < 0.9
        message_id = rng.choice(ids) if is_known else rng.randrange(1 << 24)
        message = dialect.by_id.get(message_id)
        is_v1 = message_id < 256 and rng.random() < 0.3
        frame = _frame(rng, message_id, message.crc_extra if message else 0, is_v1)
        kind = rng.random()
        if kind < 0.6:
            yield frame, message is not None
        else:
            yield _damaged(frame, kind, rng), False


def _frame(rng: random.Random, message_id: int, crc_extra: int, is_v1: bool) -> bytes:
    payload = rng.randbytes(rng.choice((0, 1, 9, 28, rng.randrange(256), 255)))
    sender = rng.randbytes(3)
    if is_v1:
        body = bytes([len(payload)]) + sender + bytes([message_id]) + payload
        return b"\xfe" + body + _checksum(body, crc_extra)
    is_signed = rng.random() < 0.2
    flags = bytes([len(payload), int(is_signed), rng.randrange(256)])
    body = flags + sender + message_id.to_bytes(3, "little") + payload
    return b"\xfd" + body + _checksum(body, crc_extra) + (rng.randbytes(13) if is_signed else b"")


def _checksum(body: bytes, crc_extra: int) -> bytes:
    return crc_of(body + bytes([crc_extra])).to_bytes(2, "little")


def _damaged(frame: bytes, kind: float, rng: random.Random) -> bytes:
    if kind < 0.75:
        damaged = bytearray(frame)
        damaged[rng.randrange(len(frame))] ^= rng.randrange(1, 256)
        return bytes(damaged)
    if kind < 0.85:
        return frame[: rng.randrange(1, len(frame))]
    if kind < 0.95:
        return rng.randbytes(rng.randrange(1, 300)) + frame
    return bytes([rng.choice((0xFD, 0xFE)), *rng.randbytes(rng.randrange(1, 40))])


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--frames", type=int, default=1_000_000)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--json", action="store_true")
    arguments = parser.parse_args()
    # Each in a process of its own: the peak of one must not hide that of the other.
    context = multiprocessing.get_context("spawn")
    figures = {}
    for name, measure in (("log", measured_log), ("live", measured_live)):
        with context.Pool(1) as pool:
            figures[name] = pool.apply(measure, (arguments.frames, arguments.seed))
    print(json.dumps(figures, indent=1) if arguments.json else _table(figures))


def measured_log(frames: int, seed: int) -> dict[str, Any]:
    """The frames as a log of a few hundred megabytes, read block by block."""
    rng, dialect = random.Random(seed), load_dialect()  # noqa: S311 - test data, not a secret
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "fuzzed.tlog"
        whole = _write_log(path, frames, rng, dialect)
        return {"frames": frames, "whole_known": whole, "bytes": path.stat().st_size} | _read_log(path)


def _write_log(path: Path, frames: int, rng: random.Random, dialect: Dialect) -> int:
    whole = 0
    with path.open("wb") as file:
        for number, (frame, is_whole) in enumerate(fuzzed_frames(frames, rng, dialect)):
            file.write((START_US + 1000 * number).to_bytes(8, "big") + frame)
            whole += is_whole
    return whole


def _read_log(path: Path) -> dict[str, Any]:
    count: Counter[str] = Counter()
    begin_s, peak_mib, size = time.perf_counter(), None, path.stat().st_size
    for number, block in enumerate(read_blocks(path, block_bytes=BLOCK_BYTES)):
        headers = block.headers
        count.update(believed=len(headers), unknown=block.unknown_frames, bad_checksum=block.damage.frames)
        count.update(damaged_bytes=block.damage.bytes, mended_stamps=block.damage.stamps)
        if peak_mib is None and (number + 1) * BLOCK_BYTES >= size / 10:
            peak_mib = _peak_mib()
    return _figures(count, begin_s, peak_mib)


def measured_live(frames: int, seed: int) -> dict[str, Any]:
    """The frames as the stream of one peer, in pieces of a datagram's size."""
    rng, dialect = random.Random(seed), load_dialect()  # noqa: S311 - test data, not a secret
    tally = Tally()
    deframer = Deframer(dialect, tally, datagrams=False)
    whole = believed = sent = 0
    seconds, peak_mib, most_pending = 0.0, None, 0
    source = fuzzed_frames(frames, rng, dialect)
    for first in range(0, frames, BATCH):
        batch = list(islice(source, BATCH))
        whole += sum(is_whole for _, is_whole in batch)
        stream = b"".join(frame for frame, _ in batch)
        sent += len(stream)
        begin_s = time.perf_counter()
        for at in range(0, len(stream), FEED_BYTES):
            now_us = START_US + 1000 * first + at
            believed += len(deframer.feed(stream[at : at + FEED_BYTES], now_us, "peer"))
            most_pending = max(most_pending, deframer.pending_bytes)
        seconds += time.perf_counter() - begin_s
        if peak_mib is None and first + BATCH >= frames / 10:
            peak_mib = _peak_mib()
    counts = tally.snapshot()
    count = Counter(
        believed=believed,
        unknown=counts.unknown_frames,
        bad_checksum=counts.bad_checksum_frames,
        damaged_bytes=counts.junk_bytes,
        most_pending_bytes=most_pending,
    )
    figures = {"frames": frames, "whole_known": whole, "bytes": sent}
    return figures | _figures(count, time.perf_counter() - seconds, peak_mib)


def _figures(count: Counter[str], begin_s: float, peak_at_a_tenth_mib: float | None) -> dict[str, Any]:
    seconds = {"seconds": round(time.perf_counter() - begin_s, 2)}
    memory = {"peak_mib_at_a_tenth": peak_at_a_tenth_mib, "peak_mib_at_the_end": _peak_mib()}
    return dict(count) | seconds | memory


def _peak_mib() -> float:
    return round(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024, 1)


def _table(figures: dict[str, dict[str, Any]]) -> str:
    names = list(dict.fromkeys(name for part in figures.values() for name in part))
    rows = [f"{'':<22}" + "".join(f"{part:>15}" for part in figures)]
    for name in names:
        values = [part.get(name, "-") for part in figures.values()]
        texts = [f"{value:>15,}" if isinstance(value, int | float) else f"{value:>15}" for value in values]
        rows.append(f"{name.replace('_', ' '):<22}" + "".join(texts))
    return "\n".join(rows)


if __name__ == "__main__":
    main()
