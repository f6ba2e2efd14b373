"""What `droneops zones` does: the site's zones listed, explained, brought in and given out."""
