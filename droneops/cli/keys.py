"""``droneops keys make|show``"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

keys = typer.Typer(help="The site's signing key: alerts and evidence are signed with it.")

FolderArgument = Annotated[Path, typer.Argument(metavar="DIR", help="The folder of site.key and site.pub.")]
JsonOption = Annotated[bool, typer.Option("--json", help="For machines.")]


@keys.command()
def make(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Make a new pair: site.key stays here and is its owner's alone, site.pub goes to the police.

    \b
    Example: droneops keys make keys
    """
    from droneops.evidence.keys import make_key_pair

    made = make_key_pair(folder)
    if made.hint is not None:
        sys.stderr.write(f"warning: {made.hint}\n")
    if as_json:
        table = {"key_id": made.key_id, "private": str(made.private), "public": str(made.public)}
        sys.stdout.write(json.dumps(table) + "\n")
        return
    sys.stdout.write(
        f"key {made.key_id}: {made.private} (keep it secret), {made.public} (give it away)\n"
        f'site file: [evidence] key_file = "{made.private}"\n'
    )


@keys.command()
def show(folder: FolderArgument, as_json: JsonOption = False) -> None:
    """Show the public key and its id; the private key is not opened.

    \b
    Example: droneops keys show keys
    """
    from droneops.evidence.keys import PUBLIC_NAME, key_id, load_public, public_pem

    public = load_public(folder / PUBLIC_NAME)
    pem = public_pem(public).decode("ascii")
    if as_json:
        sys.stdout.write(json.dumps({"key_id": key_id(public), "public_pem": pem}) + "\n")
        return
    sys.stdout.write(f"key {key_id(public)}\n{pem}")
