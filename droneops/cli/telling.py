"""Tells the user how a replay goes: a progress bar on a terminal, plain lines elsewhere."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID

PLAIN_EVERY = 0.25


class Teller:
    """A `Listener` on stderr, so that stdout stays for results."""

    def __init__(self) -> None:
        self._bar: Progress | None = None
        self._tasks: dict[str, TaskID] = {}
        self._told: dict[str, float] = {}

    def __enter__(self) -> Self:
        if sys.stderr.isatty():
            from rich.console import Console
            from rich.progress import Progress

            self._bar = Progress(console=Console(stderr=True), transient=True)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def warn(self, text: str) -> None:
        """Something the user should know."""
        sys.stderr.write(f"warning: {text}\n")

    def progress(self, stage: str, done: float) -> None:
        """How far a stage is, from 0 to 1."""
        if self._bar is not None:
            if stage not in self._tasks:
                self._tasks[stage] = self._bar.add_task(stage, total=1.0)
            self._bar.update(self._tasks[stage], completed=done)
        elif done >= self._told.get(stage, 0.0) + PLAIN_EVERY:
            self._told[stage] = done
            sys.stderr.write(f"{stage}: {done:.0%}\n")
