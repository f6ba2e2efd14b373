"""Site and camera files: what they may say, and what they are told when they say something else."""

from __future__ import annotations

import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from droneops.camera_file import assumed_camera, load_camera
from droneops.config import default_site, load_site
from droneops.errors import ConfigError

ROOT = Path(__file__).resolve().parents[3]


def written(folder: Path, text: str) -> Path:
    path = folder / "file.toml"
    path.write_text(text, encoding="utf-8")
    return path


def blocks(document: str) -> list[str]:
    """The TOML blocks of a Markdown document."""
    text = (ROOT / document).read_text(encoding="utf-8")
    return [part.split("```")[0] for part in text.split("```toml\n")[1:]]


def test_the_documented_camera_file_is_valid_and_says_its_defaults(tmp_path) -> None:
    camera = load_camera(written(tmp_path, blocks("docs/configuration.md")[0]))
    plain = load_camera(
        written(tmp_path, "[camera]\nname='x'\nwidth_px=1280\nheight_px=720\nhfov_deg=62.0\n")
    )
    assert camera.sigma == plain.sigma
    assert camera.bias == plain.bias
    assert camera.mount == plain.mount


def test_the_documented_site_file_is_valid(tmp_path) -> None:
    site = load_site(written(tmp_path, blocks("docs/configuration.md")[1]))
    assert site.file.site.status == "exercise"
    assert site.file.detector["aruco"].labels == {"3": "boat", "4": "person"}


def test_the_example_site_is_valid() -> None:
    site = load_site(ROOT / "examples" / "park-patrol" / "site.toml")
    assert site.agencies_for("intrusion", "moderate", frozenset()) == ("mukdahan-police",)
    assert site.agencies_for("fire", "severe", frozenset()) == ("mukdahan-police",)


def test_without_a_file_nothing_is_actual_and_nobody_is_named() -> None:
    site = default_site()
    assert site.file.site.status == "exercise"
    assert site.agencies_for("intrusion", "moderate", frozenset()) == ()


def test_an_agency_of_one_zone_hears_of_that_zone_alone(tmp_path) -> None:
    site = load_site(
        written(tmp_path, "[site]\nid='s'\n[[agency]]\nid='park'\nzones=['phu-pha-thoep']\nevents=['fire']\n")
    )
    assert site.agencies_for("fire", "severe", frozenset({"phu-pha-thoep"})) == ("park",)
    assert site.agencies_for("fire", "severe", frozenset({"mekong-border"})) == ()
    assert site.agencies_for("intrusion", "moderate", frozenset({"phu-pha-thoep"})) == ()


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("[site]\nid='s'\n[[agency]]\nid='a'\n[[agency]]\nid='a'\n", "given twice"),
        ("[site]\nid='s'\n[[zone_layer]]\n", "either id"),
        ("[site]\nid='s'\n[broker]\nurl='http://x'\n", "broker.url"),
        ("[site]\nid='s'\n[[drone]]\nid='d'\nsystem_id=0\n", "drone.0.system_id"),
        ("[site]\nid='s'\n[[drone]]\nid='d'\n[[drone.camera]]\nid='eo'\nvidio='x'\n", "did you mean 'video'"),
        ("[site]\nid='s'\n[sitte]\n", "did you mean 'site'"),
        ("[site]\nid='s'\nstatus='live'\n", "site.status"),
        ("[site]\nid='" + "x" * 65 + "'\n", "site.id"),
    ],
)
def test_a_mistake_in_a_site_file_is_named_with_its_place(tmp_path, text, says) -> None:
    with pytest.raises(ConfigError) as error:
        load_site(written(tmp_path, text))
    line = error.value.one_line()
    assert says in line
    assert "file.toml" in line
    assert "\n" not in line


def test_a_file_that_is_no_text_or_far_too_large_is_refused(tmp_path) -> None:
    path = tmp_path / "file.toml"
    path.write_bytes(b"[site]\nid = '\xff'\n")
    with pytest.raises(ConfigError, match="UTF-8"):
        load_site(path)
    path.write_bytes(b"#" * 1_000_001)
    with pytest.raises(ConfigError, match="larger"):
        load_site(path)


@given(st.text(max_size=200))
def test_no_text_at_all_breaks_the_reader(tmp_path_factory, text) -> None:
    path = tmp_path_factory.getbasetemp() / "any.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ConfigError):
        load_site(path)


def test_an_assumed_camera_takes_its_field_of_view_from_the_telemetry_alone() -> None:
    camera = assumed_camera(1280, 720)
    assert camera.fov_source == "telemetry"
    assert camera.sha256 is None
    assert camera.lens.with_hfov(math.radians(90)).fx_px == pytest.approx(640)


@pytest.mark.parametrize(
    ("written_s", "read_s"), [("", 0.0), ("gimbal_lag_s = 0.12", 0.12), ("gimbal_lag_s = 2", 2.0)]
)
def test_a_gimbals_lag_is_read_in_seconds_and_none_without_a_word(
    tmp_path, written_s: str, read_s: float
) -> None:
    text = f"[camera]\nname='x'\nwidth_px=1280\nheight_px=720\nhfov_deg=62.0\n[bias]\n{written_s}\n"
    assert load_camera(written(tmp_path, text)).bias.gimbal_lag_s == read_s


@pytest.mark.parametrize("lag", ["-0.01", "2.01", "nan", "'late'"])
def test_a_lag_that_no_gimbal_has_is_refused_by_name(tmp_path, lag: str) -> None:
    text = f"[camera]\nname='x'\nwidth_px=1280\nheight_px=720\nhfov_deg=62.0\n[bias]\ngimbal_lag_s={lag}\n"
    with pytest.raises(ConfigError, match=r"bias\.gimbal_lag_s"):
        load_camera(written(tmp_path, text))
