"""Phrases of a request on a base and on a custom model, with the toy engine."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from threading import Barrier, BrokenBarrierError

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lect.core.errors import InvalidInput
from lect.engines.toy import ToyRecogniser
from lect.models.bases import Base
from lect.models.resolver import ModelFolder
from lect.serving import phrases as serving_phrases
from lect.serving.phrases import PhraseLists, phrase_language, with_phrases
from lect.serving.pool import Model
from lect.speech.text.phrases import LONGEST_PHRASE, Phrase, PhraseList

HEARD, MEANT = "one large ladle please", "one large latte please"


@pytest.fixture(scope="module")
def toy(tmp_path_factory):
    folder = tmp_path_factory.mktemp("toy")
    resolved = ModelFolder(
        name="toy", path=folder, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
    )
    return Model(name="toy", base=Base(resolved, ToyRecogniser(), cache=folder))


@pytest.fixture(scope="module")
def hear(toy):
    def hear(samples, *phrases, strength=1.0):
        listed = PhraseList(phrases=frozenset(Phrase(text=phrase) for phrase in phrases), strength=strength)
        scorer = with_phrases(toy, listed, language="en").scorer
        (answer,) = toy.base.recogniser.recognise([samples], scorers=[scorer])
        return answer.best

    return hear


@pytest.fixture
def unclear(spoken):
    return 0.55 * spoken(HEARD) + 0.45 * spoken(MEANT)


def test_a_phrase_is_heard_where_the_sound_leaves_it_open(hear, unclear):
    assert hear(unclear).lexical == HEARD
    assert hear(unclear, "large latte").lexical == MEANT


def test_phrases_that_are_not_said_change_nothing(hear, unclear, spoken):
    assert hear(unclear, "flat white", "mocha").lexical == HEARD
    assert hear(spoken("a cup of tea"), "large latte", "cup of coffee").lexical == "a cup of tea"


def test_no_phrase_or_no_strength_is_the_model_itself(toy):
    assert with_phrases(toy, PhraseList(), language="en") is toy
    listed = PhraseList(phrases=frozenset([Phrase(text="tea")]), strength=0)
    assert with_phrases(toy, listed, language="en") is toy


def is_taken(text):
    try:
        Phrase(text=text)
    except InvalidInput:
        return False
    return True


@settings(max_examples=25, deadline=None)
@given(
    st.lists(
        st.text(min_size=1, max_size=LONGEST_PHRASE).filter(is_taken)
        | st.sampled_from(["a", "a c", "a cu", "a cup of", "!!!", "x" * LONGEST_PHRASE, "' ' '"]),
        max_size=8,
    )
)
def test_no_phrase_breaks_what_is_clearly_said(hear, spoken, phrases):
    assert hear(spoken("a cup of tea"), *phrases).lexical == "a cup of tea"


def test_a_phrase_is_displayed_as_it_is_given(toy):
    model = with_phrases(toy, PhraseList(phrases=frozenset([Phrase(text="AX-40B")])), language="en")
    assert model.written.written("order the ax forty b now") == "order the AX-40B now"


def test_a_name_has_the_capitals_of_its_phrase_and_a_common_word_alone_keeps_its_own(toy):
    model = with_phrases(
        toy, PhraseList(phrases=frozenset([Phrase(text="the Cat of McFandoro")])), language="en"
    )
    assert model.casing.restored("the cat of mcfandoro, a cat") == "the Cat of McFandoro, a cat"


def test_a_name_with_a_hyphen_is_displayed_as_listed_and_ordinary_words_as_they_are_heard(toy):
    listed = frozenset(Phrase(text=text) for text in ("Jean-Luc O'Shaughnessy", "Bird-Tree"))
    model = with_phrases(toy, PhraseList(phrases=listed), language="en")
    heard = "call jean luc o'shaughnessy for a bird tree"
    shown = model.written.written(model.casing.restored(heard))
    assert shown == "call Jean-Luc O'Shaughnessy for a bird tree"


def test_the_same_phrases_are_prepared_once(toy):
    lists = PhraseLists()
    tea, also = (PhraseList(phrases=frozenset([Phrase(text="tea"), Phrase(text="mocha")])) for _ in "ab")
    assert lists.on(toy, tea, language="en") is lists.on(toy, also, language="en")
    other = PhraseList(phrases=frozenset([Phrase(text="latte")]))
    assert lists.on(toy, other, language="en") is not lists.on(toy, tea, language="en")


def test_two_threads_that_bring_the_same_phrases_prepare_them_once(toy, monkeypatch):
    lists, prepared, both = PhraseLists(), [], Barrier(2)

    def prepare_slowly(model, phrases, **options):
        prepared.append(phrases)
        with suppress(BrokenBarrierError):
            both.wait(0.2)  # for another that prepares them, too
        return with_phrases(model, phrases, **options)

    monkeypatch.setattr(serving_phrases, "with_phrases", prepare_slowly)
    tea, also = (PhraseList(phrases=frozenset([Phrase(text="tea"), Phrase(text="mocha")])) for _ in "ab")
    with ThreadPoolExecutor() as threads:
        first, second = threads.map(lambda each: lists.on(toy, each, language="en"), (tea, also))
    assert first is second
    assert len(prepared) == 1


def test_the_names_of_phrases_are_displayed_whatever_their_apostrophes_and_accents(toy):
    listed = PhraseList(phrases=frozenset([Phrase(text="L\u2019Ore\u0301al")]))
    model = with_phrases(toy, listed, language="en")
    assert model.casing.forms == {"l'oréal": "L'Oréal"}


def test_phrases_need_a_language():
    with pytest.raises(InvalidInput, match="phrases need a language"):
        phrase_language("auto")
    assert phrase_language("en-GB") == "en"


def test_a_list_without_a_word_is_the_model_itself(toy):
    assert with_phrases(toy, PhraseList(phrases=frozenset([Phrase(text="!!!")])), language="en") is toy


@pytest.mark.parametrize(
    "said", ["the cat sat on it", "ten people", "the first one", "a four year plan", "five dogs"]
)
def test_ordinary_words_are_not_rewritten_by_what_is_listed(toy, said):
    listed = frozenset(Phrase(text=text) for text in ("cat-sat", "10%", "1st", "A4", "5%", "1", "$20"))
    model = with_phrases(toy, PhraseList(phrases=listed), language="en")
    assert (model.written.written(said), model.written.spoken(said)) == (said, said)


def test_a_phrase_of_no_matter_makes_nothing_of_inflected_words(toy):
    model = with_phrases(toy, PhraseList(phrases=frozenset([Phrase(text="zyxine")])), language="en")
    state = model.scorer.start()
    for token in b" lattes and ladles":
        state = model.scorer.extend(state, token)
    assert abs(state.total) < 0.05
