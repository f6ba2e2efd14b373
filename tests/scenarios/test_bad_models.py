"""A model that is not what its card says, or that onnxruntime cannot run: one line, before any frame."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest
from tiny_onnx import FLOAT, constant_model, light_model

import detectors
from detectors import DetectorError

FREE = {"images": (FLOAT, ("N", 3, "H", "W"))}


def install(folder: Path, weights: bytes, **changes: object) -> Path:
    """A folder with a model; ``changes`` are lines of its card."""
    folder.mkdir(exist_ok=True)
    (folder / "light.onnx").write_bytes(weights)
    card = {
        "name": "light",
        "version": "1",
        "file": "light.onnx",
        "sha256": hashlib.sha256(weights).hexdigest(),
        "licence": "CC0-1.0",
        "source": "https://example.org/light",
        "layout": "yolox",
        "labels": ["lamp"],
    } | changes
    lines = [f"{key} = {json.dumps(value)}" for key, value in card.items()]
    sections = """
        [input]
        width_px = 64
        height_px = 64
        colour = "bgr"
        resize = "letterbox"
        step_px = 32
        [label_map]
        lamp = "person"
        [thresholds]
        default = 1.0
        nms_iou = 0.5
        [tiles]
        grid = [2, 2]
        overlap_px = 8
        [least_px]
        lamp = 8
        """
    (folder / "card.toml").write_text("\n".join(lines) + sections)
    return folder / "card.toml"


def refusal(folder: Path, weights: bytes, **changes: object) -> str:
    with pytest.raises(DetectorError) as caught:
        detectors.make(str(install(folder, weights, **changes)))
    text = str(caught.value)
    assert "\n" not in text
    assert len(text) < 1000
    return text


def answer(shape: tuple[int, ...]) -> bytes:
    return constant_model(FREE, {"output": np.zeros(shape, np.float32)})


def test_other_weights_than_the_card_s_are_refused_with_both_digests_and_where_to_get_them(tmp_path) -> None:
    text = refusal(tmp_path, light_model(), sha256="0" * 64)
    assert hashlib.sha256(light_model()).hexdigest() in text
    assert "0" * 64 in text
    assert "https://example.org/light" in text


@pytest.mark.parametrize("left", [0, 1, 100, 700, -1])
def test_weights_cut_short_are_refused_by_their_digest(tmp_path, left) -> None:
    whole = light_model()
    text = refusal(tmp_path, whole[:left], sha256=hashlib.sha256(whole).hexdigest())
    assert "light.onnx: SHA-256 is" in text


@pytest.mark.parametrize("left", [0, 1, 100, 700, -20])
def test_weights_cut_short_before_the_card_was_made_are_refused_too(tmp_path, left) -> None:
    text = refusal(tmp_path, light_model()[:left])
    assert "model 'light'" in text


def test_a_folder_in_the_place_of_weights_is_refused(tmp_path) -> None:
    path = install(tmp_path, light_model(), file="sub")
    (tmp_path / "sub").mkdir()
    with pytest.raises(DetectorError, match=r"sub: Is a directory"):
        detectors.make(str(path))


def test_an_operator_that_onnxruntime_lacks_is_named(tmp_path) -> None:
    weights = constant_model(FREE, {"output": np.zeros((1, 84, 6), np.float32)}, operator="ForestGate")
    assert "ForestGate" in refusal(tmp_path, weights)


def test_an_opset_that_is_too_new_is_named(tmp_path) -> None:
    weights = constant_model(FREE, {"output": np.zeros((1, 84, 6), np.float32)}, opset=99)
    text = refusal(tmp_path, weights)
    assert "opset" in text
    assert "99" in text


@pytest.mark.parametrize(
    ("shape", "says"),
    [
        ((1, 84, 7), "output of shape (1, 84, 7), (n, 84, 6) was due"),
        ((1, 83, 6), "output of shape (1, 83, 6), (n, 84, 6) was due"),
        ((84, 6), "output of shape (84, 6)"),
        ((2, 84, 6), "answers for 2 inputs, 1 were asked"),
    ],
)
def test_outputs_of_another_shape_are_refused_when_the_model_is_loaded(tmp_path, shape, says) -> None:
    assert says in refusal(tmp_path, answer(shape))


@pytest.mark.parametrize(
    "shape", [("N", 1, "H", "W"), ("N", 3, 32, 32), ("N", "H", "W", 3), (2, 3, "H", "W")]
)
def test_an_input_of_another_shape_is_refused(tmp_path, shape) -> None:
    assert "is not the yolox model of its card: its input" in refusal(tmp_path, light_model(shape))


def test_a_model_that_takes_only_some_of_its_batches_is_refused_when_it_is_loaded(tmp_path) -> None:
    # It says that its batch is free, and answers for one.
    assert "answers for 1 inputs, 5 were asked" in refusal(tmp_path, answer((1, 84, 6)))


def test_the_command_refuses_a_bad_model_with_one_line_and_leaves_nothing(
    droneops, example, short_video, tmp_path
) -> None:
    card = install(tmp_path / "model", light_model(), sha256="0" * 64)
    out = tmp_path / "out"
    found = droneops(
        "replay",
        *("--telemetry", example / "capture.tlog", "--video", short_video),
        *("--detector", card, "--out", out),
    )
    assert found.status == 2
    assert "SHA-256" in found.error
    assert not out.exists()


def replayed(droneops, example, short_video, folder: Path, options: str) -> dict:
    card = install(folder / "model", light_model())
    site = folder / "site.toml"
    site.write_text(f'[site]\nid = "t"\n[detector.{json.dumps(str(card))}.options]\n{options}\n')
    out = folder / "out"
    found = droneops(
        "replay",
        *("--telemetry", example / "capture.tlog", "--video", short_video, "--site", site),
        *("--camera", example / "camera.toml", "--detector", card, "--out", out),
    )
    assert found.status == 0, found.stderr
    return json.loads((out / "summary.json").read_text())["inference"]


def test_the_site_file_s_options_reach_the_model_and_what_its_limit_cost_is_counted(
    droneops, example, short_video, tmp_path
) -> None:
    (tmp_path / "one").mkdir()
    (tmp_path / "many").mkdir()
    one = replayed(droneops, example, short_video, tmp_path / "one", "max_tiles = 1\nthreads = 1")
    assert one["tiles"] == one["frames_short_of_tiles"] == one["frames"] > 0
    many = replayed(droneops, example, short_video, tmp_path / "many", 'max_tiles = 4\nprovider = "cpu"')
    assert one["frames"] < many["tiles"] <= 4 * many["frames"]


def test_an_option_that_no_model_has_is_named_with_the_nearest(
    droneops, example, short_video, tmp_path
) -> None:
    card = install(tmp_path / "model", light_model())
    site = tmp_path / "site.toml"
    site.write_text(f'[site]\nid = "t"\n[detector.{json.dumps(str(card))}.options]\nmax_tile = 4\n')
    found = droneops(
        "replay",
        *("--telemetry", example / "capture.tlog", "--video", short_video, "--site", site),
        *("--detector", card, "--out", tmp_path / "out"),
    )
    assert found.status == 2
    assert "no option 'max_tile' (did you mean 'max_tiles'?)" in found.error
