"""Classes in a frame: structured text, and phrases that may come anywhere."""

from itertools import product

import pytest

from lect.adaptation import general, ngram, phrases
from lect.adaptation.classes import ClassModel
from lect.adaptation.frames import TaggedFrame
from lect.adaptation.items import items_of
from lect.adaptation.structured import tag_lists
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.structured import Reference, StructuredText, Text

DRINKS = ("flat white", "flat iron", "Quokkaccino", "tea")
MILKS = ("soy milk", "oat")
ORDERS = StructuredText(
    lists={"drink": DRINKS, "milk": MILKS},
    sentences=(
        (Text("order a "), Reference("drink"), Text(" with "), Reference("milk")),
        (Text("we like "), Reference("drink"), Text("s.")),
    ),
    lexicon=(),
)


def model_of(structured):
    tagged = tag_lists(structured, language="en")
    frame = TaggedFrame(ngram.train(tagged.lines, language="en").model, classes=len(tagged.weights))
    return ClassModel(frame, [items_of(weights, language="en") for weights in tagged.weights])


def after(model, text):
    history = model.start()
    for word in text.split():
        history = model.after(history, word)
    return history


def probability(model, text):
    result, history = 1.0, model.start()
    for word in text.split():
        result *= model.word(history, word)
        history = model.after(history, word)
    return result


@pytest.fixture(scope="module")
def orders():
    return model_of(ORDERS)


def test_the_frame_and_each_list_count_alike_in_the_vocabulary():
    spoken = phrases.expecting(
        [("Flat White", 1.0), ("tea", 1.0)],
        ngram.train(["a tree"], language="en").model,
        language="en",
        probability=0.1,
    )
    words = spoken.vocabulary
    assert words.beginning("t") == (1 / 2 + 1 / 2) / 2
    assert words.whole("tea") == (0 + 1 / 2) / 2
    assert words.whole("flat") == 0
    assert sorted(words.few("t")) == ["tea", "tree"]
    assert words.begins_item("fl")
    assert not words.begins_item("tr")


def test_it_expects_what_the_sentences_multiplied_out_would_make_it_expect(orders):
    lines = [f"order a {drink} with {milk}" for drink, milk in product(DRINKS, MILKS)]
    lines += [f"we like {drink}" for drink in DRINKS]
    expanded = ngram.train(lines, language="en").model
    for text in ("order a flat white with soy", "order a tea with oat", "we like quokkaccino"):
        assert probability(orders, text) > 0.3 * probability(expanded, text)
    assert probability(orders, "order a oat with tea") < 0.01 * probability(orders, "order a tea with oat")


def test_a_half_written_word_is_worth_all_words_that_begin_so(orders):
    words = {*"order a with we like flat white iron quokkaccino tea soy milk oat".split()}
    for before in ("", "order a", "order a flat", "order a tea with", "we like tea"):
        history = after(orders, before)
        for letters in {word[:length] for word in words for length in range(1, len(word) + 1)}:
            exact = sum(orders.word(history, word) for word in words if word.startswith(letters))
            assert orders.prefix(history, letters) == pytest.approx(exact, rel=1e-9, abs=1e-12)


def test_an_item_that_goes_on_is_not_left_for_a_plain_word(orders):
    history = after(orders, "order a flat")
    assert orders.word(history, "white") == pytest.approx(0.5)
    assert orders.word(history, "with") == 0


def test_after_an_unknown_word_the_frame_goes_on(orders):
    assert after(orders, "order a zyx").paths == after(orders, "zyx").paths


def test_an_inflected_item_is_heard(orders):
    assert orders.word(after(orders, "we like"), "quokkaccinos") > 0
    assert orders.word(after(orders, "we like"), "quokkaccinos") < orders.word(
        after(orders, "we like"), "quokkaccino"
    )


def test_the_order_of_lines_and_lists_does_not_matter():
    turned = StructuredText(
        lists={"milk": MILKS[::-1], "drink": DRINKS[::-1]}, sentences=ORDERS.sentences[::-1], lexicon=()
    )
    a, b = tag_lists(ORDERS, language="en"), tag_lists(turned, language="en")
    assert (sorted(a.lines), a.weights) == (sorted(b.lines), b.weights)


def test_a_list_that_no_sentence_refers_to_is_a_sentence():
    lonely = StructuredText(lists={"drink": DRINKS}, sentences=(), lexicon=())
    assert probability(model_of(lonely), "flat white") > 0.05


def test_a_list_without_a_word_is_left_out_with_its_sentences():
    odd = StructuredText(
        lists={"drink": DRINKS, "signs": ("!!!",)},
        sentences=((Reference("signs"), Text(" now")), (Text("a "), Reference("drink"))),
        lexicon=(),
    )
    tagged = tag_lists(odd, language="en")
    assert len(tagged.lines) == len(tagged.weights) == 1


def test_items_are_displayed_with_the_letters_and_apostrophes_that_words_have():
    foreign = StructuredText(
        lists={"brand": ("L\u2019Ore\u0301al", "Νέος Κόσμος", "ο νέος")},
        sentences=(),
        lexicon=(Pronunciation(display="L\u2019Ore\u0301al", spoken="lorry al"),),
    )
    tagged = tag_lists(foreign, language="el")
    assert tagged.casing == {"l'oréal": "L'Oréal", "κόσμοσ": "Κόσμος", "ο": "ο", "νέοσ": "νέος"} | {
        "νέοσ κόσμοσ": "Νέος Κόσμος"
    }
    assert tagged.weights[0].keys() == {"l'oréal", "lorry al", "νέοσ κόσμοσ", "ο νέοσ"}


def test_letters_that_look_like_tags_are_not_taken_for_lists():
    sly = StructuredText(
        lists={"drink": (*DRINKS, "\U000f0000")}, sentences=((Text("a \U000f0000 b"),),), lexicon=()
    )
    tagged = tag_lists(sly, language="en")
    assert tagged.lines[0].split() == ["a", "b"]


TALK = general.train(
    ["we went for a walk in the flat land", "what would you like to do"] * 5, language="en"
).model


def test_phrases_are_expected_at_any_word_and_leave_the_rest_as_it_was():
    model = phrases.expecting([("Quokkaccino bar", 1.0)], TALK, language="en", probability=0.1)
    for before in ("", "we went", "we went for a walk"):
        history = after(model, before)
        assert model.word(history, "quokkaccino") == pytest.approx(0.1, rel=0.1)
        plain = TALK.word(after(TALK, before), "a")
        assert model.word(history, "a") == pytest.approx(0.9 * plain, rel=0.1)
    assert model.word(after(model, "we quokkaccino"), "bar") == pytest.approx(1)


def test_weights_part_what_is_expected_of_phrases():
    model = phrases.expecting([("Quokkaccino", 3.0), ("Zyxine", 1.0)], TALK, language="en", probability=0.1)
    history = model.start()
    assert model.word(history, "quokkaccino") == pytest.approx(3 * model.word(history, "zyxine"))


def test_no_phrase_is_the_model_itself():
    assert phrases.expecting([("...", 1.0)], TALK, language="en", probability=0.1) is TALK


def test_phrases_stand_on_a_model_with_classes_too(orders):
    model = phrases.expecting([("Zyxine", 1.0)], orders, language="en", probability=0.1)
    history = after(model, "order a")
    assert model.word(history, "zyxine") == pytest.approx(0.1, rel=0.1)
    assert model.word(history, "tea") == pytest.approx(
        0.9 * orders.word(after(orders, "order a"), "tea"), rel=0.1
    )
