"""Zone layers: GeoJSON files, ours or the operator's, become zones."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from importlib.resources import files
from importlib.resources.abc import Traversable
from pathlib import Path

from geofences.bounded import MAX_FILE_BYTES, read_bounded
from geofences.feature import FeatureSource, zone_of
from geofences.zone import Zone, ZoneError

_SUFFIX = ".geojson"


def load_layer(path: str | Path | Traversable, *, max_bytes: int = MAX_FILE_BYTES) -> tuple[Zone, ...]:
    """The zones of one GeoJSON file (WGS 84, lon lat), in the order of the file.

    Unknown properties are passed over. Raises ZoneError, one line naming file, feature, what is wrong and the
    mend, for the first thing found wrong; nothing is repaired in silence.
    """
    source = Path(path) if isinstance(path, str) else path
    content = read_bounded(source, max_bytes)
    sha256 = hashlib.sha256(content).hexdigest()
    features = _features(content, source.name)
    zones = tuple(
        zone_of(feature, FeatureSource(source.name, sha256, i)) for i, feature in enumerate(features)
    )
    _refuse_duplicates(zones, source.name)
    return zones


def shipped_layers() -> dict[str, Traversable]:
    """The layers that come with this package: id (the file's stem) to file."""
    folder = files("geofences") / "layers"
    found = [entry for entry in folder.iterdir() if entry.name.endswith(_SUFFIX)]
    return {entry.name.removesuffix(_SUFFIX): entry for entry in sorted(found, key=lambda entry: entry.name)}


def load_zones(references: Sequence[str | Path] = ()) -> tuple[Zone, ...]:
    """The zones of a site, sorted by id.

    Each reference is the id of a shipped layer or the path of the operator's own file.
    - No reference names a shipped layer: all shipped layers are loaded, so that adding a file never loses the
      border.
    - Some do: only those shipped layers are loaded.
    - A zone in an operator's file replaces the shipped zone of the same id. Raises ZoneError for a bad layer,
      for a reference that is neither, and for an id in two of the operator's files.
    """
    shipped = shipped_layers()
    named = [reference for reference in references if str(reference) in shipped]
    own = [Path(reference) for reference in references if str(reference) not in shipped]
    zones = {zone.id: zone for name in named or shipped for zone in load_layer(shipped[str(name)])}
    zones |= _own_zones(own, list(shipped))
    return tuple(zones[zone_id] for zone_id in sorted(zones))


def _own_zones(paths: list[Path], shipped: list[str]) -> dict[str, Zone]:
    zones: dict[str, Zone] = {}
    origin: dict[str, Path] = {}
    for path in paths:
        if not path.exists():
            mend = f"give the path of a GeoJSON file, or one of {', '.join(shipped)}"
            raise ZoneError.in_file(str(path), "is neither a file nor a shipped layer", mend)
        for zone in load_layer(path):
            if zone.id in zones:
                what = f"is in {origin[zone.id].name} too"
                raise ZoneError.in_feature(
                    path.name, f"id {zone.id!r:.80}", what, "keep it in one of the two files"
                )
            zones[zone.id], origin[zone.id] = zone, path
    return zones


def _features(content: bytes, file: str) -> list[object]:
    try:
        document = json.loads(content.decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise ZoneError.in_file(file, f"is not JSON ({error})", "export it as GeoJSON, UTF-8") from error
    if not isinstance(document, dict) or document.get("type") != "FeatureCollection":
        raise ZoneError.in_file(
            file, "is not a GeoJSON FeatureCollection", 'wrap it as "type": "FeatureCollection"'
        )
    features = document.get("features")
    if not isinstance(features, list) or not features:
        raise ZoneError.in_file(file, "has no features", "add a feature or take the layer out of the site")
    return features


def _refuse_duplicates(zones: tuple[Zone, ...], file: str) -> None:
    first: dict[str, int] = {}
    for index, zone in enumerate(zones):
        if zone.id in first:
            what = f"has the id of feature {first[zone.id]}"
            raise ZoneError.in_feature(
                file, f"feature {index} (id {zone.id!r:.80})", what, "give each its own id"
            )
        first[zone.id] = index
