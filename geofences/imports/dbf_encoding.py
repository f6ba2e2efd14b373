"""In which letters a shapefile's names are written.

A .dbf says it in a .cpg beside it, or not at all; Thai offices' files are in UTF-8 or in the Thai code page.
"""

from __future__ import annotations

import codecs
import re
from pathlib import Path

THAI = "cp874"
"""Windows' Thai page; it contains TIS-620 and ISO 8859-11."""

_THAI_NAMES = frozenset({"874", "tis620", "windows874", "ansi874", "iso885911"})
_UTF8_NAMES = frozenset({"utf8", "65001"})


def encoding_of(shapefile: Path) -> tuple[str, str | None]:
    """Python's name of the encoding, and what had to be assumed (None: the .cpg says it).

    Raises ValueError where the .cpg names what nobody knows.
    """
    page = next(
        (shapefile.with_suffix(s) for s in (".cpg", ".CPG") if shapefile.with_suffix(s).is_file()), None
    )
    if page is not None:
        return codec_named(page.read_text(encoding="ascii", errors="replace")[:60].strip()), None
    table = next(
        (shapefile.with_suffix(s) for s in (".dbf", ".DBF") if shapefile.with_suffix(s).is_file()), None
    )
    records = b"" if table is None else _records(table.read_bytes())
    if records.isascii():
        return "utf-8", None
    try:
        records.decode("utf-8")
    except UnicodeDecodeError:
        return THAI, f"no .cpg and not UTF-8: names read as {THAI} (Thai); look at them, or give --encoding"
    return "utf-8", "no .cpg: names read as UTF-8, which they are"


def codec_named(name: str) -> str:
    """Python's name of an encoding by any of its usual names. Raises ValueError for an unknown one."""
    plain = re.sub(r"[\s_-]", "", name).lower()
    if plain in _UTF8_NAMES:
        return "utf-8"
    if plain in _THAI_NAMES:
        return THAI
    candidates = (name, f"cp{plain}" if plain.isdigit() else plain)
    for candidate in candidates:
        try:
            return codecs.lookup(candidate).name
        except (LookupError, ValueError):
            continue
    raise ValueError(f"{name!r:.60} is no known encoding")


def _records(table: bytes) -> bytes:
    """A dBASE table without its header (its bytes 8 and 9 give the header's length)."""
    return table[int.from_bytes(table[8:10], "little") :]
