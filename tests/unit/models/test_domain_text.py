"""What dev speakers say themselves does not make text look better than it is."""

from __future__ import annotations

import pytest

from lect.adaptation import ngram
from lect.models.domain_text import learn
from lect.models.plan import TrainOptions, plan

GENERAL = ngram.train(["ask them to call"], language="en").model


@pytest.fixture
def learned(tmp_path):
    """learned(transcripts, dev, text="...") -> what is learned of transcripts, and of text that was given."""

    def run(transcripts, dev, *, text=""):
        path = tmp_path / "text.txt"
        path.write_text(text or "unused\n")
        planned = plan(TrainOptions(text=(path,)))
        if not text:
            object.__setattr__(planned, "text", ())
        return learn(planned, transcripts, dev, GENERAL, locale="en-US")

    return run


def knows(learned, word):
    return word in learned.model.vocabulary


def test_the_weight_is_chosen_without_transcripts_that_dev_speakers_say_too(learned):
    found = learned(["One latte, please!", "two teas"], ["one latte please"])
    assert knows(found.served, "latte")
    assert not knows(found.judged, "latte")
    assert knows(found.judged, "teas")
    assert (found.shared, found.is_all_shared) == (1, False)


def test_without_shared_sentences_nothing_is_learned_twice(learned):
    found = learned(["two teas"], ["one latte please"])
    assert found.judged is found.served


def test_where_dev_speakers_say_everything_it_is_said_that_nothing_is_left(learned):
    found = learned(["two teas", "two teas"], ["Two teas."])
    assert found.is_all_shared
    assert found.judged is found.served
    assert found.shared == 2


def test_text_that_was_given_as_such_stays_whole(learned):
    found = learned(["two teas"], ["one latte please", "two teas"], text="one latte please\n")
    assert knows(found.judged, "latte")
    assert not knows(found.judged, "teas")
