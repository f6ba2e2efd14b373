"""Lines of a stream as they come: whole ones at once, and never more in memory than was read at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator

READ_BYTES = 1024 * 1024
"""A few hundred alerts: more would not make the commits cheaper."""

Line = tuple[int, bytes | None]
"""Number from 1, and the line without its end; None where it is longer than asked for."""


def lines_as_they_come(read: Callable[[int], bytes], longest: int) -> Iterator[list[Line]]:
    """The lines that each read completes; the last may lack its end.

    ``read`` returns what is there, at most so many bytes, waits only where nothing is, and ends with b"".
    """
    number, rest, too_long = 0, b"", False
    while chunk := read(READ_BYTES):
        *whole, rest = (rest + chunk).split(b"\n")
        found: list[Line] = []
        for line in whole:
            number += 1
            found.append((number, None if too_long or len(line) > longest + 1 else line.removesuffix(b"\r")))
            too_long = False
        if len(rest) > longest + 1:
            rest, too_long = b"", True
        yield found
    if rest or too_long:
        yield [(number + 1, None if too_long else rest.removesuffix(b"\r"))]
