"""The built-in sample is what its README says."""

import re
import subprocess
import sys

import pytest
import soundfile

from lect.datasets.reading import read_acoustic
from lect.sample import guard

PARTS = ("dev", "testing")


def transcripts(sample, part):
    text = (sample / part / "audio-and-trans" / "trans.txt").read_text("utf-8")
    return dict(line.split("\t") for line in text.splitlines())


def words(text):
    return re.findall(r"[a-z']+", text.lower())


@pytest.fixture(scope="module")
def training(sample):
    return (sample / "training" / "related-text.txt").read_text("utf-8")


@pytest.fixture(scope="module")
def invented(sample):
    paragraph = re.search(r"is chance:(.*?)\. Words", (sample / "README.md").read_text("utf-8"), re.S)
    return words(paragraph[1])


@pytest.mark.parametrize("part", [*PARTS, "guard"])
def test_every_recording_has_a_transcript_and_the_other_way_round(sample, part):
    recordings = {path.name for path in (sample / part / "audio-and-trans").glob("*.flac")}

    assert recordings == set(transcripts(sample, part))


@pytest.mark.parametrize("part", PARTS)
def test_no_measured_sentence_was_trained_on(sample, part, training):
    trained = {tuple(words(line)) for line in training.splitlines()}

    assert not trained & {tuple(words(text)) for text in transcripts(sample, part).values()}


def test_every_invented_word_is_trained_on_and_measured(sample, training, invented):
    measured = words(" ".join(transcripts(sample, "testing").values()))

    assert len(invented) == 25
    assert set(invented) <= set(words(training))
    assert set(invented) <= set(measured)


def test_some_measured_sentences_hold_no_invented_word(sample, invented):
    for part in PARTS:
        assert any(not set(words(text)) & set(invented) for text in transcripts(sample, part).values())


def test_recordings_are_short_16_khz_mono_flac(sample):
    for path in sample.glob("*/audio-and-trans/*.flac"):
        info = soundfile.info(path)
        assert (info.format, info.samplerate, info.channels) == ("FLAC", 16_000, 1)
        assert 1 < info.duration < 6


def test_the_sample_is_small(sample):
    for part in (*PARTS, "guard"):
        assert sum(path.stat().st_size for path in (sample / part).rglob("*.flac")) < 1_200_000


def test_the_guard_is_a_dataset_of_several_voices_that_knows_nothing_of_the_orchard(sample, invented):
    with read_acoustic(guard()) as dataset:
        spoken = [utterance.transcript for utterance in dataset]
        voices = {utterance.file.removesuffix(".flac").split("-", 2)[2] for utterance in dataset}

    assert len(set(spoken)) == 40
    assert len(voices) == 8
    assert not set(words(" ".join(spoken))) & set(invented)


def test_the_module_prints_the_folder(sample):
    printed = subprocess.run(
        [sys.executable, "-m", "lect.sample"], capture_output=True, text=True, check=True
    )

    assert printed.stdout.strip() == str(sample)
