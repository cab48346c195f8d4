"""How audio becomes log-mel features, in the words that both layouts share."""

from __future__ import annotations

from typing import Any

from lect.engines.whisper import features
from lect.engines.whisper.weights import Dimensions

SECONDS = 30  # of a full window


def preprocessor(size: Dimensions) -> dict[str, Any]:
    """The `preprocessor_config.json`."""
    return {
        "chunk_length": SECONDS,
        "feature_extractor_type": "WhisperFeatureExtractor",
        "feature_size": size.mels,
        "hop_length": features.HOP,
        "n_fft": features.FFT,
        "n_samples": SECONDS * features.SAMPLE_RATE,
        "nb_max_frames": SECONDS * features.FRAMES_PER_SECOND,
        "padding_side": "right",
        "padding_value": 0.0,
        "processor_class": "WhisperProcessor",
        "return_attention_mask": False,
        "sampling_rate": features.SAMPLE_RATE,
    }
