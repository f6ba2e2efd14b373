"""``droneops check``"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer


def check(
    site: Annotated[Path, typer.Argument(metavar="SITE.toml", help="The site to check.")],
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Check before the flight what of a site works, what does not, and say what to do about it.

    Looks at the disk, zones, rules, routing, keys, the broker, and each drone's model, cameras, streams and
    telemetry. Exit status 1 if something will not work; warnings alone leave it 0. While `droneops run` runs,
    its own ports count as taken.

    \b
    Example: droneops check site.toml
    """
    from droneops.config import load_site
    from droneops.site.check import check_site

    found = check_site(load_site(site))
    if as_json:
        rows = [asdict(item) for item in found]
        sys.stdout.write(json.dumps({"checks": rows}, ensure_ascii=False) + "\n")
    else:
        for item in found:
            mend = f" ({item.mend})" if item.mend else ""
            sys.stdout.write(f"{item.verdict:8}{item.name}: {item.told}{mend}\n")
    if any(item.verdict == "fails" for item in found):
        raise typer.Exit(1)
