"""XML from strangers: no document types, so no entities; bounded in size, depth and number of elements."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

from geofences.zone import ZoneError

MAX_DEPTH = 100
"""Folders within folders; a deeper tree is made to break readers."""

MAX_ELEMENTS = 2_000_000
"""Four bytes of text make an element of a hundred in memory."""

# Expat knows neither name of the Thai code page; Python knows the page.
_THAI = re.compile(rb"""encoding\s*=\s*["'](windows-874|tis-620|cp874)["']""", re.IGNORECASE)
_DECLARATION_BYTES = 200


class _TooMuchError(Exception):
    """What is wrong, and the mend."""


class _Builder(ET.TreeBuilder):
    def __init__(self) -> None:
        super().__init__()
        self._depth = 0
        self._elements = 0

    def doctype(self, _name: str, _pubid: str | None, _system: str | None) -> None:
        raise _TooMuchError("has a document type (DTD)", "remove the line <!DOCTYPE ...>")

    def start(self, tag: Any, attrs: dict[Any, Any], /) -> Any:
        self._depth += 1
        self._elements += 1
        if self._depth > MAX_DEPTH:
            raise _TooMuchError(f"is nested deeper than {MAX_DEPTH}", "export the zones alone")
        if self._elements > MAX_ELEMENTS:
            raise _TooMuchError(f"has more than {MAX_ELEMENTS} elements", "export the zones alone")
        return super().start(tag, attrs)

    def end(self, tag: Any, /) -> ET.Element:
        self._depth -= 1
        return super().end(tag)


def parsed_xml(content: bytes, file: str) -> ET.Element:
    """The root element. Raises ZoneError for what is no XML, or XML as only an attacker writes it."""
    try:
        parser = ET.XMLParser(target=_Builder())  # noqa: S314 - the builder refuses document types
        parser.feed(_text(content))
        return parser.close()
    except _TooMuchError as error:
        what, mend = error.args
        raise ZoneError.in_file(file, what, mend) from error
    except (ET.ParseError, LookupError, ValueError) as error:
        raise ZoneError.in_file(file, f"is not XML ({error})", "export it again as KML, UTF-8") from error


def local_name(element: ET.Element) -> str:
    """The tag without its namespace: KML 2.0 to 2.3 and Google's own differ in nothing else that we read."""
    tag = element.tag
    return tag.rpartition("}")[2] if isinstance(tag, str) else ""


def _text(content: bytes) -> bytes | str:
    return content.decode("cp874") if _THAI.search(content[:_DECLARATION_BYTES]) else content
