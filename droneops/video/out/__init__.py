"""The drone's own encoded stream for others: kept for a while, as clips, for browsers and players."""
