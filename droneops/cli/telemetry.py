"""``droneops telemetry``"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from droneops.cli.moment import moment_us
from droneops.cli.progress import ProgressBar
from droneops.errors import InputError, UsageError

if TYPE_CHECKING:
    from droneops.telemetry.log_format import LogFormat
    from droneops.telemetry.progress import Progress
    from droneops.telemetry.signing import SigningKey

# A megabyte of log is some six of text.
_ROWS_BLOCK_BYTES = 1 << 20


class OutputFormat(StrEnum):
    """How messages are shown."""

    SUMMARY = "summary"
    JSONL = "jsonl"
    CSV = "csv"


def telemetry(
    log: Annotated[Path, typer.Argument(help="Flight log: .tlog .BIN .log .ulg .SRT .ts", metavar="LOG")],
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
        int | None, typer.Option(min=0, max=255, help="Only messages from this MAVLink system (.tlog).")
    ] = None,
    from_utc: Annotated[
        str | None, typer.Option("--from", metavar="UTC", help="Only from this time on.")
    ] = None,
    to_utc: Annotated[str | None, typer.Option("--to", metavar="UTC", help="Only before this time.")] = None,
    signing_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Hold the signatures against this key (.tlog, summary)."),
    ] = None,
) -> None:
    """Show what a flight log of any kind holds, or write its messages out.

    Every checksum is checked. Times are UTC, as 2026-11-20T10:07:30.4Z; in a .tlog they are the recorder's.
    A field named like what each line says of its message (time, seq, type) gets an underscore: type_.

    \b
    Example: droneops telemetry examples/park-patrol/capture.tlog \\
    --types ATTITUDE --format csv
    """
    from droneops.telemetry.log_format import SUPPORTED, LogFormat, format_of_file

    if as_json and output is not OutputFormat.SUMMARY:
        raise UsageError(f"--json goes with the summary, not with --format {output.value}")
    is_summary = output is OutputFormat.SUMMARY
    if signing_key is not None and not is_summary:
        raise UsageError(f"--signing-key goes with the summary, not with --format {output.value}")
    key = None if signing_key is None else _key(signing_key)
    wanted = _Wanted(types, system_id, _moment_us("--from", from_utc), _moment_us("--to", to_utc), key)
    log_format = format_of_file(log)
    try:
        with ProgressBar("reading", results_on_stdout=not is_summary) as bar:
            if log_format in (None, LogFormat.TLOG):
                texts = _tlog_texts(log, wanted, output, as_json, bar.update)
            else:
                texts = _other_texts(log, log_format, wanted, output, as_json, bar.update)
            if not is_summary:
                _print(texts)
    except InputError as error:
        if log_format is not None:
            raise
        raise InputError(error.what, where=error.where, mend=SUPPORTED) from None
    if is_summary:
        _print(texts)


@dataclass(frozen=True, slots=True)
class _Wanted:
    """What was asked for, not yet held against a log."""

    types: str | None
    system_id: int | None
    from_us: int | None
    to_us: int | None
    signing_key: SigningKey | None


def _tlog_texts(
    log: Path, wanted: _Wanted, output: OutputFormat, as_json: bool, progress: Progress
) -> Iterator[str]:
    """What is to be printed, piece by piece."""
    from droneops.telemetry.selection import Selection, known_types

    types = None if wanted.types is None else known_types(wanted.types)
    selection = Selection(types, wanted.system_id, wanted.from_us, wanted.to_us)
    if output is OutputFormat.SUMMARY:
        from droneops.telemetry.report import summarise
        from droneops.telemetry.report_text import summary_text

        summary = summarise(log, selection, progress, signing_key=wanted.signing_key)
        return iter([json.dumps(summary, indent=1) if as_json else summary_text(summary), "\n"])
    from droneops.telemetry.blocks import read_blocks
    from droneops.telemetry.progress import told_blocks
    from droneops.telemetry.rows import csv, jsonl

    whole = told_blocks(read_blocks(log, block_bytes=_ROWS_BLOCK_BYTES), log.stat().st_size, progress)
    blocks = (selection.of(block) for block in whole)
    if output is OutputFormat.JSONL:
        return jsonl(blocks)
    if types is None or len(types) != 1:
        raise _one_message_only()
    return csv(blocks, types[0])


def _other_texts(
    log: Path,
    log_format: LogFormat,
    wanted: _Wanted,
    output: OutputFormat,
    as_json: bool,
    progress: Progress,
) -> Iterator[str]:
    """The same for a log of another kind."""
    from droneops.telemetry.other_log import read_other_log
    from droneops.telemetry.other_selection import selected
    from droneops.telemetry.tlog import read_bytes

    if wanted.signing_key is not None:
        what = f"--signing-key is for MAVLink logs, this is one of kind {log_format.value}"
        raise UsageError(what, where=str(log), mend="leave it out")
    if wanted.system_id is not None:
        what = f"--system-id is for MAVLink logs, this is one of kind {log_format.value}"
        raise UsageError(what, where=str(log), mend="leave it out")
    reading = read_other_log(read_bytes(log), log_format, log)
    chosen = selected(reading.log, types=wanted.types, from_us=wanted.from_us, to_us=wanted.to_us)
    if output is OutputFormat.SUMMARY:
        from droneops.telemetry.other_report import other_summary_text, summarise_other

        summary = summarise_other(log, reading, chosen)
        return iter([json.dumps(summary, indent=1) if as_json else other_summary_text(summary), "\n"])
    from droneops.telemetry.table_rows import table_csv, table_jsonl

    for text in chosen.warnings:
        sys.stderr.write(f"warning: {text}\n")
    if output is OutputFormat.JSONL:
        return table_jsonl(chosen, progress)
    if len({table.name for table in chosen.tables}) > 1:
        raise _one_message_only()
    return table_csv(chosen, progress)


def _key(path: Path) -> SigningKey:
    """The key, with a warning if others may read it. Raises ConfigError."""
    from droneops.telemetry.signing_key import exposure_warning, read_signing_key

    key = read_signing_key(path)
    warning = exposure_warning(path)
    if warning is not None:
        sys.stderr.write(f"warning: {warning}\n")
    return key


def _one_message_only() -> UsageError:
    return UsageError("--format csv takes one message, as each has columns of its own", mend="--types A")


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
    return None if text is None else moment_us(option, text)
