"""Samples as the whole of Lect knows them: mono float32 at 16 kHz, full scale = 1."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

SAMPLE_RATE = 16_000
Samples = npt.NDArray[np.float32]
