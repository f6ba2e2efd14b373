"""Zones from and into other programs' files."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from droneops.errors import InputError, OutputError, UsageError
from geofences import Zone, ZoneError, ZoneIndex
from geofences.exports import FenceSense, export_zones
from geofences.exports.geojson import geojson_text
from geofences.imports import ImportOptions, import_layer


@dataclass(frozen=True, slots=True)
class Output:
    """The file to be written; one that is there is only replaced when asked."""

    path: Path
    overwrite: bool


def bring_in(source: Path, options: ImportOptions, out: Output) -> dict[str, Any]:
    """Write the zones of a foreign file as a layer of ours; what was done, for json.dumps.

    Raises:
        InputError: the file is wrong, or does not say enough.
        UsageError: the output is no .geojson, is there already, or is the file that is read.
        OutputError: it cannot be written.
    """
    if out.path.suffix.lower() != ".geojson":
        raise UsageError(f"--out {out.path.name} is no zone layer", mend="end it with .geojson")
    _refuse_existing(out)
    _refuse_source(source, out)
    try:
        imported = import_layer(source, options)
    except ZoneError as error:
        raise InputError(str(error)) from None
    _write(out.path, geojson_text(imported.collection))
    return _done(out.path, imported.zones, imported.notes)


def give_out(
    index: ZoneIndex,
    out: Output,
    *,
    ids: list[str],
    kinds: list[str],
    fence: FenceSense | None,
    layers: tuple[Path, ...] = (),
) -> dict[str, Any]:
    """Write zones in the format of the file's ending: those of `ids` that are of `kinds`; all without either.

    `layers` are the files that the zones come from.

    Raises:
        UsageError: an id that no zone has, no zone that fits both, a file that is there already or is one of
            `layers`, or what the format cannot hold.
        OutputError: it cannot be written.
    """
    _refuse_layer(out, layers)
    _refuse_existing(out)
    zones, notes = _chosen(index, ids, kinds)
    try:
        exported = export_zones(zones, out.path.suffix.lower(), title=out.path.stem, fence=fence)
    except ZoneError as error:
        raise UsageError(str(error)) from None
    _write(out.path, exported.text)
    return _done(out.path, zones, (*notes, *exported.notes))


def _chosen(index: ZoneIndex, ids: list[str], kinds: list[str]) -> tuple[tuple[Zone, ...], list[str]]:
    """The zones that both options let through, and a word on each that was named and is of another kind."""
    known = {zone.id for zone in index.zones}
    unknown = [zone_id for zone_id in ids if zone_id not in known]
    if unknown:
        raise UsageError(f"no zone has the id {unknown[0]!r}", mend=f"one of {', '.join(sorted(known))}")
    named = [zone for zone in index.zones if not ids or zone.id in ids]
    kept = tuple(zone for zone in named if not kinds or str(zone.kind) in kinds)
    if ids and not kept:
        what = f"--kind {' '.join(kinds)} fits none of --id: {named[0].id} is of kind {named[0].kind}"
        raise UsageError(what, mend="leave out --kind, or --id")
    other = [zone for zone in named if ids and zone not in kept]
    return kept, [
        f"{zone.id} left out: it is of kind {zone.kind}, which --kind does not name" for zone in other
    ]


def _refuse_layer(out: Output, layers: tuple[Path, ...]) -> None:
    """Zones that are not in the export, and their order, would be lost, and the site would go on without."""
    if any(layer.exists() and out.path.exists() and layer.samefile(out.path) for layer in layers):
        what = f"--out {out.path} is a layer that the zones come from: what is not exported would be lost"
        raise UsageError(what, mend="choose another name")


def _refuse_existing(out: Output) -> None:
    if out.path.exists() and not out.overwrite:
        raise UsageError(f"{out.path} is there already", mend="choose another name, or give --overwrite")


def _refuse_source(source: Path, out: Output) -> None:
    """The layer lacks what was not taken over; in its source's place that would be lost."""
    if source.exists() and out.path.exists() and source.samefile(out.path):
        raise UsageError(f"--out {out.path} is the file that is imported", mend="choose another name")


def _write(path: Path, text: str) -> None:
    """Whole or not at all: a layer cut short would lose zones without a word."""
    part = path.with_name(f".{path.name}.part")
    try:
        part.write_text(text, encoding="utf-8")
        part.replace(path)
    except OSError as error:
        part.unlink(missing_ok=True)
        mend = "choose a folder that can be written to"
        raise OutputError(f"cannot be written ({error.strerror})", where=str(path), mend=mend) from error


def _done(path: Path, zones: tuple[Zone, ...], notes: tuple[str, ...]) -> dict[str, Any]:
    return {"out": str(path), "zones": [zone.id for zone in zones], "notes": [*notes, *_stand_ins(zones)]}


def _stand_ins(zones: tuple[Zone, ...]) -> list[str]:
    """A map program shows names and lines alone: nothing there tells a stand-in from a real outline."""
    found = [zone.id for zone in zones if zone.placeholder]
    return [f"stand-ins among them, NOT legal boundaries: {', '.join(found)}"] if found else []
