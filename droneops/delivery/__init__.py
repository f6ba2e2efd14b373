"""Alert messages and the way they leave."""
