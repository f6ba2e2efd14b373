"""onnxruntime, and nothing else of it anywhere: weights are read, checked, loaded and run."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from detectors import providers
from detectors.card import Card
from detectors.types import DetectorError

# onnxruntime's own scale: 4 is "fatal", since every lesser fault comes back as an exception too.
_LOG_FATAL = 4


class Session:
    """A loaded model. ``inputs`` are its (name, shape, type), a free side being text or None."""

    def __init__(self, weights: bytes, *, model: str, threads: int, provider: str = providers.CPU) -> None:
        self._model = model
        self._session = _open(weights, model, threads, provider)
        self.inputs = [(item.name, tuple(item.shape), item.type) for item in self._session.get_inputs()]
        self.output_names = [item.name for item in self._session.get_outputs()]

    def run(
        self, outputs: tuple[str, ...], inputs: Mapping[str, npt.NDArray[Any]]
    ) -> list[npt.NDArray[np.generic]]:
        """The named ``outputs``. Raises DetectorError when the model does not run."""
        try:
            return list(self._session.run(list(outputs), dict(inputs)))
        # onnxruntime's errors have no common base.
        except Exception as error:
            raise DetectorError(f"model {self._model!r} does not run: {error}") from error


def _open(weights: bytes, model: str, threads: int, provider: str) -> Any:
    import onnxruntime

    wanted_providers = providers.chosen(provider, onnxruntime.get_available_providers())

    wanted = onnxruntime.SessionOptions()
    wanted.intra_op_num_threads = threads
    wanted.inter_op_num_threads = 1
    wanted.log_severity_level = _LOG_FATAL
    wanted.use_deterministic_compute = True
    # Threads that spin while they wait take time from video decoding: beside other work a run on two cores
    # then costs 1.7 times the processor time and lasts 1.8 times as long (YOLOX-nano, 640 x 384).
    wanted.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted.graph_optimization_level = onnxruntime.GraphOptimizationLevel.ORT_ENABLE_ALL
    try:
        session = onnxruntime.InferenceSession(weights, wanted, providers=wanted_providers)
    # onnxruntime's errors have no common base.
    except Exception as error:
        raise DetectorError(
            f"model {model!r} cannot be loaded: {error}",
            mend="is the file whole, and exported with operators and an opset that onnxruntime has?",
        ) from error
    providers.check_started(provider, session.get_providers())
    return session


def read_weights(card_path: Path, card: Card) -> bytes:
    """The file the card names. What is hashed is what is loaded: the bytes are read once.

    Raises:
        DetectorError: it is missing, or its SHA-256 is not the card's.
    """
    path = card_path.parent / card.file
    try:
        weights = path.read_bytes()
    except OSError as error:
        raise DetectorError(
            f"{path}: {error.strerror or error}", mend=f"put the weights there; they come from {card.source}"
        ) from error
    found = hashlib.sha256(weights).hexdigest()
    if found != card.sha256:
        raise DetectorError(
            f"{path}: SHA-256 is {found}, the card says {card.sha256}",
            mend=f"get the weights again from {card.source}, or correct the card if the change was meant",
        )
    return weights
