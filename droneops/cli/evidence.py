"""``droneops evidence verify|labels``"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Annotated

import typer

evidence = typer.Typer(help="Evidence bundles: whether they are unaltered, and what they teach.")


@evidence.command()
def verify(
    bundles: Annotated[list[Path], typer.Argument(metavar="BUNDLE...", help="One or several (.zip).")],
    public_key: Annotated[
        list[Path], typer.Option(metavar="FILE", help="The site's public key (PEM); may be repeated.")
    ],
    journal: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="The site's exported journal (JSON lines): are they in it?"),
    ] = None,
    alerts: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Alerts as they were received (JSON lines): do they fit?"),
    ] = None,
    tsa_certificate: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificates (PEM) that vouch for the time stamps."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Verify bundles offline, and name the first thing that does not fit; exit status 1 where one is bad.

    \b
    Example: droneops evidence verify out/evidence/*.zip \\
    --public-key keys/site.pub
    """
    from droneops.evidence.check import Question, answer, answer_json, answer_text

    found = answer(Question(tuple(bundles), tuple(public_key), journal, alerts, tsa_certificate))
    text = json.dumps(answer_json(found), ensure_ascii=False) + "\n" if as_json else answer_text(found)
    sys.stdout.write(text)
    if not found.good:
        raise typer.Exit(1)


@evidence.command()
def labels(
    sources: Annotated[
        list[Path],
        typer.Argument(
            metavar="SOURCE...", help="Site files (the answers) and folders of replays (pictures)."
        ),
    ],
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder of the set; empty or not existing.")],
    doubtful: Annotated[
        int | None,
        typer.Option(min=0, metavar="N", help="At most N doubtful frames; else all that replays kept."),
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="For machines.")] = False,
) -> None:
    """Write what people answered, and doubtful frames, as a labelled set (COCO) for the next training.

    \b
    Example: droneops evidence labels site.toml out --out field-set
    """
    from droneops.field_set.gather import labels_text, write_labels

    told = write_labels(sources, out, doubtful)
    sys.stdout.write(json.dumps(told, ensure_ascii=False) + "\n" if as_json else labels_text(told))
