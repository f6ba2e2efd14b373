"""Who belongs to whom, at the least total cost: shortest augmenting paths.

R. Jonker, A. Volgenant, "A shortest augmenting path algorithm for dense and sparse linear assignment
problems", Computing 38, 1987. Nearest-first is not enough: the nearest pair can take a sighting away from the
one track that has no other, and two things that pass each other change names.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from droneops.types import FloatArray

IntArray = npt.NDArray[np.int64]
NOBODY = -1


def assign(cost: FloatArray, alone: FloatArray) -> IntArray:
    """The column of each row (n,), ``NOBODY`` for a row that is better left alone.

    ``cost`` (n, m) is infinite where a pair is impossible; ``alone`` (n,) is what a row costs without one.
    """
    rows, columns = cost.shape
    table = np.full((rows, columns + rows), np.inf)
    table[:, :columns] = cost
    table[np.arange(rows), columns + np.arange(rows)] = alone
    search = _Search(table)
    for row in range(rows):
        search.place(row)
    return np.where(search.column_of < columns, search.column_of, NOBODY)


class _Search:
    """Rows placed one by one, each along the cheapest chain of changes to those before it."""

    def __init__(self, table: FloatArray) -> None:
        rows, columns = table.shape
        self._table = table
        self._row_price = np.zeros(rows)
        self._column_price = np.zeros(columns)
        self._owner: IntArray = np.full(columns, NOBODY, dtype=np.int64)
        self.column_of: IntArray = np.full(rows, NOBODY, dtype=np.int64)

    def place(self, row: int) -> None:
        """Give a row its column; rows placed before may change theirs."""
        columns = self._table.shape[1]
        shortest = np.full(columns, np.inf)
        before: IntArray = np.full(columns, NOBODY, dtype=np.int64)
        done = np.zeros(columns, dtype=bool)
        current, length = row, 0.0
        while True:
            reached = length + self._table[current] - self._row_price[current] - self._column_price
            better = ~done & (reached < shortest)
            shortest[better], before[better] = reached[better], current
            column = int(np.argmin(np.where(done, np.inf, shortest)))
            length = float(shortest[column])
            if self._owner[column] == NOBODY:
                break
            done[column] = True
            current = int(self._owner[column])
        self._reprice(row, np.flatnonzero(done), shortest, length)
        self._change(row, column, before)

    def _reprice(self, row: int, passed: IntArray, shortest: FloatArray, length: float) -> None:
        self._row_price[row] += length
        self._row_price[self._owner[passed]] += length - shortest[passed]
        self._column_price[passed] -= length - shortest[passed]

    def _change(self, row: int, column: int, before: IntArray) -> None:
        while True:
            current = int(before[column])
            self._owner[column] = current
            column, self.column_of[current] = int(self.column_of[current]), column
            if current == row:
                return
