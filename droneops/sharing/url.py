"""The address of a link."""

from __future__ import annotations


def link_url(url: str, token: str) -> str:
    """Where a token leads; ``url`` is [sharing] url."""
    return f"{url.rstrip('/')}/v/{token}"
