"""What the loss teaches, and what it must not teach."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

torch = pytest.importorskip("torch", reason="training needs torch, which running does not")

from detectors.training.assign import Things, assign, candidates  # noqa: E402  needs torch
from detectors.training.boxes import decode, generalised_iou, grid, iou  # noqa: E402
from detectors.training.classes import CLASSES  # noqa: E402
from detectors.training.loss import Targets, cross_entropy, log_scores, loss  # noqa: E402

SIDE_PX = 64
CELLS = 8 * 8 + 4 * 4 + 2 * 2
BOAT, PERSON = CLASSES.index("boat"), CLASSES.index("person")


def raw_output(pictures: int = 1) -> torch.Tensor:
    torch.manual_seed(3)
    return torch.randn(pictures, CELLS, 5 + len(CLASSES)) * 0.5


def things(*boxes: tuple[float, float, float, float], image: int = 0, class_id: int = BOAT) -> Things:
    rows = len(boxes)
    return Things(
        torch.full((rows,), image), torch.tensor(boxes).reshape(rows, 4), torch.full((rows,), class_id)
    )


def targets(held: Things, *, ignored: tuple[tuple[float, ...], ...] = (), unlabelled: str = "") -> Targets:
    labelled = torch.tensor([[name != unlabelled for name in CLASSES]])
    return Targets(
        held, torch.zeros(len(ignored), dtype=torch.long), torch.tensor(ignored).reshape(-1, 4), labelled
    )


def slope(raw: torch.Tensor, due: Targets) -> torch.Tensor:
    raw = raw.clone().requires_grad_()
    loss(raw, due, SIDE_PX, SIDE_PX).total.backward()
    assert raw.grad is not None
    return raw.grad


def test_the_candidates_of_a_thing_are_the_cells_around_its_centre() -> None:
    cell, there, distance = candidates(torch.tensor([[10.0, 10.0, 14.0, 14.0]]), SIDE_PX, SIDE_PX)
    corner_px, stride_px = grid(SIDE_PX, SIDE_PX)
    apart = (corner_px[cell[0]] + stride_px[cell[0]] / 2 - 12.0) / stride_px[cell[0]]
    assert torch.allclose(apart.norm(dim=1)[there[0]], distance[0][there[0]])
    # At strides 8 and 16 and 32: all nine, four at the upper left corner, four again.
    assert [int(part.sum()) for part in there[0].split(9)] == [9, 4, 4]


def test_no_cell_answers_for_two_things_and_each_thing_is_answered_for() -> None:
    held = things((8, 8, 40, 40), (18, 10, 52, 42), (30, 30, 36, 36))
    raw = raw_output()
    corner_px, stride_px = grid(SIDE_PX, SIDE_PX)
    found = assign(held, decode(raw[..., :4], corner_px, stride_px), log_scores(raw), SIDE_PX, SIDE_PX)
    assert len(set(found.cell.tolist())) == len(found.cell)
    assert set(found.thing.tolist()) == {0, 1, 2}


def test_an_empty_picture_only_lowers_scores() -> None:
    found = slope(raw_output(), targets(things()))
    assert (found[..., :4] == 0).all()
    assert (found[..., 4:] >= 0).all()
    assert found[..., 4:].max() > 0


def test_a_class_that_was_not_labelled_is_not_taught_away() -> None:
    found = slope(raw_output(), targets(things(), unlabelled="person"))
    assert (found[..., 5 + PERSON] == 0).all()
    assert found[..., 5 + BOAT].min() > 0


def test_a_class_that_was_not_labelled_is_held_to_what_the_teacher_says() -> None:
    raw, person = raw_output(), torch.tensor([[name == "person" for name in CLASSES]])
    held = log_scores(raw).exp()
    due = targets(things(), unlabelled="person")
    same = slope(raw, replace(due, taught=held, taught_classes=person))
    more = slope(raw, replace(due, taught=held.clamp(min=0.9), taught_classes=person))
    assert same[..., 5 + PERSON].abs().max() < 1e-6
    assert more[..., 5 + PERSON].max() < 0
    assert torch.equal(same[..., 5 + BOAT], slope(raw, due)[..., 5 + BOAT])


def test_a_region_to_be_ignored_teaches_nothing() -> None:
    found = slope(raw_output(), targets(things(), ignored=((-500, -500, 500, 500),)))
    assert (found == 0).all()


def test_a_thing_raises_the_score_of_its_class_where_it_is() -> None:
    found = slope(raw_output(), targets(things((16, 16, 48, 48))))
    assert found[..., 5 + BOAT].min() < 0
    assert found[..., 5 + PERSON].min() >= 0


def test_a_net_that_is_shown_one_thing_long_enough_finds_it() -> None:
    raw = raw_output().requires_grad_()
    due = targets(things((16, 20, 50, 44)))
    optimiser = torch.optim.Adam([raw], lr=0.1)
    for _ in range(200):
        optimiser.zero_grad()
        loss(raw, due, SIDE_PX, SIDE_PX).total.backward()
        optimiser.step()
    score = log_scores(raw)[0].exp()
    best = int(score[:, BOAT].argmax())
    corner_px, stride_px = grid(SIDE_PX, SIDE_PX)
    box = decode(raw[0, :, :4], corner_px, stride_px)[best]
    assert iou(box, due.things.xyxy_px[0]) > 0.9
    assert score[best, BOAT] > 0.8
    assert score[:, PERSON].max() < 0.3


def test_the_cross_entropy_is_finite_where_scores_are_sure() -> None:
    logs = torch.tensor([-200.0, -1e-9, 0.0, math.log(0.5)], requires_grad=True)
    found = cross_entropy(logs, torch.tensor([0.0, 1.0, 0.0, 0.5]))
    found.sum().backward()
    assert found.isfinite().all()
    assert logs.grad is not None and logs.grad.isfinite().all()
    assert found[3].item() == pytest.approx(math.log(2))


def test_generalised_overlap_still_falls_with_distance_where_boxes_are_apart() -> None:
    here = torch.tensor([0.0, 0.0, 10.0, 10.0])
    near, far = here + 15.0, here + 40.0
    assert generalised_iou(here, here).item() == pytest.approx(1.0)
    assert -1.0 < generalised_iou(here, far) < generalised_iou(here, near) < 0.0
