"""``droneops simulate``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def simulate(
    scenario: Annotated[Path, typer.Argument(metavar="SCENARIO.toml", help="What flies, and what happens.")],
    record: Annotated[
        Path | None,
        typer.Option(metavar="DIR", help="Write flight.tlog, video.mp4, truth.jsonl; fly nothing."),
    ] = None,
    prepare: Annotated[bool, typer.Option("--prepare", help="Only render the films, and keep them.")] = False,
    telemetry: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the drones send MAVLink over UDP.")
    ] = "127.0.0.1:14550",
    rtsp: Annotated[
        str, typer.Option(metavar="HOST:PORT", help="Where the RTSP server listens; port 0: any.")
    ] = "127.0.0.1:8554",
    login_file: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Ask players for USER:PASSWORD, the file's first line."),
    ] = None,
    login_scheme: Annotated[
        str, typer.Option(metavar="digest|basic", help="How they have to give it.")
    ] = "digest",
    clock: Annotated[
        str, typer.Option(metavar="now|scenario", help="Drones' clocks: the present, or the scenario's hour.")
    ] = "now",
    truth: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Write the ground truth of this flight there.")
    ] = None,
    cache: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Where films are kept (default: ~/.cache/droneops).")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the addresses as JSON.")] = False,
) -> None:
    """Fly simulated drones by a script: MAVLink over UDP, video over RTSP, the truth in a file.

    The first time the films are rendered, which takes longer than they last; then they are played.

    \b
    \b
    Example: droneops simulate examples/rehearsals/convergence-don-tan.toml
    """
    from droneops.cli.progress import ProgressBar
    from droneops.simulation.command import Wish, run

    wish = Wish(scenario, record, prepare, telemetry, rtsp, login_file, login_scheme, clock, truth, cache)
    with ProgressBar("rendering", results_on_stdout=False) as bar:
        run(wish, bar.update, typer.echo, as_json=as_json)
