"""Recordings that judge a model are none that it was trained on, and all that was used is noted."""

from __future__ import annotations

import numpy as np
import pytest
import soundfile

from lect.core.errors import InvalidDataset
from lect.datasets.reading import read_acoustic
from lect.datasets.recordings import Recording, RecordingSet
from lect.models.audio_data import AudioData, DecodedData
from lect.models.manifest import Role
from lect.sample import guard
from lect.speech.audio import SAMPLE_RATE, AudioDecoder

OTHERS = {f"other{at}.wav": 20 + at for at in range(6)}  # as many as can judge


@pytest.fixture(scope="module")
def decoder():
    with AudioDecoder() as decoder:
        yield decoder


@pytest.fixture
def dataset(tmp_path):
    """dataset("dev", {"a": 1, "b": 2}, speakers={...}): recordings with sounds by number; the suffix says the format."""

    def make(name, sounds, *, speakers=None):
        folder = tmp_path / name
        folder.mkdir()
        for file, number in sounds.items():
            samples = np.random.default_rng(number).integers(-9_000, 9_000, SAMPLE_RATE, np.int16)
            soundfile.write(folder / file, samples, SAMPLE_RATE, subtype="PCM_16")
        lines = "".join(f"{file}\tsentence {file}\n" for file in sounds)
        (folder / "trans.txt").write_text(lines, encoding="utf-8-sig")
        if speakers:
            (folder / "speakers.tsv").write_text(
                "".join(f"{file}\t{who}\n" for file, who in speakers.items())
            )
        return read_acoustic(folder)

    return make


@pytest.fixture
def decoded(decoder, tmp_path):
    return lambda **data: DecodedData.of(
        AudioData(**data), tmp_path, window=30, decoder=decoder, progress=lambda *told: None
    )


def test_the_same_recording_under_another_name_and_format_is_noticed(dataset, decoded):
    training = dataset("training", {"a.wav": 1, "b.wav": 2})
    dev = dataset("dev", OTHERS | {"d.flac": 2})
    with pytest.raises(InvalidDataset) as error:
        decoded(training=[training], dev=dev)
    assert error.value.message == (
        "dev: 1 recording of the dev data also in the training data, training: d.flac (b.wav)"
    )
    assert "Without --dev" in error.value.hint


def test_every_pair_of_sets_is_told_at_once_with_the_first_files(dataset, decoded):
    training = dataset("training", {f"{at}.wav": at for at in range(6)})
    same = dataset("same", {f"{at}.wav": at for at in range(6)})
    guard = dataset("guard", {"4.wav": 4, "other.wav": 9})
    with pytest.raises(InvalidDataset) as error:
        decoded(training=[training], dev=same, guard=guard)
    assert error.value.message.splitlines() == [
        "same: 6 recordings of the dev data also in the training data, training: 0.wav, 1.wav, 2.wav, ...",
        "guard: 1 recording of the guard data also in the training data, training: 4.wav",
        "guard: 1 recording of the guard data also in the dev data, same: 4.wav",
    ]


def test_sets_without_common_recordings_are_used_as_they_are(dataset, decoded):
    found = decoded(
        training=[dataset("training", {"a.wav": 1, "b.wav": 2})],
        dev=dataset("dev", OTHERS),
        guard=dataset("guard", {"a.wav": 4}),
    )
    assert [len(found.training), len(found.dev), len(found.guard.utterances)] == [2, 6, 1]
    assert found.left_out == ()


def test_recordings_too_few_to_train_and_to_judge_are_refused_with_how_many_are_enough(dataset, decoded):
    with pytest.raises(InvalidDataset) as error:
        decoded(training=[dataset("training", {f"{at}.wav": at for at in range(10)})])
    assert error.value.message.startswith(
        "training (5 of 10 recordings held back): 5 recordings of dev data cannot tell a gain from chance"
    )
    assert error.value.hint == (
        "Add recordings: 12 are enough to begin with. Or name 6 or more others to judge by with --dev."
    )
    assert len(decoded(training=[dataset("more", {f"{at}.wav": at for at in range(12)})]).dev) == 6


def test_copies_of_one_recording_are_nothing_to_train_on(dataset, decoded):
    with pytest.raises(InvalidDataset, match="no recording can be trained on") as error:
        decoded(training=[dataset("training", {f"{at}.wav": 1 for at in range(12)})])
    assert "the same recording is held back as dev data" in error.value.hint


def test_where_nothing_is_heard_in_training_nothing_is_held_back(dataset, decoded):
    found = decoded(guard=dataset("guard", {"a.wav": 4}))
    assert (found.training, found.dev, found.by_speaker) == ((), (), None)
    assert len(found.guard.utterances) == 1


def test_copies_of_what_is_held_back_are_not_trained_on(dataset, decoded):
    """Two names for each of six sounds: by name a recording and its copy may come to stand on both sides."""
    sounds = {f"{name}{at}.wav": at for at in range(6) for name in ("one", "two")}
    found = decoded(training=[dataset("training", sounds)])

    held_back = {each.file[3:] for each in found.dev}
    assert not {each.file[3:] for each in found.training} & held_back
    why = "the same recording is held back as dev data"
    assert {(each.reason, each.dataset) for each in found.left_out} == {(why, 0)}
    assert len(found.training) + len(found.dev) + len(found.left_out) == 12


def test_what_has_a_transcript_is_not_recognised_too(decoded, dataset, tmp_path):
    voices = sorted(guard().rglob("*.flac"))[:3]
    (tmp_path / "training").mkdir()
    for voice in voices[:2]:
        (tmp_path / "training" / voice.name).write_bytes(voice.read_bytes())
    lines = "".join(f"{voice.name}\tsentence {voice.name}\n" for voice in voices[:2])
    (tmp_path / "training" / "trans.txt").write_text(lines, encoding="utf-8-sig")
    only = RecordingSet(name="only", recordings=[Recording.of(voice) for voice in voices[1:]])
    found = decoded(
        training=[read_acoustic(tmp_path / "training")], audio_only=[only], dev=dataset("dev", OTHERS)
    )

    assert [each.file for each in found.audio_only] == [str(voices[2])]
    assert [(each.file, each.reason) for each in found.left_out] == [
        (str(voices[1]), "the same recording is there with a transcript")
    ]


def test_utterances_are_trained_on_as_often_as_their_dataset_is_worth(dataset, decoded, tmp_path):
    data = [dataset("few", {"a.wav": 1}), dataset("many", {"b.wav": 2, "c.wav": 3})]
    found = decoded(training=data, times={tmp_path / "few": 3.0}, dev=dataset("dev", OTHERS))

    assert [(each.file, each.times) for each in found.training] == [
        ("a.wav", 3.0), ("b.wav", 1.0), ("c.wav", 1.0)
    ]  # fmt: skip


def test_what_judges_and_what_is_heard_behind_the_speech_is_noted(dataset, tmp_path):
    sets = {name: dataset(name, {f"{name}.wav": at}) for at, name in enumerate(("dev", "guard"))}
    (tmp_path / "hum.raw").write_bytes(b"hum")
    noise = RecordingSet(name="noises", recordings=[Recording.of(tmp_path / "hum.raw")])
    noted = AudioData(**sets, noises=[noise]).not_trained_on

    assert [(each.file, each.kind, each.accepted, each.role) for each in noted] == [
        ("dev", "acoustic", 1, Role.DEV),
        ("guard", "acoustic", 1, Role.GUARD),
        ("noises", "audio", 1, Role.NOISE),
    ]
    assert noted[0].sha256 == sets["dev"].sha256
    copied = RecordingSet(name="x", recordings=[Recording(name="in a zip", open=lambda: b"hum")])
    assert copied.sha256 == noted[2].sha256


def test_the_built_in_guard_is_noted_as_what_it_is():
    noted = AudioData(guard=read_acoustic(guard()), synthetic_guard=True).not_trained_on
    assert [(each.file, each.role) for each in noted] == [("built-in guard", Role.GUARD)]
