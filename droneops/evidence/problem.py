"""The first thing in a bundle that does not fit."""

from __future__ import annotations


class BadBundleError(Exception):
    """``reason``, the ``file`` of the bundle it is in, and the byte of the bundle, None where not known."""

    def __init__(self, reason: str, *, file: str | None = None, at_byte: int | None = None) -> None:
        self.reason = reason
        self.file = file
        self.at_byte = at_byte
        super().__init__(self.one_line())

    def one_line(self) -> str:
        """The problem as one line."""
        where = "" if self.at_byte is None else f" (byte {self.at_byte} of the bundle)"
        text = f"{self.reason}{where}" if self.file is None else f"{self.file}: {self.reason}{where}"
        return " ".join(text.split())
