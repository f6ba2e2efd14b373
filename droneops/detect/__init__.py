"""What a detector finds in pictures and videos, on disk and against labelled pictures."""
