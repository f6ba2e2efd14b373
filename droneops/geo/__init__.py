"""A pixel and a pose give a point on the ground with its error. README.md holds the frames and units."""
