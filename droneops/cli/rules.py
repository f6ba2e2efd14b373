"""``droneops rules list|explain``"""

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


def _loaded(site: Path | None) -> tuple[RuleSet, ZoneIndex]:
    from droneops.incidents.rule_set import rule_set_of
    from droneops.zones.load import site_at, zones_of

    found = site_at(site)
    return rule_set_of(found.file.rule), zones_of(found)
