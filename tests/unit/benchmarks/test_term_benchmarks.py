"""The benchmarks of names, phrases and written forms, as far as they need neither models nor recordings."""

import pytest

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks import recall, terms
from benchmarks.measure import Run
from benchmarks.sets import EvaluationSet, Utterance
from benchmarks.wer import entities, new_sentences, phrases, spoken_forms
from benchmarks.wer.phrases import PhraseCost, PhraseCosts

from lect.speech.text import normaliser
from lect.speech.text.structured import Reference, StructuredText, Text

RULES = normaliser("en-US")


class Bench:
    """The runs of systems that are already there."""

    base = "whisper-base"

    def __init__(self, runs):
        self.runs = runs

    def run(self, system, evaluation_sets):
        return self.runs[system.name]

    def judge(self, systems, evaluation_sets, *, name, pairs):
        return recall.Results()


class System:
    def __init__(self, name):
        self.name = name


class Letters:
    """A tokenizer with a token for each character."""

    def encode(self, text, add_special_tokens):
        self.ids = list(text)
        return self


@pytest.fixture
def menu():
    """Two lists, sentences with one of them, with both and with nothing besides."""
    food, drink = Reference("food"), Reference("drink")
    return StructuredText(
        lists={
            "food": tuple(f"dish {letter}" for letter in "abcdefghijkl"),
            "drink": ("tea", "Tea!", "c*ffee", "cocoa", "milk", "water"),
        },
        sentences=(
            (Text("eat "), food, Text(" now .")),
            (Text("have "), food, Text(" with "), drink),
            (food,),
        ),
        lexicon=(),
    )


@pytest.fixture
def talk(tmp_path):
    references = ["play halo five", "play the office", "nothing at all"] * 2
    return EvaluationSet(
        name="talk",
        locale="en-US",
        utterances=tuple(
            Utterance(audio=tmp_path / f"{number}.wav", reference=reference, speaker=f"sentence {number}")
            for number, reference in enumerate(references)
        ),
    )


def heard(*texts):
    return Run(texts=texts, cpu_seconds=1.0)


@pytest.mark.parametrize(
    ("text", "found"),
    [("Play Halo 5, please.", True), ("Play hello five.", False), ("Halo reached level five", False)],
)
def test_a_term_is_said_if_its_words_stand_together_after_normalisation(text, found):
    assert recall.says(RULES)(text, "halo five") is found


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Order the AX-40B, please.", True),
        ("Order the ax-40b.", False),
        ("Order the AX-40Bs.", False),
        ("AX 40B", False),
    ],
)
def test_a_term_is_written_only_exactly(text, found):
    assert recall.writes(text, "AX-40B") is found


def test_recall_counts_sentences_with_a_term_and_changes_are_positive_where_more_is_found(talk):
    texts = ["play halo 5", "play the orifice", "nothing"] * 2, [u.reference for u in talk.utterances]
    bench = Bench({"Lect": heard(*texts[0]), "Lect + list": heard(*texts[1])})

    found = recall.judge(
        bench,
        [System("Lect"), System("Lect + list")],
        talk,
        ["halo five", "the office", ""] * 2,
        pairs=[(0, 1)],
        name="talk, terms",
    )

    assert [(each.set, each.found, each.terms) for each in found.recalls] == [
        ("talk, terms", 2, 4),
        ("talk, terms", 4, 4),
    ]
    assert found.changes[0].delta == 0.5
    assert found.recalls[1].interval.high == 1.0


def test_a_term_is_inserted_as_often_as_it_is_written_more_than_said(talk):
    texts = ["play halo five halo 5", "play the office", "nothing at all", "the office", "play", ""]

    assert recall.inserted(talk, heard(*texts), ["Halo Five", "the office", "office", "never"]) == 3


def test_as_many_hotwords_are_taken_as_fit():
    assert terms.fitting(["ab", "cd", "efghij", "k"], Letters(), tokens=9) == ["ab", "cd"]


def test_items_are_drawn_from_every_list_in_turn_and_halved(menu):
    said = entities.choose(menu, count=8)

    assert {part: [each.list for each in every] for part, every in said.items()} == {
        "dev": ["food"] * 4,
        "testing": ["drink"] * 4,
    }
    assert said == entities.choose(menu, count=8)
    assert said != entities.choose(menu, count=8, seed=1)


def test_items_are_said_once_inside_a_sentence_of_their_list(menu):
    every = [each for part in entities.choose(menu, count=100).values() for each in part]

    assert all(each.item in each.sentence and each.item != each.sentence for each in every)
    assert all("with" in each.sentence for each in every if each.list == "drink")
    assert len({RULES(each.item) for each in every}) == len(every)
    assert "c*ffee" not in {each.item for each in every}


def test_every_item_is_in_an_expanded_sentence(menu):
    lines = entities.expand(menu, copies=1)

    assert all(any(item in line for line in lines) for items in menu.lists.values() for item in items)
    assert len(lines) == 6 * len(menu.sentences)  # drinks have one place and are six


def test_held_out_items_are_lines_of_their_own(menu):
    lines = entities.expand(menu, held_out={"dish a", "tea"})

    assert {line for line in lines if "dish a" in line or "tea" in line.lower()} == {"dish a", "tea", "Tea!"}


def test_tested_sentences_are_not_expanded(menu):
    unwanted = entities.expand(menu)[0]

    assert unwanted not in entities.expand(menu, without={unwanted})


def test_each_way_is_told_against_its_base_and_the_last_against_all():
    assert entities.pairs(3, 2) == [(0, 1), (0, 2), (3, 4), (1, 2), (3, 2), (4, 2)]


def test_phrase_lists_are_full_and_begin_with_the_names_that_are_said(shared_data):
    longest = phrases.listed_phrases(shared_data, phrases.SIZES[-2])

    assert len({RULES(phrase) for phrase in longest}) == phrases.SIZES[-2]
    assert phrases.listed_phrases(shared_data, 10) == longest[:10]
    assert {each.name for each in new_sentences.read("testing")} < set(longest[:100])


def test_the_ratio_of_costs_is_that_of_each_pair():
    cost = PhraseCost(
        base="whisper-base",
        phrases=10,
        recordings=2,
        preparation=0.002,
        without=(2.0, 4.0, 2.0),
        listed=(2.2, 4.0, 3.0),
    )

    assert cost.ratios == [1.0, 1.1, 1.5]
    assert phrases.cost_table(PhraseCosts(costs=(cost,))).endswith(
        "| base | 10 | 2 | 2.0 | 2.2 | 1.10 (1.00 … 1.50) |"
    )


def test_names_stand_in_their_sentences():
    for path in (new_sentences.SENTENCES, spoken_forms.SENTENCES):
        every = new_sentences.read("dev", path) + new_sentences.read("testing", path)
        assert all(recall.writes(each.sentence, each.name) for each in every)


def test_written_forms_are_many_and_in_one_part_each():
    forms = spoken_forms.spoken_forms()
    dev, testing = (new_sentences.read(part, spoken_forms.SENTENCES) for part in ("dev", "testing"))

    assert len(forms) >= 40
    assert len(dev) + len(testing) >= 60
    assert {each.name for each in dev}.isdisjoint(each.name for each in testing)
    assert {each.name for each in dev + testing} == set(forms)


def test_a_voice_reads_the_letter_a_and_not_the_article():
    assert spoken_forms.read_aloud("A box of AX-9.", "AX-9", "a x nine") == "A box of ay x nine."
