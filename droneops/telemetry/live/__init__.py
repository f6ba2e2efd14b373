"""Live MAVLink: from a socket or a serial port to frames, vehicles, their health and their poses."""
