"""Whether a drone sees: what its pictures, its link and its pose say."""
