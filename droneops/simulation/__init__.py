"""Rehearsals: a simulated drone with telemetry, video and ground truth, by a script."""
