"""A listener for replays in tests."""

from __future__ import annotations


class Silent:
    """Nobody listens; the warnings are kept."""

    def __init__(self) -> None:
        self.warnings: list[str] = []

    def warn(self, text: str) -> None:
        self.warnings.append(text)

    def progress(self, stage: str, done: float) -> None:
        """Not looked at."""
