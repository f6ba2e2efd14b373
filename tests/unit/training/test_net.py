"""The net is YOLOX-nano, starts from the published weights, and comes out as a file that says the same."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from detectors.decode import decode_yolox

torch = pytest.importorskip("torch", reason="training needs torch, which running does not")

from detectors.training.boxes import decode, grid  # noqa: E402  needs torch
from detectors.training.checkpoint import Checkpoint, load, save  # noqa: E402
from detectors.training.classes import CLASSES  # noqa: E402
from detectors.training.net import Scored, YoloxNano  # noqa: E402
from detectors.training.select import blend  # noqa: E402
from detectors.types import DetectorError  # noqa: E402


@pytest.fixture
def start(shared: Path) -> Path:
    pytest.importorskip("onnx", reason="the published weights are an ONNX file")
    return shared / "models" / "yolox_nano_coco_416.onnx"


def picture(seed: int = 0, side_px: int = 416) -> np.ndarray:
    return np.random.default_rng(seed).uniform(0, 255, (1, 3, side_px, side_px)).astype(np.float32)


def test_with_the_published_weights_the_net_says_what_the_published_file_says(start: Path) -> None:
    from detectors.training.coco_start import coco_net
    from detectors.training.export import run_file

    with torch.no_grad():
        ours = Scored(coco_net(start))(torch.from_numpy(picture())).numpy()
    assert np.abs(ours - run_file(start, picture())).max() < 1e-3


def test_our_classes_begin_as_the_coco_classes_that_mean_the_same(start: Path) -> None:
    from detectors.training.coco_start import coco_net, our_net

    with torch.no_grad():
        coco = coco_net(start)(torch.from_numpy(picture()))
        ours = our_net(start, CLASSES)(torch.from_numpy(picture()))
    assert torch.equal(coco[..., :5], ours[..., :5])
    assert torch.equal(coco[..., 5 + 8], ours[..., 5 + CLASSES.index("boat")])
    assert ours[..., 5 + CLASSES.index("log_pile")].sigmoid().max() < 0.02


def test_a_file_that_is_no_yolox_nano_is_refused(start: Path) -> None:
    from detectors.training.coco_start import coco_net, convolutions_of, fill_in_order

    with pytest.raises(DetectorError, match="not an ONNX file"):
        coco_net(Path(__file__))
    with pytest.raises(DetectorError, match="112 convolutions, a YOLOX-nano has 113"):
        fill_in_order(YoloxNano(80), convolutions_of(start)[:-1], where="it")


def test_the_detector_reads_the_boxes_that_the_training_means() -> None:
    # No score below 0, or the detector leaves the cell out.
    raw = torch.randn(1, 8 * 12 + 4 * 6 + 2 * 3, 5 + len(CLASSES)).abs()
    corner_px, stride_px = grid(64, 96)
    (theirs,) = decode_yolox(raw.numpy(), width_px=96, height_px=64, label_count=len(CLASSES))
    assert np.allclose(decode(raw[..., :4], corner_px, stride_px)[0].numpy(), theirs.xyxy_px, atol=1e-3)


def test_an_exported_file_takes_any_number_of_pictures_of_any_size(tmp_path: Path) -> None:
    pytest.importorskip("onnx", reason="the exporter writes with it")
    from detectors.training.export import export, run_file

    torch.manual_seed(0)
    net = YoloxNano(len(CLASSES)).eval()
    assert export(net, tmp_path / "net.onnx", width_px=96, height_px=64) <= 1e-3
    pictures = np.concatenate([picture(seed, 128)[..., :96, :] for seed in range(3)])
    with torch.no_grad():
        due = Scored(net)(torch.from_numpy(pictures)).numpy()
    assert np.allclose(run_file(tmp_path / "net.onnx", pictures), due, atol=1e-3)


def checkpoint(classes: tuple[str, ...] = CLASSES) -> Checkpoint:
    torch.manual_seed(1)
    start, end = (YoloxNano(len(CLASSES)).state_dict() for _ in range(2))
    return Checkpoint(start, end, end, {"state": {}, "param_groups": []}, 7, 8.0, 9, classes)


def test_a_checkpoint_comes_back_as_it_was_put_down(tmp_path: Path) -> None:
    put = checkpoint()
    save(put, tmp_path / "a.ckpt")
    found = load(tmp_path / "a.ckpt")
    assert (found.step, found.trained_s, found.seed) == (7, 8.0, 9)
    assert all(torch.equal(found.net[name], value) for name, value in put.net.items())
    assert [path.name for path in tmp_path.iterdir()] == ["a.ckpt"]


def test_a_checkpoint_of_other_classes_or_no_checkpoint_is_refused(tmp_path: Path) -> None:
    save(checkpoint(("cat",)), tmp_path / "cat.ckpt")
    (tmp_path / "junk.ckpt").write_bytes(b"junk")
    with pytest.raises(DetectorError, match="its classes are cat"):
        load(tmp_path / "cat.ckpt")
    with pytest.raises(DetectorError, match="not a checkpoint"):
        load(tmp_path / "junk.ckpt")
    with pytest.raises(DetectorError, match="No such file"):
        load(tmp_path / "none.ckpt")


def test_a_blend_lies_between_the_start_and_the_trained_weights() -> None:
    found = checkpoint()
    name = "heads.0.box.weight"
    middle = blend(found, 0.5).state_dict()[name]
    assert torch.allclose(middle, (found.start[name] + found.average[name]) / 2)
    assert torch.equal(blend(found, 0.0).state_dict()[name], found.start[name])
    with pytest.raises(DetectorError, match=r"a share of 1\.5"):
        blend(found, 1.5)
