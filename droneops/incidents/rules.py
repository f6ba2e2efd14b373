"""When the police are alerted: one rule a class, in the order in which they are to be read.

    rule fires on                                             severity event           layers
    R0   a thing that rules look for, in a park or the border moderate intrusion       park or border: off
    R1   people or lights inside a park at night              moderate intrusion       park: off; trail
    R2   a vehicle stopped in a park, at night near its edge  moderate intrusion       park: off
    R3   a boat moored at the Thai bank                       moderate illegal_logging border: off; bank; pier
    R4   boat, vehicle, and people walking between them       extreme  illegal_logging border: off; bank; pier
    R5   five people or more, grouped or in file, in a park   severe   intrusion       park: off
    R6   a tractor or truck deep inside a park, off roads     severe   illegal_logging park: off; road
    R7   a log pile, planks or stumps, over several looks     severe   illegal_logging park or border
    R8   a vehicle leaving an incident fast to the river      severe   illegal_logging border: off
    R9   a boat crossing the border after R3 or R4            severe   border_crossing border: off
    R10  a camp: shelter or fire, and people, half an hour    severe   intrusion       park: off
    R11  a drone that does not see where a zone matters       minor    drone_blind     any zone
    R12  fire or smoke (fire); a person in distress           severe   fire            -

Each class holds what its rule asks for, as thresholds with their reasons; ``checks/`` says how it is found.
A site file changes any of them under ``[[rule]]``. ``lacks`` says what becomes of a rule without a layer;
with "off" in the table it then sees nothing.

Common to all: tentative tracks count for nothing; the hour only adds to the score, but for R1, which is about
night, and R2 outside a park; our own people and permitted work are left out (`suppression.py`); and each
``probability`` is that of the point's and the line's error together. A wildlife sanctuary is a park to all
but R0.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from droneops.incidents.rule import Lack, Rule, because
from geofences import Kind

PARKS = frozenset({Kind.PARK, Kind.SANCTUARY})
"""Felling is as forbidden in a wildlife sanctuary as in a national park."""

PEOPLE = frozenset({"person"})
BOATS = frozenset({"boat"})
VEHICLES = frozenset({"vehicle", "motorcycle", "truck", "tractor"})
TIMBER = frozenset({"log_pile", "planks", "stump"})

SUBJECT_LABELS = PEOPLE | BOATS | VEHICLES | TIMBER | {"fire", "smoke"}
"""What R0 looks for. A detector's label that maps to nothing a rule looks for raises no incident."""

FOUR_IN_FIVE = "four in five is what an officer is sent for"
A_FEW_LOOKS = "one bad position must not alert anybody; ten looks at 5 a second have to agree"
TOLD_LATELY = (
    "a patrol that circles a place comes round within five minutes, and sees not everybody each time"
)
A_HALT = "longer than a stop to look around, and as long as a patrol can hold its camera on one place"
AT_THE_RIVER = (
    "the Mekong with its banks: the bridge at Mukdahan is 1.6 km long; a boat further inland is on a trailer"
)
OFF_THE_PIER = "the length of a landing stage with a boat on either side"

PARK_OR_OFF = Lack(PARKS, "off")
BORDER_OR_OFF = Lack(frozenset({Kind.BORDER}), "off")
NO_PIERS = Lack(frozenset({Kind.PIER}), "no boat is excused for lying at a pier")


@dataclass(frozen=True, slots=True, kw_only=True)
class Presence(Rule):
    """R0. It knows nothing of behaviour, so it says intrusion, never illegal logging.

    In the border strip it is ``severity_in_strip``, and silent about what is surely in Laos.
    ``within_m`` and ``within_s`` also tell what belongs to one incident, whichever rule opened it.
    """

    id: ClassVar[str] = "R0"
    fires_on: ClassVar[str] = "a thing that rules look for, inside a park or the border strip"
    lacks: ClassVar[tuple[Lack, ...]] = (Lack(frozenset({Kind.PARK, Kind.BORDER}), "off"),)

    event: str = "intrusion"
    severity: str = "moderate"
    severity_in_strip: str = because("on an ordinary day the river is full of boats", "minor")
    labels: frozenset[str] = SUBJECT_LABELS
    probability: float = because(FOUR_IN_FIVE, 0.8)
    p_thailand: float = because("below this the contract says Laos, where no Thai officer goes", 0.1)
    dwell_s: float = because(A_FEW_LOOKS, 2.0)
    within_m: float = because("a gang, its vehicles and its boat lie within such a distance", 150.0)
    within_s: float = because(TOLD_LATELY, 300.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class NightPresence(Rule):
    """R1. Headlamps in a line at half past three, deep in the park. Night is after civil dusk, by the sun."""

    id: ClassVar[str] = "R1"
    fires_on: ClassVar[str] = "people or lights inside a park at night, off the trails"
    lacks: ClassVar[tuple[Lack, ...]] = (
        PARK_OR_OFF,
        Lack(frozenset({Kind.TRAIL}), "people on trails count too"),
    )

    event: str = "intrusion"
    severity: str = "moderate"
    labels: frozenset[str] = PEOPLE | {"light"}
    probability: float = because(FOUR_IN_FIVE, 0.8)
    dwell_s: float = because(A_FEW_LOOKS, 2.0)
    trail_within_m: float = because("a trail and a step aside", 15.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class StoppedVehicle(Rule):
    """R2. A car at the edge of the wood while men run into it."""

    id: ClassVar[str] = "R2"
    fires_on: ClassVar[str] = "a vehicle stopped inside a park, or at night near its edge"
    lacks: ClassVar[tuple[Lack, ...]] = (PARK_OR_OFF,)

    event: str = "intrusion"
    severity: str = "moderate"
    labels: frozenset[str] = VEHICLES
    probability: float = because(FOUR_IN_FIVE, 0.8)
    dwell_s: float = because(A_HALT, 120.0)
    edge_m: float = because("a few minutes on foot with a load, where loaders park", 300.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class MooredBoat(Rule):
    """R3. A large iron boat, its engine left, rosewood amidships.

    Without a bank among the zones the boat need only lie still on the Thai side of the line, and
    ``severity_without_bank`` is the severity.
    """

    id: ClassVar[str] = "R3"
    fires_on: ClassVar[str] = "a boat moored or nosed to the Thai bank, not at a pier"
    lacks: ClassVar[tuple[Lack, ...]] = (
        BORDER_OR_OFF,
        Lack(frozenset({Kind.BANK}), "a boat still on the Thai side of the line, minor"),
        NO_PIERS,
    )

    event: str = "illegal_logging"
    severity: str = "moderate"
    severity_without_bank: str = because("a boat still in midstream may be fishing", "minor")
    labels: frozenset[str] = BOATS
    probability: float = because(FOUR_IN_FIVE, 0.8)
    p_thailand: float = because("where the contract calls a side no longer uncertain", 0.9)
    dwell_s: float = because(A_HALT, 120.0)
    bank_within_m: float = because("a boat's length, and the water's edge as it moves with the season", 30.0)
    border_within_m: float = because(AT_THE_RIVER, 2000.0)
    pier_within_m: float = because(OFF_THE_PIER, 50.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Convergence(Rule):
    """R4. A pickup drops men, a car backs to the bank, the men carry logs to a boat, at eight in the morning.

    Any hour. The boat may lie where the side is uncertain, only not surely in Laos.
    """

    id: ClassVar[str] = "R4"
    fires_on: ClassVar[str] = "a boat still, a vehicle within 150 m, two people or more walking between them"
    lacks: ClassVar[tuple[Lack, ...]] = (
        BORDER_OR_OFF,
        Lack(frozenset({Kind.BANK}), "the same, wherever the boat lies on the river"),
        NO_PIERS,
    )

    event: str = "illegal_logging"
    severity: str = "extreme"
    labels: frozenset[str] = BOATS
    vehicle_labels: frozenset[str] = VEHICLES
    people_labels: frozenset[str] = PEOPLE
    timber_labels: frozenset[str] = TIMBER
    probability: float = because(FOUR_IN_FIVE, 0.8)
    p_thailand: float = because("below this the contract says Laos, where no Thai officer goes", 0.1)
    dwell_s: float = because("a boat that passes or turns is not still for half a minute", 30.0)
    within_m: float = because("how far a log is carried; FIELD's own figure", 150.0)
    within_s: float = because(TOLD_LATELY, 300.0)
    count: int = because("one man going to his boat is a fisherman", 2)
    near_m: float = because(
        "to stand at a vehicle or boat: half its length, an arm, and their handling", 15.0
    )
    walk_share: float = because("who went half the way was not only standing about", 0.5)
    least_walk_m: float = because("less is stepping aside, and the noise of a position", 8.0)
    bank_within_m: float = because("a boat's length, and the water's edge as it moves with the season", 30.0)
    border_within_m: float = because(AT_THE_RIVER, 2000.0)
    pier_within_m: float = because(OFF_THE_PIER, 50.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Group(Rule):
    """R5. Lines of carriers with packs; groups of 13 to 45."""

    id: ClassVar[str] = "R5"
    fires_on: ClassVar[str] = "five people or more, grouped or in file, in a park"
    lacks: ClassVar[tuple[Lack, ...]] = (PARK_OR_OFF,)

    event: str = "intrusion"
    severity: str = "severe"
    labels: frozenset[str] = PEOPLE
    probability: float = because(FOUR_IN_FIVE, 0.8)
    dwell_s: float = because(A_FEW_LOOKS, 2.0)
    within_s: float = because("a file passes under a camera within a minute", 60.0)
    count: int = because("families and pairs of mushroom pickers are fewer", 5)
    group_link_m: float = because("people who belong together stay within calling distance", 25.0)
    file_link_m: float = because("headlamps about 50 m apart were seen, and some more", 60.0)
    file_width_m: float = because("who follows a path strays this far from a straight line", 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class HeavyVehicle(Rule):
    """R6. Tractors dragging logs on a new track, in the afternoon."""

    id: ClassVar[str] = "R6"
    fires_on: ClassVar[str] = "a tractor or truck in a park's interior, off the roads"
    lacks: ClassVar[tuple[Lack, ...]] = (
        PARK_OR_OFF,
        Lack(frozenset({Kind.ROAD}), "tractors and trucks on roads count too"),
    )

    event: str = "illegal_logging"
    severity: str = "severe"
    labels: frozenset[str] = frozenset({"tractor", "truck"})
    probability: float = because(FOUR_IN_FIVE, 0.8)
    dwell_s: float = because(A_FEW_LOOKS, 2.0)
    interior_m: float = because("fields end at the edge; half a kilometre inside nobody ploughs", 500.0)
    road_within_m: float = because("a road, its shoulders and the ditch", 20.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Timber(Rule):
    """R7. Logs cached in scrub; planks. In a park, or in the border strip on our side; elsewhere minor."""

    id: ClassVar[str] = "R7"
    fires_on: ClassVar[str] = "a log pile, planks or stumps, over several looks"
    lacks: ClassVar[tuple[Lack, ...]] = (Lack(PARKS | {Kind.BORDER}, "minor wherever timber lies"),)

    event: str = "illegal_logging"
    severity: str = "severe"
    severity_outside: str = because("a farmer's own timber lies outside parks too", "minor")
    labels: frozenset[str] = TIMBER
    probability: float = because(FOUR_IN_FIVE, 0.8)
    p_thailand: float = because("below this the contract says Laos, where no Thai officer goes", 0.1)
    sightings: int = because("shadows and fallen trees look like logs from one side, not from ten views", 10)
    dwell_s: float = because("the views must differ; a patrol at 10 m/s moves on by 50 m", 5.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Flight(Rule):
    """R8. Pickups at high speed on the river roads. News of the incident that the vehicle leaves.

    Not of one that R0 alone found: every car that drives on leaves where it was first seen.
    """

    id: ClassVar[str] = "R8"
    fires_on: ClassVar[str] = "a vehicle leaving an open incident fast toward the river"
    lacks: ClassVar[tuple[Lack, ...]] = (BORDER_OR_OFF,)

    event: str = "illegal_logging"
    severity: str = "severe"
    labels: frozenset[str] = VEHICLES
    probability: float = because(FOUR_IN_FIVE, 0.8)
    within_m: float = because("who was so near took part", 50.0)
    within_s: float = because("who was here longer ago has left for other reasons", 300.0)
    away_m: float = because("beyond the place itself, and beyond a turn to park", 50.0)
    speed_mps: float = because("30 km/h; on a field track that is haste", 8.0)
    cone_deg: float = because(
        "roads bend; within 60 degrees the half of every metre leads to the river", 60.0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Crossing(Rule):
    """R9. The boat crosses the moment a raid begins. News of the incident that R3 or R4 made."""

    id: ClassVar[str] = "R9"
    fires_on: ClassVar[str] = "a boat crossing the border line after an open R3 or R4"
    lacks: ClassVar[tuple[Lack, ...]] = (BORDER_OR_OFF,)

    event: str = "border_crossing"
    severity: str = "severe"
    labels: frozenset[str] = BOATS
    p_thailand: float = because("it was surely on the Thai side: the contract's threshold", 0.9)
    p_crossed: float = because("it surely is no longer: the contract's threshold", 0.1)
    within_m: float = because(
        "a boat found again after it was lost from sight: it began where the other lay", 150.0
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Camp(Rule):
    """R10. Camps of 17 to 100 people, some armed."""

    id: ClassVar[str] = "R10"
    fires_on: ClassVar[str] = "a camp in a park: a shelter or fire and three people or more, for half an hour"
    lacks: ClassVar[tuple[Lack, ...]] = (PARK_OR_OFF,)

    event: str = "intrusion"
    severity: str = "severe"
    labels: frozenset[str] = frozenset({"shelter", "fire"})
    people_labels: frozenset[str] = PEOPLE
    probability: float = because(FOUR_IN_FIVE, 0.8)
    dwell_s: float = because("longer than a rest on the way", 1800.0)
    within_m: float = because("people at a camp are at its fire or go for water", 50.0)
    within_s: float = because(TOLD_LATELY, 300.0)
    count: int = because("two are hunters or lovers", 3)


@dataclass(frozen=True, slots=True, kw_only=True)
class Blind(Rule):
    """R11, to the pilots: nobody must take "no alert" for "nothing there"."""

    id: ClassVar[str] = "R11"
    fires_on: ClassVar[str] = "a drone that is blind, or whose link is lost, where a zone matters"
    lacks: ClassVar[tuple[Lack, ...]] = (Lack(frozenset(Kind), "wherever the drone is"),)

    event: str = "drone_blind"
    severity: str = "minor"
    labels: frozenset[str] = frozenset()
    dwell_s: float = because("links and encoders hiccup for a few seconds", 10.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Distress(Rule):
    """R12. Fire and smoke raise ``event``, a person in distress ``distress_event``. Needs no zone."""

    id: ClassVar[str] = "R12"
    fires_on: ClassVar[str] = "fire or smoke; a person in distress"

    event: str = "fire"
    severity: str = "severe"
    distress_event: str = because("the rescue's own topic", "person_in_distress")
    labels: frozenset[str] = frozenset({"fire", "smoke"})
    distress_labels: frozenset[str] = frozenset({"person_in_distress"})
    sightings: int = because("dust, mist and a red roof are smoke and fire for a look or two", 10)
    dwell_s: float = because("longer than a glint of the sun lasts for a drone that moves", 3.0)


ALL = (
    Presence,
    NightPresence,
    StoppedVehicle,
    MooredBoat,
    Convergence,
    Group,
    HeavyVehicle,
    Timber,
    Flight,
    Crossing,
    Camp,
    Blind,
    Distress,
)
"""All rules there are."""
