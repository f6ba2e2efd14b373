"""``droneops zones list|check|import|export``"""

from __future__ import annotations

import json
import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

from droneops.cli.moment import moment_us

zones = typer.Typer(
    help="The zones: what is loaded, what they say of a place, and their way in and out.",
)

SiteOption = Annotated[
    Path | None, typer.Option(metavar="SITE.toml", help="The site's zones; else all shipped layers.")
]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines.")]
OverwriteOption = Annotated[bool, typer.Option("--overwrite", help="Replace a file that is there.")]


class KindName(StrEnum):
    """The kinds of zones (geofences/README.md)."""

    PARK = "park"
    SANCTUARY = "sanctuary"
    BORDER = "border"
    BANK = "bank"
    PIER = "pier"
    ROAD = "road"
    TRAIL = "trail"
    VILLAGE = "village"
    NO_FLY = "no_fly"
    PERMIT = "permit"


class OnlyName(StrEnum):
    """Which features are taken from a file."""

    POLYGONS = "polygons"
    LINES = "lines"
    POINTS = "points"
    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


class FenceName(StrEnum):
    """Whether a drone stays in or out."""

    INCLUSION = "inclusion"
    EXCLUSION = "exclusion"


@zones.command("list")
def list_zones(site: SiteOption = None, as_json: JsonOption = False) -> None:
    """List the zones: names, kind, how well the line is known, when in force, from where.

    \b
    Example: droneops zones list
    """
    from droneops.zones.listing import zones_json, zones_text
    from droneops.zones.load import zones_of_site

    index = zones_of_site(site)
    sys.stdout.write(
        json.dumps(zones_json(index), ensure_ascii=False) + "\n" if as_json else zones_text(index)
    )


@zones.command()
def check(
    lat_deg: Annotated[float, typer.Option(help="Latitude, WGS 84.")],
    lon_deg: Annotated[float, typer.Option(help="Longitude, WGS 84.")],
    sigma_m: Annotated[float, typer.Option(help="How well the place is known: 1 sigma, metres.")] = 0.0,
    at: Annotated[
        str | None, typer.Option(metavar="UTC", help="Which zones are in force then; else all count.")
    ] = None,
    site: SiteOption = None,
    as_json: JsonOption = False,
) -> None:
    """Explain what the zones say of a place: how probably inside, how far from which line, and why.

    \b
    Example: droneops zones check --lat-deg 16.544 --lon-deg 104.723 --sigma-m 10
    """
    from droneops.zones.check import check as checked
    from droneops.zones.load import zones_of_site

    at_us = _moment_us(at)
    found = checked(zones_of_site(site), lat_deg=lat_deg, lon_deg=lon_deg, sigma_m=sigma_m, at_us=at_us)
    both = f"{found['text']['th']}\n{found['text']['en']}"
    sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n" if as_json else both)


@zones.command("import")
def import_zones(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help=".kml .kmz .geojson .shp .gpkg .plan .waypoints"),
    ],
    out: Annotated[Path, typer.Option(metavar="FILE.geojson", help="The layer to write.")],
    kind: Annotated[KindName | None, typer.Option(help="What the zones are.")] = None,
    accuracy_m: Annotated[
        float | None,
        typer.Option(help="How well the line is known, 1 sigma; needed unless the file says it."),
    ] = None,
    within_m: Annotated[
        float | None, typer.Option(help="Lines and points: the ground this near is the zone.")
    ] = None,
    id_from: Annotated[str | None, typer.Option(metavar="FIELD", help="The field with the id.")] = None,
    name_th_from: Annotated[str | None, typer.Option(metavar="FIELD", help="... the Thai name.")] = None,
    name_en_from: Annotated[str | None, typer.Option(metavar="FIELD", help="... the English name.")] = None,
    source: Annotated[str | None, typer.Option(help="Where the outline is from, for the record.")] = None,
    licence: Annotated[str | None, typer.Option(help="Its terms.")] = None,
    version: Annotated[str | None, typer.Option(help="Its version, such as a date.")] = None,
    only: Annotated[OnlyName | None, typer.Option(help="Take these and leave the others.")] = None,
    layer: Annotated[str | None, typer.Option(help="The layer of a GeoPackage.")] = None,
    crs: Annotated[str | None, typer.Option(help="The coordinate system, where no .prj says it.")] = None,
    encoding: Annotated[
        str | None, typer.Option(help="The letters of a shapefile, where no .cpg says it: cp874, utf-8.")
    ] = None,
    swap: Annotated[bool, typer.Option("--swap", help="Exchange latitude and longitude.")] = False,
    mend: Annotated[
        bool, typer.Option("--mend", help="Mend outlines that cross themselves, and say what changed.")
    ] = False,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write the zones of another program's file as a layer, checked; name it in the site file.

    \b
    \b
    Example: droneops zones export --kind park --out parks.kml &&
    droneops zones import parks.kml --out parks.geojson
    """
    from droneops.zones.transfer import Output, bring_in
    from geofences.imports import ImportOptions
    from geofences.imports.properties import PropertyOptions
    from geofences.imports.vector_file import VectorOptions

    said = PropertyOptions(
        kind=None if kind is None else kind.value,
        accuracy_m=accuracy_m,
        within_m=within_m,
        id_from=id_from,
        name_th_from=name_th_from,
        name_en_from=name_en_from,
        source=source,
        licence=licence,
        version=version,
    )
    options = ImportOptions(
        said, VectorOptions(layer, crs, encoding), None if only is None else only.value, swap, mend
    )
    _tell(bring_in(file, options, Output(out, overwrite)), as_json)


@zones.command("export")
def export_zones(
    out: Annotated[
        Path, typer.Option(metavar="FILE", help="Its ending says the format: .geojson .kml .plan")
    ],
    zone_id: Annotated[
        list[str] | None,
        typer.Option("--id", help="Only this zone; may be repeated. With --kind: if it is of that kind."),
    ] = None,
    kind: Annotated[list[KindName] | None, typer.Option(help="Only this kind; may be repeated.")] = None,
    fence: Annotated[
        FenceName | None, typer.Option(help=".plan: shall the drone stay in or out? no_fly is out.")
    ] = None,
    site: SiteOption = None,
    overwrite: OverwriteOption = False,
    as_json: JsonOption = False,
) -> None:
    """Write zones for a map program (.geojson, .kml) or as a fence for QGroundControl (.plan).

    \b
    Example: droneops zones export --kind park --fence inclusion \\
    --out parks.plan
    """
    from droneops.zones.load import layer_files, site_at, zones_of
    from droneops.zones.transfer import Output, give_out

    whole = site_at(site)
    done = give_out(
        zones_of(whole),
        Output(out, overwrite),
        ids=zone_id or [],
        kinds=[name.value for name in kind or []],
        fence=None if fence is None else fence.value,
        layers=layer_files(whole),
    )
    _tell(done, as_json)


def _tell(done: dict[str, Any], as_json: bool) -> None:
    if as_json:
        sys.stdout.write(json.dumps(done, ensure_ascii=False) + "\n")
        return
    for note in done["notes"]:
        sys.stderr.write(f"warning: {note}\n")
    sys.stdout.write(f"{len(done['zones'])} zones written to {done['out']}\n")


def _moment_us(text: str | None) -> int | None:
    return None if text is None else moment_us("--at", text)
