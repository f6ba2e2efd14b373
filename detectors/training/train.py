"""The training loop."""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import torch
from torch import Tensor

from detectors.training import checkpoint as checkpoints
from detectors.training.assign import Things
from detectors.training.batches import Batch, Mix, stream
from detectors.training.checkpoint import Checkpoint
from detectors.training.classes import CLASSES
from detectors.training.coco_start import COCO_ROW
from detectors.training.loss import Loss, Targets, log_scores, loss
from detectors.training.net import YoloxNano
from detectors.training.optimiser import follow, freeze, make_optimiser, starting_points, step
from detectors.training.schedule import Budget, ema_decay, rate
from detectors.training.sets import IGNORE

LOG_EVERY_S = 20.0
# What a power cut may cost.
SAVE_EVERY_S = 300.0


@dataclass(frozen=True, slots=True)
class Plan:
    """``rate`` is the peak step as a share of each tensor's size; ``pull`` to the start, a share of it."""

    mix: Mix
    budget: Budget
    batch_size: int
    rate: float
    pull: float
    out: Path


class Trainer:
    """A net on its way: makes steps, and can be put down and taken up."""

    def __init__(self, net: YoloxNano, plan: Plan) -> None:
        self.plan = plan
        self.net = net.to(memory_format=torch.channels_last)  # type: ignore[call-overload]  # torch's stubs
        freeze(self.net)
        self.start = {name: value.clone() for name, value in net.state_dict().items()}
        self.average = copy.deepcopy(self.net)
        self.teacher = copy.deepcopy(self.net)
        self.optimiser = make_optimiser(self.net)
        self.step_number = 0
        self.trained_s = 0.0

    def resume(self, found: Checkpoint) -> None:
        """Goes on from ``found``."""
        self.net.load_state_dict(found.net)
        self.average.load_state_dict(found.average)
        self.start = found.start
        self.teacher.load_state_dict(found.start)
        self.optimiser.load_state_dict(found.optimiser)
        self.step_number, self.trained_s = found.step, found.trained_s

    @torch.no_grad()
    def taught(self, pictures: Tensor, targets: Targets) -> Targets:
        """With what the start says of the classes that were not labelled and that it knows."""
        asked = ~targets.labelled & torch.tensor([name in COCO_ROW for name in CLASSES])
        rows = asked.any(dim=1)
        if not rows.any():
            return targets
        with torch.autocast("cpu", torch.bfloat16):
            raw = self.teacher(pictures[rows])
        scores = log_scores(raw.float()).exp()
        taught = scores.new_zeros(len(pictures), *scores.shape[1:])
        taught[rows] = scores
        return replace(targets, taught=taught, taught_classes=asked)

    def checkpoint(self) -> Checkpoint:
        """All that `resume` needs."""
        return Checkpoint(
            start=self.start,
            net=self.net.state_dict(),
            average=self.average.state_dict(),
            optimiser=self.optimiser.state_dict(),
            step=self.step_number,
            trained_s=self.trained_s,
            seed=self.plan.mix.seed,
            classes=CLASSES,
        )

    def progress(self) -> float:
        """0 at the start, 1 at the end."""
        return self.plan.budget.progress(self.trained_s, self.step_number)

    def step(self, batch: Batch) -> Loss:
        """Learns from ``batch``."""
        side_px = self.plan.mix.side_px
        pictures = picture_tensor(batch)
        with torch.autocast("cpu", torch.bfloat16):
            raw = self.net(pictures)
        due = self.taught(pictures, targets_of(batch))
        found = loss(raw.float(), due, side_px, side_px)
        self.optimiser.zero_grad(set_to_none=True)
        found.total.backward()  # type: ignore[no-untyped-call]  # torch's stubs
        now = rate(self.progress(), self.plan.rate)
        step(self.optimiser, now, starting_points(self.net, self.start), self.plan.pull)
        follow(self.average, self.net, ema_decay(self.step_number))
        self.step_number += 1
        return found


def run(trainer: Trainer, *, log: Callable[[str], None], stop: Callable[[], bool] = lambda: False) -> None:
    """Trains to the end of the budget or until ``stop``; a line to ``log`` and a checkpoint now and then.

    Raises:
        DetectorError: a picture cannot be read.
    """
    batches = stream(trainer.plan.mix, trainer.plan.batch_size, first=trainer.step_number)
    window = Window(time.monotonic())
    saved_s = window.began_s
    while trainer.progress() < 1.0 and not stop():
        began_s = time.monotonic()
        window.add(trainer.step(next(batches)))
        now_s = time.monotonic()
        trainer.trained_s += now_s - began_s
        if now_s - window.began_s >= LOG_EVERY_S:
            log(window.line(trainer, now_s))
            window = Window(now_s)
        if now_s - saved_s >= SAVE_EVERY_S:
            checkpoints.save(trainer.checkpoint(), trainer.plan.out)
            saved_s = now_s
    close(batches)
    checkpoints.save(trainer.checkpoint(), trainer.plan.out)


class Window:
    """The losses since the last line of the log."""

    def __init__(self, began_s: float) -> None:
        self.began_s = began_s
        self.losses: list[Loss] = []

    def add(self, found: Loss) -> None:
        """Counts one step."""
        self.losses.append(found)

    def line(self, trainer: Trainer, now_s: float) -> str:
        """What happened since, in one line."""
        pictures_per_s = len(self.losses) * trainer.plan.batch_size / (now_s - self.began_s)
        return (
            f"step {trainer.step_number} {100 * trainer.progress():.1f} % {trainer.trained_s / 60:.1f} min"
            f" score {np.mean([one.score for one in self.losses]):.3f}"
            f" box {np.mean([one.box for one in self.losses]):.3f}"
            f" answers {np.mean([one.answers for one in self.losses]):.0f}"
            f" {pictures_per_s:.1f} pictures/s"
        )


def close(batches: Iterator[Batch]) -> None:
    """Ends the thread that makes batches."""
    if hasattr(batches, "close"):
        batches.close()


def picture_tensor(batch: Batch) -> Tensor:
    """(N, 3, side, side) float32, BGR 0..255, channels last in memory."""
    return torch.from_numpy(batch.images_bgr).permute(0, 3, 1, 2).float()


def targets_of(batch: Batch) -> Targets:
    """As the loss wants it."""
    image, xyxy_px, class_id = (torch.from_numpy(v) for v in (batch.image, batch.xyxy_px, batch.class_id))
    ignored = class_id == IGNORE
    things = Things(image[~ignored], xyxy_px[~ignored], class_id[~ignored])
    return Targets(things, image[ignored], xyxy_px[ignored], torch.from_numpy(batch.labelled))
