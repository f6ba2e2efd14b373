"""The command line: one file per command, no logic."""

from __future__ import annotations

import os
import signal
import sys
import traceback
from io import TextIOWrapper
from types import FrameType
from typing import Annotated, NoReturn

import typer
from typer.exceptions import TyperException

from droneops import __version__
from droneops.cli.calibrate import calibrate
from droneops.cli.check import check
from droneops.cli.demo import demo
from droneops.cli.detect import detect
from droneops.cli.evidence import evidence
from droneops.cli.keys import keys
from droneops.cli.link import link
from droneops.cli.locate import locate
from droneops.cli.outbox import outbox
from droneops.cli.replay import replay
from droneops.cli.rules import rules
from droneops.cli.run import run
from droneops.cli.share import share
from droneops.cli.simulate import simulate
from droneops.cli.telemetry import telemetry
from droneops.cli.watch import watch
from droneops.cli.zones import zones
from droneops.errors import DroneopsError

INTERRUPTED = 130
UNEXPECTED = 70

app = typer.Typer(
    name="droneops",
    help="Turns drone patrols into alerts the police can act on.",
    add_completion=False,
    rich_markup_mode=None,  # its padding would put blanks behind an example's line ends, and break the copy
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
app.command()(calibrate)
app.command()(check)
app.command()(demo)
app.command()(detect)
app.command()(link)
app.command()(locate)
app.command()(replay)
app.command()(run)
app.command()(share)
app.command()(simulate)
app.command()(telemetry)
app.command()(watch)
app.add_typer(evidence, name="evidence")
app.add_typer(keys, name="keys")
app.add_typer(outbox, name="outbox")
app.add_typer(rules, name="rules")
app.add_typer(zones, name="zones")


def _show_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"droneops {__version__}")
        raise typer.Exit


@app.callback()
def _options(
    _debug: Annotated[bool, typer.Option("--debug", help="Show a traceback when something fails.")] = False,
    _version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show the version and exit."),
    ] = False,
) -> None:
    pass


def main() -> None:
    """Run a command; turn what goes wrong into one line on stderr and an exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, _stop)
    _open_what_is_closed()
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")
    arguments = sys.argv[1:] or ["--help"]
    debug = "--debug" in arguments
    try:
        status = app(args=[a for a in arguments if a != "--debug"], standalone_mode=False) or 0
    except TyperException as error:
        _fail(f"{error.format_message()} (see --help)", error.exit_code, debug)
    except DroneopsError as error:
        _fail(error.one_line(), error.exit_status, debug)
    except BrokenPipeError:
        raise SystemExit(1) from None
    except OSError as error:
        _fail(f"standard output: {error.strerror} (the results themselves are whole)", 1, debug)
    except Exception as error:  # noqa: BLE001 - the last line of defence: a user must not meet a traceback
        what = f"unexpected {type(error).__name__}: {error}"
        _fail(f"{what} (run again with --debug and report it)", UNEXPECTED, debug)
    if status == INTERRUPTED:
        _fail("stopped; nothing was left half-written", INTERRUPTED, debug=False)
    raise SystemExit(status)


def _open_what_is_closed() -> None:
    """Python has None in place of a stream that whoever started us had closed."""
    if sys.stdout is None:
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - it stays open
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - it stays open


def _stop(number: int, _frame: FrameType | None) -> NoReturn:
    """Unwind as on an error, so that everything is closed and put away."""
    _fail("stopped; nothing was left half-written", 128 + number, debug=False)


def _fail(text: str, status: int, debug: bool) -> NoReturn:
    if debug:
        traceback.print_exc()
    sys.stderr.write(f"droneops: {' '.join(text.split())}\n")
    raise SystemExit(status)
