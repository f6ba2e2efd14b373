"""What our own net tells apart: the one list that its training and the sets for it share."""

CLASSES = ("person", "vehicle", "motorcycle", "boat", "log_pile", "fire", "smoke")
"""In the order of its outputs; the category ids of the sets on disk count from 1 in the same order."""
