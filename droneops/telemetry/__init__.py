"""MAVLink in: log files and the pose track."""
