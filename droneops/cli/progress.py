"""A progress bar on stderr while results go to stdout."""

from __future__ import annotations

import sys
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from rich.progress import Progress, TaskID


class ProgressBar:
    """Shown on a terminal alone, and not where results run down the same terminal."""

    def __init__(self, what: str, *, results_on_stdout: bool) -> None:
        self._what = what
        self._is_shown = sys.stderr.isatty() and not (results_on_stdout and sys.stdout.isatty())
        self._bar: Progress | None = None
        self._task: TaskID | None = None

    def __enter__(self) -> Self:
        if self._is_shown:
            from rich.console import Console
            from rich.progress import Progress

            # By itself it would take what is written to stdout for its own terminal.
            console = Console(stderr=True)
            self._bar = Progress(
                console=console, transient=True, redirect_stdout=False, redirect_stderr=False
            )
            self._task = self._bar.add_task(self._what, total=None)
            self._bar.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._bar is not None:
            self._bar.stop()

    def update(self, done: float) -> None:
        """How far the work is, from 0 to 1."""
        if self._bar is not None and self._task is not None:
            self._bar.update(self._task, completed=done, total=1.0)
