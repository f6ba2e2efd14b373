"""Which findings belong to one kind of incident, and which of two is the graver."""

from __future__ import annotations

SEVERITIES = ("minor", "moderate", "severe", "extreme")
"""The least first (CAP 1.2, ``severity``)."""

LOGGING = ("intrusion", "border_crossing", "illegal_logging")
"""What one felling shows of itself, the least telling first: somebody is there, goes to the river, carries
wood. They are one incident; every other event is a kind of its own."""


def family_of(event: str) -> str:
    """The kind of incident that an event belongs to."""
    return "logging" if event in LOGGING else event


def grade(severity: str) -> int:
    """How grave, the least first."""
    return SEVERITIES.index(severity)


def says_more(event: str, than: str) -> bool:
    """Whether an event tells more than another of its family."""
    return event in LOGGING and than in LOGGING and LOGGING.index(event) > LOGGING.index(than)
