"""The checksum of MAVLink frames: CRC-16/MCRF4XX (X.25 without the final inversion).

Reflected polynomial 0x8408, initial value 0xFFFF, no final exclusive or; the message's ``crc_extra`` byte
is fed in last. Source: https://mavlink.io/en/guide/serialization.html#checksum
"""

from __future__ import annotations

from binascii import crc_hqx
from functools import cache

import numpy as np
import numpy.typing as npt

_POLYNOMIAL = 0x8408
_INITIAL = 0xFFFF
# As many spans as the registers and places of which stay in a processor's second cache.
_SPANS_AT_ONCE = 32_768

UInt8Array = npt.NDArray[np.uint8]
UInt16Array = npt.NDArray[np.uint16]
Int64Array = npt.NDArray[np.int64]


_TURNED = bytes(int(f"{byte:08b}"[::-1], 2) for byte in range(256))


def crc_of(data: bytes) -> int:
    """The checksum of ``data``, the ``crc_extra`` last. One frame at a time; for many, `crc_of_spans`.

    In C, out of what Python has: `binascii.crc_hqx` is the same polynomial fed the other way round, so the
    bits of every byte are turned round on the way in, and those of the register on the way out.
    """
    register = crc_hqx(data.translate(_TURNED), _INITIAL)
    return _TURNED[register & 0xFF] << 8 | _TURNED[register >> 8]


def crc_of_spans(
    data: UInt8Array, starts: Int64Array, lengths: Int64Array, extras: UInt8Array
) -> UInt16Array:
    """The checksums of many spans of one buffer at once.

    ``data`` (size,), ``starts``, ``lengths`` and ``extras`` (n,): span k is ``data[starts[k]:][:lengths[k]]``
    followed by the byte ``extras[k]``. Returns (n,). Every span must lie inside ``data`` and be shorter than
    65,536 bytes.
    """
    result = np.empty(len(starts), dtype=np.uint16)
    pairs = _pairs(data)
    for first in range(0, len(starts), _SPANS_AT_ONCE):
        part = slice(first, first + _SPANS_AT_ONCE)
        # Sixteen bits are sorted by radix, eight times as fast as by merging.
        order = np.argsort((0xFFFF - lengths[part]).astype(np.uint16), kind="stable")
        crc = _crc_longest_first(data, pairs, starts[part][order], lengths[part][order])
        result[part][order] = _add_byte(crc, extras[part][order])
    return result


def _pairs(data: UInt8Array) -> UInt16Array:
    """(size,) each byte with the one behind it as the high byte; the last has none."""
    pairs = np.zeros(len(data), dtype=np.uint16)
    for parity in (0, 1):
        whole = data[parity : parity + (len(data) - parity) // 2 * 2].view("<u2")
        pairs[parity : parity + 2 * len(whole) : 2] = whole
    return pairs


def _crc_longest_first(
    data: UInt8Array, pairs: UInt16Array, starts: Int64Array, lengths: Int64Array
) -> UInt16Array:
    """Two columns at a time: in column j only the spans longer than j take part, and these lie in front."""
    crc = np.full(len(starts), _INITIAL, dtype=np.uint16)
    table = _pair_table()
    longest = int(lengths[0]) if len(lengths) else 0
    longer_than = len(lengths) - np.searchsorted(lengths[::-1], np.arange(longest + 1), side="right")
    active = longer_than.tolist()
    at = starts.copy()
    for column in range(0, longest, 2):
        whole, some = active[column + 1], active[column]
        if whole < some:
            crc[whole:some] = _add_byte(crc[whole:some], data.take(at[whole:some]))
        word = pairs.take(at[:whole], mode="clip")
        word ^= crc[:whole]
        crc[:whole] = table.take(word)
        at = at[:whole] + 2
    return crc


def _add_byte(crc: UInt16Array, byte: UInt8Array) -> UInt16Array:
    table = np.asarray(_byte_table(), dtype=np.uint16)
    added: UInt16Array = (crc >> np.uint16(8)) ^ table.take((crc ^ byte) & np.uint16(0xFF))
    return added


@cache
def _byte_table() -> tuple[int, ...]:
    """What eight shifts of the register make of each low byte."""
    return tuple(int(value) for value in _shifted(np.arange(256, dtype=np.uint16), 8))


@cache
def _pair_table() -> UInt16Array:
    """What sixteen shifts make of the whole register: two bytes of input in one look-up."""
    table = _shifted(np.arange(65536, dtype=np.uint16), 16)
    table.setflags(write=False)
    return table


def _shifted(register: UInt16Array, shifts: int) -> UInt16Array:
    for _ in range(shifts):
        low = (register & np.uint16(1)) * np.uint16(_POLYNOMIAL)
        register = (register >> np.uint16(1)) ^ low
    return register
