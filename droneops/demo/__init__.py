"""A whole patrol on one machine: embedded broker, simulated or recorded drone, police terminal."""
