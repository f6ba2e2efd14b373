"""The checksum of one MAVLink frame in C, out of what Python has.

`binascii.crc_hqx` is the same polynomial (0x1021) fed the other way round: with the bits of every byte
turned round on the way in, and those of the register on the way out, it is MAVLink's CRC-16/MCRF4XX.
"""

from __future__ import annotations

from binascii import crc_hqx

_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))
# All bits one, which is the same both ways round.
_INITIAL = 0xFFFF


def checksum_of(data: bytes) -> int:
    """The same as `crc.crc_of`: of ``data``, in which the message's ``crc_extra`` is the last byte."""
    register = crc_hqx(data.translate(_TURNED), _INITIAL)
    return _TURNED[register & 0xFF] << 8 | _TURNED[register >> 8]
