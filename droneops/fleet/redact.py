"""What must be in no log: passwords in addresses, and values whose name says that they are secret."""

from __future__ import annotations

import re

HIDDEN = "***"

_NAMES = "password|passwd|passphrase|pass|pwd|secret|token|api_?key|authorization|credentials?"

_IN_ADDRESS = re.compile(r"(?P<scheme>[a-z][a-z0-9+.-]*://)\S*@", re.IGNORECASE)
"""``scheme://user:password@`` up to the last @: people write slashes and @ in passwords."""

_SAID = re.compile(rf"(?<![a-z])(?P<name>{_NAMES})(?P<is>\s*[=:]\s*)[^\s,;&]+", re.IGNORECASE)
"""``password=...`` in the middle of a text or an address."""

_NAME = re.compile(rf"(?:^|_)(?:{_NAMES})$", re.IGNORECASE)


def redacted(text: str) -> str:
    """The text without the passwords that it holds."""
    return _SAID.sub(rf"\g<name>\g<is>{HIDDEN}", _IN_ADDRESS.sub(rf"\g<scheme>{HIDDEN}@", text))


def is_secret(name: str) -> bool:
    """Whether a value under this name must not be shown; the name of a file that holds a secret may be."""
    return _NAME.search(name) is not None
