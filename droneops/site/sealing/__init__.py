"""Evidence of a live incident: when its bundle is due, and the process that makes it."""
