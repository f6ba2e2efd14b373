"""What our net tells apart, and its categories in sets on disk."""

from __future__ import annotations

from detectors.labels import CLASSES

__all__ = ["CLASSES", "category_id", "coco_categories"]


def category_id(name: str) -> int:
    """The COCO category id of a class in the sets on disk: 1 and up.

    Raises:
        ValueError: no such class.
    """
    return CLASSES.index(name) + 1


def coco_categories() -> list[dict[str, object]]:
    """The ``categories`` of an ``instances.json``."""
    return [{"id": category_id(name), "name": name} for name in CLASSES]
