"""XML made from texts that others wrote."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, tostring

_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
"""What XML 1.0 has no way to write (https://www.w3.org/TR/xml/#charsets)."""


def clean(text: str) -> str:
    """The text with what XML cannot hold replaced."""
    return _NOT_XML.sub("\N{REPLACEMENT CHARACTER}", text)


def add(parent: Element, name: str, text: str) -> Element:
    """A child element with a text."""
    child = SubElement(parent, name)
    child.text = clean(text)
    return child


def to_bytes(root: Element) -> bytes:
    """The document in UTF-8 with its declaration."""
    raw: bytes = tostring(root, encoding="UTF-8", xml_declaration=True)
    return raw
