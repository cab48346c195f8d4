"""ONNX Runtime tells nobody what it is used for."""

import os
import subprocess
import sys

USE = """
import numpy as np
from lect.speech.audio.silero import SpeechProbability
SpeechProbability()(np.zeros(512, np.float32))
"""


def test_using_it_leaves_no_session_of_its_telemetry(tmp_path):
    environment = {**os.environ, "TMPDIR": str(tmp_path)}
    environment.pop("ORT_DISABLE_TELEMETRY", None)

    subprocess.run([sys.executable, "-c", USE], env=environment, check=True, timeout=120)

    assert list(tmp_path.iterdir()) == []
