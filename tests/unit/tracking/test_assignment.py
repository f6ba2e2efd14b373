"""The cheapest assignment, against the one everybody uses."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.optimize import linear_sum_assignment

from droneops.tracking.assignment import NOBODY, assign


def total(cost: np.ndarray, alone: np.ndarray, chosen: np.ndarray) -> float:
    return sum(alone[row] if column == NOBODY else cost[row, column] for row, column in enumerate(chosen))


@given(st.integers(0, 2**32 - 1), st.integers(1, 9), st.integers(0, 9))
def test_no_assignment_is_cheaper(seed: int, rows: int, columns: int) -> None:
    random = np.random.default_rng(seed)
    cost = random.uniform(-5, 20, (rows, columns))
    cost[random.random((rows, columns)) < 0.4] = np.inf
    alone = random.uniform(5, 15, rows)
    chosen = assign(cost, alone)
    taken = chosen[chosen != NOBODY].tolist()
    assert len(taken) == len(set(taken))
    table = np.full((rows, columns + rows), 1e6)
    table[:, :columns] = np.minimum(cost, 1e6)
    table[np.arange(rows), columns + np.arange(rows)] = alone
    best = table[linear_sum_assignment(table)].sum()
    assert total(cost, alone, chosen) == pytest.approx(best)


def test_the_nearest_pair_gives_way_to_the_pair_that_has_no_other_choice() -> None:
    cost = np.array([[1.0, 2.0], [1.5, np.inf]])
    assert assign(cost, np.full(2, 10.0)).tolist() == [1, 0]


def test_a_row_that_fits_nothing_is_left_alone() -> None:
    assert assign(np.array([[np.inf], [3.0]]), np.full(2, 10.0)).tolist() == [NOBODY, 0]
