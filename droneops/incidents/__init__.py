"""Tracks and zones become incidents."""
