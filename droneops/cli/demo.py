"""``droneops demo``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def demo(
    out: Annotated[Path, typer.Option(help="Folder for the results; a number is added if it exists.")] = Path(
        "droneops-demo"
    ),
) -> None:
    """Run a whole recorded patrol on this machine: replay, embedded broker, police terminal.

    It is a drill: markers on the ground stand for a boat and two people, and nothing leaves this machine.

    \b
    Example: droneops demo
    """
    from droneops.cli.telling import Teller
    from droneops.demo.patrol import free_folder, run_demo

    folder = free_folder(out)
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
