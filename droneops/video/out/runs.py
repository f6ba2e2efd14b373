"""Packets put together into what one decoder can play in one go."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from droneops.video.live.encoded import EncodedPacket
from droneops.video.misp import nal_format
from droneops.video.out.decoder_config import DecoderConfig, config_of, sample_data
from droneops.video.out.fmp4 import Sample

USUAL_FRAME_US = 33_333
"""Of the only frame there is, which no other follows."""

LONGEST_FRAME_US = 10_000_000
"""More is no frame that stood but a sender that began anew."""


@dataclass(frozen=True, slots=True)
class Run:
    """Packets of one connection and one decoder configuration, from a key frame on."""

    config: DecoderConfig
    packets: tuple[EncodedPacket, ...]


def runs(packets: Iterable[EncodedPacket]) -> Iterator[Run]:
    """The runs that packets make up, in order; packets before a first key frame, or without parameter sets,
    are in none."""
    config: DecoderConfig | None = None
    held: list[EncodedPacket] = []
    for packet in packets:
        if held and begins_anew(held[-1], packet):
            yield from _run(config, held)
            config, held = None, []
        if packet.is_key:
            found = config_of(packet)
            if found is not None and found != config:
                yield from _run(config, held)
                config, held = found, []
        if config is not None:
            held.append(packet)
    yield from _run(config, held)


def begins_anew(before: EncodedPacket, packet: EncodedPacket) -> bool:
    """Whether a packet's times do not go on from the one before: another connection, or a jump."""
    if packet.form.session != before.form.session:
        return True
    return not 0 < packet.dts_us - before.dts_us <= LONGEST_FRAME_US


def samples(packets: Sequence[EncodedPacket], end_us: int | None = None) -> list[Sample]:
    """Packets of one run as samples, each lasting until the next.

    ``end_us`` is the DTS of the packet after the last, where it is known; else that lasts as the one before.
    """
    times = [packet.dts_us for packet in packets]
    if end_us is None:
        end_us = times[-1] + (times[-1] - times[-2] if len(times) > 1 else USUAL_FRAME_US)
    return [
        sample(packet, until_us - packet.dts_us)
        for packet, until_us in zip(packets, [*times[1:], end_us], strict=True)
    ]


def sample(packet: EncodedPacket, duration_us: int) -> Sample:
    """One packet as a sample."""
    form = nal_format(packet.form.codec, packet.form.extradata or None)
    assert form is not None  # noqa: S101 - a run has a configuration, so its codec has NAL units
    # A sender's nonsense must fit into its field.
    shown_us = max(-LONGEST_FRAME_US, min(packet.pts_us - packet.dts_us, LONGEST_FRAME_US))
    return Sample(sample_data(packet.data, form), duration_us, shown_us, packet.is_key)


def _run(config: DecoderConfig | None, held: list[EncodedPacket]) -> Iterator[Run]:
    if config is not None and held:
        yield Run(config, tuple(held))
