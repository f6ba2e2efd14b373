"""Bundles that prove what was seen."""
