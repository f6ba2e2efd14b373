"""What was asked of a terminal, and what follows from it and from the site file."""

from __future__ import annotations

import socket
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from droneops.config import AgencySection, Site, load_site
from droneops.delivery.mqtt import Broker
from droneops.delivery.receipt import NAME_LIMIT
from droneops.errors import ConfigError, UsageError
from droneops.evidence.keys import key_id, load_private, load_public
from droneops.evidence.signature import sign
from droneops.watch.answers import Answerer
from droneops.watch.desk import Post
from droneops.watch.pictures import make_folder
from droneops.watch.reading import Subject
from droneops.watch.session import Wire

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey


@dataclass(frozen=True, slots=True)
class WatchRequest:
    """The command's arguments: a site file, or ``broker`` (a URL) and ``site_id`` in its place."""

    agency: str
    site: Path | None = None
    broker: str | None = None
    site_id: str | None = None
    ack: bool = False
    by: str | None = None
    username: str | None = None
    password_file: Path | None = None
    ca_file: Path | None = None
    cert_file: Path | None = None
    cert_key_file: Path | None = None
    protocol: Literal["5", "3.1.1"] | None = None
    key: Path | None = None
    public_key: Path | None = None
    pictures: Path | None = None
    client_id: str | None = None


@dataclass(frozen=True, slots=True)
class Plan:
    """What the terminal works with, and what its user should know before."""

    wire: Wire
    post: Post
    warnings: tuple[str, ...]


def plan(request: WatchRequest) -> Plan:
    """Everything the arguments and the site file say, checked; makes the folder for pictures.

    Raises:
        UsageError: the arguments do not fit together.
        ConfigError: the site file, a key, a password or a certificate is wrong.
        OutputError: the folder for pictures cannot be made.
    """
    _check(request)
    site = None if request.site is None else load_site(request.site)
    section = None if site is None else _section(site, request.agency)
    site_id = request.site_id if site is None else site.file.site.id
    terminal = request.client_id or _terminal(request.agency)
    key = None if request.key is None else load_private(request.key)
    public_key = None if request.public_key is None else load_public(request.public_key)
    if request.pictures is not None:
        make_folder(request.pictures)
    who = Answerer(
        site_id or "",
        request.agency,
        terminal,
        request.by,
        None if key is None else _signer(key),
    )
    wire = Wire(_broker(request, site), terminal, who.site_id, request.agency)
    post = Post(Subject(who.site_id, request.agency, public_key), who, request.pictures)
    warnings = (*_site_key_warnings(public_key), *_key_warnings(site, section, key))
    return Plan(wire, post, warnings)


def _terminal(agency: str) -> str:
    return f"droneops-watch-{agency}-{socket.gethostname()}"[:NAME_LIMIT]


def _signer(key: Ed25519PrivateKey) -> Callable[[Mapping[str, Any]], Mapping[str, str]]:
    return partial(sign, key=key)


def _check(request: WatchRequest) -> None:
    if request.ack != (request.by is not None):
        raise UsageError("--ack and --by go together", mend="--ack --by NAME: a person answers for it")
    if request.by is not None and not _is_name(request.by):
        raise UsageError(f"--by: not a name of 1 to {NAME_LIMIT} printable characters")
    if request.client_id is not None and not _is_name(request.client_id):
        raise UsageError(f"--client-id: not a name of 1 to {NAME_LIMIT} printable characters")
    if (request.site is None) == (request.broker is None):
        raise UsageError("give either SITE.toml or --broker URL with --site-id ID")
    if (request.broker is None) != (request.site_id is None):
        raise UsageError("--broker and --site-id go together; a site file has both")
    for name, value in (("--agency", request.agency), ("--site-id", request.site_id)):
        if value is not None and (not _is_name(value) or any(c in "/+#$" for c in value)):
            raise UsageError(f"{name}: must not be empty nor hold / + # $ (it is part of MQTT topics)")


def _is_name(text: str) -> bool:
    return bool(text.strip()) and text.isprintable() and len(text) <= NAME_LIMIT


def _section(site: Site, agency: str) -> AgencySection:
    known = {section.id: section for section in site.file.agency}
    if agency not in known:
        names = ", ".join(known) or "none"
        raise UsageError(f"--agency: the site file has no [[agency]] {agency!r}", mend=f"it has: {names}")
    return known[agency]


def _broker(request: WatchRequest, site: Site | None) -> Broker:
    """The address; the command line stands before the site file, whose user is the site's."""
    username, password = request.username, request.password_file
    if site is None:
        broker = Broker.from_url(
            request.broker or "",
            username,
            password,
            request.ca_file,
            request.cert_file,
            request.cert_key_file,
            request.protocol or "5",
        )
    else:
        broker = Broker.of(site)
        if username is not None or password is not None:
            broker = replace(broker, username=username or broker.username, password_file=password)
        if request.cert_file is not None:
            broker = replace(broker, cert_file=request.cert_file, key_file=request.cert_key_file)
        broker = replace(
            broker, ca_file=request.ca_file or broker.ca_file, protocol=request.protocol or broker.protocol
        )
    broker.check_files()
    return broker


def _site_key_warnings(public_key: Ed25519PublicKey | None) -> tuple[str, ...]:
    if public_key is not None:
        return ()
    return ("alerts are not verified, whoever can write to the broker can make them: give --public-key",)


def _key_warnings(
    site: Site | None, section: AgencySection | None, key: Ed25519PrivateKey | None
) -> tuple[str, ...]:
    """What will come of receipts at a site that knows the agency's key."""
    if site is None or section is None or section.public_key is None:
        return ()
    if key is None:
        return ("the site takes only signed receipts of this agency, and no --key is given",)
    known = load_public(site.beside(section.public_key))
    if key_id(known) != key_id(key.public_key()):
        raise ConfigError(
            "--key is not the one that the site file knows", mend="see public_key of the agency"
        )
    return ()
