"""What a sequence parameter set tells of the pictures (H.264, 7.3.2.1.1; H.265, 7.3.2.2.1)."""

from __future__ import annotations

from dataclasses import dataclass

from droneops.video.out.bits import Bits

# Profiles whose parameter sets tell the chroma format (H.264, 7.3.2.1.1).
_H264_HIGH = (100, 110, 122, 244, 44, 83, 86, 118, 128, 138, 139, 134, 135)


@dataclass(frozen=True, slots=True)
class PictureForm:
    """Size in pixels after cropping, chroma_format_idc (1 is 4:2:0), and bits a sample."""

    width_px: int
    height_px: int
    chroma_format: int = 1
    luma_bits: int = 8
    chroma_bits: int = 8


def h264_picture_form(sps: bytes) -> PictureForm:
    """The form told by a set with its one byte of header. Raises nothing: nonsense gives nonsense."""
    bits = Bits(sps[1:])
    profile = bits.read(8)
    bits.read(16)
    bits.ue()
    chroma, luma_bits, chroma_bits = _h264_chroma(bits) if profile in _H264_HIGH else (1, 8, 8)
    bits.ue()
    _skip_order_count(bits)
    bits.ue()
    bits.read(1)
    width, map_units = 16 * (bits.ue() + 1), bits.ue() + 1
    is_progressive = bits.read(1)
    bits.read(1 if is_progressive else 2)
    height = 16 * map_units * (2 - is_progressive)
    left, right, top, bottom = _cropping(bits)
    step_x = 1 if chroma in (0, 3) else 2
    step_y = (2 if chroma == 1 else 1) * (2 - is_progressive)
    size = (width - step_x * (left + right), height - step_y * (top + bottom))
    return PictureForm(*size, chroma, luma_bits, chroma_bits)


def h265_picture_form(sps: bytes) -> PictureForm:
    """The form told by a set with its two bytes of header. Raises nothing: nonsense gives nonsense."""
    bits = Bits(sps[2:])
    bits.read(4)
    sub_layers = bits.read(3)
    bits.read(1)
    _skip_levels(bits, sub_layers)
    bits.ue()
    chroma = bits.ue()
    if chroma == 3:
        bits.read(1)
    width, height = bits.ue(), bits.ue()
    left, right, top, bottom = _cropping(bits)
    step_x, step_y = (2 if chroma in (1, 2) else 1), (2 if chroma == 1 else 1)
    size = (width - step_x * (left + right), height - step_y * (top + bottom))
    return PictureForm(*size, chroma, 8 + bits.ue(), 8 + bits.ue())


def _h264_chroma(bits: Bits) -> tuple[int, int, int]:
    chroma = bits.ue()
    if chroma == 3:
        bits.read(1)
    luma_bits, chroma_bits = 8 + bits.ue(), 8 + bits.ue()
    bits.read(1)
    if bits.read(1):
        for k in range(12 if chroma == 3 else 8):
            if bits.read(1):
                _skip_scaling_list(bits, 16 if k < 6 else 64)
    return chroma, luma_bits, chroma_bits


def _skip_scaling_list(bits: Bits, size: int) -> None:
    last = following = 8
    for _ in range(size):
        if following:
            following = (last + bits.se()) % 256
        last = following or last


def _skip_order_count(bits: Bits) -> None:
    kind = bits.ue()
    if kind == 0:
        bits.ue()
    elif kind == 1:
        bits.read(1)
        bits.ue()
        bits.ue()
        # The standard allows 255; damaged bits must not make this a long loop.
        for _ in range(min(bits.ue(), 255)):
            bits.ue()


def _skip_levels(bits: Bits, sub_layers: int) -> None:
    """H.265, 7.3.3: profile, tier and level, of all and of each lower sub-layer that has its own."""
    bits.read(96)
    if sub_layers == 0:
        return
    present = [(bits.read(1), bits.read(1)) for _ in range(sub_layers)]
    bits.read(2 * (8 - sub_layers))
    for has_profile, has_level in present:
        bits.read(88 * has_profile + 8 * has_level)


def _cropping(bits: Bits) -> tuple[int, int, int, int]:
    return (bits.ue(), bits.ue(), bits.ue(), bits.ue()) if bits.read(1) else (0, 0, 0, 0)
