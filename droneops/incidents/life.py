"""How an incident lives: what belongs to it, how often it is spoken of, and when it is over."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Life:
    """The settings of all incidents, with the reason for each default.

    - ``within_m`` 150, ``within_s`` 300: a further thing this near to where one of an incident's things was
      this lately belongs to it. As far as a boat and the vehicle that it is loaded from (R4); in five minutes
      a walker goes 400 m, further than two groups are apart. Not seen for longer, an incident is quiet.
    - ``back_within_s`` 3600: a thing of the same kind, where one went out of sight up to an hour ago, is that
      one again: it neither opens an incident nor counts twice. A patrol comes by again within the hour.
    - ``news_every_s`` 10, ``moves_every_s`` 60: the least time between two messages about one incident, and
      before the next about mere movement. What raises it waits for neither.
    - ``close_after_s`` 3600: an incident not seen for that long is over; as long as ``back_within_s``, so
      that what comes back belongs to an open one.
    - ``sees_again_s`` 60: a drone that was not blind for a minute sees again, and the next time is news.
    - ``told_kinds``, ``told_probability`` 0.8: entering such a zone is news; the threshold of rule R0.
    - ``most_members`` 256: the largest camp reported had 100 people; more than twice that is false boxes.
    - ``most_over`` 1000: incidents that are over and still shown; a busy month.
    """

    within_m: float = 150.0
    within_s: float = 300.0
    back_within_s: float = 3600.0
    news_every_s: float = 10.0
    moves_every_s: float = 60.0
    close_after_s: float = 3600.0
    sees_again_s: float = 60.0
    told_kinds: frozenset[str] = frozenset({"park", "sanctuary", "border"})
    told_probability: float = 0.8
    most_members: int = 256
    most_over: int = 1000
