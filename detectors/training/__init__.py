"""Makes the weights of our detector; never needed to run it. See README.md here."""
