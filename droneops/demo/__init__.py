"""A whole patrol on one machine: embedded broker, replay, police terminal."""
