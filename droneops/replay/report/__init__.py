"""The page that a replay leaves behind: one HTML file that opens offline."""

from droneops.replay.report.data import (
    BorderSide,
    CoveredGround,
    CoveredZone,
    Footprint,
    PathSegment,
    ReportCondition,
    ReportData,
    ReportFinding,
    ReportIncident,
    ReportRules,
    ReportSighting,
    ReportTrack,
    ReportZone,
    Span,
    SpanKind,
    ZoneChance,
)
from droneops.replay.report.page import render

__all__ = [
    "BorderSide",
    "CoveredGround",
    "CoveredZone",
    "Footprint",
    "PathSegment",
    "ReportCondition",
    "ReportData",
    "ReportFinding",
    "ReportIncident",
    "ReportRules",
    "ReportSighting",
    "ReportTrack",
    "ReportZone",
    "Span",
    "SpanKind",
    "ZoneChance",
    "render",
]
