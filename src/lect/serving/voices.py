"""What turns sound into voices, for whoever tells speakers apart: live, or in whole files."""

from __future__ import annotations

from typing import Protocol

import numpy as np
import numpy.typing as npt

from lect.speech.audio import Samples

Voice = npt.NDArray[np.float32]

MOST_SPEAKERS = 35  # that are told apart at once, as many as Azure does


class VoiceEncoder(Protocol):
    """What turns sound into a voice, such as `engines.speakers.encoder.SpeakerEncoder`."""

    def voice(self, samples: Samples) -> Voice | None:
        """The voice, a vector of length 1; None: there is too little sound to tell."""
        ...
