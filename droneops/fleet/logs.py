"""The service's log: one line for each event, as JSON for machines or plain for people. The only user of
structlog.

No global state: whoever starts the service makes the log and hands out `tell`s. It is bounded in the length
of a line and in how often the same line comes, and no line holds a password.
"""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, MutableMapping
from dataclasses import dataclass
from typing import Any, Literal, Protocol, TextIO

from droneops.fleet.redact import HIDDEN, is_secret, redacted
from droneops.telemetry.live.now import Clock
from droneops.times import to_text

Form = Literal["json", "console"]
Event = MutableMapping[str, Any]

LONGEST_VALUE = 2000
"""Characters; what somebody else sent may be in a line."""

SAME_AT_MOST, SAME_WITHIN_S = 5, 60.0
"""A stream that comes and goes each second must not fill the disk."""

MOST_REMEMBERED = 256
"""Different lines whose number is counted."""


class Log(Protocol):
    """What is used of structlog's logger."""

    def bind(self, **values: Any) -> Log:
        """The same log with values that are in each line."""

    def info(self, event: str, **values: Any) -> Any:
        """What an operator may want to know."""

    def warning(self, event: str, **values: Any) -> Any:
        """What an operator should look at."""

    def error(self, event: str, **values: Any) -> Any:
        """What an operator must mend."""


def site_log(stream: TextIO, form: Form, clock: Clock) -> Log:
    """A log that writes lines to ``stream``; for several threads."""
    import structlog

    def timestamp(_logger: object, _method: str, event: Event) -> Event:
        return {"at": to_text(clock.utc_us()), **event}

    often = _Often(clock.monotonic_s)
    write: Any = structlog.processors.JSONRenderer(ensure_ascii=False) if form == "json" else _console
    processors: list[Any] = [often.processed, _safe, structlog.processors.add_log_level, timestamp, write]
    log: Log = structlog.wrap_logger(
        _Lines(stream),
        processors=processors,
        wrapper_class=structlog.BoundLogger,
        context_class=dict,
        cache_logger_on_first_use=False,
    )
    return log


def tell_of(log: Log, part: str) -> Callable[[str], None]:
    """A ``tell`` for a part of the service: each of its lines is an event of that part."""
    return log.bind(part=part).info


class _Lines:
    """Writes whole lines; a reader that went away stops no service."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._lock = threading.Lock()

    def msg(self, line: str) -> None:
        with self._lock:
            try:
                self._stream.write(line + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                return

    debug = info = warning = error = critical = msg


@dataclass(slots=True)
class _Count:
    since_s: float
    lines: int = 0
    left_out: int = 0


class _Often:
    """Leaves out what comes again and again; the next one after that tells how many were left out."""

    def __init__(self, now_s: Callable[[], float]) -> None:
        self._now_s = now_s
        self._counts: OrderedDict[tuple[str, str, str], _Count] = OrderedDict()
        self._lock = threading.Lock()

    def processed(self, _logger: object, method: str, event: Event) -> Event:
        import structlog

        with self._lock:
            left_out = self._left_out(
                (method, str(event.get("part", "")), str(event["event"])), self._now_s()
            )
        if left_out is None:
            raise structlog.DropEvent
        return event if left_out == 0 else {**event, "left_out": left_out}

    def _left_out(self, key: tuple[str, str, str], now_s: float) -> int | None:
        """How many like this were left out before it; None if it is left out too."""
        count = self._counts.setdefault(key, _Count(now_s))
        self._counts.move_to_end(key)
        if len(self._counts) > MOST_REMEMBERED:
            self._counts.popitem(last=False)
        left_out = count.left_out
        if now_s - count.since_s > SAME_WITHIN_S:
            count.since_s, count.lines, count.left_out = now_s, 0, 0
        elif count.lines >= SAME_AT_MOST:
            count.left_out += 1
            return None
        else:
            left_out = 0
        count.lines += 1
        return left_out


def _safe(_logger: object, _method: str, event: Event) -> Event:
    return {name: HIDDEN if is_secret(name) else _short(value) for name, value in event.items()}


def _short(value: Any) -> Any:
    if value is None or isinstance(value, (bool, int, float)):
        return value
    text = redacted(" ".join(str(value).split()))
    return text if len(text) <= LONGEST_VALUE else text[:LONGEST_VALUE] + "…"


def _console(_logger: object, _method: str, event: Event) -> str:
    """``time level part: what (name value, ...)``"""
    rest = dict(event)
    at, level, what = (str(rest.pop(name)) for name in ("at", "level", "event"))
    part = f"{rest.pop('part')}: " if "part" in rest else ""
    more = ", ".join(f"{name} {value}" for name, value in rest.items())
    return f"{at} {level} {part}{what}{f' ({more})' if more else ''}"
