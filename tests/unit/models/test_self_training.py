"""Of recordings without transcripts that is learned which the model recognises with confidence, and nothing else."""

from __future__ import annotations

import io

import numpy as np
import pytest
import soundfile

from lect.datasets.recordings import Recording, RecordingSet
from lect.engines.contract import Alternative, Recognition
from lect.models.self_training import CONFIDENT, LONGEST, TIMES, OwnWords, cut, hear_own
from lect.models.spoken import Spoken
from lect.sample import guard
from lect.speech.audio import SAMPLE_RATE, AudioDecoder

ORDER = "Can I have a large latte with some soy milk?"


class Recogniser:
    """Answers with the texts and confidences that it was given, in order."""

    languages = ("en",)

    def __init__(self, answers):
        self._answers = iter(answers)
        self.heard = 0

    def recognise(self, audio, *, options):
        self.heard += len(audio)
        return [self._recognition(*next(self._answers)) for _ in audio]

    def _recognition(self, display, confidence, no_speech=False):
        best = Alternative(display=display, lexical=display.lower(), confidence=confidence)
        return Recognition(best=best, nbest=(best,), locale="en-US", duration=3.0, no_speech=no_speech)


@pytest.fixture(scope="module")
def speech():
    """Three seconds in which somebody speaks."""
    path = min(guard().rglob("*.flac"))
    with AudioDecoder() as decoder:
        return np.concatenate(list(decoder.stream(path, name="voice")))[: 3 * SAMPLE_RATE]


def pieces(samples, n):
    return [Spoken(file=f"{at}.wav", transcript="", samples=samples) for at in range(n)]


@pytest.mark.parametrize(
    "answer",
    [
        pytest.param((ORDER, CONFIDENT - 0.01), id="unsure"),
        pytest.param(("...", 0.95), id="no words"),
        pytest.param((ORDER, 0.95, True), id="no speech"),
        pytest.param(("and so " * 5, 0.95), id="a loop"),
        pytest.param((ORDER * 5, 0.95), id="more than anybody can say"),
        pytest.param(("Включи свет на кухне, пожалуйста", 0.95), id="another language"),
    ],
)
def test_what_is_doubtful_is_not_learned(speech, answer):
    own = hear_own(pieces(speech, 2), Recogniser([answer, (ORDER, 0.9)]), locale="en-US")

    assert [each.file for each in own.kept] == ["1.wav"]
    assert (own.pieces, own.seconds, own.kept_seconds) == (2, 6.0, 3.0)


def test_what_is_sure_is_learned_as_it_was_recognised_and_counts_less_than_what_people_wrote(speech):
    (kept,) = hear_own(pieces(speech, 1), Recogniser([(ORDER, CONFIDENT)]), locale="en-US").kept

    assert kept.transcript == ORDER
    assert kept.times == TIMES < Spoken(file="a", transcript="", samples=speech).times


def test_silence_with_a_recognition_is_not_learned():
    own = hear_own(
        pieces(np.zeros(3 * SAMPLE_RATE, np.float32), 1), Recogniser([(ORDER, 0.99)]), locale="en-US"
    )
    assert own.kept == ()


def test_for_an_estimate_some_stand_for_all(speech):
    recogniser = Recogniser([(ORDER, 0.9), ("unsure", 0.1)] * 5)
    own = hear_own(pieces(speech, 40), recogniser, locale="en-US", most=10)

    assert recogniser.heard == own.pieces == 10
    assert own.share == 0.25
    assert sum(each.times for each in own.kept) == pytest.approx(40 * 0.5 * TIMES)


def test_without_recordings_nothing_is_heard():
    assert hear_own([], Recogniser([]), locale="en-US") == OwnWords()


def test_how_many_were_kept_is_told_with_their_seconds(speech):
    own = hear_own(pieces(speech, 2), Recogniser([(ORDER, 0.9), ("unsure", 0.1)]), locale="en-US")

    assert str(own) == "1 of 2 pieces without transcripts (3 of 6 s) recognised with confidence"
    assert own.to_json() == {
        "pieces": 2,
        "kept": 1,
        "seconds": 6.0,
        "kept_seconds": 3.0,
        "confidence": CONFIDENT,
        "times": TIMES,
    }


def test_long_recordings_are_cut_at_pauses_and_what_cannot_be_decoded_is_named(speech, tmp_path):
    pause = np.zeros(SAMPLE_RATE, np.float32)
    long = np.concatenate([np.concatenate([speech, pause])] * 10)
    sets = [
        recordings({"long.wav": wav(long), "silent.wav": wav(pause)}),
        recordings({"bad.wav": b"no audio"}),
    ]
    with AudioDecoder() as decoder:
        found = cut(sets, tmp_path / "pieces.f32", decoder=decoder)

    assert [each.file for each in found.left_out] == ["bad.wav"]
    assert len(found.spoken) > 2
    assert found.spoken[0].file == "long.wav"
    assert all(each.file.startswith("long.wav at ") for each in found.spoken[1:])
    for each in found.spoken:
        assert 0 < each.seconds <= LONGEST
        assert np.abs(each.samples[-1600:]).max() < 0.05  # a cut through words would be loud


def recordings(files):
    found = [Recording(name=name, open=lambda data=data: data) for name, data in files.items()]
    return RecordingSet(name="calls", recordings=found)


def wav(samples):
    file = io.BytesIO()
    soundfile.write(file, samples, SAMPLE_RATE, format="WAV", subtype="PCM_16")
    return file.getvalue()
