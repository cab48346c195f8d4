"""The parts of the benchmarks that need neither models nor recordings."""

import pytest

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks import measure, terms
from benchmarks.measure import Run
from benchmarks.memory import many_models
from benchmarks.memory.many_models import ManyModels, Spread
from benchmarks.sets import EvaluationSet, Utterance
from benchmarks.wer import new_sentences


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


def test_as_few_errors_as_before_are_no_change_even_if_there_are_none():
    none = [0] * 8

    interval = measure.relative_interval(none, none, [f"speaker {n}" for n in range(8)])

    assert (interval.low, interval.high) == (0, 0)


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


def many_models_run(budget):
    memory = [
        many_models.Memory(models=models, held=held, resident=300.0, private=private, estimate=held * 0.5)
        for models, held, private in [(0, 0, 200.0), (10, 10, 210.0), (50, 30, 220.0)]
    ]
    return many_models.Run(
        base="whisper-base",
        budget=budget,
        memory=tuple(memory),
        new=Spread(p50=2.0, p99=5.0),
        held=None,
        let_go=Spread(p50=0.5, p99=1.25),
        recognition=Spread(p50=100.0, p99=250.0),
    )


def test_each_further_model_takes_what_memory_grew_by():
    found = many_models.memory_table(ManyModels(runs=(many_models_run(budget=16 << 20),)))
    assert "| base, 16 MB | 10 | 10 | 300 | 210 | 1024 | 5.0 |" in found
    assert "| base, 16 MB | 50 | 30 | 300 | 220 | 256 | 15.0 |" in found


def test_ways_to_open_that_did_not_occur_are_left_out():
    found = many_models.time_table(ManyModels(runs=(many_models_run(budget=many_models.UNBOUNDED),)))
    assert "| base, no bound: open one that was let go, ms | 0.5 | 1.25 |" in found
    assert "held" not in found


def test_made_texts_differ_but_for_the_sample():
    first, second = many_models.made_text(1), many_models.made_text(2)
    assert first == many_models.made_text(1)
    assert len(set(first.splitlines()) & set(second.splitlines())) == 105
    assert len(first) >= many_models.TEXT
