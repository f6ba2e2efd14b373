"""targets.csv: what is read, and what is refused in one line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.calibration.targets import Target, read_targets
from droneops.errors import InputError

GOOD = "id,lat,lon,alt_msl\n3,16.44,104.75,212\n"


def _file(folder: Path, text: str) -> Path:
    path = folder / "targets.csv"
    path.write_text(text)
    return path


@pytest.mark.parametrize(
    "text",
    [
        GOOD,
        "﻿" + GOOD,
        "id,lat,lon,alt_msl,heading_deg,size_m,note\n3,16.44,104.75,212.0,90,6.0,gate\n",
        "alt_msl_m, lat_deg, lon_deg, marker_id\n212, 16.44, 104.75, 3\n",
    ],
)
def test_columns_may_have_the_packs_names_and_any_order(tmp_path, text):
    assert read_targets(_file(tmp_path, text), None) == {3: Target(3, 16.44, 104.75, 212.0)}


def test_a_given_height_stands_in_for_a_missing_column(tmp_path):
    path = _file(tmp_path, "id,lat,lon\n3,16.44,104.75\n")
    assert read_targets(path, 150.0)[3].alt_msl_m == 150.0
    with pytest.raises(InputError, match=r"no column 'alt_msl'.*--ground-alt-msl"):
        read_targets(path, None)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "no column 'id'"),
        ("id,lat,lon,alt_msl\n", "holds no target"),
        (GOOD + "3,16.45,104.75,212\n", "line 3: target 3 comes twice"),
        ("id,lat,lon,alt_msl\n3,104.75,16.44,212\n", "line 2: lat 104.75 and lon 16.44 are exchanged"),
        ("id,lat,lon,alt_msl\n3,164.4,104.75,212\n", "line 2: lat: '164.4'"),
        ("id,lat,lon,alt_msl\n3,nan,104.75,212\n", "lat: 'nan'"),
        ("id,lat,lon,alt_msl\n3.5,16.44,104.75,212\n", "no marker's number"),
        ("id,lat,lon,alt_msl\n3,16.44\n", "line 2: alt_msl: ''"),
        ("id,lat,lon,alt_msl\n3,16.44,104.75,99999\n", "alt_msl: '99999'"),
    ],
)
def test_a_wrong_file_is_refused_with_its_line(tmp_path, text, words):
    with pytest.raises(InputError) as error:
        read_targets(_file(tmp_path, text), None)
    assert words in error.value.one_line()


@given(st.binary(max_size=300))
def test_any_bytes_give_targets_or_one_line(tmp_path_factory, raw):
    path = tmp_path_factory.mktemp("any") / "targets.csv"
    path.write_bytes(raw)
    try:
        read_targets(path, None)
    except InputError as error:
        assert "\n" not in error.one_line()
