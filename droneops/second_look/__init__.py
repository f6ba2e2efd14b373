"""A second model looks again at what is about to raise an incident; it may doubt, never silence."""
