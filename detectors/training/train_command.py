"""``python -m detectors.training train``."""

from __future__ import annotations

import argparse
import signal
import sys
from collections.abc import Callable
from pathlib import Path

from detectors.training.batches import Mix
from detectors.training.classes import CLASSES
from detectors.training.schedule import Budget
from detectors.training.sets import parse_weighted
from detectors.types import DetectorError

# The side that was measured fastest per object learnt on a CPU; a net without dense layers takes any other.
CROP_SIDE_PX = 416


def main(arguments: list[str]) -> None:
    """Trains, or goes on.

    Raises:
        DetectorError: a set, the start or the checkpoint cannot be read.
    """
    given = _parser().parse_args(arguments)
    import torch

    from detectors.training import checkpoint, coco_start
    from detectors.training.net import YoloxNano
    from detectors.training.train import Plan, Trainer, run

    torch.manual_seed(given.seed)
    torch.set_num_threads(given.threads)
    mix = Mix(tuple(parse_weighted(text) for text in given.data), given.seed, given.side)
    budget = Budget(minutes=given.minutes, steps=given.steps)
    plan = Plan(mix, budget, given.batch, given.rate, given.pull, given.out)
    if given.resume and given.out.exists():
        trainer = Trainer(YoloxNano(len(CLASSES)), plan)
        trainer.resume(checkpoint.load(given.out))
    elif given.start is None:
        raise DetectorError("no weights to start from", mend="give --start YOLOX.onnx")
    else:
        trainer = Trainer(coco_start.our_net(given.start, CLASSES), plan)
    for text, one in zip(given.data, mix.sets, strict=True):
        _log(f"{text}: {len(one.pictures)} pictures")
    run(trainer, log=_log, stop=_told_to_stop())
    _log(f"wrote {given.out}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m detectors.training train", description="Trains the net.")
    parser.add_argument(
        "--data", action="append", required=True, metavar="FOLDER[:WEIGHT]", help="a set; repeat"
    )
    parser.add_argument("--start", type=Path, metavar="YOLOX.onnx", help="COCO weights to start from")
    parser.add_argument(
        "--out", type=Path, required=True, metavar="CHECKPOINT", help="where the state is kept"
    )
    parser.add_argument("--resume", action="store_true", help="go on from --out if it is there")
    end = parser.add_mutually_exclusive_group(required=True)
    end.add_argument("--minutes", type=float, help="of training, those before --resume included")
    end.add_argument("--steps", type=int, help="in all; the same steps give the same weights")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--batch", type=int, default=16, help="crops a step")
    parser.add_argument("--side", type=int, default=CROP_SIDE_PX, help="of a crop, px, a multiple of 32")
    parser.add_argument("--rate", type=float, default=4e-3, help="peak step as a share of each tensor's size")
    parser.add_argument("--pull", type=float, default=0.02, help="toward the start, as a share of each step")
    parser.add_argument("--threads", type=int, default=2)
    return parser


def _told_to_stop() -> Callable[[], bool]:
    """Whether SIGTERM or SIGINT came: the checkpoint is then written, and nothing of the work is lost."""
    came: list[int] = []
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, lambda caught, _frame: came.append(caught))
    return lambda: bool(came)


def _log(line: str) -> None:
    sys.stdout.write(line + "\n")
    sys.stdout.flush()
