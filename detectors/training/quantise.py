"""An exported net in INT8: convolutions and the SiLU after them, with scales measured on the sets."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import numpy.typing as npt

from detectors.training.batches import make_crop
from detectors.training.sets import Labelled
from detectors.types import DetectorError

CALIBRATION_CROPS = 128
CROP_SIDE_PX = 416
# With convolutions alone nothing is won (19.1 against 19.0 CPU ms for 640 x 384): a net this thin spends its
# time in what lies between them, which then goes to float and back.
OPERATORS = ["Conv", "Sigmoid", "Mul"]


def quantise(path: Path, out: Path, pictures: Sequence[Labelled], *, seed: int) -> None:
    """Writes ``out`` from the FP32 file at ``path``: static, QDQ, weights per channel.

    The last convolutions of the heads stay float: a box side is the exponential of what they put out, and
    256 steps of that are too coarse.

    Raises:
        DetectorError: there are no pictures to measure on.
    """
    if not pictures:
        raise DetectorError("no pictures to measure INT8 scales on", mend="give --calibrate SET")
    from onnxruntime import quantization
    from onnxruntime.quantization.shape_inference import quant_pre_process

    with tempfile.TemporaryDirectory() as folder:
        plain = Path(folder) / "plain.onnx"
        quant_pre_process(str(path), str(plain), skip_symbolic_shape=True)
        quantization.quantize_static(
            str(plain),
            str(out),
            _Reader(calibration_crops(pictures, seed)),
            quant_format=quantization.QuantFormat.QDQ,
            op_types_to_quantize=OPERATORS,
            per_channel=True,
            activation_type=quantization.QuantType.QUInt8,
            weight_type=quantization.QuantType.QInt8,
            nodes_to_exclude=last_convolutions(plain),
        )


def calibration_crops(pictures: Sequence[Labelled], seed: int) -> Iterator[npt.NDArray[np.float32]]:
    """`CALIBRATION_CROPS` inputs (1, 3, side, side) as the net is fed, drawn as in training."""
    for number in range(CALIBRATION_CROPS):
        rng = np.random.default_rng((seed, number))
        crop = make_crop(pictures[int(rng.integers(len(pictures)))], CROP_SIDE_PX, rng)
        yield np.ascontiguousarray(crop.image_bgr.transpose(2, 0, 1)[None], np.float32)


def last_convolutions(path: Path) -> list[str]:
    """The names of the convolutions that no other convolution follows: the outputs of the heads."""
    import onnx

    nodes = onnx.load(path).graph.node
    readers: dict[str, list[int]] = {}
    for number, node in enumerate(nodes):
        for name in node.input:
            readers.setdefault(name, []).append(number)
    # In order of execution what follows has a higher number, so one pass from the end is enough.
    followed: dict[int, bool] = {}
    for number in range(len(nodes) - 1, -1, -1):
        after = [follower for name in nodes[number].output for follower in readers.get(name, [])]
        followed[number] = any(nodes[one].op_type == "Conv" or followed[one] for one in after)
    return [node.name for number, node in enumerate(nodes) if node.op_type == "Conv" and not followed[number]]


class _Reader:
    """Calibration inputs as ONNX Runtime asks for them: one a call, None at the end."""

    def __init__(self, crops: Iterator[npt.NDArray[np.float32]]) -> None:
        self._crops = crops

    def get_next(self) -> dict[str, npt.NDArray[np.float32]] | None:
        crop = next(self._crops, None)
        return None if crop is None else {"images": crop}
