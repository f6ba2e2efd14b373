"""Video of an incident for the agencies that have it: links, streams, clips, and who watched."""
