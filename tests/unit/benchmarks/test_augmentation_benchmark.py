"""The benchmark of augmentation, as far as it needs neither models nor real recordings."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks.sets import EvaluationSet, Utterance
from benchmarks.trainings import Errors
from benchmarks.wer import augmentation
from benchmarks.wer.augmentation import Found

from lect.models.ways import AUGMENTATIONS
from lect.speech.audio import SAMPLE_RATE, AudioDecoder


def found(augment, seed, after, alpha=0.5, name="barista dev"):
    """Of eight speakers with an utterance of ten words each, of which the base gets two wrong."""
    errors = Errors(
        set=name,
        blocks=tuple(f"speaker {n}" for n in range(8)),
        words=(10,) * 8,
        before=(2,) * 8,
        after=(after,) * 8,
        cpu_before=1.0,
        cpu_after=1.0,
    )
    return Found(base="whisper-tiny.en", augment=augment, seed=seed, alpha=alpha, errors=errors)


def test_the_seeds_count_as_one_model_in_a_row_for_each_set_and_part():
    rows = [found("careful", 0, 1), found("careful", 1, 2), found("full", 0, 0), found("full", 1, 1)]
    whole = [found(augment, 0, 1, alpha=1.0) for augment in AUGMENTATIONS]

    lines = augmentation.table([*rows, *whole]).splitlines()[2:]

    assert lines[0].startswith("| tiny.en | 0.5 | barista dev | 20.0% | 15.0% | 5.0% | -10.0")
    assert lines[1].startswith("| tiny.en | 1 | barista dev | 20.0% | 10.0% | 10.0% | +0.0")
    assert len(lines) == 2


def test_a_set_that_a_model_did_not_hear_is_told():
    with pytest.raises(ValueError, match="barista dev was not heard"):
        augmentation.table([found("careful", 0, 1)])


def test_a_room_answers_at_the_loudness_of_the_recording(tmp_path):
    tone = 0.1 * np.sin(2 * np.pi * 300 * np.arange(SAMPLE_RATE) / SAMPLE_RATE)
    soundfile.write(tmp_path / "a.wav", np.concatenate([tone, 0 * tone]), SAMPLE_RATE)
    utterance = Utterance(audio=tmp_path / "a.wav", reference="a tone", speaker="a")
    clean = EvaluationSet(name="tones", locale="en-US", utterances=(utterance,))

    with AudioDecoder() as decoder:
        heard = augmentation.in_rooms(clean, name="rooms", folder=tmp_path / "rooms", decoder=decoder)

    samples, _ = soundfile.read(heard.utterances[0].audio)
    assert heard.name == "rooms"
    assert np.mean(samples**2) == pytest.approx(0.0025, rel=0.01)
    assert np.abs(samples[SAMPLE_RATE : SAMPLE_RATE + 800]).max() > 0.01  # an echo of the end


def test_nothing_is_heard_that_is_kept_for_the_last_word(tmp_path):
    read = []

    def see(origin):
        read.append(origin)
        return EvaluationSet(name=origin.name, locale=origin.locale, utterances=())

    bench = SimpleNamespace(read=see, folder=tmp_path, parts=SimpleNamespace(decoder=None))
    assert len(list(augmentation._sets(bench))) == 4
    assert [folder.rpartition("/")[2] for origin in read for folder in origin.folders] == [
        "dev",
        "dev",
        "training",
    ]
