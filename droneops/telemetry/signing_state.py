"""The timestamps of MAVLink 2 signing, kept from one run to the next.

Without them a machine whose clock went back would sign frames that every receiver refuses as replayed, and
would itself believe old ones. Source: https://mavlink.io/en/guide/message_signing.html#timestamp
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass
from pathlib import Path

_LARGEST = (1 << 48) - 1
_LONGEST_FILE_BYTES = 4096


@dataclass(frozen=True, slots=True)
class SigningState:
    """Units of 10 us since 2015: the least that ours may carry, and the highest believed of others."""

    sent: int = 0
    believed: int = 0


def read_signing_state(path: Path) -> SigningState:
    """What was saved; zeros where nothing was, or nothing that makes sense: then our clock alone counts."""
    try:
        with path.open("rb") as file:
            values = json.loads(file.read(_LONGEST_FILE_BYTES))
        state = SigningState(values["sent"], values["believed"])
    except (OSError, ValueError, TypeError, KeyError):
        return SigningState()
    numbers = (state.sent, state.believed)
    sound = all(isinstance(n, int) and not isinstance(n, bool) and 0 <= n <= _LARGEST for n in numbers)
    return state if sound else SigningState()


def save_signing_state(path: Path, state: SigningState) -> None:
    """Replaces the file as a whole. Raises OSError."""
    part = path.with_name(f"{path.name}.part")
    with part.open("w", encoding="utf-8") as file:
        json.dump(asdict(state), file)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
