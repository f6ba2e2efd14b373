"""``droneops rules list|explain|diff``"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from droneops.incidents.rule_set import RuleSet
    from geofences import ZoneIndex

rules = typer.Typer(help="The rules: when the police are alerted, and why.")

SiteOption = Annotated[
    Path | None, typer.Option(metavar="SITE.toml", help="The site's thresholds and zones; else the defaults.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines.")]


@rules.command("list")
def list_rules(site: SiteOption = None, as_json: JsonOption = False) -> None:
    """List the rules: on or off here, how grave, what each fires on, and what it does for want of a layer.

    \b
    Example: droneops rules list
    """
    from droneops.incidents.explain import rule_json, table
    from droneops.incidents.rule_set import gaps

    known, zones = _loaded(site)
    missing = gaps(known, zones)
    if as_json:
        found = {"rules": [rule_json(rule) for rule in known.rules], "gaps": missing}
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
        return
    sys.stdout.write(table(known, zones))
    sys.stdout.writelines(f"gap: {text}\n" for text in missing)


@rules.command("explain")
def explain_rule(
    rule: Annotated[str, typer.Argument(metavar="RULE", help="Its id, such as R4.")],
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain a rule: what it asks for, each threshold with its reason, and what it does without a layer.

    \b
    Example: droneops rules explain R4
    """
    from droneops.incidents.explain import rule_json, rule_text

    known, zones = _loaded(site)
    found = known.named(rule)
    text = json.dumps(rule_json(found), ensure_ascii=False) + "\n" if as_json else rule_text(found, zones)
    sys.stdout.write(text)


@rules.command("diff")
def diff_rules(
    a: Annotated[Path, typer.Argument(metavar="A.toml", help="The site file with the rules as they were.")],
    b: Annotated[Path, typer.Argument(metavar="B.toml", help="The one with the rules as they may be.")],
    logs: Annotated[list[Path], typer.Argument(metavar="LOGS...", help="Flight logs, a video beside each.")],
    as_json: JsonOption = False,
) -> None:
    """Show what other rules would have told of old flights: incidents of A alone, of B alone, told otherwise.

    A log's video has its name, or is the only one in its folder. Nothing is written, and nobody is paged.

    \b
    Example: cp -r examples/park-patrol patrol && cd patrol && \\
    (echo 'rule = [{id = "R0", dwell_s = 30}]'; cat site.toml) > new.toml && \\
    droneops rules diff site.toml new.toml capture.tlog
    """
    from droneops import app
    from droneops.cli.telling import Teller
    from droneops.replay.rules_diff_text import diff_json, diff_text

    with Teller() as teller:
        found = app.diff_rules(a, b, logs, teller)
    text = json.dumps(diff_json(found), ensure_ascii=False) if as_json else diff_text(found, str(a), str(b))
    sys.stdout.write(text + "\n")


def _loaded(site: Path | None) -> tuple[RuleSet, ZoneIndex]:
    from droneops.incidents.rule_set import rule_set_of
    from droneops.zones.load import site_at, zones_of

    found = site_at(site)
    return rule_set_of(found.file.rule), zones_of(found)
