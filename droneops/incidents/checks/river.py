"""A boat at the river's Thai bank: what R3 and R4 ask of it alike."""

from __future__ import annotations

from droneops.incidents.checks.found import surely
from droneops.incidents.checks.zones import nearest, p_within, surely_off
from droneops.incidents.condition import Condition
from droneops.incidents.rules import Convergence, MooredBoat
from droneops.incidents.scene import Scene, Thing
from droneops.incidents.spread import p_below
from geofences import Kind

LIKELY = 0.5
"""A bank moves with the water by more than its line is off: more probable than not is all there is."""


def on_our_side(thing: Thing, p_thailand: float) -> Condition:
    """Whether a thing may lie in Thailand."""
    border = thing.seen.border
    if border is None:
        return Condition("Thai side", False, f"p >= {p_thailand:g}", "unknown: no border line covers it")
    return surely("Thai side", p_thailand, border.p_thailand, border.side)


def at_the_river(thing: Thing, rule: MooredBoat | Convergence) -> Condition:
    """Whether a thing is near enough to the border line to be on the river that it follows."""
    border = thing.seen.border
    near = 0.0 if border is None else p_below(abs(border.distance_m), border.sigma_m, rule.border_within_m)
    return surely(f"within {rule.border_within_m:g} m of the border", rule.probability, near)


def at_the_bank(scene: Scene, thing: Thing, rule: MooredBoat | Convergence) -> Condition | None:
    """Whether a boat lies at a bank; None without a bank among the zones."""
    bank = nearest(scene, thing, (Kind.BANK,))
    if bank is None:
        return None
    near = p_within(thing, bank, rule.bank_within_m)
    where = f"{bank.distance_m:.0f} m from {bank.zone.id}"
    return surely(f"within {rule.bank_within_m:g} m of the bank", LIKELY, near, where)


def off_the_pier(scene: Scene, thing: Thing, rule: MooredBoat | Convergence) -> Condition | None:
    """Whether a boat is surely at no listed pier; None where there is none."""
    return surely_off(scene, thing, Kind.PIER, rule.pier_within_m, rule.probability)
