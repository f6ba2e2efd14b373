"""What live bundles and those of replays have in common."""

from __future__ import annotations

BEFORE_US = 30_000_000
AFTER_US = 10_000_000
"""The flight around an incident that goes into its bundle."""

RULES_NAME = "rules.json"
PICTURES_NAME = "pictures.json"
MAX_PICTURES = 20
"""One comes with each alert that raises; of 64 KiB each, they stay a small part of a bundle."""
