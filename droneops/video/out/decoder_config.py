"""What a player must know before the first picture: ISO/IEC 14496-15's avcC and hvcC, and RFC 6381's name."""

from __future__ import annotations

import struct
from dataclasses import dataclass

from droneops.video.live.encoded import EncodedPacket
from droneops.video.misp import NalFormat, nal_format
from droneops.video.out.sps import PictureForm, h264_picture_form, h265_picture_form

LENGTH_BYTES = 4
"""Of the length before each NAL unit in what we write: what browsers are used to."""

_START_CODE = b"\x00\x00\x01"
_H264_SPS, _H264_PPS = 7, 8
_H265_VPS, _H265_SPS, _H265_PPS = 32, 33, 34


@dataclass(frozen=True, slots=True)
class DecoderConfig:
    """A codec ("h264" or "hevc") with its parameter sets, without start codes."""

    codec: str
    vps: tuple[bytes, ...]
    sps: tuple[bytes, ...]
    pps: tuple[bytes, ...]

    @property
    def picture(self) -> PictureForm:
        """Size and depth of the pictures."""
        return (h265_picture_form if self.codec == "hevc" else h264_picture_form)(self.sps[0])

    @property
    def name(self) -> str:
        """What a browser is asked for, such as "avc1.64001f"."""
        sps = self.sps[0]
        if self.codec == "h264":
            return f"avc1.{sps[1:4].hex()}"
        levels = _profile_tier_level(sps)
        compatible = int(f"{int.from_bytes(levels[1:5], 'big'):032b}"[::-1], 2)
        space, tier = ("", "A", "B", "C")[levels[0] >> 6], "H" if levels[0] & 0x20 else "L"
        constraints = levels[5:11].rstrip(b"\x00")
        tail = "".join(f".{byte:X}" for byte in constraints)
        return f"hvc1.{space}{levels[0] & 0x1F}.{compatible:X}.{tier}{levels[11]}{tail}"

    @property
    def record(self) -> bytes:
        """The content of the box avcC or hvcC."""
        return self._hvcc() if self.codec == "hevc" else self._avcc()

    def _avcc(self) -> bytes:
        sps = self.sps[0]
        head = bytes([1, *sps[1:4], 0xFC | LENGTH_BYTES - 1, 0xE0 | len(self.sps)])
        tail = b""
        if sps[1] in (100, 110, 122, 144):
            form = self.picture
            tail = bytes(
                [0xFC | form.chroma_format, 0xF8 | form.luma_bits - 8, 0xF8 | form.chroma_bits - 8, 0]
            )
        return head + _sized(self.sps) + bytes([len(self.pps)]) + _sized(self.pps) + tail

    def _hvcc(self) -> bytes:
        form, sps = self.picture, self.sps[0]
        layers, nested = (sps[2] >> 1 & 7) + 1, sps[2] & 1
        head = bytes([1]) + _profile_tier_level(sps) + b"\xf0\x00\xfc"
        head += bytes([0xFC | form.chroma_format, 0xF8 | form.luma_bits - 8, 0xF8 | form.chroma_bits - 8])
        head += bytes([0, 0, layers << 3 | nested << 2 | LENGTH_BYTES - 1, 3])
        arrays = ((_H265_VPS, self.vps), (_H265_SPS, self.sps), (_H265_PPS, self.pps))
        return head + b"".join(
            struct.pack(">BH", 0x80 | kind, len(units)) + _sized(units) for kind, units in arrays
        )


def config_of(packet: EncodedPacket) -> DecoderConfig | None:
    """The configuration that holds from a packet on: its own parameter sets, else those of its stream.

    None for other codecs, and where no complete sets are known.
    """
    form = nal_format(packet.form.codec, packet.form.extradata or None)
    if form is None:
        return None
    units = nal_units(packet.data, form)
    return _config(packet.form.codec, units) or _config(
        packet.form.codec, _extradata_units(packet.form.extradata, form)
    )


def nal_units(data: bytes, form: NalFormat) -> list[bytes]:
    """The NAL units of a packet, without start codes or lengths."""
    if form.length_bytes == 0:
        # A unit never ends with a zero byte: those belong to the next start code.
        return [unit.rstrip(b"\x00") for unit in data.split(_START_CODE)[1:]]
    units, at = [], 0
    while at + form.length_bytes < len(data):
        begin = at + form.length_bytes
        at = begin + int.from_bytes(data[at:begin], "big")
        units.append(data[begin:at])
    return units


def sample_data(data: bytes, form: NalFormat) -> bytes:
    """A packet as a sample of MP4: lengths for start codes, and without parameter sets."""
    kept = [unit for unit in nal_units(data, form) if unit and not _is_parameter_set(unit, form.is_h265)]
    return b"".join(len(unit).to_bytes(LENGTH_BYTES, "big") + unit for unit in kept)


def _config(codec: str, units: list[bytes]) -> DecoderConfig | None:
    is_h265 = codec == "hevc"
    kinds = (_H265_VPS, _H265_SPS, _H265_PPS) if is_h265 else (None, _H264_SPS, _H264_PPS)
    vps, sps, pps = (
        tuple(dict.fromkeys(unit for unit in units if unit and _kind(unit, is_h265) == kind))
        for kind in kinds
    )
    has_all = sps and pps and (vps or not is_h265) and len(sps[0]) > (14 if is_h265 else 4)
    return DecoderConfig(codec, vps, sps, pps) if has_all else None


def _kind(unit: bytes, is_h265: bool) -> int:
    return unit[0] >> 1 & 0x3F if is_h265 else unit[0] & 0x1F


def _is_parameter_set(unit: bytes, is_h265: bool) -> bool:
    sets = (_H265_VPS, _H265_SPS, _H265_PPS) if is_h265 else (_H264_SPS, _H264_PPS)
    return _kind(unit, is_h265) in sets


def _extradata_units(extradata: bytes, form: NalFormat) -> list[bytes]:
    if form.length_bytes == 0:
        return nal_units(extradata, form)
    return _hvcc_units(extradata) if form.is_h265 else _avcc_units(extradata)


def _avcc_units(record: bytes) -> list[bytes]:
    units, at = _take_sized(record, 6, record[5] & 0x1F)
    return units + _take_sized(record, at + 1, record[at])[0] if at < len(record) else units


def _hvcc_units(record: bytes) -> list[bytes]:
    units: list[bytes] = []
    at = 23
    for _ in range(record[22] if len(record) > 22 else 0):
        count = int.from_bytes(record[at + 1 : at + 3], "big")
        taken, at = _take_sized(record, at + 3, count)
        units += taken
    return units


def _take_sized(record: bytes, at: int, count: int) -> tuple[list[bytes], int]:
    units = []
    for _ in range(count):
        end = at + 2 + int.from_bytes(record[at : at + 2], "big")
        if end > len(record) or end == at + 2:
            break
        units.append(record[at + 2 : end])
        at = end
    return units, at


def _sized(units: tuple[bytes, ...]) -> bytes:
    return b"".join(struct.pack(">H", len(unit)) + unit for unit in units)


def _profile_tier_level(sps: bytes) -> bytes:
    """The 12 bytes of H.265, 7.3.3, which stand at one place in every set."""
    return sps[2:].replace(b"\x00\x00\x03", b"\x00\x00")[1:13]
