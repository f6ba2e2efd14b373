"""Many drones: supervision, what they report, the live state in Redis, metrics and logs."""
