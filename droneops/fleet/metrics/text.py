"""The numbers as Prometheus reads them. The only user of prometheus_client."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING

from droneops.fleet.metrics.families import Family

if TYPE_CHECKING:
    from prometheus_client import Metric

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""The text format that every Prometheus reads, whatever else it asks for."""


def exposition(families: Iterable[Family]) -> bytes:
    """The text of an answer to Prometheus."""
    from prometheus_client import CollectorRegistry, generate_latest
    from prometheus_client.registry import Collector

    class Once(Collector):
        def collect(self) -> Iterator[Metric]:
            return (_metric(family) for family in families)

    registry = CollectorRegistry(auto_describe=False)
    registry.register(Once())
    return generate_latest(registry)


def _metric(family: Family) -> Metric:
    from prometheus_client import Metric

    metric = Metric(family.name.removesuffix("_total"), family.text, family.kind)
    for labels, value in family.samples:
        metric.add_sample(family.name, dict(labels), value)
    return metric
