"""The courier's thread that talks to the outbox: what may go out, what did, receipts, escalation, state."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field

from droneops.delivery.absent import Absent
from droneops.delivery.escalation import Action, EscalationTerms, Expire, HandOn, Policy, Repeat, decide
from droneops.delivery.exchange import (
    Arrived,
    Connected,
    Exchange,
    Handed,
    News,
    NotTaken,
    Returned,
    Taken,
    Unheard,
)
from droneops.delivery.inbox import Keys, Refused, read
from droneops.delivery.outbox.store import Outbox
from droneops.delivery.outbox.types import Delivery, DeliveryState, Owed
from droneops.delivery.state import STATE_EVERY_S, state_message
from droneops.errors import DroneopsError

LOOK_EVERY_S = 0.2
"""How soon what another process put (`droneops outbox put`) and a repeat whose time has come are seen."""

ESCALATE_EVERY_S = 1.0
ESCALATION_SHARE = 10
"""Looking through all that is open takes at most this part (1/n) of the time, however much it is."""

MOST_ACTIONS = 2000
"""Of one look: the rest waits for the next, so that delivery never waits long for it."""

AHEAD_WINDOWS = 4
"""So many windows are read ahead: the broker never waits, and a grave alert passes all but these."""

HELD_S = 60.0
"""What the broker does not want (no right, over quota) is offered again after this."""

MOST_UNASKED = 1000
"""Receipts at QoS 0 that wait for a disk that takes nothing; the broker does not hold those back."""

UNHEARD_S = 1.0
FORGOTTEN_WITHIN_S = 60.0
FORGOTTEN_OF_LAST = 20
"""What a broker that still knows us may have forgotten: the last seconds, and the last changes however long
ago. With our settings mosquitto saves after every ten; those of a dozen terminals are among them."""

MOST_IN_DOUBT = 10_000
"""Planning these takes seconds; older ones come with the ordinary repeats."""

RETRY_S = 1.0
SAID_AGAIN_S = 3600.0
HANDS = 16
"""Calls that wait for one fdatasync together (the outbox commits them as one)."""


@dataclass(frozen=True, slots=True)
class Duties:
    """What else is done. Without ``keys`` no receipt is good, without ``software`` no state sent."""

    site_id: str
    keys: Keys | None = None
    agencies: Mapping[str, EscalationTerms] = field(default_factory=dict)
    policy: Policy | None = None
    software: str | None = None


@dataclass(slots=True)
class Progress:
    """What came of it so far; read from other threads."""

    confirmed: int = 0
    is_idle: bool = False
    refusal: str | None = None


class Clerk:
    """Runs until it is told to stop; ``tell`` hears what people should know, a line each."""

    def __init__(
        self,
        outbox: Outbox,
        exchange: Exchange,
        duties: Duties,
        now_us: Callable[[], int],
        tell: Callable[[str], None],
    ) -> None:
        self._outbox, self._exchange, self._duties = outbox, exchange, duties
        self._now_us, self._say = now_us, tell
        self.progress = Progress()
        self._stopping = threading.Event()
        self._in_hand: dict[int, tuple[str, str, str]] = {}
        self._held: dict[int, float] = {}
        self._shut: dict[tuple[str, str], float] = {}
        self._confirmed: list[int] = []
        self._arrived: list[Arrived] = []
        self._told: dict[str, float] = {}
        self._absent = Absent()
        self._connected: Connected | None = None
        self._has_repeated = False
        self._lost_us: int | None = None
        self._next_escalation_s = self._next_state_s = 0.0
        self._pool = ThreadPoolExecutor(HANDS, thread_name_prefix="courier-hand")

    def stop(self) -> None:
        """Write down what is known, and end; called from another thread."""
        self._stopping.set()
        self._exchange.has_news.set()

    def run(self) -> None:
        """Serve until stopped. A full disk is said, and tried again."""
        try:
            while not self._stopping.is_set():
                self._exchange.has_news.wait(LOOK_EVERY_S)
                self._exchange.has_news.clear()
                self._round()
            self._try(self._take_news)
        finally:
            self._pool.shutdown(wait=True, cancel_futures=True)

    def _try(self, work: Callable[[], None]) -> bool:
        try:
            work()
        except DroneopsError as error:
            self._once(error.one_line())
            return False
        return True

    def _round(self) -> None:
        """Each for itself: what is stored goes out also where a full disk takes no word of it."""
        duties = (self._take_news, self._after_connecting, self._hand_over, self._escalate, self._tell_state)
        went_well = [self._try(work) for work in duties]
        if not all(went_well):
            self._stopping.wait(RETRY_S)

    def _take_news(self) -> None:
        """Sort what came, then write it down; what could not be written stays here for the next time."""
        news = self._exchange.news
        while news:
            self._sort(news.popleft())
        if self._confirmed:
            self._outbox.sent(self._confirmed, self._now_us())
            self.progress.confirmed += len(self._confirmed)
            for key in self._confirmed:
                self._in_hand.pop(key, None)
            self._confirmed = []
        self._take_receipts()

    def _sort(self, news: News) -> None:
        if isinstance(news, Taken):
            self._confirmed.append(news.owed.key)
            nobody = news.nobody_subscribed
            self._absent.heard(news.owed.agency, nobody_subscribed=nobody, now_s=time.monotonic())
            if nobody:
                self._once(f"the broker says that nobody of {news.owed.agency} is subscribed to its alerts")
        elif isinstance(news, NotTaken):
            self._put_aside(news)
            self.progress.refusal = (
                f"the broker refuses {news.owed.kind}s for {news.owed.agency}: {news.reason}"
            )
            self._once(self.progress.refusal)
        elif isinstance(news, Unheard):
            self._shut_out(news.owed, UNHEARD_S)
        elif isinstance(news, Returned):
            self._take_back(news)
        elif isinstance(news, Connected):
            self._connected, self._has_repeated = news, False
        elif news.message.qos > 0 or len(self._arrived) < MOST_UNASKED:
            self._arrived.append(news)

    def _put_aside(self, refused: NotTaken) -> None:
        """A refusal is of the whole agency as a rule (no right): what waits for it must not fill the way."""
        if refused.is_of_this_one:
            self._held[refused.owed.key] = time.monotonic() + HELD_S
        else:
            self._shut_out(refused.owed, HELD_S)

    def _shut_out(self, owed: Owed, for_s: float) -> None:
        self._shut[owed.agency, owed.kind] = time.monotonic() + for_s
        self._in_hand.pop(owed.key, None)

    def _take_back(self, returned: Returned) -> None:
        for key in returned.keys:
            self._in_hand.pop(key, None)
        if returned.ended is not None and self._connected and returned.ended == self._connected.number:
            self._connected, self._lost_us = None, self._now_us()

    def _after_connecting(self) -> None:
        """Before anything new goes out: repeat what the broker may have confirmed and forgotten.

        Later messages of an incident wait behind these in the outbox, so that the order holds.
        """
        if self._connected is None or self._has_repeated:
            return
        if self._duties.policy is not None:
            now_us = self._now_us()
            in_doubt = doubtful(self._outbox.open_deliveries(), self._connected, self._lost_us or now_us)
            list(self._pool.map(lambda d: self._outbox.plan_repeat(d.alert_id, d.agency, now_us), in_doubt))
        self._has_repeated = True

    def _take_receipts(self) -> None:
        """Confirmed to the broker once on disk, in the order in which they came."""
        if not self._arrived:
            return
        list(self._pool.map(self._take_receipt, self._arrived))
        self._exchange.stored.extend(self._arrived)
        self._arrived = []
        self._exchange.wake()

    def _take_receipt(self, arrived: Arrived) -> None:
        found = read(arrived.message, self._duties.site_id, self._duties.keys or {})
        if isinstance(found, Refused):
            self._outbox.refuse(found.agency, found.reason, found.raw_sha256, self._now_us())
        else:
            self._outbox.receipt(found.receipt, self._now_us(), found.incident_id)

    def _hand_over(self) -> None:
        """Give the broker's thread more, before it has run out."""
        self._release_held()
        exchange, most = self._exchange, self._exchange.window
        waiting = len(exchange.alerts) + len(exchange.pictures)
        if self._connected is None or waiting >= most:
            return
        number = self._connected.number
        limit = len(self._in_hand) + AHEAD_WINDOWS * most
        shut, to_pictures = ({a for a, kind in self._shut if kind == k} for k in ("alert", "snapshot"))
        owed = self._outbox.due(self._now_us(), limit, shut, to_pictures)
        busy = set(self._in_hand.values())
        fresh = [one for one in owed if _one_in_flight(one) not in busy]
        for one in fresh:
            self._in_hand[one.key] = _one_in_flight(one)
        exchange.alerts.extend(Handed(number, one) for one in fresh if one.kind == "alert")
        exchange.pictures.extend(Handed(number, one) for one in fresh if one.kind != "alert")
        self.progress.is_idle = not owed and not self._in_hand and not self._shut
        if fresh:
            exchange.wake()

    def _release_held(self) -> None:
        now_s = time.monotonic()
        for key in [key for key, until_s in self._held.items() if now_s >= until_s]:
            del self._held[key]
            self._in_hand.pop(key, None)
        self._shut = {whom: until_s for whom, until_s in self._shut.items() if now_s < until_s}

    def _escalate(self) -> None:
        begin_s = time.monotonic()
        if self._duties.policy is None or begin_s < self._next_escalation_s:
            return
        now_us = self._now_us()
        deliveries = self._outbox.open_deliveries()
        actions = decide(deliveries, self._duties.agencies, now_us, self._duties.policy)
        again = tuple(self._absent.repeats(deliveries, now_us, begin_s, MOST_ACTIONS))
        list(self._pool.map(lambda action: self._act(action, now_us), (*actions[:MOST_ACTIONS], *again)))
        took_s = time.monotonic() - begin_s
        self._next_escalation_s = begin_s + max(ESCALATE_EVERY_S, ESCALATION_SHARE * took_s)

    def _act(self, action: Action, now_us: int) -> None:
        match action:
            case HandOn(incident_id, from_agency, to_agency):
                self._outbox.hand_on(incident_id, from_agency, to_agency, now_us)
                self._say(f"{from_agency} has not acknowledged {incident_id}: handed on to {to_agency}")
            case Repeat(alert_id, agency, at_us):
                self._outbox.plan_repeat(alert_id, agency, at_us)
            case Expire(alert_id, agency, why):
                self._outbox.expire(alert_id, agency, now_us, why)
                self._say(f"alert {alert_id} is given up: {why}")

    def _tell_state(self) -> None:
        now_s = time.monotonic()
        if self._duties.software is None or self._connected is None or now_s < self._next_state_s:
            return
        site_id, software = self._duties.site_id, self._duties.software
        depth, head = self._outbox.depth(), self._outbox.journal_head()
        self._exchange.states.append(state_message(site_id, software, self._now_us(), depth, head))
        self._exchange.wake()
        self._next_state_s = now_s + STATE_EVERY_S

    def _once(self, text: str) -> None:
        """A line that would come again and again is said once an hour."""
        now_s = time.monotonic()
        self._told = {known: at_s for known, at_s in self._told.items() if now_s - at_s < SAID_AGAIN_S}
        if text not in self._told:
            self._told[text] = now_s
            self._say(text)


def doubtful(deliveries: Sequence[Delivery], connected: Connected, lost_us: int) -> tuple[Delivery, ...]:
    """What has a PUBACK and no receipt, and may be gone: all of it if the broker forgot us, else the latest,
    and whatever the receipt of a newer message, which waits, would cover.

    ``lost_us`` is when the last connection ended, UTC.
    """
    unsure = sorted((d for d in deliveries if d.state is DeliveryState.SENT), key=lambda d: d.sent_us or 0)
    if not connected.broker_remembers:
        return tuple(unsure[-MOST_IN_DOUBT:])
    since_us = lost_us - round(FORGOTTEN_WITHIN_S * 1e6)
    earlier, last = unsure[:-FORGOTTEN_OF_LAST], unsure[-FORGOTTEN_OF_LAST:]
    behind = {(d.incident_id, d.agency) for d in deliveries if d.state is DeliveryState.STORED}
    in_doubt = (d for d in earlier if (d.sent_us or 0) >= since_us or (d.incident_id, d.agency) in behind)
    return (*in_doubt, *last)


def _one_in_flight(owed: Owed) -> tuple[str, str, str]:
    """Of these only one may be on its way; an alert does not wait for a picture."""
    return (owed.incident_id, owed.agency, owed.kind)
