"""What every engine keeps to, whatever it recognises: the toy and a real Whisper by the same suite."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest

from lect.adaptation import general, ngram
from lect.adaptation.mixture import BoundedMixture
from lect.adaptation.pieces import PieceTable
from lect.core.errors import NotFound, UnsupportedLocale
from lect.engines import registry
from lect.engines.contract import RecogniseOptions, Recogniser
from lect.engines.toy import ToyRecogniser, speak
from lect.speech.audio import SAMPLE_RATE, AudioDecoder

NO_LANGUAGE = "tlh-QO"


@dataclass(frozen=True, kw_only=True)
class Engine:
    """A recogniser and two stretches of English that it understands."""

    recogniser: Recogniser
    long: np.ndarray
    short: np.ndarray


@pytest.fixture(scope="module", params=["toy", "whisper"])
def engine(request):
    if request.param == "toy":
        return Engine(
            recogniser=ToyRecogniser(), long=speak("the cat sat on the mat today"), short=speak("the dog ran")
        )
    tiny_en, settings = (request.getfixturevalue(name) for name in ("tiny_en", "settings"))
    folder = request.getfixturevalue("sample") / "dev" / "audio-and-trans"
    with AudioDecoder() as decoder:
        heard = [decoder.decode(path, name=path.name) for path in sorted(folder.glob("*.flac"))[:3]]
    recogniser = registry.load(
        "whisper",
        name=tiny_en.name,
        weights=tiny_en.path,
        weights_sha256=tiny_en.weights_sha256,
        precision="int8",
        cache=settings.cache,
    )
    return Engine(recogniser=recogniser, long=max(heard, key=len), short=min(heard, key=len))


@pytest.fixture(scope="module")
def write(engine):
    """write(progress) -> the engine's general text, less of it than users get."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("lect.engines.whisper.recogniser.GENERAL_TOKENS", 1_500)
        yield lambda progress=None: engine.recogniser.general_text("en", progress=progress)


@pytest.fixture(scope="module")
def scorer(engine, write):
    """A text that fits nothing that is said, on the general model of the engine's own text."""
    pieces, text = engine.recogniser.pieces, write()
    unigrams = general.word_frequencies(pieces, text.token_weights.tolist())
    own = general.train(text.texts, language="en", unigrams=unigrams)
    domain = ngram.train(["zymurgy kvass", "quaff zythum"], language="en")
    return BoundedMixture(domain.model, own.model, pieces=PieceTable(pieces))


def test_an_engine_is_a_recogniser(engine):
    assert isinstance(engine.recogniser, Recogniser)
    assert engine.recogniser.name
    assert engine.recogniser.identity
    assert engine.recogniser.window >= 10


def test_pieces_are_bytes_that_spell_any_ascii_text(engine):
    pieces = engine.recogniser.pieces

    assert all(isinstance(piece, bytes) for piece in pieces)
    assert {bytes([code]) for code in range(32, 127)} <= set(pieces)


def test_general_text_is_the_same_every_time_and_weighs_every_token(engine, write):
    progress = []
    first, second = write(progress.append), write()

    assert first.texts == second.texts
    assert all(first.texts)
    assert np.array_equal(first.token_weights, second.token_weights)
    assert first.token_weights.shape == (len(engine.recogniser.pieces),)
    assert first.token_weights.min() >= 0
    assert progress == sorted(progress)
    assert progress[-1] == 1.0


def test_a_language_is_known_or_refused_everywhere_alike(engine):
    recogniser = engine.recogniser
    recogniser.require("en-US")
    recogniser.require("auto")
    with pytest.raises(UnsupportedLocale, match="tlh"):
        recogniser.require(NO_LANGUAGE)
    with pytest.raises(UnsupportedLocale, match="tlh"):
        recogniser.recognise([engine.short], options=RecogniseOptions(locale=NO_LANGUAGE))
    with pytest.raises(UnsupportedLocale, match="tlh"):
        recogniser.general_text("tlh")


def test_the_language_is_detected_and_told(engine):
    assert "en" in engine.recogniser.languages
    assert engine.recogniser.detect(engine.long) == "en"
    (found,) = engine.recogniser.recognise([engine.long], options=RecogniseOptions(locale="auto"))
    assert found.locale == "en"
    (found,) = engine.recogniser.recognise([engine.long], options=RecogniseOptions(locale="en-GB"))
    assert found.locale == "en-GB"


def test_languages_to_choose_from_share_one_certainty(engine):
    languages = list(engine.recogniser.languages)

    heard = engine.recogniser.detect_among(engine.long, languages)

    assert set(heard) == set(languages)
    assert sum(heard.values()) == pytest.approx(1.0)
    assert [*heard.values()] == sorted(heard.values(), reverse=True)
    assert next(iter(heard)) == "en"
    with pytest.raises(UnsupportedLocale, match="tlh"):
        engine.recogniser.detect_among(engine.long, ["en", "tlh"])


def test_answers_come_in_the_order_of_the_audio(engine):
    short, long = engine.recogniser.recognise([engine.short, engine.long])
    again = engine.recogniser.recognise([engine.long, engine.short])

    assert [found.best.display for found in again] == [long.best.display, short.best.display]
    assert long.duration == pytest.approx(len(engine.long) / SAMPLE_RATE)
    assert short.best.display != long.best.display
    assert short.best.display
    assert not short.no_speech


def test_no_audio_is_no_answer(engine):
    assert engine.recogniser.recognise([]) == []


def test_what_is_raised_between_steps_ends_the_work_there(engine):
    steps = iter(range(3))
    with pytest.raises(StopIteration):
        engine.recogniser.recognise([engine.long, engine.short] * 2, on_step=lambda: next(steps))

    assert engine.recogniser.recognise([engine.short])[0].best.display


@pytest.mark.parametrize("n_samples", [0, 1, 100, SAMPLE_RATE])
def test_the_shortest_audio_is_answered(engine, n_samples):
    """Whether silence becomes text is the business of the speech detector before the engine."""
    (found,) = engine.recogniser.recognise([np.zeros(n_samples, np.float32)])

    assert found.duration == pytest.approx(n_samples / SAMPLE_RATE)
    assert found.no_speech == (found.best.display == "")


def test_the_nbest_begins_with_the_best_and_holds_no_text_twice(engine):
    (found,) = engine.recogniser.recognise([engine.long], options=RecogniseOptions(nbest=3))

    assert found.nbest[0] == found.best
    assert 1 <= len(found.nbest) <= 3
    assert len({each.display for each in found.nbest}) == len(found.nbest)
    scores = [each.score for each in found.nbest]
    assert scores == sorted(scores, reverse=True)
    assert all(0 < each.confidence <= 1 for each in found.nbest)


def test_lexical_is_lower_case_words_between_single_blanks(engine):
    (found,) = engine.recogniser.recognise([engine.long])

    assert found.best.lexical == found.best.lexical.lower()
    assert found.best.lexical.split(" ") == found.best.lexical.split()
    assert len(found.best.lexical.split()) >= 4


def test_words_spell_the_text_in_order_inside_the_audio(engine):
    (found,) = engine.recogniser.recognise([engine.long])
    words = found.best.words

    assert " ".join(word.word for word in words) == found.best.display
    assert all(one.offset + one.duration <= other.offset + 1e-6 for one, other in pairwise(words))
    assert words[0].offset >= 0
    assert words[-1].offset + words[-1].duration <= found.duration + 1e-6
    assert all(0 < word.confidence <= 1 for word in words)


def test_word_times_are_left_out_where_nobody_wants_them(engine):
    (found,) = engine.recogniser.recognise([engine.long], options=RecogniseOptions(word_times=False))
    (timed,) = engine.recogniser.recognise([engine.long])

    assert found.best.words == ()
    assert found.best.display == timed.best.display


def test_the_same_audio_gives_the_same_answer(engine):
    options = RecogniseOptions(nbest=2)
    first = engine.recogniser.recognise([engine.long, engine.short], options=options)

    assert engine.recogniser.recognise([engine.long, engine.short], options=options) == first


def test_a_scorer_whose_text_does_not_fit_changes_no_word(engine, scorer):
    plain = engine.recogniser.recognise([engine.long, engine.short])
    scored = engine.recogniser.recognise([engine.long, engine.short], scorers=[scorer] * 2)

    assert [each.best.lexical for each in scored] == [each.best.lexical for each in plain]


@dataclass(frozen=True)
class Seen:
    """A hypothesis of `Watch`: its text so far."""

    text: bytes
    total: float = 0.0
    certain: float = 0.0
    promising: bool = False


class Watch:
    """A scorer that changes nothing and remembers the texts that ended."""

    def __init__(self, pieces):
        self.pieces, self.finished = pieces, []

    def start(self):
        return Seen(b"")

    def extend(self, state, token):
        return Seen(state.text + self.pieces[token])

    def finish(self, state):
        self.finished.append(state.text.decode(errors="replace").strip())
        return state.total


def test_a_scorer_sees_each_token_once_in_the_order_of_the_text(engine):
    watch = Watch(engine.recogniser.pieces)
    (found,) = engine.recogniser.recognise([engine.long], scorers=[watch])

    assert found.best.display in watch.finished


def test_stretches_with_scorers_of_their_own_are_answered_as_each_alone(engine, scorer):
    pieces = engine.recogniser.pieces
    short, long = Watch(pieces), Watch(pieces)
    audio = [engine.long, engine.short, engine.short, engine.long]
    scorers = [None, short, scorer, long]
    found = engine.recogniser.recognise(audio, scorers=scorers)
    finished = [short.finished[:], long.finished[:]]
    alone = [
        engine.recogniser.recognise([samples], scorers=[own])[0]
        for samples, own in zip(audio, scorers, strict=True)
    ]

    assert [each.best.lexical for each in found] == [each.best.lexical for each in alone]
    for one, other in zip(found, alone, strict=True):  # int8 shows its neighbours in the third digit
        assert one.best.confidence == pytest.approx(other.best.confidence, abs=0.01)
    assert [found[1].best.display in texts for texts in finished] == [True, False]
    assert [found[3].best.display in texts for texts in finished] == [False, True]


def test_there_are_as_many_scorers_as_stretches(engine):
    with pytest.raises(ValueError, match="zip"):
        engine.recogniser.recognise([engine.long, engine.short], scorers=[None])


def test_the_registry_refuses_an_unknown_engine():
    with pytest.raises(NotFound, match="there is no engine 'kaldi'") as caught:
        registry.load(
            "kaldi", name="x", weights=Path("x"), weights_sha256="x", precision="int8", cache=Path("x")
        )
    assert "whisper, toy" in caught.value.hint
