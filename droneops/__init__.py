"""Drone patrols in, alerts the police can act on out."""

__version__ = "0.1.0"
