"""One connection: what its reader brings, decoded as far as the looks need it."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from droneops.errors import InputError
from droneops.telemetry.live.now import Clock
from droneops.video.live.capture_clock import CaptureTime
from droneops.video.live.decoder import PictureDecoder
from droneops.video.live.gop import Gop, Work
from droneops.video.live.lag import Lag
from droneops.video.live.opening import OPEN_S
from droneops.video.live.pace import LATE_S, Pace
from droneops.video.live.reader import GIVE_UP_S, Reader
from droneops.video.live.shed import Shed
from droneops.video.live.slot import Decoded

HANGS_S = 2 * OPEN_S + 1.0
"""An opening that takes longer than its two steps may hangs, whatever FFmpeg's timeouts say."""

SILENT_S = GIVE_UP_S + 1.0
"""The same of a reader that should have given up."""

PICTURELESS_S = 20.0
"""Packets and no picture for so long, twice the longest usual distance of key frames: most encoders send one
to who connects anew."""

_LEAD_FRAMES = 3
"""Decoding begins this many frames' time too early, for the cost of a frame varies."""


class Connection:
    """Steps a `Reader` that was started; one thread calls `step` until ``is_over``.

    ``pace`` says how many of the looks are made; ``shed`` counts those that were left out by its word.
    """

    def __init__(self, reader: Reader, looks_per_second: float | None, clock: Clock, pace: Pace) -> None:
        self._reader, self._clock, self._pace = reader, clock, pace
        self._period_us = 0 if looks_per_second is None else round(1e6 / looks_per_second)
        self._gop = Gop()
        self._shed = Shed(self._period_us)
        self._lag = Lag()
        self._lag_s = 0.0
        self._decoder: PictureDecoder | None = None
        self._begun_s = clock.monotonic_s()
        self._last_picture_s = self._begun_s
        self.captured: CaptureTime | None = None
        self.failure: InputError | None = None

    def step(self, timeout_s: float, is_stopped: Callable[[], bool]) -> Iterator[Decoded]:
        """The wanted pictures among what comes within ``timeout_s``."""
        for decoded in self._pictures(timeout_s, is_stopped):
            self._last_picture_s = self._clock.monotonic_s()
            yield decoded

    @property
    def is_over(self) -> bool:
        """Whether nothing more will come of it; ``failure`` then says why."""
        if self._reader.inbox.is_over:
            self.failure = self._reader.failure
            return True
        what = self._hang(self._clock.monotonic_s())
        if what is not None:
            self.failure = InputError(what, where=self._reader.where)
        return what is not None

    @property
    def decoded(self) -> int:
        """Packets that were decoded."""
        return 0 if self._decoder is None else self._decoder.decoded

    @property
    def damaged(self) -> int:
        """Packets and pictures that the decoder would not vouch for."""
        return 0 if self._decoder is None else self._decoder.damaged

    @property
    def dropped(self) -> int:
        """What was given up because decoding could not keep pace."""
        return self._gop.dropped + self._reader.inbox.dropped

    @property
    def shed(self) -> int:
        """Looks that were left out so that the others are fresh."""
        return self._shed.shed

    def _pictures(self, timeout_s: float, is_stopped: Callable[[], bool]) -> Iterator[Decoded]:
        share = self._pace.share
        for arrived in self._reader.inbox.take_all(timeout_s):
            self._gop.add(self._shed.of(arrived, share))
            self.captured = arrived.captured
            if not arrived.is_disposable:
                self._lag_s = self._lag.of(arrived.pts_us, arrived.received_s)
        decoder = self._ready_decoder()
        if decoder is None:
            return
        yield from self._decoded(decoder, self._gop.wanted_work(), is_stopped)
        if decoder.awaits:
            # The picture comes out after those that are shown before it went in.
            work = self._gop.all_work(with_disposable=True)
        else:
            lead_us = round((len(self._gop) + _LEAD_FRAMES) * decoder.cost_s * 1e6)
            work = self._gop.early_work(self._shed.next_look_us(share), lead_us)
        yield from self._decoded(decoder, work, is_stopped)

    def _decoded(
        self, decoder: PictureDecoder, work: Work, is_stopped: Callable[[], bool]
    ) -> Iterator[Decoded]:
        """The wanted pictures of some work, unless a key frame came that makes it old."""
        if not work.packets:
            return
        came_s = work.packets[-1].received_s - self._lag_s
        is_overtaken = False

        def is_enough() -> bool:
            nonlocal is_overtaken
            is_late = self._clock.monotonic_s() - came_s > LATE_S
            is_overtaken = is_overtaken or (is_late and self._reader.inbox.has_key)
            return is_overtaken or is_stopped()

        for decoded in decoder.decode(work, is_enough):
            self._pace.decoded(self._clock.monotonic_s() - came_s)
            yield decoded
        if is_overtaken:
            self._gop.forget(work.packets[-1])
            self._shed.take_next_key()

    def _ready_decoder(self) -> PictureDecoder | None:
        context = self._reader.decoder_context
        if self._decoder is None and context is not None:
            self._decoder = PictureDecoder(context, self._clock.monotonic_s)
        return self._decoder

    def _hang(self, now_s: float) -> str | None:
        last_s = self._reader.last_packet_s
        if last_s is None:
            return "it does not open" if now_s - self._begun_s > HANGS_S else None
        if now_s - last_s > SILENT_S:
            return f"nothing came for {now_s - last_s:.1f} s"
        if now_s - self._last_picture_s > PICTURELESS_S + 2e-6 * self._period_us:
            return f"no key frame for {now_s - self._last_picture_s:.0f} s"
        if self._decoder is not None and self._decoder.is_fruitless:
            return f"it cannot be decoded as {self._reader.codec}"
        return None
