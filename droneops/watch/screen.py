"""What a terminal shows, and how: cards in colour, plain lines, or one JSON a line."""

from __future__ import annotations

import sys
from typing import Protocol, TextIO

from droneops.watch.card import card, plain
from droneops.watch.reading import AlertCame

COLOURS = {"extreme": "bold white on red", "severe": "bold red", "moderate": "yellow", "minor": "cyan"}


class Screen(Protocol):
    """Where a terminal shows things. An alert counts as shown once `alert` has returned."""

    def alert(self, came: AlertCame, remarks: tuple[str, ...]) -> None:
        """Show an alert with what is to be known beside it."""

    def note(self, text: str) -> None:
        """Show what is no alert: the link's state, a picture, a message that nobody understands."""


class Colours:
    """Cards in the colour of their severity, on a terminal."""

    def __init__(self, title: str) -> None:
        from rich.console import Console

        self._title = title
        self._console = Console()

    def alert(self, came: AlertCame, remarks: tuple[str, ...]) -> None:
        """A card in a frame; in a real alert of the two gravest kinds the terminal's bell rings."""
        from rich.panel import Panel
        from rich.text import Text

        severity = came.alert.severity
        body = _body(came, remarks)
        style = COLOURS[severity] if came.doubt is None else "dim"
        panel = Panel(Text(body), title=Text(plain(self._title)), title_align="left", border_style=style)
        self._console.print(panel)
        if came.doubt is None and came.alert.status == "actual" and severity in ("extreme", "severe"):
            self._console.bell()

    def note(self, text: str) -> None:
        """A dim line."""
        from rich.text import Text

        self._console.print(Text(plain(text), style="dim"))


class Lines:
    """Cards as plain lines, an empty line behind each."""

    def alert(self, came: AlertCame, remarks: tuple[str, ...]) -> None:
        """A card."""
        _write(sys.stdout, f"{_body(came, remarks)}\n\n")

    def note(self, text: str) -> None:
        """A line on stderr: stdout is for alerts."""
        _write(sys.stderr, f"{plain(text)}\n")


class JsonLines:
    """Each alert's exact bytes on a line of stdout; all else on stderr."""

    def alert(self, came: AlertCame, remarks: tuple[str, ...]) -> None:
        """The bytes as they came."""
        sys.stdout.flush()
        sys.stdout.buffer.write(came.raw + b"\n")
        sys.stdout.buffer.flush()
        for remark in remarks:
            self.note(f"alert {came.alert.id}: {remark}")

    def note(self, text: str) -> None:
        """A line on stderr."""
        _write(sys.stderr, f"{plain(text)}\n")


def screen_for(title: str, *, as_json: bool) -> Screen:
    """The screen that fits where the output goes."""
    if as_json:
        return JsonLines()
    return Colours(title) if sys.stdout.isatty() else Lines()


def _body(came: AlertCame, remarks: tuple[str, ...]) -> str:
    """A card with its remarks below; above it where it may not be the site's word: first things first."""
    marked = [f"! {plain(remark)}" for remark in remarks]
    parts = (card(came.raw), *marked) if came.doubt is None else (*marked, card(came.raw))
    return "\n".join(parts)


def _write(stream: TextIO, text: str) -> None:
    stream.write(text)
    stream.flush()
