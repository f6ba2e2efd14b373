"""``droneops watch``"""

from __future__ import annotations

import sys
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class Protocol(StrEnum):
    """MQTT versions."""

    V5 = "5"
    V311 = "3.1.1"


def watch(
    site: Annotated[Path | None, typer.Argument(metavar="[SITE.toml]", help="The site file.")] = None,
    agency: Annotated[str, typer.Option(help="Whose alerts to show.")] = "",
    broker: Annotated[
        str | None, typer.Option(metavar="URL", help="mqtts://HOST, without a site file.")
    ] = None,
    site_id: Annotated[str | None, typer.Option(help="The site's id, with --broker.")] = None,
    ack: Annotated[
        bool, typer.Option("--ack", help="Acknowledge each alert that was shown, in the name of --by.")
    ] = False,
    by: Annotated[
        str | None, typer.Option(metavar="NAME", help="The person who sits here and answers for --ack.")
    ] = None,
    as_json: Annotated[
        bool, typer.Option("--json", help="Each alert's exact bytes, one a line; all else on stderr.")
    ] = False,
    pictures: Annotated[
        Path | None, typer.Option(metavar="DIR", help="Keep the pictures that come there.")
    ] = None,
    username: Annotated[str | None, typer.Option(help="The agency's name at the broker.")] = None,
    password_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its password; never on the command line.")
    ] = None,
    ca_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Certificates that the broker's is checked against.")
    ] = None,
    cert_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="A client certificate for the broker.")
    ] = None,
    cert_key_file: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The client certificate's key.")
    ] = None,
    protocol: Annotated[
        Protocol | None, typer.Option(help="MQTT version; default 5, or the site file's.")
    ] = None,
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The agency's private key: receipts are signed.")
    ] = None,
    public_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="The site's public key: alerts are verified with it.")
    ] = None,
    client_id: Annotated[
        str | None, typer.Option(help="This terminal's name at the broker; default: agency and host name.")
    ] = None,
) -> None:
    """A police terminal: shows an agency's alerts once each and answers for them.

    A `received` receipt goes out by itself for each alert that was shown. `acknowledged` is a person's word:
    only --ack --by NAME sends it. What is no alert, or not signed by the site where --public-key is given, is
    shown as such and not answered. The broker keeps what comes while the terminal is away. Ctrl-C ends it.

    \b
    Example: droneops watch site.toml --agency mukdahan-police \\
    --ack --by "Sgt Somchai"
    """
    import threading

    from droneops.clock import now_us
    from droneops.errors import UsageError
    from droneops.watch.desk import Desk
    from droneops.watch.request import WatchRequest, plan
    from droneops.watch.screen import screen_for
    from droneops.watch.session import Terminal

    if not agency:
        raise UsageError("--agency is missing", mend="--agency mukdahan-police")
    if (cert_file is None) != (cert_key_file is None):
        raise UsageError("--cert-file and --cert-key-file go together")
    planned = plan(
        WatchRequest(
            agency=agency,
            site=site,
            broker=broker,
            site_id=site_id,
            ack=ack,
            by=by,
            username=username,
            password_file=password_file,
            ca_file=ca_file,
            cert_file=cert_file,
            cert_key_file=cert_key_file,
            protocol=None if protocol is None else protocol.value,
            key=key,
            public_key=public_key,
            pictures=pictures,
            client_id=client_id,
        )
    )
    for warning in planned.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    screen = screen_for(agency, as_json=as_json)
    desk = Desk(planned.post, screen, now_us=now_us)
    Terminal(planned.wire, desk, screen.note).run(threading.Event())
