"""How it is found out whether a rule fires: one idea a file."""
