"""Which part of onnxruntime runs a model, by a plain name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from detectors.nearest import did_you_mean
from detectors.types import DetectorError

CPU = "cpu"

PROVIDERS: Mapping[str, str] = {
    CPU: "CPUExecutionProvider",
    "openvino": "OpenVINOExecutionProvider",
    "cuda": "CUDAExecutionProvider",
    "tensorrt": "TensorrtExecutionProvider",
}


def chosen(name: str, installed: Sequence[str]) -> list[str]:
    """onnxruntime's providers for ``name``, the CPU last for what it lacks; ``installed`` is what there is.

    Raises:
        DetectorError: no such name, or the installed onnxruntime lacks it.
    """
    if name not in PROVIDERS:
        raise DetectorError(f"option 'provider' is {name!r}", mend=did_you_mean(name, PROVIDERS))
    if PROVIDERS[name] not in installed:
        here = ", ".join(key for key, value in PROVIDERS.items() if value in installed)
        raise DetectorError(
            f"the installed onnxruntime has no provider {name!r}",
            mend=f"it has: {here or 'none of ours'}; others come with other builds of onnxruntime",
        )
    return [PROVIDERS[name]] if name == CPU else [PROVIDERS[name], PROVIDERS[CPU]]


def check_started(name: str, running: Sequence[str]) -> None:
    """Raises DetectorError where onnxruntime went on without ``name``, as it does without its libraries."""
    if PROVIDERS[name] not in running:
        raise DetectorError(
            f"the provider {name!r} did not start on this machine",
            mend="install its driver and libraries, or set provider to cpu",
        )
