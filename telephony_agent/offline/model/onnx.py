"""ONNX Runtime as a telephone service wants it: one thread a session, and none that spins while nobody speaks."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from telephony_agent.errors import ConfigError
from telephony_agent.offline.model.weights import INSTALL

try:
    import onnxruntime
except ImportError:
    raise ConfigError(f"the offline model needs the package onnxruntime; install it with: {INSTALL}") from None


def open_model(model: Path | bytes) -> Any:
    """An `InferenceSession` of a file or of what is in one; its `run` may be called by several threads at once."""
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.log_severity_level = 3
    given = model if isinstance(model, bytes) else str(model)
    return onnxruntime.InferenceSession(given, options, providers=["CPUExecutionProvider"])
