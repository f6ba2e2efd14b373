"""``python -m detectors.training COMMAND ...``: everything that makes the weights."""

from __future__ import annotations

import importlib
import sys

from detectors.types import DetectorError

COMMANDS = {
    "scenes": "render labelled scenes",
    "real": "labelled real pictures and backgrounds from the cleared material",
    "paste": "fire and smoke pasted onto pictures",
    "train": "train the net on sets",
    "export": "a checkpoint as ONNX, in FP32 and INT8",
    "select": "weights between the start and the end of a training",
    "thresholds": "the scores from which to report, from held-out sets",
    "card": "the card and the model card of the shipped weights",
}


def main(arguments: list[str]) -> int:
    """Runs one command; its exit status: 2 if it was not understood or could not be done."""
    if not arguments or arguments[0] in {"-h", "--help"}:
        sys.stdout.write(_usage())
        return 0 if arguments else 2
    name, *rest = arguments
    if name not in COMMANDS:
        sys.stderr.write(f"detectors.training: no command {name!r}; there are {', '.join(COMMANDS)}\n")
        return 2
    try:
        importlib.import_module(f"detectors.training.{name}_command").main(rest)
    except DetectorError as error:
        sys.stderr.write(f"detectors.training: {error}\n")
        return 2
    return 0


def _usage() -> str:
    width = max(len(name) for name in COMMANDS)
    lines = [f"  {name:<{width}}  {about}" for name, about in COMMANDS.items()]
    return "\n".join(["usage: python -m detectors.training COMMAND ...", "", *lines, ""])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
