"""``droneops share``"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer


def share(
    site: Annotated[Path, typer.Argument(metavar="SITE.toml", help="The site whose video it is.")],
    incident: Annotated[str, typer.Option(metavar="ID", help="The incident.")] = "",
    agency: Annotated[
        str, typer.Option(metavar="ID", help="Who gets the link; it must have the incident.")
    ] = "",
    minutes: Annotated[float | None, typer.Option(help="How long it holds; else as [sharing] says.")] = None,
    log: Annotated[bool, typer.Option("--log", help="Show who watched instead.")] = False,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Make a link to an incident's video for an agency that has it, or show who watched.

    While `droneops run` runs, agencies get links by themselves; this makes one more. Whoever has the link can
    watch until it expires.

    \b
    Example: droneops share site.toml --log
    """
    from droneops.config import load_site
    from droneops.sharing.by_hand import made_link, told_log

    loaded = load_site(site)
    if log:
        sys.stdout.writelines(told_log(loaded, as_json))
        return
    made = made_link(loaded, incident, agency, minutes)
    text = json.dumps(made) if as_json else f"{made['url']}\nuntil {made['expires']}, for {agency} alone"
    sys.stdout.write(text + "\n")
