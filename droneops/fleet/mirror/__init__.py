"""The live state of the fleet in Redis or Valkey, for others to read; nothing here depends on it."""
