"""Offline: the same pipeline fed from files."""
