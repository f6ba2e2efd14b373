"""``droneops outbox list|put|resend|export``"""

from __future__ import annotations

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from droneops.errors import InputError, UsageError

if TYPE_CHECKING:
    from droneops.config import Site
    from droneops.delivery.outbox.store import Outbox

outbox = typer.Typer(help="What is owed to whom: the alerts on disk, and what became of them.")

SiteArgument = Annotated[Path, typer.Argument(metavar="SITE.toml", help="The site file.")]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines.")]
STANDARD_INPUT = "-"


@outbox.command("list")
def list_waiting(site: SiteArgument, as_json: JsonOption = False) -> None:
    """List what waits: each alert that an agency has not acknowledged, since when, and its state.

    \b
    Example: droneops outbox list site.toml
    """
    from droneops.delivery.outbox.showing import waiting_json, waiting_text

    with _opened(_load(site)) as box:
        text = json.dumps(waiting_json(box), ensure_ascii=False) + "\n" if as_json else waiting_text(box)
    sys.stdout.write(text)


@outbox.command()
def put(
    site: SiteArgument,
    file: Annotated[str, typer.Argument(metavar="FILE", help="Alerts, one a line; - is standard input.")],
) -> None:
    """Store alerts as they are and print each one's id once it is durable; `droneops run` sends them.

    Works while `droneops run` has the outbox open. A line that is no alert is told, the others are stored,
    and the exit status is 2.

    \b
    Example: droneops outbox put site.toml out/alerts.jsonl
    """
    from droneops.delivery.outbox.taking import Teller, take

    loaded = _load(site)
    with _reading(file) as read, _opened(loaded) as box:
        take(read, "standard input" if file == STANDARD_INPUT else file, loaded, box, Teller(_print, _warn))


@outbox.command()
def resend(
    site: SiteArgument,
    alert: Annotated[
        str | None, typer.Argument(metavar="ALERT_ID", help="This one; else all that nobody acknowledged.")
    ] = None,
) -> None:
    """Send again, with the same bytes: one alert to everybody it went to, or all that wait for an answer.

    \b
    Example: droneops outbox resend site.toml
    """
    with _opened(_load(site)) as box:
        asked = box.resend(alert)
    sys.stdout.write(f"{asked} will be sent again\n")


class Format(StrEnum):
    """How alerts are given out."""

    JSONL = "jsonl"
    CAP = "cap"
    COT = "cot"


@outbox.command()
def export(
    site: SiteArgument,
    form: Annotated[
        Format, typer.Option("--format", help="jsonl: all there is, to stdout; cap, cot: a file an alert.")
    ] = Format.JSONL,
    out: Annotated[Path | None, typer.Option(metavar="DIR", help="Where cap and cot files go.")] = None,
) -> None:
    """Write every alert with its states and receipts, and the journal, as JSON lines.

    Or the alerts alone as OASIS CAP 1.2 or Cursor-on-Target, for systems that read these.

    \b
    Example: droneops outbox export site.toml > outbox.jsonl
    """
    from droneops.delivery.outbox.giving import give_cap, give_cot
    from droneops.delivery.outbox.showing import export_lines

    if (form is Format.JSONL) != (out is None):
        raise UsageError("--out goes with --format cap or cot", mend="jsonl goes to standard output")
    loaded = _load(site)
    with _opened(loaded) as box:
        if out is None:
            for line in export_lines(box):
                sys.stdout.write(line)
            return
        count = give_cap(box, loaded.file.site.id, out) if form is Format.CAP else give_cot(box, out)
    sys.stdout.write(f"{count} alerts written to {out}\n")


def _load(path: Path) -> Site:
    from droneops.config import load_site

    return load_site(path)


@contextmanager
def _opened(site: Site) -> Iterator[Outbox]:
    from droneops.clock import now_us
    from droneops.delivery.outbox.store import FILE_NAME, Outbox

    path = site.beside(site.file.site.data_dir) / FILE_NAME
    with Outbox.open(path, now_us) as box:
        yield box


@contextmanager
def _reading(name: str) -> Iterator[Callable[[int], bytes]]:
    """Reads what is there, without waiting for more."""
    source: str | int = 0 if name == STANDARD_INPUT else name
    try:
        with open(source, "rb", closefd=source != 0) as file:
            yield file.read1
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=name) from None


def _print(alert_id: str) -> None:
    sys.stdout.write(f"{alert_id}\n")
    sys.stdout.flush()


def _warn(text: str) -> None:
    sys.stderr.write(f"warning: {text}\n")
