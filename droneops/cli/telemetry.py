"""``droneops telemetry``"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from droneops.errors import UsageError
from droneops.times import from_text

if TYPE_CHECKING:
    from droneops.telemetry.selection import Selection

# A megabyte of log is some six of text.
_ROWS_BLOCK_BYTES = 1 << 20


class OutputFormat(StrEnum):
    """How messages are shown."""

    SUMMARY = "summary"
    JSONL = "jsonl"
    CSV = "csv"


def telemetry(
    log: Annotated[Path, typer.Argument(help="MAVLink log (.tlog).", metavar="LOG")],
    types: Annotated[
        str | None, typer.Option(metavar="A,B", help="Only these messages; csv takes exactly one.")
    ] = None,
    output: Annotated[
        OutputFormat,
        typer.Option(
            "--format",
            help="A page about the log, or its messages: jsonl (NaN as null, bytes as lists) or csv.",
        ),
    ] = OutputFormat.SUMMARY,
    as_json: Annotated[bool, typer.Option("--json", help="The summary as JSON.")] = False,
    system_id: Annotated[
        int | None, typer.Option(min=0, max=255, help="Only messages from this MAVLink system.")
    ] = None,
    from_utc: Annotated[
        str | None, typer.Option("--from", metavar="UTC", help="Only from this record time on.")
    ] = None,
    to_utc: Annotated[str | None, typer.Option("--to", metavar="UTC", help="Only before this time.")] = None,
) -> None:
    """Show what a telemetry log holds, or write its messages out.

    Every checksum is checked. Times are the recorder's, as 2026-11-20T10:07:30.4Z. A field named like what
    each line says of its message (time, seq, type) gets an underscore: type_.

    Example: droneops telemetry examples/park-patrol/capture.tlog --types ATTITUDE --format csv
    """
    from droneops.telemetry.selection import Selection, known_types

    selection = Selection(
        types=known_types(types) if types is not None else None,
        system_id=system_id,
        from_us=_moment_us("--from", from_utc),
        to_us=_moment_us("--to", to_utc),
    )
    _print(_texts(log, selection, output, as_json))


def _texts(log: Path, selection: Selection, output: OutputFormat, as_json: bool) -> Iterator[str]:
    """What is to be printed, piece by piece."""
    if as_json and output is not OutputFormat.SUMMARY:
        raise UsageError(f"--json goes with the summary, not with --format {output.value}")
    if output is OutputFormat.SUMMARY:
        from droneops.telemetry.report import summarise
        from droneops.telemetry.report_text import summary_text

        summary = summarise(log, selection)
        return iter([json.dumps(summary, indent=1) if as_json else summary_text(summary), "\n"])
    from droneops.telemetry.blocks import read_blocks
    from droneops.telemetry.rows import csv, jsonl

    blocks = (selection.of(block) for block in read_blocks(log, block_bytes=_ROWS_BLOCK_BYTES))
    if output is OutputFormat.JSONL:
        return jsonl(blocks)
    if selection.types is None or len(selection.types) != 1:
        raise UsageError("--format csv takes one message, as each has columns of its own", mend="--types A")
    return csv(blocks, selection.types[0])


def _print(texts: Iterable[str]) -> None:
    """Print until there is no more, or until nobody reads on (``| head``), which is no error."""
    try:
        for text in texts:
            sys.stdout.write(text)
        sys.stdout.flush()
    except BrokenPipeError:
        # What is still buffered would fail again when Python closes the stream.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _moment_us(option: str, text: str | None) -> int | None:
    """Raises UsageError for what is no time."""
    if text is None:
        return None
    try:
        return from_text(text)
    except ValueError:
        mend = "give it as 2026-11-20T10:07:30.4Z"
        raise UsageError(f"{option} {text!r} is no UTC time", mend=mend) from None
