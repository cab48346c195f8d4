"""What an engine throws is an error of ours, and costs one stretch of audio."""

from __future__ import annotations

from concurrent.futures import CancelledError

import numpy as np
import pytest
from onnxruntime.capi.onnxruntime_pybind11_state import RuntimeException

from lect.core.errors import ModelLoadFailed, RecognitionFailed
from lect.engines.contract import Recogniser
from lect.engines.guard import FailedRecognition, GuardedRecogniser, engine_errors, failure_of
from lect.engines.longform import Heard, Segment
from lect.engines.toy import ToyRecogniser, speak


class Broken(ToyRecogniser):
    """Its runtime fails on long audio, and its programmer on very short audio."""

    def recognise(self, audio, **options):
        if any(len(samples) > 16_000 for samples in audio):
            raise RuntimeException("[ONNXRuntimeError] : 6 : out of memory\nat node 7")
        if any(len(samples) < 100 for samples in audio):
            raise TypeError("no such thing")
        return super().recognise(audio, **options)

    def detect(self, samples):
        raise MemoryError


GOOD, LONG, SHORT = speak("the cat sat on the mat"), speak("a" * 200), np.zeros(10, np.float32)


@pytest.fixture
def recogniser():
    return GuardedRecogniser(Broken())


def test_it_is_a_recogniser_as_any_other(recogniser):
    assert isinstance(recogniser, Recogniser)
    (heard,) = recogniser.recognise([GOOD])
    assert heard.best.display == "the cat sat on the mat"


def test_only_the_stretch_that_fails_is_lost(recogniser):
    first, failed, last = recogniser.recognise([GOOD, LONG, GOOD])
    assert first.best.display == last.best.display == "the cat sat on the mat"
    assert isinstance(failed, FailedRecognition)
    assert failed.error.message == "[ONNXRuntimeError] : 6 : out of memory"


def test_stretches_that_are_tried_alone_keep_their_scorers():
    class Noting(Broken):
        def recognise(self, audio, *, scorers, **options):
            asked.append(scorers)
            return super().recognise(audio, **options)

    asked = []
    GuardedRecogniser(Noting()).recognise([GOOD, LONG], scorers=["one", "two"])
    assert asked == [["one", "two"], ["one"], ["two"]]


def test_stretches_that_are_tried_alone_keep_where_their_speech_is():
    class Noting(Broken):
        def recognise(self, audio, *, speech, **options):
            asked.append(speech)
            return super().recognise(audio, **options)

    asked = []
    GuardedRecogniser(Noting()).recognise([GOOD, LONG], speech=["here", None])
    assert asked == [["here", None], ["here"], [None]]


def test_work_that_is_called_off_is_no_failure(recogniser):
    def call_off():
        raise CancelledError

    with pytest.raises(CancelledError):
        recogniser.recognise([GOOD], on_step=call_off)


def test_a_failed_stretch_names_its_file_and_its_place(recogniser):
    (failed,) = recogniser.recognise([LONG])
    segments = (Segment(offset=61.5, recognition=failed),)
    error = failure_of(Heard(name="a.wav", duration=90.0, segments=segments, language="en", cpu_seconds=1.0))
    assert isinstance(error, RecognitionFailed)
    assert error.message.startswith("a.wav: recognition failed at 61.5 s: [ONNXRuntimeError]")


def test_a_fault_of_the_program_is_not_hidden(recogniser):
    with pytest.raises(TypeError):
        recogniser.recognise([SHORT])


def test_memory_that_runs_out_is_an_error_with_advice(recogniser):
    with pytest.raises(RecognitionFailed, match="MemoryError\n.*LECT_THREADS"):
        recogniser.detect(GOOD)


def test_a_model_that_cannot_be_loaded_is_named():
    with (
        pytest.raises(ModelLoadFailed, match="small: the engine cannot load this model: bad graph"),
        engine_errors(ModelLoadFailed, "small: the engine cannot load this model"),
    ):
        raise RuntimeException("bad graph")
