"""Where a model runs."""

from __future__ import annotations

import onnxruntime
import pytest
from test_onnx_detector import TWO, card_text, detr_model

import detectors
from detectors import DetectorError
from detectors.providers import PROVIDERS, check_started, chosen

CPU = "CPUExecutionProvider"


@pytest.fixture
def card(tmp_path):
    (tmp_path / "tiny.onnx").write_bytes(detr_model(TWO))
    (tmp_path / "card.toml").write_text(card_text(detr_model(TWO)))
    return str(tmp_path / "card.toml")


def test_the_cpu_is_the_default(card):
    assert detectors.make(card).version == detectors.make(card, {"provider": "cpu"}).version == "1"


@pytest.mark.parametrize("name", [name for name in PROVIDERS if name != "cpu"])
def test_a_provider_that_is_not_installed_is_refused_in_one_line_that_names_what_is(card, name):
    if PROVIDERS[name] in onnxruntime.get_available_providers():
        pytest.skip(f"this onnxruntime has {name}")
    with pytest.raises(DetectorError, match=f"no provider '{name}' .it has: .*cpu") as caught:
        detectors.make(card, {"provider": name})
    assert "\n" not in str(caught.value)


def test_a_provider_nobody_knows_is_refused_with_the_nearest(card):
    with pytest.raises(DetectorError, match="did you mean 'cuda'"):
        detectors.make(card, {"provider": "cudda"})
    with pytest.raises(DetectorError, match="give text"):
        detectors.make(card, {"provider": 1})


def test_the_cpu_stands_by_for_what_another_provider_lacks():
    assert chosen("cuda", ["CUDAExecutionProvider", CPU]) == ["CUDAExecutionProvider", CPU]
    assert chosen("cpu", [CPU]) == [CPU]


def test_a_provider_that_onnxruntime_silently_went_on_without_is_told():
    with pytest.raises(DetectorError, match=r"'cuda' did not start.*set provider to cpu"):
        check_started("cuda", [CPU])
    check_started("cuda", ["CUDAExecutionProvider", CPU])
