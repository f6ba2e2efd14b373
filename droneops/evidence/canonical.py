"""One sequence of bytes for one JSON value (RFC 8785), and a reader that takes no JSON with two readings."""

from __future__ import annotations

import json
import math
from typing import Any, NoReturn

MAX_DEPTH = 32
"""Ours nest 5 deep; far below what makes a recursive reader fail."""

MAX_EXACT_INTEGER = 2**53 - 1
"""The integers that a double tells apart (RFC 8785, section 3.2.2.3)."""


def canonical(value: Any) -> bytes:
    """The value's canonical JSON (RFC 8785, https://www.rfc-editor.org/rfc/rfc8785).

    Raises:
        ValueError: what canonical JSON has no words for: NaN, an integer beyond 2^53, a lone surrogate, a key
            that is no text, nesting without end.
    """
    try:
        if _is_plain(value):
            # The same bytes from C, some ten times as fast.
            return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()
        import rfc8785

        return rfc8785.dumps(value)
    except RecursionError:
        raise ValueError("is nested too deep") from None


def _is_plain(value: Any) -> bool:
    """Whether Python's own JSON is canonical for a value: no floats (they are written in another way), no
    integers beyond a double, and only keys whose order is the same in UTF-16 (ASCII)."""
    kind = type(value)
    if kind is dict:
        return all(type(key) is str and key.isascii() and _is_plain(item) for key, item in value.items())
    if kind is list or kind is tuple:
        return all(_is_plain(item) for item in value)
    if kind is int:
        return bool(-MAX_EXACT_INTEGER <= value <= MAX_EXACT_INTEGER)
    return kind is str or kind is bool or value is None


def parse_strictly(raw: bytes) -> Any:
    """The value of JSON in UTF-8 that every reader understands in the same way.

    Raises:
        ValueError: not JSON, not UTF-8, a key given twice, a number that is none (NaN,
            1e999), nested deeper than `MAX_DEPTH`.
    """
    _check_depth(raw)
    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        raise ValueError(f"is not UTF-8 at byte {error.start}") from None
    try:
        return json.loads(
            text,
            object_pairs_hook=_without_twins,
            parse_constant=_refuse_constant,
            parse_int=_integer,
            parse_float=_finite,
        )
    except json.JSONDecodeError as error:
        raise ValueError(f"is not JSON: {error.msg} at character {error.pos}") from None


def _check_depth(raw: bytes) -> None:
    if raw.count(b"[") + raw.count(b"{") <= MAX_DEPTH:
        return
    depth, in_text, escaped = 0, False, False
    for byte in raw:
        if in_text:
            in_text = escaped or byte != 0x22
            escaped = byte == 0x5C and not escaped
        elif byte == 0x22:
            in_text = True
        elif byte in b"[{":
            depth += 1
            if depth > MAX_DEPTH:
                raise ValueError(f"is nested deeper than {MAX_DEPTH}")
        elif byte in b"]}":
            depth -= 1


def _without_twins(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    table = dict(pairs)
    if len(table) != len(pairs):
        names = [name for name, _ in pairs]
        twin = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"holds the key {twin[:40]!r} twice")
    return table


def _integer(text: str) -> int | float:
    # JSON's numbers are doubles: canonical JSON writes a double beyond 2^53 without a point.
    value = _finite(text)
    return int(text) if abs(value) <= MAX_EXACT_INTEGER else value


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError("holds a number beyond what a double can tell")
    return value


def _refuse_constant(name: str) -> NoReturn:
    raise ValueError(f"holds {name}, which is not JSON")
