"""Bits of a NAL unit's payload (H.264, 7.2 and 9.1; H.265 the same)."""

from __future__ import annotations


class Bits:
    """Reads from the most significant bit on; past the end come zeros.

    ``unit`` is a NAL unit without its header; emulation prevention bytes are taken out.
    """

    def __init__(self, unit: bytes) -> None:
        payload = unit.replace(b"\x00\x00\x03", b"\x00\x00")
        self._value = int.from_bytes(payload, "big")
        self._left = 8 * len(payload)

    def read(self, count: int) -> int:
        """The next ``count`` bits as a number."""
        self._left -= count
        shifted = self._value >> self._left if self._left >= 0 else self._value << -self._left
        return shifted & ((1 << count) - 1)

    def ue(self) -> int:
        """An unsigned Exp-Golomb number; at most 32 bits, as the standards bound them."""
        zeros = 0
        while zeros < 32 and self._left > 0 and not self.read(1):
            zeros += 1
        return (1 << zeros) - 1 + self.read(zeros)

    def se(self) -> int:
        """A signed Exp-Golomb number."""
        number = self.ue()
        return (number + 1) // 2 if number % 2 else -(number // 2)
