"""Terms that are not said as they are written, by a synthetic voice and a real model."""

from __future__ import annotations

import subprocess

import pytest

from lect.bootstrap import parts
from lect.models.training import TrainOptions
from lect.speech.text import normaliser

TERMS = {
    "3CPO": ("three c p o", "three C P O"),
    "R2-D2": ("r two d two", "R two D two"),
    "X1234": ("x twelve thirty four", "X twelve thirty four"),
    "AB-790": ("a b seven ninety", "A B seven ninety"),
    "KQ55": ("k q fifty five", "K Q fifty five"),
    "HX-2080": ("h x twenty eighty", "H X twenty eighty"),
    "SQL": ("sequel", "sequel"),
}
FRAMES = ("Please order the {} today.", "I put the {} on the second shelf.")
SENTENCES = [(frame, term) for term in TERMS for frame in FRAMES]


@pytest.fixture(scope="module")
def recordings(tmp_path_factory, flite):
    folder = tmp_path_factory.mktemp("said")
    for number, (frame, term) in enumerate(SENTENCES):
        said = frame.format(TERMS[term][1])
        file = folder / f"{number:02}.wav"
        subprocess.run([flite, "-voice", "rms", "-t", said, "-o", file], check=True)
    return folder


@pytest.fixture(scope="module")
def heard(tiny_en, settings, recordings, tmp_path_factory):
    """Transcripts of all sentences: without and with the terms."""
    folder = tmp_path_factory.mktemp("model")
    lines = (f"{display}\t{spoken}\n" for display, (spoken, _) in TERMS.items())
    (folder / "terms.txt").write_text("".join(lines))
    with parts(settings) as lect:
        options = TrainOptions(pronunciation=(folder / "terms.txt",))
        lect.train(folder / "terms.lect", options, base=str(tiny_en.path))
        return [
            list(lect.transcribe(lect.pool.open(str(model)), lect.recordings([recordings])))
            for model in (tiny_en.path, folder / "terms.lect")
        ]


def right(transcripts):
    """The terms that stand in the transcripts as they are displayed."""
    pairs = zip(SENTENCES, transcripts, strict=True)
    return [term for (_, term), transcript in pairs if term in transcript.display]


def test_terms_come_out_as_they_are_written_with_the_model_and_not_without(heard):
    without, trained = heard
    assert len(right(without)) <= 0.4 * len(SENTENCES)
    assert len(right(trained)) >= 0.9 * len(SENTENCES)


def test_the_rest_of_the_sentence_stays_right_and_counts_as_right(heard):
    rules = normaliser("en-US")
    pairs = zip(SENTENCES, heard[1], strict=True)
    whole = [
        rules.words(transcript.display) == rules.words(frame.format(term))
        for (frame, term), transcript in pairs
    ]
    assert sum(whole) >= 0.9 * len(SENTENCES)


def test_the_lexical_form_is_what_was_said_and_a_term_is_one_word_with_its_time(heard):
    transcript = next(each for each in heard[1] if "3CPO" in each.display)
    (segment,) = transcript.segments
    assert "three c p o" in segment.lexical
    (word,) = (word for word in segment.words if word.word.startswith("3CPO"))
    assert word.duration > 0.4
    assert " ".join(each.word for each in segment.words) == segment.display
