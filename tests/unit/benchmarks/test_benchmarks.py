"""The parts of the benchmarks that need neither models nor recordings."""

import pytest

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks import measure, page, terms
from benchmarks.bench import Results
from benchmarks.measure import Run
from benchmarks.sets import EvaluationSet, Utterance
from benchmarks.slots import SlotScore
from benchmarks.speed.recognition import Cost, Costs, Memory
from benchmarks.wer import new_sentences

from lect.speech.scoring.intervals import Interval


@pytest.fixture
def orders(tmp_path):
    utterances = tuple(
        Utterance(audio=tmp_path / f"{number}.wav", reference="a large latte", speaker=f"speaker {number}")
        for number in range(8)
    )
    return EvaluationSet(name="orders", locale="en-US", utterances=utterances)


def heard(*texts):
    return Run(texts=texts, cpu_seconds=2.0)


def compare(orders, a, b, names=("Lect", "Lect + text")):
    return measure.compare(orders, a, b, base="whisper-base", names=names)


def test_a_rate_is_of_summed_errors(orders):
    found = measure.score(
        orders, heard(*["a large ladder"] * 2, *["a large latte"] * 6), base="b", system="s"
    )

    assert (found.words, found.substitutions) == (24, 2)
    assert found.rate == 2 / 24
    assert found.interval.low <= found.rate <= found.interval.high


def test_half_the_errors_are_a_relative_change_of_one_half(orders):
    wrong, right = "a large ladder", "a large latte"

    change = compare(orders, heard(*[wrong] * 8), heard(*[wrong, right] * 4))

    assert change.relative == -0.5
    assert change.relative_interval.low < -0.5 < change.relative_interval.high


def test_too_few_speakers_have_no_interval():
    assert measure.relative_interval([1, 2], [0, 1], ["one", "two"]) is None


def test_hotwords_are_content_words_by_frequency(tmp_path):
    text = tmp_path / "text.txt"
    text.write_text("\ufeffThe mocha, please!\nA mocha with the LATTE\n", encoding="utf-8")

    assert terms.frequent_words(text, count=2) == "mocha, latte"


def test_new_sentences_are_many_and_in_no_two_parts():
    dev, testing = new_sentences.read("dev"), new_sentences.read("testing")

    assert len(testing) >= 40
    assert len({*dev, *testing}) == len(dev) + len(testing)


def test_the_page_says_where_text_helps_and_where_it_harms(orders):
    wrong, right = heard(*["a large ladder"] * 8), heard(*["a large latte"] * 8)
    scores = tuple(
        measure.score(orders, run, base="whisper-base", system=system)
        for run, system in [(wrong, "faster-whisper"), (right, "Lect")]
    )
    plain = Results(scores=scores, comparisons=(compare(orders, wrong, right, ("faster-whisper", "Lect")),))
    slots = (
        SlotScore(
            base="whisper-base", system="Lect", utterances=8, wrong=2, interval=Interval(low=0.1, high=0.4)
        ),
    )
    written = page.write(
        page.Figures(
            recognition=plain,
            adaptation=Results(comparisons=(compare(orders, wrong, right),), slots=slots),
            new_sentences=Results(comparisons=(compare(orders, right, wrong),)),
            costs=Costs(
                cpu=(
                    Cost(
                        base="whisper-base",
                        set="orders",
                        faster_whisper=(3.0, 6.0, 9.0),
                        lect=(3.0, 3.0, 3.0),
                    ),
                ),
                memory=(Memory(base="whisper-base", faster_whisper=400.0, lect=300.0),),
            ),
            training=[{"text_mb": 1.0, "words": 1, "cpu_seconds": 1.0, "peak_memory_mb": 9.0, "lm_mb": 1.0}],
        )
    )

    assert "* orders, base: the text helps, -33.3" in written
    assert "* orders, base: **the text harms**, +33.3" in written
    assert "| base | Lect | 75.0 (60.0 … 90.0) |" in written
    assert "| orders | base | 3.0 | 3.0 | 2.0 (1.0 … 3.0) |" in written
