"""Models of a few hundred bytes, written as ONNX protobuf by hand: constant ones, and one that sees light."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

FLOAT, INT64 = 1, 7
_TYPES = {np.dtype(np.float32): FLOAT, np.dtype(np.int64): INT64}


def _varint(value: int) -> bytes:
    out = bytearray()
    while value > 0x7F:
        out.append(value & 0x7F | 0x80)
        value >>= 7
    return bytes([*out, value])


def _number(field: int, value: int) -> bytes:
    return _varint(field << 3) + _varint(value)


def _block(field: int, value: bytes | str) -> bytes:
    raw = value.encode() if isinstance(value, str) else value
    return _varint(field << 3 | 2) + _varint(len(raw)) + raw


def _tensor(name: str, values: npt.NDArray[np.generic]) -> bytes:
    dims = b"".join(_number(1, side) for side in values.shape)
    return dims + _number(2, _TYPES[values.dtype]) + _block(8, name) + _block(9, values.tobytes())


def _side(side: int | str) -> bytes:
    return _block(2, side) if isinstance(side, str) else _number(1, side)


def _value(name: str, kind: int, shape: Sequence[int | str]) -> bytes:
    dims = b"".join(_block(1, _side(side)) for side in shape)
    return _block(1, name) + _block(2, _block(1, _number(1, kind) + _block(2, dims)))


def constant_model(
    inputs: Mapping[str, tuple[int, Sequence[int | str]]],
    outputs: Mapping[str, npt.NDArray[np.generic]],
    *,
    operator: str = "Identity",
    opset: int = 13,
) -> bytes:
    """A model that takes ``inputs`` (name: type, shape), ignores them and gives ``outputs``.

    A side of a shape may be a name: then it is free.
    """
    graph = _block(2, "constant")
    for name, values in outputs.items():
        node = _block(1, f"{name}_is") + _block(2, name) + _block(4, operator)
        graph += _block(1, node) + _block(5, _tensor(f"{name}_is", values))
        graph += _block(12, _value(name, _TYPES[values.dtype], values.shape))
    for name, (kind, shape) in inputs.items():
        graph += _block(11, _value(name, kind, shape))
    return _model(graph, opset)


def _model(graph: bytes, opset: int) -> bytes:
    return _number(1, 8) + _block(7, graph) + _block(8, _block(1, "") + _number(2, opset))


def _node(operator: str, inputs: Sequence[str], output: str, **attributes: int | Sequence[int]) -> bytes:
    node = b"".join(_block(1, name) for name in inputs) + _block(2, output) + _block(4, operator)
    return _block(1, node + b"".join(_block(5, _attribute(*item)) for item in attributes.items()))


def _attribute(name: str, value: int | Sequence[int]) -> bytes:
    if isinstance(value, int):
        return _block(1, name) + _number(3, value) + _number(20, 2)
    return _block(1, name) + b"".join(_number(8, entry) for entry in value) + _number(20, 7)


def light_model(shape: Sequence[int | str] = ("N", 3, "H", "W")) -> bytes:
    """A yolox model of one label: each 8 px cell of its input is a thing as sure as its brightest blue / 255.

    The box is the cell itself. Cells of 16 and 32 px never hold anything.
    """
    # From blue, green, red to: centre's offset x y, log of the size, object, label.
    to_cell = np.zeros((3, 6), np.float32)
    to_cell[0, 4] = 1 / 255
    tensors = {
        "to_cell": to_cell,
        "cell": np.array([0.5, 0.5, 0.0, 0.0, 0.0, 1.0], np.float32),
        "flat": np.array([0, 3, -1], np.int64),
        "on": np.array([1.0], np.float32),
        "off": np.array([0.0], np.float32),
    }
    nodes = b""
    for stride in (8, 16, 32):
        sides = {"kernel_shape": (stride, stride), "strides": (stride, stride)}
        nodes += _node("MaxPool", ["images"], f"pool{stride}", **sides)
        nodes += _node("Reshape", [f"pool{stride}", "flat"], f"flat{stride}")
        nodes += _node("Transpose", [f"flat{stride}"], f"rows{stride}", perm=(0, 2, 1))
        nodes += _node("Mul", [f"rows{stride}", "on" if stride == 8 else "off"], f"lit{stride}")
    nodes += _node("Concat", ["lit8", "lit16", "lit32"], "cells", axis=1)
    nodes += _node("MatMul", ["cells", "to_cell"], "seen")
    nodes += _node("Add", ["seen", "cell"], "output")
    graph = nodes + _block(2, "light")
    graph += b"".join(_block(5, _tensor(name, values)) for name, values in tensors.items())
    graph += _block(11, _value("images", FLOAT, shape)) + _block(
        12, _value("output", FLOAT, ("N", "cells", 6))
    )
    return _model(graph, 13)
