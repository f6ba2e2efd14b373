"""Models of a few hundred bytes that always give the same outputs, written as ONNX protobuf by hand."""

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


def _value(name: str, kind: int, shape: Sequence[int]) -> bytes:
    dims = b"".join(_block(1, _number(1, side)) for side in shape)
    return _block(1, name) + _block(2, _block(1, _number(1, kind) + _block(2, dims)))


def constant_model(
    inputs: Mapping[str, tuple[int, Sequence[int]]],
    outputs: Mapping[str, npt.NDArray[np.generic]],
    *,
    operator: str = "Identity",
) -> bytes:
    """A model that takes ``inputs`` (name: type, shape), ignores them and gives ``outputs``."""
    graph = _block(2, "constant")
    for name, values in outputs.items():
        node = _block(1, f"{name}_is") + _block(2, name) + _block(4, operator)
        graph += _block(1, node) + _block(5, _tensor(f"{name}_is", values))
        graph += _block(12, _value(name, _TYPES[values.dtype], values.shape))
    for name, (kind, shape) in inputs.items():
        graph += _block(11, _value(name, kind, shape))
    return _number(1, 8) + _block(7, graph) + _block(8, _block(1, "") + _number(2, 13))
