"""The self-test of a model: it recognises a sentence of the built-in sample, as a request would."""

from __future__ import annotations

import math
import wave

import numpy as np

from lect.core.errors import RecognitionFailed
from lect.core.locale import language_of
from lect.engines.contract import RecogniseOptions
from lect.sample import sentence
from lect.serving.pool import Model
from lect.speech.audio import Samples


def self_test(model: Model, *, locale: str) -> str:
    """What the model hears in an English sentence: something, if English is its language; else whatever it may be.

    Args:
        locale: BCP-47, in which requests will be recognised

    Raises:
        UnsupportedLocale: the model does not know the language.
        RecognitionFailed: it cannot recognise, or makes nothing of plain speech.
    """
    model.recogniser.require(locale)
    [heard] = model.recogniser.recognise(
        [_speech()], options=RecogniseOptions(locale=locale), scorers=[model.scorer]
    )
    numbers = (heard.best.confidence, *(word.confidence for word in heard.best.words))
    if not all(math.isfinite(number) and 0.0 <= number <= 1.0 for number in numbers):
        raise RecognitionFailed(f"{model.name}: its confidences are no probabilities", hint=_AGAIN)
    if language_of(locale) == "en" and not heard.best.lexical:
        raise RecognitionFailed(f"{model.name}: it hears nothing in a plain sentence", hint=_AGAIN)
    return heard.best.display


def _speech() -> Samples:
    """The sentence without a decoder's process, which takes longer to start than the sentence to recognise."""
    with wave.open(str(sentence())) as file:
        return np.frombuffer(file.readframes(file.getnframes()), "<i2").astype(np.float32) / np.float32(2**15)


_AGAIN = "Train the model again; if its data are unlike speech, look at their report first."
