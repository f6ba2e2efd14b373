"""MAVLink 2 signing: signatures made and judged, with the replay window of the standard.

signature = first 6 bytes of SHA-256(secret + frame from its marker to its checksum + link id + timestamp);
the timestamp counts 10 us since 2015-01-01 UTC. Source: https://mavlink.io/en/guide/message_signing.html
"""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from droneops.telemetry.headers import (
    CHECKSUM_BYTES,
    FLAG_SIGNED,
    HEADER_BYTES_V2,
    MARKER_V2,
    SIGNATURE_BYTES,
)

KEY_BYTES = 32
# The standard: "offset in seconds of 1420070400" from the Unix epoch.
TIMESTAMP_EPOCH_US = 1_420_070_400_000_000
ONE_MINUTE = 6_000_000
ONE_DAY = 1440 * ONE_MINUTE

RADIO_STATUS = 109
SETUP_SIGNING = 256
# The standard: "RADIO_STATUS packets are always accepted without signing"; a radio has no key.
ALWAYS_UNSIGNED = frozenset({RADIO_STATUS})

# A site has tens of streams: its drones and ground stations, times the components and links of each.
MOST_STREAMS = 256

_HASH_BYTES = 6
_TIMESTAMP_BYTES = 6
_LAST_TIMESTAMP = (1 << 8 * _TIMESTAMP_BYTES) - 1


@dataclass(frozen=True, slots=True)
class SigningKey:
    """The secret of 32 bytes that all who sign share; ``repr`` hides it. ValueError for another length."""

    secret: bytes = field(repr=False)

    def __post_init__(self) -> None:
        if len(self.secret) != KEY_BYTES:
            raise ValueError(f"a signing key has {KEY_BYTES} bytes, not {len(self.secret)}")


class Verdict(StrEnum):
    """What is to be thought of one frame where a key is set."""

    GOOD = "good"
    UNSIGNED_ALLOWED = "unsigned_allowed"
    UNSIGNED = "unsigned"
    BAD_SIGNATURE = "bad_signature"
    REPLAYED = "replayed"
    TOO_OLD = "too_old"
    TOO_NEW = "too_new"
    TOO_MANY_STREAMS = "too_many_streams"

    @property
    def is_believed(self) -> bool:
        """Whether the frame may be used."""
        return self in (Verdict.GOOD, Verdict.UNSIGNED_ALLOWED)


def timestamp_at(time_us: int) -> int:
    """The signing timestamp at a UTC time in microseconds; 0 for times before 2015."""
    return min(max((time_us - TIMESTAMP_EPOCH_US) // 10, 0), _LAST_TIMESTAMP)


def sign(frame: bytes, key: SigningKey, link_id: int, timestamp: int) -> bytes:
    """``frame`` with its signature behind it.

    ``frame`` is MAVLink 2 from its marker to its checksum, which must cover the flag of a signed frame
    already (`encode` with ``to_be_signed``). Raises ValueError for any other frame, OverflowError for a
    link id beyond 8 bits or a timestamp beyond 48.
    """
    if not _is_signable(frame):
        raise ValueError("not one whole MAVLink 2 frame with the flag of a signed one and no signature yet")
    stamped = frame + link_id.to_bytes(1, "little") + timestamp.to_bytes(_TIMESTAMP_BYTES, "little")
    return stamped + _hash(stamped, key)


def _is_signable(frame: bytes) -> bool:
    return (
        len(frame) >= HEADER_BYTES_V2
        and frame[0] == MARKER_V2
        and frame[2] == FLAG_SIGNED
        and len(frame) == HEADER_BYTES_V2 + frame[1] + CHECKSUM_BYTES
    )


def _hash(stamped: bytes, key: SigningKey) -> bytes:
    return hashlib.sha256(key.secret + stamped).digest()[:_HASH_BYTES]


def has_good_signature(frame: bytes, key: SigningKey) -> bool:
    """Whether the signature at the end of a signed frame was made with ``key``."""
    return hmac.compare_digest(_hash(frame[:-_HASH_BYTES], key), frame[-_HASH_BYTES:])


class Signer:
    """Signs what one link sends, each frame with a later timestamp than the one before. For one thread.

    ``timestamp_floor`` is the `timestamp_to_save` of the run before: without it a clock that was set back
    would make every receiver refuse us as replayed.
    """

    def __init__(self, key: SigningKey, link_id: int, *, timestamp_floor: int = 0) -> None:
        self._key = key
        self._link_id = link_id
        self._timestamp = timestamp_floor

    @property
    def timestamp(self) -> int:
        """The last timestamp used."""
        return self._timestamp

    @property
    def timestamp_to_save(self) -> int:
        """To be stored at least once a minute: no later than this will be used until then."""
        return min(self._timestamp + ONE_MINUTE, _LAST_TIMESTAMP)

    def sign(self, frame: bytes, now_us: int, *, believed_timestamp: int = 0) -> bytes:
        """``frame`` signed, with our clock's time ``now_us`` or, if that went back, the next timestamp.

        ``believed_timestamp`` is the verifier's `Verifier.highest_believed`: the standard has us go on from
        the highest believed, so that who lacks a clock of its own believes us. Raises as `sign`.
        """
        later = max(timestamp_at(now_us), believed_timestamp, self._timestamp + 1)
        signed = sign(frame, self._key, self._link_id, later)
        self._timestamp = later
        return signed


class Verifier:
    """Judges frames in the order of their receipt. For one thread.

    A stream is what one component of one system sends over one link id. Its timestamps must rise: of two
    copies of a frame the second is refused. A new stream may be a minute behind the local timestamp, which
    is the later of our clock and the highest timestamp believed. A stream is remembered once a signature of
    it is good; streams beyond MOST_STREAMS are refused, as forgetting one would let it be replayed.

    The standard sets no limit ahead. Here a frame a day ahead of the local timestamp is refused: believing
    it would make every other sender too old, and it could be replayed until its time comes. A day lets pass
    a clock set to local time instead of UTC.

    ``timestamp_floor`` is the `highest_believed` of the run before, ``allow_unsigned`` the ids of messages
    that need no signature.
    """

    def __init__(
        self,
        key: SigningKey,
        *,
        timestamp_floor: int = 0,
        allow_unsigned: frozenset[int] = ALWAYS_UNSIGNED,
    ) -> None:
        self._key = key
        self._highest_believed = timestamp_floor
        self._allow_unsigned = allow_unsigned
        self._last_of_stream: dict[tuple[int, int, int], int] = {}
        self._counts: Counter[Verdict] = Counter()

    @property
    def highest_believed(self) -> int:
        """The highest timestamp with a good signature, to be stored at least once a minute."""
        return self._highest_believed

    @property
    def counts(self) -> Mapping[Verdict, int]:
        """How many frames got each verdict; a copy."""
        return dict(self._counts)

    def check(self, frame: bytes, now_us: int | None) -> Verdict:
        """The verdict on one frame, from its marker to its end, whose framing and checksum are good.

        ``now_us`` is our clock, UTC microseconds; None where there is none (a log), which leaves the highest
        timestamp believed to tell what is too old, and nothing too new.
        """
        verdict = self._verdict(frame, now_us)
        self._counts[verdict] += 1
        return verdict

    def _verdict(self, frame: bytes, now_us: int | None) -> Verdict:
        if frame[0] != MARKER_V2:
            return self._unsigned(frame[5])
        if not frame[2] & FLAG_SIGNED:
            return self._unsigned(int.from_bytes(frame[7:10], "little"))
        # First of all, so that what a forger tries tells him nothing of our state and leaves nothing in it.
        if not has_good_signature(frame, self._key):
            return Verdict.BAD_SIGNATURE
        stream = (frame[5], frame[6], frame[-SIGNATURE_BYTES])
        timestamp = int.from_bytes(frame[1 - SIGNATURE_BYTES : -_HASH_BYTES], "little")
        refused = self._refused(stream, timestamp, None if now_us is None else timestamp_at(now_us))
        if refused is not None:
            return refused
        self._last_of_stream[stream] = timestamp
        self._highest_believed = max(self._highest_believed, timestamp)
        return Verdict.GOOD

    def _unsigned(self, message_id: int) -> Verdict:
        return Verdict.UNSIGNED_ALLOWED if message_id in self._allow_unsigned else Verdict.UNSIGNED

    def _refused(self, stream: tuple[int, int, int], timestamp: int, clock: int | None) -> Verdict | None:
        """Why a frame with a good signature is refused all the same, if it is."""
        local = max(clock or 0, self._highest_believed)
        if clock is not None and timestamp > local + ONE_DAY:
            return Verdict.TOO_NEW
        last = self._last_of_stream.get(stream)
        if last is not None:
            return Verdict.REPLAYED if timestamp <= last else None
        if timestamp < local - ONE_MINUTE:
            return Verdict.TOO_OLD
        return Verdict.TOO_MANY_STREAMS if len(self._last_of_stream) >= MOST_STREAMS else None
