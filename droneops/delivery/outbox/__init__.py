"""What is owed to whom, on disk before anything is sent."""
