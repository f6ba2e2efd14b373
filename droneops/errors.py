"""What can go wrong, as a small tree.

DroneopsError                one line: what, where, the mend
├── UsageError               the arguments ask for something that cannot be
├── ConfigError              a site, camera or rule file
├── InputError               a log, a video, a picture that cannot be read
├── OutputError              a folder, a full disk
├── DeliveryError            a broker that does not take what is sent
├── BadSignature             a message that its key's holder did not say (evidence/signature.py)
└── BrokenChain              a journal that was changed (evidence/journal.py)

The first four end a command with exit status 2, the others with 1.
"""

from __future__ import annotations


class DroneopsError(Exception):
    """An error a user can act on: ``what`` went wrong, ``where``, and the ``mend``."""

    exit_status = 2

    def __init__(self, what: str, *, where: str = "", mend: str = "") -> None:
        self.what = what
        self.where = where
        self.mend = mend
        super().__init__(self.one_line())

    def one_line(self) -> str:
        """The error as one line of text, without line breaks from its parts."""
        head = f"{self.where}: {self.what}" if self.where else self.what
        text = f"{head} ({self.mend})" if self.mend else head
        return " ".join(text.split())


class UsageError(DroneopsError):
    """The arguments ask for something that cannot be."""


class ConfigError(DroneopsError):
    """A site, camera or zone file is wrong."""


class InputError(DroneopsError):
    """A log, video or picture cannot be read."""


class OutputError(DroneopsError):
    """A result cannot be written."""


class DeliveryError(DroneopsError):
    """An alert could not be handed over; it stays on disk."""

    exit_status = 1
