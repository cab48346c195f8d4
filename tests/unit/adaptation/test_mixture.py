from math import isfinite, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lect.adaptation import general, ngram, phrases
from lect.adaptation.inflection import Inflecting
from lect.adaptation.mixture import BoundedMixture
from lect.adaptation.options import MixtureOptions
from lect.adaptation.pieces import PieceTable
from lect.adaptation.spelling import Spelling
from lect.adaptation.text import sentences
from lect.core.errors import InvalidInput
from lect.engines.contract import Scorer

ORDERS = [
    "I would like a large latte with soy milk.",
    "A sixteen ounce mocha, please.",
    "Two quokkaccinos for Łukasz.",
] * 3
TALK = [
    "The weather was fine and we went for a walk.",
    "What would you like to do?",
    "A friend of mine is here.",
] * 20

# Tokens are all single bytes and some longer stretches, so that a text can be cut in many ways.
PIECES = [bytes([byte]) for byte in range(256)] + [
    b" latte",
    b" la",
    b"tte",
    b" sixteen",
    b" 16",
    b"-ounce",
    b"\xc5\x81u",
    b". ",
]
WORDS = st.sampled_from(
    ["latte", "large", "a", "16", "weather", "walk", "zyx", "don't", "Łukasz", "mocha.", "soy-milk", "你好"]
)
TEXTS = st.lists(WORDS, min_size=1, max_size=15).map(lambda words: " " + " ".join(words))


@pytest.fixture(scope="module")
def scorer():
    return build()


def build(**options):
    domain = ngram.train(ORDERS, language="en").model
    base = general.train(TALK, language="en").model
    return BoundedMixture(domain, base, pieces=PieceTable(PIECES), options=MixtureOptions(**options))


def states(scorer, tokens):
    """The state after each token."""
    state = scorer.start()
    for token in tokens:
        state = scorer.extend(state, token)
        yield state


def final(scorer, line):
    """The bonus of a text, taken byte by byte."""
    *_, state = states(scorer, line.encode())
    return scorer.finish(state)


def bound(options, *, words):
    """What so many words lose at most, as `lect.adaptation.mixture` promises."""
    return options.weight * (log(1 - options.prior) + words * log(1 - options.leak * options.prior))


def cuttings(draw, data):
    """Draw one way to make the bytes from tokens."""
    tokens, at = [], 0
    while at < len(data):
        fitting = [number for number, piece in enumerate(PIECES) if data.startswith(piece, at)]
        tokens.append(draw(st.sampled_from(fitting)))
        at += len(PIECES[tokens[-1]])
    return tokens


def test_text_of_the_domain_gains_and_other_text_hardly_loses(scorer):
    assert final(scorer, " I would like a large latte with soy milk.") > 3
    assert -0.3 < final(scorer, " The weather was fine and we went for a walk.") <= 0


def test_numbers_gain_however_they_are_written(scorer):
    assert final(scorer, " A 16-ounce mocha") > 1
    assert final(scorer, " a sixteen ounce mocha") > 1


def test_a_half_written_term_already_gains(scorer):
    *_, state = states(scorer, b" Two quok")
    assert state.total > 1


@given(TEXTS)
def test_no_text_loses_more_than_the_bound(scorer, line):
    least = bound(scorer.options, words=sum(map(len, sentences(line))))
    for state in states(scorer, line.encode()):
        assert state.total >= least - 1e-9
        assert scorer.finish(state) >= least - 1e-9


def test_the_bound_holds_for_a_very_long_text_that_does_not_fit(scorer):
    lost = final(scorer, " weather zyx" * 1000)
    assert 0 > lost >= bound(scorer.options, words=2000)


@given(st.data(), TEXTS)
def test_every_cutting_into_tokens_gives_the_same_total(scorer, data, line):
    *_, cut = states(scorer, cuttings(data.draw, line.encode()))
    *_, plain = states(scorer, line.encode())
    assert cut.total == plain.total
    assert scorer.finish(cut) == scorer.finish(plain)


def test_a_character_cut_in_two_counts_when_it_is_whole(scorer):
    cut = list(states(scorer, " for Łu".encode()))
    assert cut[5].total == cut[4].total  # the first byte of "Ł" alone says nothing
    *_, whole = states(scorer, [*b" for ", PIECES.index(b"\xc5\x81u")])
    assert whole.total == cut[-1].total


@pytest.mark.parametrize("line", [" large latte", " a 16 ounce mocha"])
def test_punctuation_neither_gains_nor_loses(scorer, line):
    assert (
        final(scorer, f"{line}.")
        == final(scorer, f"{line}")
        == final(scorer, f"{line}, ")
        == final(scorer, f"{line}!?")
    )


def test_a_full_stop_begins_a_new_sentence_and_a_decimal_point_does_not(scorer):
    assert final(scorer, " latte. Two quokkaccinos") > final(scorer, " latte, Two quokkaccinos")
    assert final(scorer, " latte.Two quokkaccinos") == final(scorer, " latte Two quokkaccinos")


def test_unseen_words_cancel():
    scorer = build(leak=0.0)
    *_, state = states(scorer, b" zyxwv qqqq ")
    assert state.before.outside == pytest.approx(scorer.options.prior)
    assert state.total == pytest.approx(0)


def test_the_ratio_of_one_word_is_capped():
    scorer = build(max_ratio=10.0, weight=1.0, rare=1.0)
    *_, state = states(scorer, b" Two quokkaccinos for")
    assert state.total <= 3 * log(10)


def test_weight_scales_the_bonus_and_nothing_else():
    line = " I would like a latte"
    assert final(build(weight=0.8), line) == pytest.approx(2 * final(build(weight=0.4), line))
    assert final(build(weight=0.0), line) == 0


def test_extending_twice_gives_the_same_state(scorer):
    state = scorer.start()
    assert scorer.extend(state, 65) is scorer.extend(state, 65)


def test_forgetting_what_was_remembered_changes_nothing(monkeypatch):
    line = " " + " ".join(ORDERS + TALK[:10])
    expected = final(build(), line)
    monkeypatch.setattr("lect.adaptation.ratios._REMEMBERED", 3)
    monkeypatch.setattr("lect.adaptation.pieces._REMEMBERED", 3)
    monkeypatch.setattr("lect.adaptation.vocabulary._REMEMBERED", 3)
    assert final(build(), line) == expected


def test_what_is_remembered_is_bounded_and_told(monkeypatch):
    monkeypatch.setattr("lect.adaptation.ratios._REMEMBERED", 100)
    scorer = build()
    assert scorer.nbytes == 0
    taken = []
    for number in range(30):
        final(scorer, f" word{number} walks past latte{number}")
        remembered = scorer._ratios._contexts.values()
        assert sum(len(each.beginnings) + len(each.next) for each in remembered) <= 100
        taken.append(scorer.nbytes)
    assert taken == sorted(taken)
    assert 0 < taken[0] < taken[-1] <= 100 * 1_000


def test_an_empty_token_changes_nothing():
    base = general.train(TALK, language="en").model
    scorer = BoundedMixture(base, base, pieces=PieceTable([b"", b" a"]))
    assert [state.total for state in states(scorer, [1, 0, 0])] == [
        scorer.extend(scorer.start(), 1).total
    ] * 3


def test_it_is_a_scorer_for_the_engines(scorer):
    assert isinstance(scorer, Scorer)


def test_options_survive_json():
    options = MixtureOptions(weight=0.3, prior=0.5)
    assert MixtureOptions.from_json(options.to_json()) == options
    assert MixtureOptions.from_json({}) == MixtureOptions()


@pytest.mark.parametrize(
    "data", [{"weigth": 1}, {"weight": "1"}, {"prior": 1.0}, {"leak": True}, {"unseen": float("nan")}]
)
def test_options_that_make_no_sense_are_refused(data):
    with pytest.raises(InvalidInput):
        MixtureOptions.from_json(data)


def test_the_spelling_of_unseen_words_sums_to_one():
    spelling = Spelling(letters=3, stop=0.25)
    assert 3 * spelling.prefix("a") == pytest.approx(1)
    assert spelling.prefix("a") == pytest.approx(spelling.word("a") + 3 * spelling.prefix("ab"))


def test_the_beginning_of_a_name_is_promising_until_it_is_a_name_or_none(scorer):
    *begun, other = states(scorer, list(b" quokkaccinosx"))
    assert all(state.promising for state in begun[1:])
    assert not other.promising
    assert not list(states(scorer, list(b" would")))[-1].promising
    assert not scorer.start().promising


def test_a_word_of_the_domain_that_everybody_knows_promises_nothing():
    walked = ngram.train(["a walk and a friend"], language="en").model
    base = general.train(TALK, language="en").model
    plain = BoundedMixture(walked, base, pieces=PieceTable(PIECES))
    assert not any(state.promising for state in states(plain, list(b" a walk with a friend")))


def test_the_second_word_of_an_item_is_promising_inside_the_item_alone():
    base = general.train(TALK, language="en").model
    overby = phrases.expecting([("Lena Overby", 1.0)], base, language="en", probability=0.1)
    scorer = BoundedMixture(overby, base, pieces=PieceTable(PIECES))
    assert list(states(scorer, list(b" lena overb")))[-1].promising
    assert not list(states(scorer, list(b" friend overb")))[-1].promising


def listing(*names, **options):
    """A scorer of phrases on speech that is not of them."""
    base = general.train(TALK, language="en").model
    listed = [(name, 1.0) for name in names]
    domain = phrases.expecting(listed, Inflecting(base), language="en", probability=0.02)
    chosen = MixtureOptions(prior=0.5, max_ratio=1e4, **options)
    return BoundedMixture(domain, base, pieces=PieceTable(PIECES), options=chosen)


@pytest.mark.parametrize("left", ["", ".", " walk", " zyx zyx", ". What would you"])
def test_the_beginning_of_a_phrase_gains_only_while_the_phrase_may_go_on(left):
    scorer = listing("Quokka Vermilion")
    begun = list(states(scorer, b" friend quokka ver"))[-1]
    assert begun.total > 3
    whole = final(scorer, " friend quokka vermilion walk")
    assert whole > 3
    assert final(scorer, f" friend quokka{left}") < 0.1
    *_, gone = states(scorer, f" friend quokka{left} walk".encode())
    assert gone.total < 0.1


def test_a_phrase_that_is_the_beginning_of_another_is_a_phrase():
    scorer = listing("Quokka", "Quokka Vermilion")
    assert final(scorer, " friend quokka walk") > 3
    assert final(scorer, " friend quokka vermilion walk") > 3


def test_what_a_word_or_phrase_only_promises_is_not_certain():
    scorer = listing("Quokka Vermilion", "Vermilion Quokka")
    whole, begun = (list(states(scorer, text))[-1] for text in (b" quokka vermilion ", b" quokka vermil"))
    assert begun.total > 3
    assert begun.certain < 0.1
    assert whole.certain > 3
    assert whole.certain <= whole.total, "the second word may begin another phrase"


def test_of_words_that_both_models_know_the_beginning_is_certain(scorer):
    *_, state = states(scorer, b" I would li")
    assert state.certain == state.total != 0


def test_the_beginning_of_a_rare_word_of_a_text_is_certain_and_of_a_list_it_is_not(scorer):
    """Where a text expects it few words begin so; in a long list many do, and are not said."""
    *_, of_text = states(scorer, b" Two quokkac")
    *_, of_list = states(listing("Quokkaccinos"), b" Two quokkac")
    assert of_text.certain == of_text.total > 1
    assert of_list.total > 1
    assert of_list.certain < 0.5


def test_a_phrase_of_very_many_names_neither_overflows_nor_divides_by_zero():
    name = " ".join(f"q{chr(97 + number % 26)}zzyx{number}" for number in range(200))
    scorer = listing(name)
    for text in (name, name.rsplit(" ", 1)[0]):
        for state in states(scorer, f" {text}".encode()):
            assert isfinite(state.total)
            assert isfinite(scorer.finish(state))
