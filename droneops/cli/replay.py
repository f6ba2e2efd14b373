"""``droneops replay``"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def replay(
    telemetry: Annotated[
        Path,
        typer.Option(
            help="Flight log: .tlog .BIN .log .ulg .SRT .ts; or the recordings folder of a live site.",
            metavar="LOG",
        ),
    ],
    out: Annotated[Path, typer.Option(help="Folder for the results; must be empty or not exist.")],
    video: Annotated[
        Path | None, typer.Option(help="Video of the flight. Without it: track, gaps, report.")
    ] = None,
    site: Annotated[Path | None, typer.Option(help="Site file (TOML).")] = None,
    camera: Annotated[Path | None, typer.Option(help="Camera file (TOML).")] = None,
    detector: Annotated[
        str | None, typer.Option(help="Detector: aruco, a shipped model, or a path to a card.toml.")
    ] = None,
    drone_id: Annotated[str | None, typer.Option(help="Name of the drone in the results.")] = None,
    system_id: Annotated[
        int | None, typer.Option(min=1, max=255, help="MAVLink system id, if the log holds several vehicles.")
    ] = None,
    looks_per_second: Annotated[
        str | None, typer.Option(metavar="N|all", help="Frames looked at in a second (default 5), or all.")
    ] = None,
    video_start: Annotated[
        str | None, typer.Option(metavar="UTC", help="Time of the first frame, as 2026-11-20T10:07:30.4Z.")
    ] = None,
    video_offset: Annotated[
        str | None,
        typer.Option(
            metavar="SECONDS|auto",
            help="Added to the video's start; auto finds it from the picture's motion.",
        ),
    ] = None,
    ground_alt_msl: Annotated[
        str | None, typer.Option(metavar="M", help="Height of the ground above sea level.")
    ] = None,
    signing_key: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Believe only frames of a .tlog signed with this MAVLink 2 key."),
    ] = None,
    second_look: Annotated[
        str | None,
        typer.Option(metavar="NAME", help="A second, larger model, asked about what raises an alert."),
    ] = None,
    keep_doubtful: Annotated[
        int,
        typer.Option(min=0, max=500, metavar="N", help="Keep up to N frames that the detector doubted."),
    ] = 0,
    publish: Annotated[
        bool, typer.Option("--publish", help="Publish the alerts over MQTT, as exercise or test.")
    ] = False,
    as_json: Annotated[bool, typer.Option("--json", help="Print summary.json to stdout.")] = False,
) -> None:
    """Replay a recorded patrol: log and video in; alerts, sightings, map and report out.

    Pages nobody: alerts are exercise or test, and leave only with --publish.

    \b
    \b
    Example: droneops replay --telemetry examples/park-patrol/capture.tlog \\
    --video examples/park-patrol/video.mp4 \\
    --camera examples/park-patrol/camera.toml --out out
    """
    from droneops.cli.arguments import looks, metres, offset
    from droneops.replay.request import ReplayRequest

    request = ReplayRequest(
        telemetry=telemetry,
        out=out,
        video=video,
        site=site,
        camera=camera,
        detector=detector,
        drone_id=drone_id,
        system_id=system_id,
        looks_per_second=looks(looks_per_second),
        video_start_utc=video_start,
        video_offset=offset(video_offset),
        ground_alt_msl_m=metres(ground_alt_msl),
        signing_key=signing_key,
        publish=publish,
        second_look=second_look,
        keep_doubtful=keep_doubtful,
    )
    from droneops import app
    from droneops.cli.telling import Teller

    is_recording = telemetry.is_dir()
    with Teller() as teller:
        if is_recording:
            app.replay_recorded(request, teller)
        else:
            app.replay(request, teller)
    summary = (out / "summary.json").read_text(encoding="utf-8")
    if as_json:
        typer.echo(summary, nl=False)
    else:
        from droneops.cli.outcome import outcome_lines, recorded_outcome_lines

        typer.echo(recorded_outcome_lines(summary, out) if is_recording else outcome_lines(summary, out))
