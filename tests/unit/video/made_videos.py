"""Small videos, each frame of one grey that names it."""

from __future__ import annotations

from fractions import Fraction

import av
import numpy as np

WIDTH, HEIGHT = 64, 48
STEP = 8


def make_video(
    path,
    stamps_ms=None,
    *,
    count=20,
    fps=10,
    codec="libx264",
    form=None,
    metadata=None,
    options=None,
    noise=False,
):
    """Frame k has the grey k * STEP and is shown at stamps_ms[k], or k / fps."""
    rng = np.random.default_rng(0)
    with av.open(str(path), "w", format=form) as container:
        container.metadata.update(metadata or {})
        stream = container.add_stream(codec, rate=fps, options=options or {})
        stream.width, stream.height, stream.pix_fmt = WIDTH, HEIGHT, "yuv420p"
        base = Fraction(1, fps) if stamps_ms is None else Fraction(1, 1000)
        stream.codec_context.time_base = base
        for number, stamp in enumerate(stamps_ms or range(count)):
            image = np.full((HEIGHT, WIDTH, 3), number * STEP % 256, np.uint8)
            if noise:
                image = rng.integers(0, 256, image.shape, np.uint8)
            frame = av.VideoFrame.from_ndarray(image, format="bgr24")
            frame.pts, frame.time_base = stamp, base
            container.mux(stream.encode(frame))
        container.mux(stream.encode())
    return path
