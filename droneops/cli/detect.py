"""``droneops detect``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

DEFAULT_MODEL = "forest"


def detect(
    source: Annotated[Path, typer.Argument(metavar="INPUT", help="A picture, a folder of them, or a video.")],
    out: Annotated[
        Path | None,
        typer.Option(help="Folder for the results; must be empty or not exist. --evaluate can do without."),
    ] = None,
    detector: Annotated[
        str, typer.Option(help="Detector: aruco, a shipped model, or a path to a card.toml.")
    ] = DEFAULT_MODEL,
    evaluate: Annotated[
        Path | None, typer.Option(metavar="COCO.json", help="Compare with these labels: AP50 and more.")
    ] = None,
    option: Annotated[
        list[str] | None,
        typer.Option(
            "--option", metavar="NAME=VALUE", help="Option of the detector, as threads=2; repeatable."
        ),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the summary as JSON.")] = False,
) -> None:
    """Look for people, vehicles, boats, log piles, fire and smoke in pictures or a video.

    Writes detections.jsonl (all from a score of 0.02 up) and the pictures with what counts drawn in.

    \b
    \b
    Example: droneops detect examples/park-patrol/video.mp4 --out found --detector aruco
    """
    import json

    from droneops.cli.arguments import options
    from droneops.cli.telling import Teller
    from droneops.detect.judged import table
    from droneops.detect.request import DetectRequest
    from droneops.detect.run import run_detect

    request = DetectRequest(
        source=source, out=out, detector=detector, options=options(option or []), truth=evaluate
    )
    with Teller() as teller:
        summary = run_detect(request, teller)
    if as_json:
        typer.echo(json.dumps(summary, indent=1, ensure_ascii=False))
        return
    found = f"{summary['looked_at']} pictures, {len(summary['skipped'])} skipped"
    place = "" if out is None else f"; results in {out}"
    typer.echo(f"{found}, {summary['cpu_ms_per_picture']} CPU ms each{place}")
    if "classes" in summary:
        typer.echo(table(summary["classes"]))
