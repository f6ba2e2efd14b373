"""When an alert is repeated, handed on to the next agency, or given up: a pure function of what is on disk.

Time comes in, and deadlines are computed from stored UTC, so that a restart changes nothing. A stored time in
the future means that the clock was set back: how old such an alert is cannot be told, so it counts as overdue
(too early is the lesser harm), and its next repeat is at most one wait away from now.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from droneops.delivery.outbox.types import Delivery, DeliveryState

SHORTEST_WAIT_S = 1.0
"""Below this a repeat overtakes the receipt of a terminal behind a satellite link."""

CLOCK_TOLERANCE_US = 1_000_000
"""Two processes of one machine read its clock in turn; only more than this is a clock set back."""

MOST_DOUBLINGS = 20


class EscalationTerms(Protocol):
    """What of an agency's section decides."""

    @property
    def receipt_within_s(self) -> float:
        """How long a person of the agency may take to acknowledge."""

    @property
    def escalate_to(self) -> str | None:
        """Who is asked next."""


@dataclass(frozen=True, slots=True)
class Policy:
    """[delivery] of the site file.

    ``orphans_to`` gets what nobody of an agency that has left the site file acknowledged.
    """

    expire_after_s: float
    repeat_at_most_every_s: float
    orphans_to: str | None = None


@dataclass(frozen=True, slots=True)
class HandOn:
    """The incident goes to the next agency too, from its first message."""

    incident_id: str
    from_agency: str
    to_agency: str


@dataclass(frozen=True, slots=True)
class Repeat:
    """The same bytes go out again at ``at_us``."""

    alert_id: str
    agency: str
    at_us: int


@dataclass(frozen=True, slots=True)
class Expire:
    """The alert is given up with this agency, on record."""

    alert_id: str
    agency: str
    why: str


Action = HandOn | Repeat | Expire


def decide(
    deliveries: Sequence[Delivery], agencies: Mapping[str, EscalationTerms], now_us: int, policy: Policy
) -> tuple[Action, ...]:
    """What is to be done now; what is handed on comes first, then repeats, then what expires.

    ``deliveries`` are the open ones: neither acknowledged nor dismissed nor expired. ``agencies`` are those
    of the site file; a delivery to one that is no longer in it is repeated at the longest wait, and handed
    on at once to whom the policy names. Nothing expires that the broker never took: a broker away for longer
    than `expire_after_s` loses no alert.
    """
    expiring = tuple(_expiring(deliveries, agencies, now_us, policy))
    given_up = {(action.alert_id, action.agency) for action in expiring}
    living = [delivery for delivery in deliveries if (delivery.alert_id, delivery.agency) not in given_up]
    return (
        *_handed_on(deliveries, agencies, now_us, policy.orphans_to),
        *_repeats(living, agencies, now_us, policy),
        *expiring,
    )


def wait_s(receipt_within_s: float, attempts: int, longest_s: float) -> float:
    """How long after a publication the next one follows: the agency's time, doubling each time."""
    doublings = min(max(attempts - 1, 0), MOST_DOUBLINGS)
    first_s = max(receipt_within_s, SHORTEST_WAIT_S)
    return min(first_s * 2.0**doublings, max(longest_s, SHORTEST_WAIT_S))


def _handed_on(
    deliveries: Iterable[Delivery],
    agencies: Mapping[str, EscalationTerms],
    now_us: int,
    orphans_to: str | None,
) -> Iterator[HandOn]:
    """Each incident once per agency, however many of its messages wait."""
    done = {(d.incident_id, d.agency) for d in deliveries if d.handed_on_us is not None}
    for delivery in deliveries:
        terms, asked = agencies.get(delivery.agency), (delivery.incident_id, delivery.agency)
        to_agency = orphans_to if terms is None else terms.escalate_to
        if to_agency in (None, delivery.agency) or asked in done:
            continue
        if delivery.raises and (terms is None or _is_overdue(delivery, terms, now_us)):
            done.add(asked)
            yield HandOn(delivery.incident_id, delivery.agency, str(to_agency))


def _is_overdue(delivery: Delivery, terms: EscalationTerms, now_us: int) -> bool:
    clock_was_set_back = delivery.stored_us > now_us + CLOCK_TOLERANCE_US
    return clock_was_set_back or now_us >= delivery.stored_us + _us(terms.receipt_within_s)


def _repeats(
    deliveries: Iterable[Delivery],
    agencies: Mapping[str, EscalationTerms],
    now_us: int,
    policy: Policy,
) -> Iterator[Repeat]:
    """One is planned as soon as the last publication has its PUBACK; what a machine received needs none."""
    for delivery in deliveries:
        if delivery.state is not DeliveryState.SENT:
            continue
        wait_us = _wait_us(delivery, agencies, policy)
        planned_us = delivery.next_repeat_us
        if planned_us is None or planned_us > now_us + wait_us + CLOCK_TOLERANCE_US:
            yield Repeat(delivery.alert_id, delivery.agency, now_us + wait_us)


def _wait_us(delivery: Delivery, agencies: Mapping[str, EscalationTerms], policy: Policy) -> int:
    terms = agencies.get(delivery.agency)
    within_s = policy.repeat_at_most_every_s if terms is None else terms.receipt_within_s
    return _us(wait_s(within_s, delivery.attempts, policy.repeat_at_most_every_s))


def _expiring(
    deliveries: Iterable[Delivery],
    agencies: Mapping[str, EscalationTerms],
    now_us: int,
    policy: Policy,
) -> Iterator[Expire]:
    """Past `expire_after_s`, and the agency had its time since the last publication."""
    for delivery in deliveries:
        if delivery.state not in (DeliveryState.SENT, DeliveryState.RECEIVED) or delivery.sent_us is None:
            continue
        terms = agencies.get(delivery.agency)
        answered_by_us = delivery.sent_us + _us(0 if terms is None else terms.receipt_within_s)
        if now_us >= max(delivery.stored_us + _us(policy.expire_after_s), answered_by_us):
            why = f"nobody of {delivery.agency} acknowledged within {policy.expire_after_s:g} s"
            yield Expire(delivery.alert_id, delivery.agency, why)


def _us(seconds: float) -> int:
    return round(seconds * 1e6)
