"""Live video: a stream that is read, thinned, timed, and found again when it was lost."""
