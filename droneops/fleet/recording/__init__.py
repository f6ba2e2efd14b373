"""What drones saw and the desk took in, written down as it was consumed, so that a replay can do the same."""
