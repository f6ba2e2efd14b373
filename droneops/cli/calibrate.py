"""``droneops calibrate``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def calibrate(
    telemetry: Annotated[Path, typer.Option(help="Flight log: .tlog .BIN .log .ulg .SRT .ts", metavar="LOG")],
    video: Annotated[Path, typer.Option(help="Video of the flight over ArUco targets.")],
    camera: Annotated[Path, typer.Option(help="Camera file (TOML) to start from.")],
    targets: Annotated[Path, typer.Option(help="Where the targets lie (CSV): id, lat, lon, alt_msl.")],
    out: Annotated[Path, typer.Option(help="Camera file to write; must not exist.")],
    from_utc: Annotated[
        str | None, typer.Option("--from", metavar="UTC", help="Use the flight from here on.")
    ] = None,
    to_utc: Annotated[
        str | None, typer.Option("--to", metavar="UTC", help="Use the flight up to here.")
    ] = None,
    video_start: Annotated[
        str | None, typer.Option(metavar="UTC", help="Time of the first frame, as 2026-11-20T10:07:30.4Z.")
    ] = None,
    video_offset: Annotated[
        str | None,
        typer.Option(metavar="SECONDS|auto", help="Where the search for the video's offset begins."),
    ] = None,
    system_id: Annotated[
        int | None, typer.Option(min=1, max=255, help="MAVLink system id, if the log holds several vehicles.")
    ] = None,
    site: Annotated[Path | None, typer.Option(help="Site file (TOML).")] = None,
    ground_alt_msl: Annotated[
        str | None, typer.Option(metavar="M", help="Height of all targets above sea level.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print the report as JSON.")] = False,
) -> None:
    """Find heading bias, mount angles, lens, time offset and their errors from a flight over known targets.

    \b
    \b
    Example: droneops calibrate --telemetry examples/park-patrol/capture.tlog \\
    --video examples/park-patrol/video.mp4 --to 2026-11-20T10:08:10Z \\
    --camera examples/park-patrol/camera.toml \\
    --targets examples/park-patrol/targets.csv --out calibrated.toml
    """
    import json

    from droneops import app
    from droneops.calibration.report import report_lines
    from droneops.calibration.request import CalibrationRequest
    from droneops.cli.arguments import metres, offset
    from droneops.cli.telling import Teller

    request = CalibrationRequest(
        telemetry=telemetry,
        video=video,
        camera=camera,
        targets=targets,
        out=out,
        site=site,
        system_id=system_id,
        from_utc=from_utc,
        to_utc=to_utc,
        video_start_utc=video_start,
        video_offset=offset(video_offset),
        ground_alt_msl_m=metres(ground_alt_msl),
    )
    with Teller() as teller:
        values = app.calibrate(request, teller)
    typer.echo(json.dumps(values, indent=1, ensure_ascii=False) if as_json else report_lines(values))
