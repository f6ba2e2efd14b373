"""The time offset between a video and the telemetry, from how the picture moved."""
