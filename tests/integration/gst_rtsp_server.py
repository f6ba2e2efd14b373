"""A real RTSP server (GStreamer's) that plays a video file as a camera would, at its own pace.

    /usr/bin/python3 gst_rtsp_server.py VIDEO.mp4 PORT [h265]

rtsp://127.0.0.1:PORT/main sends RTCP, /silent does not. Both print each frame's PTS in nanoseconds and this
machine's time in microseconds when it leaves the camera. It needs Debian's python3-gi, not our environment.
"""

from __future__ import annotations

import sys
import time

import gi

gi.require_version("Gst", "1.0")
gi.require_version("GstRtspServer", "1.0")
from gi.repository import GLib, Gst, GstRtspServer  # noqa: E402  the versions are to be named first


def main(video: str, port: str, codec: str = "h264") -> None:
    Gst.init(None)
    server = GstRtspServer.RTSPServer()
    server.set_address("127.0.0.1")
    server.set_service(port)
    for name, rtcp in (("/main", True), ("/silent", False)):
        server.get_mount_points().add_factory(name, camera(video, rtcp, codec))
    server.attach(None)
    GLib.MainLoop().run()


def camera(video: str, rtcp: bool, codec: str) -> GstRtspServer.RTSPMediaFactory:
    factory = GstRtspServer.RTSPMediaFactory()
    source = f'filesrc location="{video}" ! qtdemux ! identity name=camera sync=true'
    source += " ! h265parse" if codec == "h265" else ""
    factory.set_launch(f"( {source} ! rtp{codec}pay name=pay0 config-interval=1 )")
    factory.set_enable_rtcp(rtcp)
    factory.connect("media-configure", prepare)
    return factory


def prepare(_: object, media: GstRtspServer.RTSPMedia) -> None:
    element = media.get_element()
    element.get_parent().connect("element-added", report_capture_times)
    element.get_by_name("camera").get_static_pad("src").add_probe(Gst.PadProbeType.BUFFER, tell_frame)


def report_capture_times(_: object, element: Gst.Element) -> None:
    """By default GStreamer's reports tell when frames were sent, some tens of ms later."""
    if element.get_factory().get_name() == "rtpbin":
        element.set_property("rtcp-sync-send-time", False)


def tell_frame(_: object, info: Gst.PadProbeInfo) -> Gst.PadProbeReturn:
    sys.stdout.write(f"{info.get_buffer().pts} {time.time_ns() // 1000}\n")
    sys.stdout.flush()
    return Gst.PadProbeReturn.OK


if __name__ == "__main__":
    main(*sys.argv[1:4])
