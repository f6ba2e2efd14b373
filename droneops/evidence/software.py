"""The digest of the program that is running: a version's name does not show what was changed on a machine."""

from __future__ import annotations

import hashlib
from pathlib import Path

PACKAGES = ("detectors", "droneops", "geofences")
_ROOT = Path(__file__).resolve().parents[2]


def software_sha256() -> str:
    """SHA-256, hex, over path and content of every source file of ours, in the order of their paths.

    Raises OSError.
    """
    whole = hashlib.sha256()
    files = [path for package in PACKAGES for path in (_ROOT / package).rglob("*.py")]
    for path in sorted(files, key=lambda path: path.relative_to(_ROOT).as_posix()):
        content = hashlib.sha256(path.read_bytes()).hexdigest()
        whole.update(f"{content}  {path.relative_to(_ROOT).as_posix()}\n".encode())
    return whole.hexdigest()
