"""The page of results, from small made-up figures."""

from dataclasses import replace

import pytest

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks import page, remarks
from benchmarks.bench import Results
from benchmarks.measure import Comparison, Score
from benchmarks.memory.many_models import ManyModels, Run, Spread
from benchmarks.memory.serve_idle import Process, ServeIdle, Start
from benchmarks.recall import Insertions, Recall, RecallChange, TermResults
from benchmarks.report import _kept
from benchmarks.slots import SlotScore
from benchmarks.speed import tuning
from benchmarks.speed.batch import Throughput
from benchmarks.speed.deployments import Change, Deployments
from benchmarks.speed.paint import Page, Paint
from benchmarks.speed.passes import Pass
from benchmarks.speed.recognition import Cost, Costs, Memory
from benchmarks.speed.server import Answers, Pace
from benchmarks.speed.tuning import Passes
from benchmarks.trainings import Outcome, Row, Training
from benchmarks.wer import adaptation, phrases
from benchmarks.wer.phrases import PhraseCost, PhraseCosts

from lect.speech.scoring.intervals import Interval

BASE = "whisper-base"
BETTER, SAME, WORSE = (-0.3, -0.1), (-0.1, 0.1), (0.1, 0.3)
NOTHING = page.Figures(
    recognition=Results(),
    adaptation=Results(),
    new_sentences=Results(),
    entities=TermResults(),
    phrases=TermResults(),
    phrase_costs=PhraseCosts(),
    spoken_forms=TermResults(),
    costs=Costs(),
    training=[],
    many_models=ManyModels(),
    recordings=(),
    tuning=Passes(),
    serve_idle=ServeIdle(),
    server=Pace(),
    deployments=Deployments(),
    paint=Paint(),
    batch=Throughput(),
)


def interval(ends):
    return ends and Interval(low=ends[0], high=ends[1])


def middle(ends):
    return sum(ends or (0, 0)) / 2


def score(name, system):
    return Score(
        base=BASE,
        set=name,
        unit="WER",
        system=system,
        utterances=8,
        words=24,
        substitutions=6,
        deletions=0,
        insertions=0,
        rate=0.25,
        interval=Interval(low=0.2, high=0.3),
        cpu_seconds=2.0,
    )


def errors(name, ends, b=adaptation.ADAPTED, a=adaptation.PLAIN):
    """Two systems on a set; the ends of the interval of their difference."""
    change = Comparison(
        base=BASE,
        set=name,
        a=a,
        b=b,
        delta=middle(ends),
        interval=interval(ends),
        p=None,
        relative=0.5,
        relative_interval=None,
        cpu_ratio=1.0,
    )
    return Results(scores=(score(name, a), score(name, b)), comparisons=(change,))


def found(name, ends, b, a="Lect", ends_of_errors=BETTER):
    """The same with terms; here more is better."""
    change = RecallChange(base=BASE, set=name, a=a, b=b, delta=middle(ends), interval=interval(ends), p=0.01)
    recalls = tuple(
        Recall(base=BASE, set=name, system=system, terms=8, found=2, interval=None) for system in (a, b)
    )
    return TermResults(errors=errors(name, ends_of_errors, b, a), recalls=recalls, changes=(change,))


def made_up(listed, *counts):
    """False insertions without a list and with it, and the word errors there."""
    systems = ("Lect", f"Lect + {listed:,} phrases")
    insertions = tuple(
        Insertions(
            base=BASE,
            set=phrases.OTHER_SPEECH,
            system=system,
            listed=listed,
            utterances=300,
            insertions=count,
        )
        for system, count in zip(systems, counts, strict=True)
    )
    return TermResults(errors=errors(phrases.OTHER_SPEECH, SAME, systems[1]), insertions=insertions)


def cost(listed, *seconds):
    return PhraseCost(
        base=BASE,
        phrases=listed,
        recordings=2,
        preparation=0.1,
        without=(2.0,) * len(seconds),
        listed=seconds,
    )


def written(**figures):
    return page.write(replace(NOTHING, **figures))


def section(text, title):
    return text.split(f"## {title}\n")[1].split("\n## ")[0]


def test_the_page_says_where_text_helps_and_where_it_harms():
    text = written(adaptation=errors("orders", BETTER), new_sentences=errors("biology", WORSE))

    assert "* orders, base: the text helps, -20.0 (-30.0 … -10.0) points." in text
    assert "* biology, base: **the text harms**, +20.0 (+10.0 … +30.0) points." in text


def test_sets_together_have_a_row_and_a_remark():
    text = section(written(adaptation=errors(adaptation.TOGETHER, BETTER)), "With text")

    assert f"| {adaptation.TOGETHER} | base | Lect + text | 24 | 25.0 (20.0 … 30.0) |" in text
    assert f"* {adaptation.TOGETHER}, base: the text helps" in text


def test_the_base_alone_training_and_many_models_have_rows():
    spread = Spread(p50=2.0, p99=5.0)
    run = Run(base=BASE, budget=16 << 20, memory=(), new=spread, held=None, let_go=None, recognition=spread)
    training = {"text_mb": 1.0, "words": 1000, "cpu_seconds": 1.5, "peak_memory_mb": 9.0, "lm_mb": 2.0}

    text = written(
        recognition=errors("orders", SAME, "Lect", "faster-whisper"),
        training=[training],
        many_models=ManyModels(runs=(run,)),
    )

    assert "| orders | base | 24 | 25.0 (20.0 … 30.0) | 25.0 (20.0 … 30.0) | +0.0 (-10.0 … +10.0) |" in text
    assert "| 1 | 1,000 | 1.5 | 9 | 2.0 |" in text
    assert "| base, 16 MB: open one never met, ms | 2 | 5 |" in text


def test_a_server_at_rest_has_a_row_for_each_process_and_each_start():
    processes = (
        Process(name="api", pss=80.0, private=75.0, heavy=("numpy",)),
        Process(name="worker", pss=60.4, private=50.0, heavy=()),
    )
    start = Start(name="again", seconds=2.5, cpu_seconds=3.0, load=0.5)

    text = section(written(serve_idle=ServeIdle(processes=processes, starts=(start,))), "A server at rest")

    assert "| api | 80 | 75 | numpy |" in text
    assert "| worker | 60 | 50 | none |" in text
    assert "| together | 140 | 125 |  |" in text
    assert "| again | 2.5 | 3.0 |" in text
    assert "Load of the machine: 0.5 again." in text


def test_a_list_of_a_server_has_a_row_with_and_without_trainings():
    rest = Answers(request="models", trainings=0, count=9, p50=10.0, p95=12.0, p99=20.0, longest=21.0)
    busy = replace(rest, trainings=2, p50=15.0, p95=30.0, p99=50.0)

    text = section(
        written(server=Pace(answers=(rest, busy), loads=(0.5, 2.5), niceness=-5)), "A server at work"
    )

    assert "| models | 10.0 | 12.0 | 20.0 | 15.0 | 30.0 | 50.0 | 1.5 | 2.5 |" in text
    assert "Load of the machine: 0.5 at rest, 2.5 with the trainings; the server" in text


def test_a_way_to_deploy_has_a_row_and_the_aim_is_judged_by_the_longest():
    quick = Change(name="back", seconds=(0.1, 0.3, 0.2))
    slow = Change(name="new", seconds=(1.0, 2.0, 0.5))

    text = section(written(deployments=Deployments(changes=(quick, slow), load=1.5)), "A model deployed")

    assert "| back | 3 | 0.20 | 0.30 |" in text
    assert "| new | 3 | 1.00 | 2.00 |" in text
    assert "is **missed** by: new." in text
    assert "Load of the machine: 1.5 before." in text
    assert "is reached each time" in section(
        written(deployments=Deployments(changes=(quick,))), "A model deployed"
    )


def test_a_page_has_a_row_with_how_soon_it_shows_something():
    quick = Page(name="Start", first=(0.1, 0.3, 0.2), again=(0.05, 0.04, 0.06))
    slow = replace(quick, name="Data", first=(0.1, 0.2, 1.5))

    text = section(written(paint=Paint(pages=(quick,), load=0.5)), "Pages of the studio")

    assert "| Start | 200 (300) | 50 (60) |" in text
    assert "Each of 6 loads was painted within 1 s; the slowest took 300 ms." in text
    assert "Load of the machine: 0.5 at the end." in text
    late = section(written(paint=Paint(pages=(quick, slow))), "Pages of the studio")
    assert "**Not each of 12 loads was painted within 1 s: 1 took longer**; the slowest took 1500 ms." in late


def test_slots_and_costs_have_rows():
    slots = SlotScore(base=BASE, system="Lect", utterances=8, wrong=2, interval=Interval(low=0.1, high=0.4))
    orders = Cost(base=BASE, set="orders", faster_whisper=(3.0, 6.0, 9.0), lect=(3.0, 3.0, 3.0))
    memory = Memory(base=BASE, faster_whisper=400.0, lect=300.0)

    text = written(adaptation=Results(slots=(slots,)), costs=Costs(cpu=(orders,), memory=(memory,)))

    assert "| base | Lect | 75.0 (60.0 … 90.0) |" in text
    assert "| orders | base | 3.0 | 3.0 | 2.0 (1.0 … 3.0) |" in text
    assert "| base | 400 | 300 |" in text


def test_more_terms_are_help_and_fewer_are_harm():
    names = found("names", WORSE, "Lect + classes") + found("names", BETTER, "Lect + held out")

    text = section(written(entities=names), "Lists of names")

    assert "* names, base, classes: the list helps, +20.0 (+10.0 … +30.0) points of terms found." in text
    assert "* names, base, held out: **the list harms**, -20.0 (-30.0 … -10.0) points of terms found." in text


def test_ways_are_next_to_each_other_but_not_next_to_nothing():
    names = found("names", WORSE, "Lect + classes") + found(
        "names", SAME, "Lect + classes", "Lect + held out"
    )

    text = section(written(entities=names), "Lists of names")

    assert "| names | base | Lect + held out | Lect + classes | +0.0 (-10.0 … +10.0) | 0.0100 |" in text
    assert "| names | base | Lect | Lect + classes |" not in text


def test_the_price_of_phrases_is_that_of_the_longest_list():
    terms = made_up(10, 0, 1) + made_up(20_000, 2, 5)
    costs = PhraseCosts(costs=(cost(10, 2.0, 2.0, 2.0), cost(20_000, 2.0, 2.5, 3.0)))

    text = section(written(phrases=terms, phrase_costs=costs), "Phrases of a request")

    assert (
        "* 20,000 phrases, base: 1.25 (1.00 … 1.50) times the CPU seconds; false insertions in 300 utterances of "
        "other speech: 5, without the list 2." in text
    )
    assert "* 10 phrases" not in text
    assert "| speechocean762 and barista | base | Lect + 10 phrases | 10 | 300 | 1 |" in text
    assert "| base | 20,000 | 100 | 2.0 | 2.0 | 1.25 (1.00 … 1.50) |" in text


def test_what_the_name_of_a_set_says_is_not_said_again():
    names = found("biology, 10 phrases", SAME, "Lect + 10 phrases")

    text = section(written(phrases=names), "Phrases of a request")

    assert "* biology, 10 phrases, base: no detectable change" in text


def test_text_that_does_not_help_is_named_and_harm_comes_first():
    texts = errors("orders", BETTER) + errors("prompts", SAME) + errors("digits", WORSE)

    text = section(written(adaptation=texts), "Where text does not help")

    assert "orders" not in text
    assert text.index("* digits, base: **the text harms**") < text.index(
        "* prompts, base: no detectable change"
    )


def test_an_interval_that_ends_at_zero_is_no_help():
    text = section(written(adaptation=errors("prompts", (-0.1, 0.0))), "Where text does not help")

    assert "* prompts, base: no detectable change" in text


def test_sets_without_an_interval_neither_help_nor_fail_to():
    text = written(adaptation=errors("few", None))

    assert "* few, base: +0.0 points; too few recordings to tell chance from merit." in text
    assert "few, base" not in section(text, "Where text does not help")


def test_other_recognisers_are_not_told_that_text_does_not_help_them():
    texts = errors("orders", WORSE, "faster-whisper + prompt", "faster-whisper")
    across = errors("orders", WORSE, "Lect + text", "faster-whisper + prompt")

    assert "orders" not in section(written(adaptation=texts + across), "Where text does not help")


def test_lists_that_do_not_help_are_named_by_terms_and_by_errors():
    terms = found("forms", SAME, "Lect + pronunciations", ends_of_errors=WORSE)
    elsewhere = TermResults(errors=errors("speech", SAME, "Lect + pronunciations"))

    text = section(written(spoken_forms=terms + elsewhere), "Where text does not help")
    domain, found_terms, other = text.split(":\n\n*")[1:]

    assert "forms, base, pronunciations: **the list harms**, +20.0" in domain
    assert "forms, base, pronunciations: no detectable change, +0.0" in found_terms
    assert "speech, base, pronunciations: no detectable change" in other
    assert "forms" not in other


def test_other_speech_with_a_text_of_another_domain_stands_apart():
    texts = errors(adaptation.OUTSIDE, SAME) + errors("orders", BETTER)

    domain, terms, other = section(written(adaptation=texts), "Where text does not help").split(":\n\n*")[1:]

    assert domain.startswith(" nowhere.")
    assert terms.startswith(" not measured.")
    assert other.startswith(f" {adaptation.OUTSIDE}, base: no detectable change")


def test_a_reader_finds_merit_before_cost():
    titles = [line[3:] for line in written().splitlines() if line.startswith("## ")]

    assert titles[:9] == [
        "Without adaptation",
        "With text",
        "New sentences",
        "Lists of names",
        "Phrases of a request",
        "Terms that are not said as they are written",
        "Where text does not help",
        "With recordings",
        "Speed and memory",
    ]


def test_kept_figures_are_read_and_not_measured_again(tmp_path):
    results = PhraseCosts(costs=(cost(10, 2.0, 2.5),))
    file = tmp_path / "phrase_costs.json"
    assert _kept(file, PhraseCosts, lambda: results, keep=True) == results

    def measure():
        raise AssertionError("measured again")

    assert _kept(file, PhraseCosts, measure, keep=True) == results


def test_a_section_stays_as_it_is_when_its_figures_were_not_measured():
    before = page.write(NOTHING).replace("On made text, each size", "As long ago, each size")
    after = page.write(page.Figures(phrases=TermResults(), phrase_costs=PhraseCosts()), before)
    assert after == before
    assert page.write(page.Figures(training=[]), before) == page.write(NOTHING)


def test_what_takes_hours_or_other_packages_may_be_missing_and_the_page_says_how_to_get_it():
    text = written()

    assert "`python -m benchmarks.wer.training --data DIR`" in section(text, "With recordings")
    assert "pip install torch transformers peft" in section(text, "A pass over recordings")


def test_trainings_on_recordings_and_passes_have_rows():
    outcome = Outcome(
        exit_code=0,
        cpu_seconds=200.4,
        peak_mb=1500.0,
        audio_seconds=1200.0,
        speakers=20,
        bundle_mb=1.25,
        document={"acoustic": {"alpha": 0.5}},
    )
    training = Row(training=Training(base=BASE, part="weights", minutes=20), outcome=outcome)
    passes = tuple(
        Pass(base=BASE, way=way, cpu_seconds=seconds, audio_seconds=120.0, peak_mb=900.0, loss=1.5)
        for way, seconds in {"transformers + PEFT": 60.0, "Lect": 6.0}.items()
    )
    savings = tuple(
        Pass(base=BASE, way=way, cpu_seconds=seconds, audio_seconds=60.0, peak_mb=800.0, loss=1.5)
        for way, seconds in {"none": 30.0, "bf16": 20.0}.items()
    )
    taught = errors("orders", BETTER, b="Lect", a="transformers + PEFT")

    text = written(
        recordings=(training,),
        tuning=Passes(passes=passes, savings=savings, results=taught, bf16=True),
    )

    assert (
        "| barista | base | 20 minutes of recordings | 20 | 0 | 0.5 | own |  |  | 200 | 1500 | 1.2 |" in text
    )
    assert "| base | Lect | 6.0 | 3.0 | 10.0 | 900 | 1.50 |" in text
    assert "| base | bf16 | 20.0 | 20.0 | 1.5 | 800 | 1.50 |" in text
    assert (
        "* base: Lect takes 10.0 times fewer CPU seconds for a pass; its WER on orders is -20.0 (-30.0 … -10.0) points"
        in text
    )
    assert "* This processor is quicker in bfloat16 than in float32, so Lect computed in it." in text


def test_a_processor_that_is_not_quicker_in_bfloat16_is_told_of():
    assert "is not quicker in bfloat16" in tuning.remarks(Passes())


def test_whether_the_aim_for_terms_is_reached_is_said_voice_by_voice_of_what_was_told_of_them():
    recalls = [
        Recall(base=base, set=f"terms, {voice}", system=system, terms=48, found=count, interval=None)
        for voice, found in {"flite": (44, 37), "piper": (46, 45)}.items()
        for base, right in zip(("whisper-tiny.en", "whisper-base"), found, strict=True)
        for system, count in (("Lect", 3), ("Lect + pronunciations", right), ("faster-whisper + terms", 9))
    ]
    assert remarks.on_aim(TermResults(recalls=tuple(recalls)), 0.9) == (
        "**The aim, 90% of the terms, is reached** with the voice of piper (96%, 94%). "
        "**The aim, 90% of the terms, is missed** with the voice of flite (92%, 77%)."
    )
