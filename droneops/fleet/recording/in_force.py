"""Which zones and rules the desk judged by: their texts, kept once under their digest beside its notes."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from droneops.config import RuleSection
from droneops.errors import InputError, OutputError
from droneops.evidence.canonical import canonical
from droneops.incidents.explain import rule_json
from droneops.incidents.rule_set import RuleSet, rule_set_of
from geofences import ZoneError, ZoneIndex
from geofences.canonical import zones_text
from geofences.read_canonical import zones_from_text

FOLDER = "in_force"
SUFFIX = ".txt"
"""None of those that retention takes away: a text that is in force is older than any recording."""

MAX_BYTES = 64 << 20
"""Zones of a million corners take 34 MB; a file beyond was not written by us."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The digests of what was in force, and the site file's ``[[rule]]`` sections as they were given."""

    zones_sha256: str
    rules_sha256: str
    site_sha256: str | None
    rules: tuple[Mapping[str, Any], ...] = ()


def in_force(zones: ZoneIndex, rules: RuleSet, sections: Sequence[RuleSection], site: str | None) -> InForce:
    """What zones, rules and a site file (its sha256) are in force."""
    given = tuple(section.model_dump(exclude_unset=True, mode="json") for section in sections)
    return InForce(zones.sha256, _digest(rules_text(rules)), site, given)


def rules_text(rules: RuleSet) -> bytes:
    """All that the rules ask for, as evidence bundles hold it (rules.json)."""
    return canonical([rule_json(rule) for rule in rules.rules])


def keep_texts(folder: Path, zones: ZoneIndex, rules: RuleSet) -> None:
    """Keep both texts in the folder of the desk's notes; one that is there already stays.

    Raises:
        OutputError: the disk does not take them.
    """
    for raw in (zones_text(zones.zones).encode(), rules_text(rules)):
        _keep(folder / FOLDER, raw)


def text_of(folder: Path, sha256: str) -> bytes:
    """The text of a digest.

    Raises:
        InputError: it is not there, or is another.
    """
    path = folder / FOLDER / f"{sha256}{SUFFIX}"
    try:
        with path.open("rb") as file:
            raw = file.read(MAX_BYTES)
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror}", where=str(path)) from None
    if _digest(raw) != sha256:
        raise InputError("is not the text whose digest it is named by", where=str(path), mend="restore it")
    return raw


def zones_in(folder: Path, force: InForce) -> ZoneIndex:
    """The zones that were in force.

    Raises:
        InputError: their text is not there, or damaged.
    """
    name = f"{force.zones_sha256}{SUFFIX}"
    try:
        return ZoneIndex(zones_from_text(text_of(folder, force.zones_sha256).decode(), name))
    except (ZoneError, UnicodeDecodeError) as error:
        raise InputError(f"no zones: {error}", where=name) from None


def rules_in(force: InForce) -> RuleSet:
    """The rules that were in force.

    Raises:
        ConfigError, InputError: this version has other rules.
    """
    try:
        rules = rule_set_of([RuleSection(**section) for section in force.rules])
    except ValueError as error:
        raise InputError(f"no rules of this version: {error}", where="note of what was in force") from None
    if _digest(rules_text(rules)) != force.rules_sha256:
        raise InputError("this version's rules are others", where="note of what was in force")
    return rules


def force_to_record(force: InForce) -> dict[str, Any]:
    """As JSON can hold it."""
    return {**asdict(force), "rules": [dict(section) for section in force.rules]}


def force_from_record(record: Mapping[str, Any]) -> InForce:
    """What `force_to_record` was given. Raises KeyError, TypeError: it is not what that wrote."""
    rules = tuple(dict(section) for section in record["rules"])
    return InForce(record["zones_sha256"], record["rules_sha256"], record["site_sha256"], rules)


def _digest(raw: bytes) -> str:
    return hashlib.sha256(raw).hexdigest()


def _keep(folder: Path, raw: bytes) -> None:
    path = folder / f"{_digest(raw)}{SUFFIX}"
    part = path.with_name(f".{path.name}.part")
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        if path.exists():
            return
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
            file.write(raw)
            file.flush()
            os.fsync(file.fileno())
        part.replace(path)
    except OSError as error:
        raise OutputError(f"cannot be written: {error.strerror}", where=str(path)) from None
