"""``droneops demo``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results; a number is added if it exists.")] = Path(
        "droneops-demo"
    ),
    recorded: Annotated[
        bool,
        typer.Option("--recorded", help="Replay the shipped recording of a patrol instead: no live path."),
    ] = False,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where the film is kept (default: ~/.cache/droneops).")
    ] = None,
) -> None:
    """Run a whole patrol on this machine: a simulated drone, the service, a broker, a police terminal.

    The drone is drawn, all else is real: video and telemetry over the network, detection, alerts, a receipt,
    and the replay of what was recorded. It is an exercise, nothing leaves this machine; under two minutes.

    \b
    Example: droneops demo
    """
    from droneops.demo.patrol import free_folder

    folder = free_folder(out)
    if recorded:
        _recorded(folder)
    else:
        _live(folder, cache)


def _live(folder: Path, cache: Path | None) -> None:
    import os

    from droneops.demo.film import draw_film
    from droneops.demo.rehearsal import OFFICER, rehearse
    from droneops.simulation.prepare import cache_folder
    from droneops.watch.card import card

    typer.echo("An exercise: the drone and what it sees are simulated, the service is real.")
    typer.echo("การฝึกซ้อม: โดรนและภาพเป็นการจำลอง ระบบเป็นของจริง\n")
    films = cache or cache_folder(dict(os.environ))
    draw_film(films)
    outcome = rehearse(folder, films, typer.echo, lambda raw: _show(card(raw)))
    typer.echo(
        f"\n{outcome.received} alerts received by the police terminal, the same bytes as the service stored"
    )
    typer.echo(f"{outcome.acknowledged} acknowledged by {OFFICER}")
    typer.echo(
        f"{outcome.replayed_equal} of {outcome.stored} said again, equally, by the replay of the recording"
    )
    kept = outcome.folder.resolve()
    typer.echo(f"clips and evidence bundles: {kept / 'var'}; what the replay said: {kept / 'replay'}")


def _recorded(folder: Path) -> None:
    from droneops.cli.telling import Teller
    from droneops.demo.patrol import run_demo

    typer.echo("A drill: markers on the ground stand for a boat and two people.")
    typer.echo("การฝึกซ้อม: แผ่นป้ายบนพื้นใช้แทนเรือหนึ่งลำและบุคคลสองคน\n")
    with Teller() as teller:
        received = run_demo(folder, teller, _show)
    typer.echo(f"\n{received} alerts received by the police terminal, the same bytes as in alerts.jsonl")
    typer.echo(f"report: {(folder / 'report.html').resolve()}")


def _show(text: str) -> None:
    from rich.console import Console
    from rich.panel import Panel
    from rich.text import Text

    Console().print(Panel(Text(text), title="mukdahan-police", title_align="left"))
