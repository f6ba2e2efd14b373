"""What the field teaches: people's answers and doubtful frames as a labelled set for the next training."""
