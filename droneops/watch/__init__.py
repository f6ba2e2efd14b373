"""The police terminal: shows an agency's alerts once each, and answers for them."""
