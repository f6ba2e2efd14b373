"""The site process: it alone owns rules, incidents and outbox."""
