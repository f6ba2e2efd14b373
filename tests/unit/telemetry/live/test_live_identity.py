"""Who we are on a link."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from live_conversation import GCS, ONBOARD, frame_of

from droneops.errors import UsageError
from droneops.telemetry.dialect import load_dialect
from droneops.telemetry.live.identity import Identity, heartbeat, refuse_shared
from droneops.telemetry.live.roster import read_heartbeat


def test_our_heartbeat_is_neither_a_ground_stations_nor_a_vehicles() -> None:
    out = heartbeat()
    read = read_heartbeat(frame_of(out.name, out.fields))
    assert read is not None
    assert read.type == ONBOARD != GCS
    assert not read.is_autopilot
    assert out.peer is None
    assert out.fields["mavlink_version"] == 3


def test_the_names_of_our_heartbeats_fields_are_mavlinks() -> None:
    assert set(heartbeat().fields) <= set(load_dialect().by_name["HEARTBEAT"].payload.names or ())


def test_an_identity_of_255_is_refused_with_the_failsafe_as_the_reason() -> None:
    with pytest.raises(UsageError, match=r"cannot be 255: .*failsafe.*\(choose one from 1 to 254"):
        Identity(255)


@given(st.integers(-1000, 1000), st.integers(-1000, 1000))
def test_only_ids_with_no_meaning_of_their_own_are_taken(system_id: int, component_id: int) -> None:
    if 1 <= system_id <= 254 and 1 <= component_id <= 255:
        assert Identity(system_id, component_id).system_id == system_id
    else:
        with pytest.raises(UsageError) as caught:
            Identity(system_id, component_id)
        assert "\n" not in str(caught.value)


def test_an_id_that_a_vehicle_on_the_link_has_is_refused() -> None:
    refuse_shared(Identity(), {1, 2})
    with pytest.raises(UsageError, match="system id 246 is that of a vehicle on the link"):
        refuse_shared(Identity(), {1, 246})
