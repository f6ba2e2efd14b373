"""targets.csv: which marker lies where."""

from __future__ import annotations

import csv
import io
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from droneops.config import HIGHEST_GROUND_M, LOWEST_GROUND_M
from droneops.errors import InputError

MAX_BYTES = 1_000_000
"""A surveyed field has tens of targets; anything near this is the wrong file."""

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "id": ("id", "marker_id"),
    "lat": ("lat", "lat_deg"),
    "lon": ("lon", "lon_deg"),
    "alt_msl": ("alt_msl", "alt_msl_m"),
}
"""What a column may be called; further columns (size, heading, a note) are passed over."""

MEND = "write a header line id,lat,lon,alt_msl and one target a line"


@dataclass(frozen=True, slots=True)
class Target:
    """A marker's centre on the ground."""

    marker: int
    lat_deg: float
    lon_deg: float
    alt_msl_m: float


def read_targets(path: Path, alt_msl_m: float | None) -> dict[int, Target]:
    """The targets of a file by their marker's number; ``alt_msl_m``, where given, is the height of all.

    Raises:
        InputError: the file cannot be read, lacks a column, or a line of it is wrong or comes twice.
    """
    table = csv.DictReader(io.StringIO(_text(path)), skipinitialspace=True)
    names = _names(table.fieldnames or (), path, needs_height=alt_msl_m is None)
    targets: dict[int, Target] = {}
    try:
        for row in table:
            target = _target(row, names, alt_msl_m, f"{path}: line {table.line_num}")
            if target.marker in targets:
                raise InputError(
                    f"target {target.marker} comes twice", where=f"{path}: line {table.line_num}"
                )
            targets[target.marker] = target
    except csv.Error as error:
        raise InputError(f"not a table: {error}", where=str(path), mend=MEND) from None
    if not targets:
        raise InputError("holds no target", where=str(path), mend=MEND)
    return targets


def _text(path: Path) -> str:
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES + 1)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if len(raw) > MAX_BYTES:
        raise InputError(f"larger than {MAX_BYTES} bytes, so no list of targets", where=str(path))
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise InputError(f"not UTF-8 text at byte {error.start}", where=str(path), mend=MEND) from None


def _names(header: Sequence[str], path: Path, *, needs_height: bool) -> dict[str, str]:
    """What each column that is needed is called in this file."""
    found = {}
    for column, spellings in COLUMNS.items():
        own = next((name for name in header if name and name.strip().lower() in spellings), None)
        if own is not None:
            found[column] = own
        elif column != "alt_msl" or needs_height:
            mend = f"{MEND}; --ground-alt-msl stands in for alt_msl" if column == "alt_msl" else MEND
            raise InputError(f"has no column {column!r}", where=str(path), mend=mend)
    return found


def _target(row: dict[str, str], names: dict[str, str], alt_msl_m: float | None, where: str) -> Target:
    marker = _number(row, names["id"], 0, 1_000_000, where)
    if marker != int(marker):
        raise InputError(f"id: {row[names['id']]!r} is no marker's number", where=where)
    _refuse_exchanged(row, names, where)
    given_m = alt_msl_m
    if given_m is None:
        given_m = _number(row, names["alt_msl"], LOWEST_GROUND_M, HIGHEST_GROUND_M, where)
    return Target(
        int(marker),
        _number(row, names["lat"], -89.9, 89.9, where),
        _number(row, names["lon"], -180, 180, where),
        given_m,
    )


def _refuse_exchanged(row: dict[str, str], names: dict[str, str], where: str) -> None:
    """Every place in Thailand and Laos lies east of 97 E: exchanged, its latitude is none."""
    try:
        lat, lon = float(row.get(names["lat"]) or ""), float(row.get(names["lon"]) or "")
    except ValueError:
        return
    if 90 < abs(lat) <= 180 and abs(lon) <= 90:
        what = f"lat {lat:g} and lon {lon:g} are exchanged"
        raise InputError(what, where=where, mend="latitude is at most 90: exchange the two")


def _number(row: dict[str, str], name: str, low: float, high: float, where: str) -> float:
    text = row.get(name) or ""
    try:
        value = float(text)
    except ValueError:
        value = math.nan
    if not low <= value <= high:
        raise InputError(f"{name}: {text[:40]!r} is no number from {low:g} to {high:g}", where=where)
    return value
