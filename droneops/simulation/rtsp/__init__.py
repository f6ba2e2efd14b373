"""A small RTSP server for H.264: RTP over the connection itself or over UDP, with sender reports."""
