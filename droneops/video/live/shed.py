"""Which of the looks asked for are made when not all can be.

A picture leans on those before it, back to its key frame: looks near the beginning of a group of pictures
cost the least decoding. So a group's first looks are made, and its later ones left out, as long as groups
are short; in long ones looks are left out evenly, for a gap of many seconds would hide what happens in it.
"""

from __future__ import annotations

from dataclasses import replace

from droneops.video.live.gop import Arrived

SHORT_US = 2_000_000
"""A gap of less than that hides nothing that a rule asks for: the shortest dwell of any is two seconds."""

EARLY = 0.9
"""Key frames come with a jitter: one that is this near to its turn has it."""


class Shed:
    """Goes through one connection's packets in order. ``shed`` counts looks that were left out."""

    def __init__(self, period_us: int) -> None:
        self._period_us = period_us
        self._key_us: int | None = None
        self._group_us: int | None = None
        self._last_look_us: int | None = None
        self._looks_into_group = self._takes_next_key = False
        self.shed = 0

    def of(self, arrived: Arrived, share: float) -> Arrived:
        """The packet, wanted or not, when ``share`` of the looks asked for are made (1: all)."""
        if arrived.is_key:
            self._note_key(arrived.pts_us)
        wanted = self._wants(arrived, share)
        self.shed += arrived.is_wanted and not wanted
        if wanted:
            self._last_look_us = arrived.pts_us
        if arrived.is_key:
            self._looks_into_group = wanted
        return arrived if wanted == arrived.is_wanted else replace(arrived, is_wanted=wanted)

    def take_next_key(self) -> None:
        """Look at the next key frame whatever its turn: what led to a look was just given up."""
        self._takes_next_key = True

    def next_look_us(self, share: float) -> int:
        """From which PTS on the next look may be wanted."""
        last_us = self._last_look_us or 0
        if share >= 1.0 or self._key_us is None or self._group_us is None or self._group_us > SHORT_US:
            return last_us + round(self._period_us / min(share, 1.0))
        ends_us = self._key_us + round(share * self._group_us)
        is_within = self._looks_into_group and last_us + self._period_us < ends_us
        return last_us + self._period_us if is_within else self._key_us + self._group_us

    def _note_key(self, pts_us: int) -> None:
        if self._key_us is not None:
            self._group_us = pts_us - self._key_us
        self._key_us = pts_us

    def _wants(self, arrived: Arrived, share: float) -> bool:
        if arrived.is_key and self._takes_next_key:
            self._takes_next_key = False
            return True
        if share >= 1.0 or self._key_us is None:
            return arrived.is_wanted
        offset_us = arrived.pts_us - self._key_us
        if self._group_us is None or not 0 < self._group_us <= SHORT_US or not 0 <= offset_us <= SHORT_US:
            return arrived.is_wanted and self._is_turn(arrived.pts_us, share)
        if arrived.is_key:
            return self._is_turn(arrived.pts_us, share)
        return arrived.is_wanted and self._looks_into_group and offset_us < share * self._group_us

    def _is_turn(self, pts_us: int, share: float) -> bool:
        if self._last_look_us is None:
            return True
        apart_us = pts_us - self._last_look_us
        return apart_us < 0 or apart_us >= EARLY * self._period_us / share
