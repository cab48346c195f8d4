"""Each lesson says how it is learned; what cannot be learned is counted."""

from __future__ import annotations

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest

from lect.core.errors import InvalidDataset
from lect.engines.whisper.tuning.batches import Example
from lect.engines.whisper.weights import Dimensions
from lect.models import curriculum as module
from lect.models.curriculum import Curriculum
from lect.models.deep_text import DeepText
from lect.models.methods import AudioOptions
from lect.models.spoken import Spoken
from lect.models.synthetic import Script

SIZE = Dimensions(
    mels=80, width=2, encoder_layers=1, decoder_layers=1, encoder_heads=1, decoder_heads=1, vocabulary=9, positions=9
)  # fmt: skip


@pytest.fixture
def curriculum(monkeypatch):
    """For texts of which those with more than four words are too long."""

    def examples_of(said, weights, base, locale):
        made = [
            (
                each,
                Example(
                    name=each.file, samples=each.samples, prompt=(1,), answer=(2,), words=1, times=each.times
                ),
            )
            for each in said
        ]
        return (
            [pair for pair in made if len(pair[0].transcript.split()) <= 4],
            [(each, "its transcript is long") for each, _ in made if len(each.transcript.split()) > 4],
        )

    monkeypatch.setattr(module, "examples_of", examples_of)
    return Curriculum(
        weights=SimpleNamespace(dimensions=SIZE),
        base=None,
        locale="en-US",
        seed=3,
        options=AudioOptions(),
        threads=1,
        device=SimpleNamespace(name="cpu", memory=0),
        processes=1,
    )


def said(text, *, seconds=30, times=1.0):
    return Spoken(file=f"{text}.wav", transcript=text, samples=np.zeros(16_000 * seconds), times=times)


LONG = "one two three four five"


def test_sentences_that_are_too_long_are_counted_and_not_said_to_be_learned(curriculum):
    text = DeepText(sentences=("short", LONG, "brief"), replayed=("own", LONG), epochs=2)
    lesson, learned = curriculum.reading(text)

    assert (learned.sentences, learned.replayed, learned.too_long) == (("short", "brief"), ("own",), 1)
    assert learned.to_json() == {"sentences": 2, "replayed": 1, "too_long": 1, "epochs": 2}
    assert len(lesson.examples) == 3
    assert (lesson.options.part, lesson.options.epochs, lesson.options.seed) == ("language", 2, 3)


def test_replayed_sentences_alone_are_no_deep_text(curriculum):
    with pytest.raises(InvalidDataset, match="short enough"):
        curriculum.reading(DeepText(sentences=(LONG,), replayed=("own", LONG), epochs=1))


def test_synthetic_speech_leaves_the_encoder_as_it_is(curriculum):
    script = Script(lines=(), sentences=2, replayed=0, too_long=0)
    lesson, learned = curriculum.listening(script, [said("a", times=20.0), said("b"), said(LONG)], ())

    assert (lesson.name, lesson.options.part) == ("speech", "decoder")
    assert (learned.seconds, learned.epochs) == (630.0, 2)  # of twenty minutes in all
    assert lesson.options.epochs == 2
    with pytest.raises(InvalidDataset):
        curriculum.listening(script, [said(LONG)], ())


def test_epochs_follow_from_what_is_heard_not_from_what_there_is(curriculum):
    pairs, _ = curriculum.examples([said("a", times=0.5), said("b", times=40.0)])
    _, recipe = curriculum.hearing(pairs, ())
    assert recipe.epochs == 1
    pairs, _ = curriculum.examples([said("a", times=0.5), said("b")])
    _, recipe = curriculum.hearing(pairs, ())
    assert recipe.epochs == 8


def test_recordings_are_heard_in_rooms_and_with_parts_hidden_if_that_is_wanted(curriculum):
    pairs, _ = curriculum.examples([said("a")])
    script = Script(lines=(), sentences=1, replayed=0, too_long=0)

    def changed(augment):
        wanted = replace(curriculum, options=AudioOptions(augment=augment))
        lessons = wanted.hearing(pairs, ())[0], wanted.listening(script, [said("a")], ())[0]
        return [
            (bool(each.reverberant), bool(each.masks), each.noisy)
            for each in (lesson.options.augmentation for lesson in lessons)
        ]

    assert changed("careful") == 2 * [(False, False, 0.3)]
    assert changed("full") == 2 * [(True, True, 0.5)]
