"""Sightings become tracks, in metres on the ground."""
