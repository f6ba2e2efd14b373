"""A training can be put down and taken up, and the same steps give the same weights."""

from __future__ import annotations

import itertools
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="training needs torch, which running does not")

from detectors.training.batches import Mix  # noqa: E402  needs torch
from detectors.training.checkpoint import load  # noqa: E402
from detectors.training.classes import CLASSES  # noqa: E402
from detectors.training.net import YoloxNano  # noqa: E402
from detectors.training.optimiser import FROZEN  # noqa: E402
from detectors.training.schedule import Budget, rate  # noqa: E402
from detectors.training.set_file import LabelledBox, LabelledPicture, write_set  # noqa: E402
from detectors.training.sets import parse_weighted  # noqa: E402
from detectors.training.train import Plan, Trainer, run  # noqa: E402


@pytest.fixture
def plan(tmp_path: Path) -> Plan:
    image = np.random.default_rng(0).integers(0, 255, (96, 96, 3)).astype(np.uint8)
    picture = LabelledPicture(
        "a", image, (LabelledBox((10, 10, 60, 50), "boat"),), ("boat",), "drawn here", "Apache-2.0"
    )
    write_set(tmp_path / "set", [picture])
    mix = Mix((parse_weighted(str(tmp_path / "set")),), seed=1, side_px=64)
    return Plan(mix, Budget(steps=4), 2, 4e-3, 0.02, tmp_path / "out.ckpt")


def trainer(plan: Plan) -> Trainer:
    torch.manual_seed(0)
    torch.set_num_threads(1)
    return Trainer(YoloxNano(len(CLASSES)), plan)


def test_a_training_that_was_interrupted_ends_where_the_other_ends(plan: Plan) -> None:
    whole = trainer(plan)
    run(whole, log=lambda line: None)
    first = trainer(plan)
    run(first, log=lambda line: None, stop=lambda: first.step_number == 2)
    rest = trainer(plan)
    rest.resume(load(plan.out))
    assert rest.step_number == 2
    run(rest, log=lambda line: None)
    assert rest.step_number == 4
    assert all(torch.equal(a, b) for a, b in zip(whole.net.parameters(), rest.net.parameters(), strict=True))
    for name, value in whole.average.state_dict().items():
        assert torch.equal(value, rest.average.state_dict()[name])


def test_what_is_frozen_stands_still_and_the_rest_moves(plan: Plan) -> None:
    made = trainer(plan)
    run(made, log=lambda line: None)
    moved = {
        name for name, value in made.net.state_dict().items() if not torch.equal(value, made.start[name])
    }
    assert not [name for name in moved if name.startswith(FROZEN)]
    assert "heads.0.class_logits.weight" in moved
    assert "neck.narrow32.convolution.weight" in moved


def test_steps_grow_then_shrink() -> None:
    rates = [rate(progress, 1.0) for progress in np.linspace(0.0, 1.0, 101)]
    assert max(rates) == pytest.approx(1.0, abs=0.01)
    assert rates[0] < 0.02 and rates[-1] == pytest.approx(0.03)
    assert all(later < earlier for earlier, later in itertools.pairwise(rates[4:]))


def test_a_budget_of_minutes_counts_what_was_trained_and_one_of_steps_counts_steps() -> None:
    assert Budget(minutes=10).progress(trained_s=300.0, step=7) == 0.5
    assert Budget(steps=10).progress(trained_s=300.0, step=5) == 0.5
    assert Budget(steps=10).progress(trained_s=0.0, step=50) == 1.0
