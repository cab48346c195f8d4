"""The one way to ONNX Runtime, which is told to tell nobody.

Since 1.32 the library sends what it is used for to its maker, from the moment it is imported, and leaves a file in the folder for
temporary files; `disable_telemetry_events` comes too late for both.
"""

from __future__ import annotations

import os
from types import ModuleType


def onnx_runtime() -> ModuleType:
    """ONNX Runtime, loaded on first use."""
    os.putenv("ORT_DISABLE_TELEMETRY", "1")  # read while the library loads
    import onnxruntime

    runtime: ModuleType = onnxruntime
    return runtime
