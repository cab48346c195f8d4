"""Lessons: each begins where the one before it ended, and has a checkpoint of its own."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import numpy as np
import pytest

from lect.core.errors import Conflict, ModelLoadFailed
from lect.engines.whisper.delta import difference
from lect.engines.whisper.tuning.batches import Example
from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.weights import Dimensions, Weights
from lect.models.lessons import Lesson, Sentence, examples_of, teach
from lect.models.workplace import is_begun, workplace

SIZE = Dimensions(
    mels=80, width=2, encoder_layers=1, decoder_layers=1, encoder_heads=1, decoder_heads=1, vocabulary=9, positions=9
)  # fmt: skip


@pytest.fixture
def weights():
    return Weights(
        arrays={"a": np.zeros((2, 2), np.float32)},
        dimensions=SIZE,
        alignment_heads=(),
        suppress=(),
        suppress_first=(),
    )


@pytest.fixture
def taught(monkeypatch, weights, tmp_path):
    """taught("text", "audio") -> what these lessons end with, and what the engine was asked for; each adds 1.

    The checkpoints of `misfits` are refused with the error given.
    """
    loop = pytest.importorskip("lect.engines.whisper.tuning.loop")
    asked = []

    def run(*names, told=lambda task, done: None, misfits=(), error=Conflict, or_anew=False):
        def tune(begin, examples, *, checkpoint, resume, progress, **options):
            asked.append((float(begin.arrays["a"][0, 0]), checkpoint.name, resume))
            if resume and checkpoint.name in misfits:
                raise error("of another training")
            progress(SimpleNamespace(step=1, steps=2, loss=1.5, words_per_second=7.0, seconds_left=3.0))
            changed = difference({"a": begin.arrays["a"]}, {"a": begin.arrays["a"] + 1})
            return SimpleNamespace(delta=changed, losses=(2.0, 1.0))

        monkeypatch.setattr(loop, "tune", tune)
        lessons = [
            Lesson(name=name, examples=[example()], options=TuneOptions(augmentation=None)) for name in names
        ]
        return teach(weights, lessons, tmp_path, resume=True, or_anew=or_anew, progress=told), asked

    return run


def example():
    return Example(name="x", samples=None, prompt=(1,), answer=(2,), words=1)


def test_each_begins_where_the_one_before_it_ended(taught, weights):
    ended, asked = taught("text", "audio")
    assert asked == [
        (0.0, "checkpoint-text.safetensors", True),
        (1.0, "checkpoint-audio.safetensors", True),
    ]
    assert ended.delta.applied(weights).arrays["a"].tolist() == [[2, 2], [2, 2]]
    assert ended.losses == {"text": (2.0, 1.0), "audio": (2.0, 1.0)}


@pytest.mark.parametrize("error", [Conflict, ModelLoadFailed])
def test_a_lesson_whose_checkpoint_does_not_fit_begins_anew_where_nobody_could_say_so(taught, caplog, error):
    told = []
    ended, asked = taught(
        "text",
        "audio",
        misfits={"checkpoint-audio.safetensors"},
        error=error,
        or_anew=True,
        told=lambda task, done: told.append(task),
    )
    assert asked == [
        (0.0, "checkpoint-text.safetensors", True),
        (1.0, "checkpoint-audio.safetensors", True),
        (1.0, "checkpoint-audio.safetensors", False),
    ]
    assert ended.losses == {"text": (2.0, 1.0), "audio": (2.0, 1.0)}
    assert told[1] == "Learning from the audio anew: its checkpoint does not fit"
    (record,) = caplog.records
    assert (record.levelname, record.lect_fields["lesson"]) == ("WARNING", "audio")


def test_a_checkpoint_that_does_not_fit_is_an_error_where_somebody_can_begin_anew(taught):
    with pytest.raises(Conflict, match="of another training"):
        taught("audio", misfits={"checkpoint-audio.safetensors"})


def test_progress_says_what_is_learned_from(taught):
    told = []
    taught("text", told=lambda task, done: told.append((task, done)))
    assert told[0][0].startswith("Learning from the text · loss 1.50, 7 words/s, 3 s left")
    assert told[0][1] == 0.5


def test_after_a_failure_all_checkpoints_stay_and_nothing_else(tmp_path):
    def fail():
        with workplace(tmp_path / "m.lect") as folder:
            for name in names:
                (folder / name).write_bytes(b"")
            raise KeyboardInterrupt

    names = ["checkpoint-command.json", "dev.f32"]
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert not is_begun(tmp_path / "m.lect")
    assert list(tmp_path.iterdir()) == []
    names += ["checkpoint-text.safetensors", "checkpoint-audio.safetensors"]
    with pytest.raises(KeyboardInterrupt):
        fail()
    assert is_begun(tmp_path / "m.lect")
    kept = [path.name for path in (tmp_path / ".m.lect-training").iterdir()]
    assert sorted(kept) == [
        "checkpoint-audio.safetensors",
        "checkpoint-command.json",
        "checkpoint-text.safetensors",
    ]


def test_what_has_too_many_tokens_is_left_out_with_the_reason(monkeypatch, weights):
    monkeypatch.setattr(
        "lect.models.lessons.Tokens",
        lambda *_: SimpleNamespace(pieces=[b"", *(bytes([n]) for n in b" abc")], prompt=lambda _: [7], end=8),
    )
    base = SimpleNamespace(folder=SimpleNamespace(path=Path("folder")))
    said = [Sentence(file="short", transcript="ab"), Sentence(file="long", transcript="abcabcabc")]
    kept, left_out = examples_of(said, weights, base, "en-US")
    assert [(each.file, made.answer) for each, made in kept] == [("short", (1, 2, 3, 8))]
    assert [(each.file, reason) for each, reason in left_out] == [
        ("long", "its transcript is 11 tokens long")
    ]
