"""The benchmark of training on recordings, as far as it needs neither models nor real recordings."""

from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pytest
import soundfile

pytest.importorskip("benchmarks", reason="pytest was not started at the root of the repository")

from benchmarks import aims, noise, recordings, sets, subsets, trainings
from benchmarks.bench import Results
from benchmarks.measure import Comparison, Run, Score
from benchmarks.sets import EvaluationSet, Utterance
from benchmarks.speed import estimate
from benchmarks.speed.estimate import Foretold
from benchmarks.trainings import Errors, Outcome, Row, Training
from benchmarks.wer import adaptation, precision, train_command, training, training_plan

from lect.core.errors import MissingExtra, TrainingRefused
from lect.datasets.reading import read_acoustic
from lect.speech.audio import SAMPLE_RATE, AudioDecoder

BASE = "whisper-tiny.en"
SPEAKERS = tuple(f"speaker {n}" for n in range(8))


@pytest.fixture
def orders(tmp_path):
    """A speaker with eight recordings and three with four, 6 s each."""
    return [
        Utterance(audio=tmp_path / f"{speaker}-{number}.wav", reference=f"order {number}", speaker=speaker)
        for speaker, count in {"a": 8, "b": 4, "c": 4, "d": 4}.items()
        for number in range(count)
    ]


@pytest.fixture
def tones(tmp_path):
    """Six recordings of a second, so soft that noise takes none of them beyond full scale."""
    time = np.arange(SAMPLE_RATE) / SAMPLE_RATE
    utterances = []
    for number in range(6):
        file = tmp_path / f"{number}.wav"
        soundfile.write(file, 0.05 * np.sin(2 * np.pi * 200 * (number + 1) * time), SAMPLE_RATE)
        utterances.append(Utterance(audio=file, reference="a tone", speaker=f"speaker {number}"))
    return EvaluationSet(name="tones", locale="en-US", utterances=tuple(utterances))


def lengths(utterances, seconds=6.0):
    return {each.audio: seconds for each in utterances}


def subset(utterances, seconds, seed=0):
    return subsets.draw(utterances, lengths(utterances), seconds=seconds, seed=seed)


def errors(name, before, after):
    """Of eight speakers with an utterance of ten words each."""
    return Errors(
        set=name,
        blocks=SPEAKERS,
        words=(10,) * 8,
        before=before,
        after=after,
        cpu_before=2.0,
        cpu_after=1.0,
    )


def row(part="weights", *, minutes=20, seed=0, found=(), refused="", base=BASE):
    document = {"error": {"code": "training_refused", "message": refused}} if refused else {}
    return Row(
        training=Training(base=base, part=part, minutes=minutes, seed=seed),
        outcome=Outcome(
            exit_code=int(bool(refused)),
            cpu_seconds=200.4,
            peak_mb=1500.0,
            audio_seconds=60.0 * (minutes or 55),
            speakers=4,
            bundle_mb=None if refused else 1.25,
            document=document or {"acoustic": {"alpha": 0.5}},
        ),
        errors=found,
    )


def barista(*after, before=(4,) * 8):
    return errors("barista", before, after * (8 // len(after)))


def elsewhere(after):
    return tuple(errors(each.name, (2,) * 8, (after,) * 8) for each in sets.GENERAL)


def test_all_speakers_give_equally_many_recordings(orders):
    drawn = subset(orders, seconds=48)

    assert sorted(each.speaker for each in drawn) == ["a", "a", "b", "b", "c", "c", "d", "d"]


def test_a_subset_is_as_long_as_it_was_asked_for_to_half_a_recording(orders):
    assert len(subset(orders, seconds=50)) == 8
    assert len(subset(orders, seconds=52)) == 9


def test_smaller_subsets_are_parts_of_larger_ones_and_other_seeds_draw_others(orders):
    assert subset(orders, seconds=24) == subset(orders, seconds=60)[:4]
    assert {each.audio for each in subset(orders, 30)} != {each.audio for each in subset(orders, 30, seed=1)}


def test_exchanged_transcripts_are_all_of_another_recording(orders):
    named = [replace(each, reference=each.audio.name) for each in orders]

    wrong = subsets.exchange(named, seed=0)

    assert [each.audio for each in wrong] == [each.audio for each in named]
    assert not any(each.reference == each.audio.name for each in wrong)
    assert sorted(each.reference for each in wrong) == sorted(each.reference for each in named)


def test_what_is_written_is_a_dataset_with_speakers(tones, tmp_path):
    with read_acoustic(subsets.write(tmp_path / "new", tones.utterances)) as dataset:
        assert [(each.file, each.transcript, each.speaker) for each in dataset] == [
            (f"{number}.wav", "a tone", f"speaker {number}") for number in range(6)
        ]


@pytest.mark.parametrize("snr", [10.0, -5.0])
def test_noise_is_as_loud_as_was_asked_for(tones, tmp_path, snr):
    with AudioDecoder() as decoder:
        found = noise.noisy(tones, name="noisy", snr=snr, folder=tmp_path / "noisy", decoder=decoder)

    for clean, mixed in zip(tones.utterances, found.utterances, strict=True):
        speech, both = (soundfile.read(each.audio)[0] for each in (clean, mixed))
        added = both - speech
        assert 10 * np.log10(np.mean(speech**2) / np.mean(added**2)) == pytest.approx(snr, abs=0.01)


def test_noise_is_the_same_each_time_and_of_three_kinds(tones, tmp_path):
    heard = [soundfile.read(each.audio, dtype="float32")[0] for each in tones.utterances]

    def drawn(at, seed=0):
        return noise.draw(heard, at, np.random.default_rng(seed))

    assert all((drawn(at) == drawn(at)).all() and len(drawn(at)) == SAMPLE_RATE for at in range(3))
    spread = [np.abs(np.fft.rfft(drawn(at)))[5000:].mean() / np.abs(drawn(at)).mean() for at in range(3)]
    assert spread[0] > spread[1] > spread[2]  # white, pink, tones


def test_the_own_voice_is_not_in_the_babble(tones):
    heard = [soundfile.read(each.audio, dtype="float32")[0] for each in tones.utterances]
    spectrum = np.abs(np.fft.rfft(noise.draw(heard, 2, np.random.default_rng(0))))

    assert spectrum[600] < 1e-3 * spectrum.max()


def test_a_training_that_is_kept_comes_back_whole(tmp_path):
    first = row(found=(barista(1),))

    trainings.keep(tmp_path, first)
    trainings.keep(tmp_path, row(seed=1))

    assert trainings.read(tmp_path, first.training) == first
    assert trainings.read(tmp_path, Training(base=BASE, part="text")) is None
    assert [each.training.seed for each in trainings.read_all(tmp_path)] == [0, 1]


class Workshop(training.Workshop):
    """Counts what it is asked to do."""

    def _train(self, wanted):
        self.bench.done.append(wanted.name)
        self._bundle(wanted).parent.mkdir(exist_ok=True)
        self._bundle(wanted).touch()
        return row().outcome

    def _measured(self, found, name):
        self.bench.done.append(name)
        if name in self.bench.broken:
            raise KeyboardInterrupt
        return replace(found, errors=(*found.errors, errors(name, (4,) * 8, (1,) * 8)))


@pytest.fixture
def workshop(tmp_path):
    """One that is stopped when it measures prompts."""
    bench = SimpleNamespace(done=[], broken={"asterisk-prompts"})
    return Workshop(bench=bench, kept=tmp_path / "kept", models=tmp_path / "models")


def test_a_run_that_was_broken_off_goes_on_where_it_was(workshop):
    wanted = Training(base=BASE, part="weights", minutes=20)
    with pytest.raises(KeyboardInterrupt):
        workshop.complete(wanted)
    assert workshop.bench.done == [wanted.name, "barista", "speechocean762", "asterisk-prompts"]

    workshop.bench.done.clear()
    workshop.bench.broken.clear()
    workshop.complete(wanted)
    workshop.complete(wanted)

    assert workshop.bench.done == ["asterisk-prompts", "azure en-US", training_plan.NOISY]


def test_a_model_that_is_gone_is_trained_again_only_if_something_was_not_measured(workshop):
    wanted = Training(base=BASE, part="weights", minutes=5)
    workshop.complete(wanted)
    workshop._bundle(wanted).unlink()
    workshop.complete(wanted)
    assert workshop.bench.done == [wanted.name, "barista"]

    trainings.keep(workshop.kept, replace(trainings.read(workshop.kept, wanted), errors=()))
    workshop.complete(wanted)

    assert workshop.bench.done == [wanted.name, "barista"] * 2


def test_every_training_is_made_once_before_one_is_made_again():
    found = list(training_plan.plan(BASE, ["text", "weights", "accent"], seeds=2))

    assert len(set(found)) == len(found) == 3 + 3 + 1 + 3 + 1
    assert [each.seed for each in found] == sorted(each.seed for each in found)
    assert [each.minutes for each in found][:3] == [5, 20, None]


def test_no_model_is_trained_or_chosen_on_what_it_is_measured_on():
    for name, part in training_plan.PARTS.items():
        used = {*sets.part(part.domain, "training").folders, *sets.part(part.domain, "dev").folders}
        used |= {*part.guard.folders} if part.guard else set()
        measured = training_plan.sets_for(Training(base=BASE, part=name))
        tested = {folder for each in sets.ENGLISH if each.name in measured for folder in each.folders}

        assert tested
        assert used & tested == set()


def test_an_option_that_the_command_has_not_is_told(capsys, monkeypatch):
    monkeypatch.setattr(training_plan, "has_option", lambda option: option != "--deep-text")

    assert list(training_plan.plan(BASE, ["deep-text"], seeds=1)) == []
    assert "deep-text: left out, `lect train` has no --deep-text" in capsys.readouterr().err


def test_options_of_the_command_are_known_by_their_names():
    assert train_command.has_option("--no-audio-text")
    assert train_command.has_option("1")  # a value
    assert not train_command.has_option("--no-such-thing")


def test_a_refusal_is_a_result_and_another_error_is_not():
    def printed(error):
        return f'{{"error": {{"code": "{error.code}", "message": "no"}}}}'

    assert train_command._document(1, printed(TrainingRefused)) is not None
    assert train_command._document(1, printed(MissingExtra)) is None
    assert train_command._document(1, "") is None
    assert train_command._document(-9, "") is None


def test_cpu_seconds_are_those_of_the_command():
    busy = "import time\nwhile time.process_time() < 0.2: pass"

    code, out, _, cpu_seconds, peak_mb = train_command._run(
        [train_command.LECT[0], "-c", f"{busy}\nprint('done')"]
    )

    assert (code, out) == (0, "done\n")
    assert cpu_seconds >= 0.2
    assert peak_mb > 1


def test_errors_are_counted_by_utterance(tones):
    right, wrong = Run(texts=("A tone.",) * 6, cpu_seconds=1.0), Run(texts=("tone",) * 6, cpu_seconds=2.0)

    found = training.count_errors(tones, wrong, right)

    assert (found.words, found.before, found.after) == ((2,) * 6, (1,) * 6, (0,) * 6)
    assert found.rates == (0.5, 0.0)


def test_the_rate_of_several_seeds_is_their_mean_and_the_extremes_are_told():
    rows = [row(seed=seed, found=(barista(after),)) for seed, after in enumerate([1, 2, 3])]

    table = recordings.change_table(recordings.groups(rows), ["barista"])

    assert "| 3 of 3 | 40.0 (40.0 … 40.0) | 20.0 (20.0 … 20.0) | -20.0 (-20.0 … -20.0) |" in table
    assert table.endswith("| -50 % (-50 … -50) | -75 … -25 % |")


def test_more_seeds_of_the_same_speakers_do_not_make_the_interval_narrower():
    one = barista(0, 4)

    assert trainings.pool([one, one, one]).intervals == one.intervals


def test_what_was_refused_counts_as_no_change_and_is_named():
    why = "what was learned does not pass:\n  alpha 0.3: no better\n  alpha 0.5: no better"
    rows = [row(found=(barista(2),)), row(seed=1, found=(barista(4),), refused=why)]

    text = recordings.section(rows)

    assert "| 1 of 2 | 40.0 (40.0 … 40.0) | 30.0 (30.0 … 30.0) |" in text
    assert "| 4 | 1 | refused |  | 40.0 (40.0 … 40.0) |" in text
    assert (
        "* tiny.en, 20 minutes of recordings, seed 1: exit code 1, what was learned does not pass: "
        "alpha 0.3: no better" in text
    )


def test_the_windows_in_which_a_model_hears_are_told():
    document = {"acoustic": {"alpha": 0.5, "shortest_window": 0.0}}
    cut = row(seed=1)
    text = recordings.section([row(), replace(cut, outcome=replace(cut.outcome, document=document))])

    assert "| 4 | 0 | 0.5 | own |" in text
    assert "| 4 | 1 | 0.5 | cut |" in text


def test_other_speech_is_all_other_sets_together_or_nothing():
    (group,) = recordings.groups([row(found=elsewhere(3))])
    (partly,) = recordings.groups([row(found=elsewhere(3)[:2])])

    assert group.change(recordings.ELSEWHERE).delta == pytest.approx(0.1)
    assert partly.change(recordings.ELSEWHERE) is None
    assert recordings.with_remarks([group], [recordings.ELSEWHERE]).endswith(
        "\n\n* other speech, tiny.en, 20 minutes of recordings: **training harms**, +10.0 (+10.0 … +10.0) points."
    )


def test_wrong_transcripts_that_were_taken_stand_out():
    taken = recordings.groups([row("exchanged", minutes=5)])
    refused = recordings.groups([row("exchanged", minutes=5, refused="most are probably wrong:\n  a.flac")])

    assert "**not refused**" in recordings.planted(taken)
    assert recordings.planted(refused).endswith("exit code 1, most are probably wrong: a.flac")
    assert recordings.planted([]) == "* not measured."


def test_groups_go_from_the_least_to_the_most_and_from_the_small_base_to_the_large():
    rows = [
        row(minutes=None),
        row(base="whisper-base"),
        row("text"),
        row(minutes=5),
        row(minutes=20),
    ]

    assert [(each.base, each.given) for each in recordings.groups(rows)] == [
        (BASE, "5 minutes of recordings"),
        (BASE, "20 minutes of recordings"),
        (BASE, "55 minutes of recordings"),
        (BASE, "20 minutes of recordings and text"),
        ("whisper-base", "20 minutes of recordings"),
    ]


def test_what_was_not_measured_has_no_empty_table():
    assert recordings.with_remarks([], ["barista"]) == "Not measured."


def test_the_guard_is_compared_on_the_same_amount():
    rows = [row(minutes=5, found=(barista(3),)), row(found=(barista(2),)), row("guard", found=(barista(1),))]

    text = recordings.section(rows).split("The same recordings with real")[1].split("Transcripts of one")[0]

    assert "20 minutes of recordings, guard of real speech" in text
    assert "| 20 minutes of recordings |" in text
    assert "5 minutes" not in text


def test_without_a_training_with_a_guard_none_is_shown():
    text = recordings.section([row(found=(barista(2),))]).split("The same recordings with real")[1]

    assert text.split("Transcripts of one")[0].strip().endswith("Not measured.")


def test_trainings_of_different_releases_are_not_pooled():
    before, after = (2,) * 8, (1,) * 8
    pooled = trainings.pool([errors("barista", before, after)] * 2)

    assert sum(pooled.before) == 32
    with pytest.raises(
        ValueError, match="barista: 16 and 17 errors of the same base; measure these trainings again"
    ):
        trainings.pool([errors("barista", before, after), errors("barista", (3, *before[1:]), after)])


@pytest.mark.parametrize(
    ("after", "beyond_chance", "as_hoped"),
    [
        ((4,) * 8, "reached", "reached"),
        ((7,) * 8, "reached", "**missed**"),
        ((8, 8, 8, 7, 8, 8, 8, 8), "**missed**", "**missed**"),
    ],
)
def test_with_an_accent_help_beyond_chance_is_asked_for_and_more_is_hoped_for(after, beyond_chance, as_hoped):
    accented = errors(sets.SPEECHOCEAN.name, (8,) * 8, after)
    found = aims.lines([row(part="accent", minutes=None, found=(accented,))]).splitlines()

    told = [line for line in found if line.startswith("* speechocean762")]
    assert [line.rpartition(" ")[2] for line in told] == [f"{beyond_chance}.", f"{as_hoped}."]
    assert "an improvement beyond chance was the aim" in told[0]


def test_aims_are_told_base_by_base():
    found = aims.lines(
        [
            row(minutes=None, found=(barista(1), *elsewhere(3))),
            row(minutes=None, base="whisper-base", found=(barista(3), *elsewhere(2))),
        ]
    ).splitlines()

    assert [line for line in found if line.startswith("* barista")] == [
        "* barista, tiny.en, 55 minutes of recordings: -75 % (-75 … -75); -50 % or lower was the aim, and is reached.",
        "* barista, base, 55 minutes of recordings: -25 % (-25 … -25); -50 % or lower was the aim, and is **missed**.",
    ]
    assert [line.rpartition(" ")[2] for line in found if line.startswith("* other speech")] == [
        "**missed**.",
        "reached.",
    ]


@pytest.mark.parametrize(
    ("after", "word"),
    [(2, "reached"), (4, "reached in points, and **missed** in percent"), (6, "**missed**")],
)
def test_in_noise_as_many_points_are_to_be_cut(after, word):
    noisy = errors(training_plan.NOISY, (8,) * 8, (after,) * 8)

    [found] = [
        line for line in aims.lines([row(found=(barista(1), noisy))]).splitlines() if "noise at" in line
    ]

    assert found.endswith(f"was the aim, and is {word}.")


def test_deep_text_is_held_against_text_alone():
    score = Score(
        base=BASE,
        set="barista",
        unit="word",
        system=adaptation.ADAPTED,
        utterances=8,
        words=80,
        substitutions=8,
        deletions=0,
        insertions=0,
        rate=0.1,
        interval=None,
        cpu_seconds=1.0,
    )
    row_with_text = row("deep-text", minutes=None, found=(barista(1),))
    found = aims.lines([row_with_text], Results(scores=(score,), comparisons=()))

    assert found.endswith(
        "WER 10.0 %; less than with the n-gram alone, 10.0, was the aim, and is **missed**."
    )


def foretold(cpu, mb):
    return Foretold(
        training=Training(base=BASE, part="weights", minutes=20),
        cpu_foretold=cpu,
        cpu_taken=200.0,
        mb_foretold=mb,
        mb_taken=1500.0,
    )


def test_what_is_foretold_stands_beside_what_was_taken():
    table = estimate.table([foretold(150.0, 1600.0)])

    assert "| tiny.en | barista | recordings, 20 minutes | 150 | 200 | -25% | 1600 | 1500 | +7% |" in table


def test_near_enough_is_near_in_both_time_and_memory():
    rows = [foretold(150.0, 1600.0), foretold(100.0, 1500.0), foretold(200.0, 2500.0)]

    assert estimate.remark(rows) == "1 of 3 are foretold within 30% in time and memory."


def in_both(deltas):
    """Models that were heard in 32 bits and in 8, of 1,000 words."""
    scores, comparisons = [], []
    for name, delta in deltas.items():
        a, b = (f"{name} {bits}" for bits in ("in 32 bits", "in 8 bits"))
        for system, rate in ((a, 0.05), (b, 0.05 + delta)):
            scores.append(
                Score(base=BASE, set="s", unit="w", system=system, utterances=1, words=1000, substitutions=0, deletions=0, insertions=0, rate=rate, interval=None, cpu_seconds=1.0)
            )  # fmt: skip
        comparisons.append(
            Comparison(base=BASE, set="s", a=a, b=b, delta=delta, interval=None, p=None, relative=0.0, relative_interval=None, cpu_ratio=1.5)
        )  # fmt: skip
    return Results(scores=tuple(scores), comparisons=tuple(comparisons))


def test_what_8_bits_cost_is_told_for_each_model():
    found = in_both({"as it is": -0.004, "recordings, all": 0.001})

    assert "| tiny.en | as it is | 5.0 | 4.6 | -0.4 | 1.5 |" in precision.table(found)
    assert precision.remark(found).startswith("At the most 8 bits cost +0.1 points, of 1,000 words")
    assert "reached" in precision.remark(found)


def test_errors_that_8_bits_made_are_told_as_a_miss():
    assert "**missed**" in precision.remark(in_both({"as it is": 0.0, "recordings, all": 0.002}))
