"""``droneops locate``"""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path
from typing import Annotated

import typer

from droneops.errors import UsageError

NO_POINT = 1


def locate(
    telemetry: Annotated[Path, typer.Option(help="Flight log: .tlog .BIN .log .ulg .SRT .ts", metavar="LOG")],
    camera: Annotated[Path, typer.Option(help="Camera file (TOML).")],
    time: Annotated[str, typer.Option(metavar="UTC", help="When the picture was taken.")],
    pixel: Annotated[
        str, typer.Option(metavar="U,V", help="Right and down; 0,0 is the first pixel's centre.")
    ],
    site: Annotated[Path | None, typer.Option(help="Site file (TOML): terrain and zones.")] = None,
    system_id: Annotated[
        int | None, typer.Option(min=1, max=255, help="MAVLink system id, if the log holds several vehicles.")
    ] = None,
    ground_alt_msl: Annotated[
        str | None, typer.Option(metavar="M", help="Height of the ground above sea level.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
) -> None:
    """Say where on the ground a pixel lies, how sure that is, and what makes it unsure.

    Exit status 1 where there is no point: the reason is said.

    \b
    \b
    Example: droneops locate --telemetry examples/park-patrol/capture.tlog \\
    --camera examples/park-patrol/camera.toml \\
    --time 2026-11-20T10:07:30.4Z --pixel 855,84
    """
    from droneops.cli.arguments import metres
    from droneops.cli.moment import moment_us
    from droneops.replay.spot import Wanted, as_text, find_spot
    from droneops.replay.spot import as_json as spot_json
    from droneops.types import Reason

    wanted = Wanted(
        telemetry=telemetry,
        camera=camera,
        time_us=moment_us("--time", time),
        pixel_px=_pixel_px(pixel),
        site=site,
        system_id=system_id,
        ground_alt_msl_m=metres(ground_alt_msl),
    )
    spot = find_spot(wanted)
    for text in spot.warnings:
        sys.stderr.write(f"warning: {text}\n")
    typer.echo(json.dumps(spot_json(spot), indent=1, ensure_ascii=False) if as_json else as_text(spot))
    if isinstance(spot.located, Reason):
        raise typer.Exit(NO_POINT)


def _pixel_px(text: str) -> tuple[float, float]:
    try:
        u, v = (float(part) for part in text.split(","))
    except ValueError:
        u = v = math.nan
    if not (math.isfinite(u) and math.isfinite(v)):
        raise UsageError(f"--pixel {text!r} is no pixel", mend="give it as U,V: 855,84")
    return u, v
