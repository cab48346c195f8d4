"""`lect train` on the toy engine: what it needs, what it says, and what it does when it cannot."""

from __future__ import annotations

import json
import os
import re
import resource
import shlex
import signal
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pytest

from lect.adaptation.options import MixtureOptions
from lect.cli.options import split_times
from lect.cli.train import _tell_estimate, _tell_plan, _tell_trials, _warn_of_audio, _warn_of_text
from lect.core.errors import (
    Conflict,
    InvalidDataset,
    InvalidInput,
    MissingExtra,
    NotFound,
    StoreError,
    UnsupportedLocale,
)
from lect.core.files import claimed
from lect.datasets.pronunciation import read_pronunciations
from lect.datasets.structured import read_structured
from lect.models import bundles, resolver, training
from lect.models.domain_text import DomainText
from lect.models.gate import Court, Guard, Judgement, Trial
from lect.models.held_out import ONE_SPEAKER, UNKNOWN
from lect.models.knowledge import Learned
from lect.models.measuring import Heard
from lect.models.plan import Plan, TrainOptions, plan
from lect.models.resolver import ModelFolder
from lect.models.self_training import OwnWords
from lect.models.spoken import LeftOut
from lect.models.suspects import Suspect, SuspectCode
from lect.models.tuning import WORSE, Choice, TextTrial
from lect.sample import guard
from lect.speech.scoring import ErrorCounts

MENU = "one large latte with soy milk please\na latte for two\n" * 5


@pytest.fixture
def train(lect, tmp_path):
    (tmp_path / "menu.txt").write_text(MENU)
    return lambda *options: lect("train", "-o", "menu.lect", "--base", "toy", "--text", "menu.txt", *options)


@pytest.fixture
def toy_on_disk(monkeypatch, tmp_path):
    """The resolver knows a base model called toy."""
    real = resolver.resolve

    def resolve(name, **options):
        if name != "toy":
            return real(name, **options)
        return ModelFolder(
            name=name, path=tmp_path, layout="ctranslate2", weights_sha256="0" * 64, licence="", source=""
        )

    monkeypatch.setattr("lect.bootstrap.resolve", resolve)


def test_it_says_what_was_learned_in_words_that_fit_the_number(train, tmp_path):
    (tmp_path / "menu.txt").write_text("a latte for two please\n")
    ran = train()
    assert ran.exit_code == 0, ran.output
    assert ran.stdout.startswith("menu.lect: learned from 1 line in ")
    assert " kB large\n" in ran.stdout


def test_an_empty_file_beside_others_is_named(train, tmp_path):
    (tmp_path / "empty.txt").touch()
    assert "empty.txt: it is empty, so nothing is learned from it." in train("--text", "empty.txt").stderr


def test_left_out_lines_are_counted_with_the_command_that_says_why(lect, tmp_path):
    (tmp_path / "my texts").mkdir()
    (tmp_path / "my texts" / "menu.txt").write_text(MENU + "Grillhähnchen 5 §\n")
    ran = lect(
        "train", "-o", "menu.lect", "--base", "toy", "--text", "my texts/menu.txt", "--locale", "de-DE"
    )
    assert "menu.txt: 1 line was left out, the first in line 11; `lect check " in ran.stderr

    why = lect(*shlex.split(ran.stderr.split("`")[1])[1:])
    assert "menu.txt:11:17: U+00A7 SECTION SIGN" in why.stdout


def test_if_no_line_can_be_used_the_command_that_says_why_judges_by_the_same_rules(lect, tmp_path):
    (tmp_path / "my terms.txt").write_text("a latte for two\n")  # which a check takes for plain text
    ran = lect("train", "-o", "menu.lect", "--base", "toy", "--pronunciation", "my terms.txt")
    assert isinstance(ran.exception, InvalidDataset)
    why = lect(*shlex.split(ran.exception.hint.split("`")[1])[1:])
    assert why.exit_code == 1
    assert "(pronunciation, en-US): has errors" in why.stdout


@pytest.mark.parametrize(
    ("content", "option"),
    [
        ("@ list food =\n- pizza\n# Orders\n- I like {@food}\n", "--structured"),
        ("3CPO\tthree c p o\nIEEE\ti triple e\n", "--pronunciation"),
    ],
)
def test_text_that_looks_like_another_kind_is_told_with_the_option_for_it(train, tmp_path, content, option):
    assert "looks like" not in train().stderr
    (tmp_path / "menu.txt").write_text(content)
    said = train().stderr
    assert "menu.txt: learned as plain text, but it looks like" in said
    assert f"use {option} instead of --text" in said


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_bundle_never_takes_the_place_of_the_text_that_it_is_made_of(lect, tmp_path, dry):
    (tmp_path / "menu.lect").write_text(MENU)
    (tmp_path / "link.txt").symlink_to("menu.lect")
    for text in ("menu.lect", "link.txt"):
        ran = lect("train", "-o", "menu.lect", "--base", "toy", "--text", text, *dry)
        assert isinstance(ran.exception, Conflict)
        assert ran.exception.message.startswith("menu.lect: ")
    assert (tmp_path / "menu.lect").read_text() == MENU


def test_a_bundle_cannot_be_a_pipe(train, tmp_path):
    os.mkfifo(tmp_path / "menu.lect")
    assert "a bundle cannot be a pipe" in train().exception.message
    assert (tmp_path / "menu.lect").is_fifo()


def test_a_second_training_to_the_same_bundle_is_refused_while_the_first_goes_on(train, tmp_path):
    with claimed(tmp_path / "menu.lect"):
        ran = train()

    assert isinstance(ran.exception, Conflict)
    assert ran.exception.message == "menu.lect: it is being written already"
    assert not (tmp_path / "menu.lect").exists()


def test_the_help_says_what_the_seed_decides_and_where_nothing_is_drawn(lect):
    said = " ".join(lect("train", "--help").stdout.replace("│", " ").split())
    assert "batches, noise, what LoRA begins with, sentences and voices" in said
    assert "Training on text alone draws nothing at random" in said


def test_the_seed_is_recorded_and_changes_nothing_else(train, tmp_path):
    train("--seed", "1")
    one = bundles.open_bundle(tmp_path / "menu.lect").manifest
    train("--seed", "2")
    two = bundles.open_bundle(tmp_path / "menu.lect").manifest
    assert (one.seed, two.seed) == (1, 2)
    assert one.members == two.members


def test_a_dry_run_says_what_training_would_find_and_writes_nothing(train, toy_on_disk, tmp_path):
    ran = train("--dry-run", "--json")
    assert ran.exit_code == 0, ran.output
    planned = json.loads(ran.stdout)
    assert (planned["base"], planned["lines"]) == ("toy", {"accepted": 10, "rejected": 0})
    assert not (tmp_path / "menu.lect").exists()


def test_a_dry_run_of_text_alone_says_how_long_it_takes(train, toy_on_disk):
    said = train("--dry-run").stdout
    assert re.search(r"^about (a CPU second|\d+ CPU seconds) and [\d,]+ MB of memory$", said, re.MULTILINE)


LISTS = "@ list names =\n{}\n# Calls\n- call {{@names}} now\n"


@pytest.mark.parametrize(
    ("option", "line", "frame"),
    [
        ("--text", "a large latte number {} with {} shots of {}\n", "{}"),
        ("--structured", "- customer {} of branch {} at {}\n", LISTS),
        ("--pronunciation", "AB{}C{}\ta b {} c\n", "{}"),
    ],
)
def test_what_is_foretold_of_text_is_near_what_it_takes(lect, toy_on_disk, tmp_path, option, line, frame):
    numbers = [(_word(each), _word(7 * each), _word(each * each)) for each in range(4000)]
    (tmp_path / "data").write_text(frame.format("".join(line.format(*each) for each in numbers)))
    command = ("train", "-o", "t.lect", "--base", "toy", option, "data", "--json")
    foretold, took = (json.loads(lect(*command, *more).stdout) for more in (("--dry-run",), ()))
    assert 1 / 3 < foretold["cpu_seconds"] / took["cpu_seconds"] < 3
    assert 1 / 2 < foretold["peak_memory_mb"] / took["peak_memory_mb"] < 2


def _word(number: int) -> str:
    letters = "bdfgklmnprst"
    return "".join(letters[number // 12**at % 12] + "aeiou"[at] for at in range(4))


def test_what_is_foretold_counts_the_dev_data_for_every_candidate(train, toy_on_disk, sample):
    dev = sample / "dev" / "audio-and-trans"
    costs = [
        json.loads(train("--dry-run", "--json", *options).stdout)["cpu_seconds"]
        for options in ((), ("--dev", dev, "--weight", "40"), ("--dev", dev))
    ]
    assert costs[0] < costs[1] < costs[2]


@pytest.mark.parametrize(
    ("options", "error"),
    [
        (("--base", "whisper-bse"), NotFound),
        (("--base", "whisper-small"), NotFound),  # known, but neither here nor downloaded by a trial
        (("--locale", "fr-FR"), UnsupportedLocale),
        (("--text", "blank.txt"), None),  # the other text can be used
        (("--dev", "empty"), InvalidDataset),
        (("-o", "folder.lect"), StoreError),
        (("-o", "menu.txt/menu.lect"), StoreError),
    ],
)
def test_a_dry_run_meets_what_training_would_meet(train, toy_on_disk, tmp_path, options, error):
    (tmp_path / "blank.txt").write_text("\n")
    for folder in ("empty", "folder.lect"):
        (tmp_path / folder).mkdir()
    ran = train("--dry-run", *options)
    assert isinstance(ran.exception, error) if error else ran.exit_code == 0, ran.output


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_a_bundle_is_no_base_and_the_error_says_what_to_give_instead(train, tmp_path, dry):
    train()
    (tmp_path / "menu.lect").rename(tmp_path / "old.lect")
    error = train("--base", "old.lect", *dry).exception
    assert isinstance(error, InvalidInput)
    assert "old.lect: this is a custom model" in error.message
    assert "--base toy" in error.hint
    assert "--text OLD --text NEW" in error.hint


def test_a_full_disk_names_the_bundle_and_leaves_nothing_behind(train, tmp_path):
    train()  # so that the cache is filled
    (tmp_path / "menu.lect").unlink()
    before = sorted(tmp_path.rglob("*"))
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    handler = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))
    try:
        error = train().exception
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, handler)
    assert isinstance(error, StoreError)
    assert error.message == "menu.lect: cannot be written: File too large"
    assert sorted(set(tmp_path.rglob("*")) - set(before)) == []


def test_pronunciations_are_data_to_train_on(lect, tmp_path):
    (tmp_path / "terms.txt").write_text("3CPO\tthree c p o\nno tab here\n")
    ran = lect("train", "-o", "t.lect", "--base", "toy", "--pronunciation", "terms.txt", "--json")
    assert ran.exit_code == 0, ran.output
    assert json.loads(ran.stdout)["kinds"] == ["pronunciation"]
    assert "terms.txt: 1 line was left out, the first in line 2" in ran.stderr


def test_a_dry_run_names_the_kind_of_each_file(train, toy_on_disk, tmp_path):
    (tmp_path / "terms.txt").write_text("3CPO\tthree c p o\n")
    planned = json.loads(train("--pronunciation", "terms.txt", "--dry-run", "--json").stdout)
    assert [(each["file"], each["kind"]) for each in planned["files"]] == [
        ("menu.txt", "text"),
        ("terms.txt", "pronunciation"),
    ]


def test_without_data_the_error_names_every_kind(lect):
    ran = lect("train", "-o", "t.lect", "--base", "toy")
    assert ran.exit_code == 2
    said = " ".join(ran.stderr.replace("│", " ").split())
    assert (
        "name the data to train on: --text, --structured, --pronunciation or --display FILE, or --audio DATA"
        in said
    )


@pytest.mark.parametrize("dry", [(), ("--dry-run",)])
def test_without_torch_audio_is_refused_with_the_line_that_installs_it(
    lect, sample, monkeypatch, tmp_path, dry
):
    monkeypatch.setattr("lect.engines.whisper.tuning.find_spec", lambda name: None)
    ran = lect(
        "train", "-o", "t.lect", "--base", "toy", "--audio", str(sample / "dev" / "audio-and-trans"), *dry
    )
    assert isinstance(ran.exception, MissingExtra)
    assert "pip install 'lect[train]'" in ran.exception.hint
    assert [path.name for path in tmp_path.iterdir()] == []


def test_deep_text_needs_torch(train, sample, monkeypatch):
    monkeypatch.setattr("lect.engines.whisper.tuning.find_spec", lambda name: None)
    ran = train("--deep-text", "--dev", str(sample / "dev" / "audio-and-trans"))
    assert isinstance(ran.exception, MissingExtra)


def test_dev_data_that_can_pass_nothing_is_refused_before_anything_is_decoded(
    train, toy_on_disk, tmp_path, monkeypatch
):
    pytest.importorskip("torch")
    dev = tmp_path / "dev"
    dev.mkdir()
    for voice in sorted(guard().rglob("*.flac"))[:5]:
        (dev / voice.name).write_bytes(voice.read_bytes())
    lines = "".join(f"{voice.name}\tsentence {voice.name}\n" for voice in sorted(dev.iterdir()))
    (dev / "trans.txt").write_text(lines, encoding="utf-8-sig")
    monkeypatch.setattr(training, "workplace", lambda output: pytest.fail("work has begun"))

    ran = train("--deep-text", "--dev", dev)
    assert isinstance(ran.exception, InvalidDataset)
    assert ran.exception.message.startswith("dev: 5 recordings of dev data cannot tell a gain from chance")
    assert ran.exception.hint == "Give at least 6 recordings."
    assert (
        train("--dev", dev).exit_code == 0
    )  # no weights: the best weight of the text is taken, however little it rests on


def test_deep_text_wants_sentences(lect, tmp_path):
    (tmp_path / "terms.txt").write_text("3CPO\tthree c p o\n")
    ran = lect("train", "-o", "t.lect", "--base", "toy", "--pronunciation", "terms.txt", "--deep-text")
    assert ran.exit_code == 2
    assert "--text or --structured" in told(ran)


def test_deep_text_is_not_learned_where_nothing_would_tell_of_harm(train, monkeypatch):
    monkeypatch.setattr("lect.bootstrap.require_torch", lambda: None)
    ran = train("--deep-text", "--locale", "de-DE")
    assert isinstance(ran.exception, InvalidInput)
    assert "--dev" in ran.exception.hint


def test_self_training_needs_dev_data(lect, sample, monkeypatch):
    monkeypatch.setattr("lect.bootstrap.require_torch", lambda: None)
    ran = lect(
        "train", "-o", "t.lect", "--base", "toy", "--audio-only", str(sample / "dev" / "audio-and-trans")
    )
    assert isinstance(ran.exception, InvalidInput)
    assert "--dev" in ran.exception.hint


@pytest.mark.parametrize(
    ("argument", "expected"),
    [
        ("data.zip", ("data.zip", 1.0)),
        ("data.zip:3", ("data.zip", 3.0)),
        ("data.zip:0.5", ("data.zip", 0.5)),
        ("C:/data", ("C:/data", 1.0)),
        ("C:/data:2", ("C:/data", 2.0)),
        ("take:2", ("take:2", 1.0)),  # a folder of this name is there
        ("take:2:4", ("take:2", 4.0)),
        ("data.zip:", ("data.zip:", 1.0)),
        ("data.zip:new", ("data.zip:new", 1.0)),
    ],
)
def test_a_number_behind_the_last_colon_says_how_often_data_is_heard(
    tmp_path, monkeypatch, argument, expected
):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "take:2").mkdir()
    path, times = split_times(Path(argument))
    assert (str(path), times) == expected


@pytest.mark.parametrize("times", ["0", "-3", "101", "1e9", "nan", "inf", "often"])
def test_a_dataset_is_heard_a_sensible_number_of_times(lect, sample, times):
    data = f"{sample / 'dev' / 'audio-and-trans'}:{times}"
    ran = lect("train", "-o", "t.lect", "--base", "toy", "--audio", data)
    assert ran.exit_code == 2
    assert "a number above 0, up to 100" in told(ran)


@pytest.mark.parametrize(
    ("options", "range"),
    [
        (["--weight", "0"], "give a number from 1 to 100"),
        (["--weight", "101"], "give a number from 1 to 100"),
        (["--weight", "2.5"], "give a whole number from 1 to 100"),
        (["--threads", "0"], "give a number from 1 on"),
        (["--deep-text", "--allow-harm", "-1"], "give a number from 0 on"),
        (["--deep-text", "--alpha", "1.5"], "Give a number above 0, up to 1"),
        (["--audio", ".", "--method", "some"], "Known: auto, lora, full, decoder"),
        (["--synthetic-speech", "--augment", "some"], "Known: careful, full"),
    ],
)
def test_values_that_options_cannot_have_are_wrong_usage_and_those_they_can_are_named(
    lect, tmp_path, options, range
):
    (tmp_path / "orders.txt").write_text("a flat white please\n")
    ran = lect("train", "-o", "t.lect", "--base", "toy", "--text", "orders.txt", *options)
    assert ran.exit_code == 2
    assert range in told(ran)


def told(ran):
    """What went to standard error, in one line."""
    return " ".join(ran.stderr.replace("│", " ").split())


def test_synthetic_speech_needs_text_and_people_to_judge_it(lect, train, monkeypatch):
    monkeypatch.setattr("lect.bootstrap.require_torch", lambda: None)
    assert "--dev" in train("--synthetic-speech").exception.hint
    ran = lect("train", "-o", "t.lect", "--base", "toy", "--audio", ".", "--synthetic-speech")
    assert ran.exit_code == 2
    assert "--synthetic-speech is for sentences: add --text or --structured FILE" in told(ran)


ESTIMATE = {
    "method": None, "why": "", "epochs": 0, "sentences": 400, "sentences_epochs": 2, "spoken": 0, "spoken_epochs": 0,
    "too_long": 1, "utterances": 0, "self_trained": 0, "dev_utterances": 35, "audio_seconds": 0.0, "cpu_seconds": 60.0,
    "peak_memory_mb": 900.0, "left_out": [],
}  # fmt: skip


def test_a_dry_run_of_deep_text_says_how_often_it_is_read_and_nothing_of_audio(capsys):
    _tell_estimate(ESTIMATE)
    said = capsys.readouterr().out

    assert "deep text: 400 sentences for the decoder to learn, 2 times, amid as many" in said
    assert "1 sentence would be left out: too long" in said
    assert "audio" not in said and "speech" not in said


def test_a_dry_run_says_what_is_spoken_and_what_is_heard(capsys):
    _tell_estimate(
        ESTIMATE
        | {
            "sentences": 0,
            "spoken": 400,
            "spoken_epochs": 1,
            "method": "lora",
            "why": "the rule for so much audio",
        }
        | {"utterances": 36, "epochs": 4, "audio_seconds": 300.0, "too_long": 0, "self_trained": 3}
    )
    said = capsys.readouterr().out.splitlines()

    assert said == [
        "self-training: about 3 pieces recognised with confidence enough",
        "synthetic speech: 400 sentences for the decoder to learn, 1 time, amid as many of the base's own",
        "audio: 36 utterances, 5.0 minutes, 4 times by lora (the rule for so much audio)",
    ]


@pytest.mark.parametrize(("given", "line"), [(35, "to choose on"), (None, "to choose on, held back")])
def test_a_dry_run_says_once_how_much_judges(capsys, given, line):
    planned = Plan(
        text=(),
        structured=read_structured(()),
        pronunciations=read_pronunciations(()),
        dev_utterances=given,
        estimate=ESTIMATE,
        cpu_seconds=60.0,
        peak_memory_mb=900.0,
    )
    _tell_plan(planned, Path("t.lect"))
    said = capsys.readouterr().out

    assert f"dev data: 35 utterances {line}\n" in said
    assert said.count("35") == 1

    _tell_plan(replace(planned, estimate=ESTIMATE | {"dev_utterances": 0}), Path("t.lect"))
    assert "dev data" not in capsys.readouterr().out


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (
            ["--guard", "g"],
            "--guard is for training the weights: add --audio or --audio-only DATA, or --deep-text",
        ),
        (["--alpha", "0"], "--alpha is for training the weights"),
        (["--allow-harm", "0"], "--allow-harm is for training the weights"),
        (["--device", "cpu"], "--device is for training the weights"),
        (["--epochs", "2", "--resume"], "--resume and --epochs are for training the weights"),
        (
            ["--noise", "n", "--deep-text"],
            "--noise is for training on recordings: add --audio or --audio-only DATA, or --synthetic",
        ),
        (
            ["--augment", "full", "--deep-text"],
            "--augment is for training on recordings: add --audio or --audio-only",
        ),
        (
            ["--method", "auto"],
            "--method is for training on recordings of people: add --audio or --audio-only",
        ),
        (["--method", "lora", "--deep-text"], "--method is for training on recordings"),
        (["--method", "lora", "--synthetic-speech"], "--method is for training on recordings"),
        (["--leave-out-suspects"], "--leave-out-suspects is for recordings with transcripts: add --audio"),
        (["--leave-out-suspects", "--audio-only", "."], "--leave-out-suspects is for recordings"),
        (["--no-audio-text"], "--no-audio-text is for recordings with transcripts: add --audio DATA"),
        (["--no-audio-text", "--deep-text"], "--no-audio-text is for recordings with transcripts"),
    ],
)
def test_options_that_would_be_ignored_are_refused_with_what_they_are_for(train, options, said):
    ran = train(*options)
    assert ran.exit_code == 2
    assert said in told(ran)


def test_options_that_would_be_ignored_for_several_reasons_are_all_told_at_once(train):
    said = told(train("--no-audio-text", "--epochs", "2", "--method", "lora", "--resume"))

    assert "--no-audio-text is for recordings with transcripts: add" in said
    assert "--resume and --epochs are for training the weights: add" in said
    assert "--method is for training on recordings of people: add" in said


@pytest.mark.parametrize(
    ("data", "options", "said"),
    [
        (
            ["--display"],
            ["--weight", "30"],
            "--weight is for text that steers the search: add --text, --structured",
        ),
        (["--display"], ["--dev", "d"], "--dev is for choosing how far text steers or weights change"),
        (["--audio-only"], ["--dev", "d", "--weight", "30"], "--weight is for text that steers the search"),
        (["--audio"], ["--no-audio-text", "--weight", "30"], "--weight is for text that steers the search"),
        (["--audio"], ["--deep-text"], "--deep-text is for sentences: add --text or --structured FILE"),
    ],
)
def test_options_for_text_are_refused_where_none_is_learned(lect, tmp_path, data, options, said):
    ran = lect("train", "-o", "t.lect", "--base", "toy", *data, str(tmp_path), *options)
    assert ran.exit_code == 2
    assert said in told(ran)


@pytest.fixture
def warned(capsys):
    """warned(...) -> what is said of data before a training: of so many recordings, some of which are held back."""

    def warn(*, dev=0, training=0, by_file=None, left_out=(), suspects=(), dev_suspects=()):
        held = [SimpleNamespace(speaker=f"speaker {at % 2}") for at in range(dev)]
        data = SimpleNamespace(
            dev=held,
            training=[None] * training,
            by_file=by_file,
            by_speaker=by_file is None if dev else None,
        )
        ready = SimpleNamespace(
            data=data,
            left_out=left_out,
            suspects=suspects,
            dev_suspects=dev_suspects,
            own=OwnWords(),
            training=(),
        )
        _warn_of_audio(ready, audio=[Path("my data"), Path("more")], locale="en-GB")
        return capsys.readouterr().err

    return warn


@pytest.mark.parametrize("why", [UNKNOWN, ONE_SPEAKER])
def test_why_dev_data_is_held_back_by_file_is_told_with_how_much_it_is_and_what_helps(warned, why):
    said = warned(dev=6, training=9, by_file=why)

    assert said.startswith(
        f"{why.reason.capitalize()}, so 6 of 15 recordings (40%) are held back as dev data by file: "
    )
    assert said.endswith(f"{why.hint} Fewer than 6 recordings would tell nothing.\n")
    assert warned(dev=12, training=88, by_file=why).endswith(f"{why.hint}\n")


def test_how_much_is_held_back_by_speaker_is_told_too(warned):
    said = warned(dev=12, training=88)

    assert said == "12 of 100 recordings (12%) are held back as dev data: those of 2 speakers.\n"


def test_nothing_is_told_of_what_is_held_back_where_other_data_judges(warned):
    assert warned() == ""


def test_recordings_that_cannot_be_trained_on_are_counted_with_the_first_and_the_command_for_all(warned):
    silent = [
        LeftOut(file=f"{at}.wav", reason="nothing can be heard", dataset=0 if at else None) for at in range(7)
    ]

    assert warned(left_out=silent).splitlines() == [
        "7 recordings not trained on:",
        *(f"  {at}.wav: nothing can be heard" for at in range(5)),
        "  and 2 more",
        "  `lect check 'my data' --kind acoustic --locale en-GB` says what is wrong with recordings.",
    ]
    assert warned(left_out=silent[:1]).splitlines() == [
        "1 recording not trained on:",
        "  0.wav: nothing can be heard",
    ]


def test_of_many_transcripts_that_are_probably_wrong_the_worst_are_named_and_where_all_are(warned):
    unlikely = [Suspect(name=f"{at}.wav", code=SuspectCode.SURPRISE, reason="loss 9.0") for at in range(400)]
    wrong = Suspect(name="wrong.wav", code=SuspectCode.MISMATCH, reason="the base is sure")

    lines = warned(suspects=[*unlikely, wrong], dev_suspects=[wrong]).splitlines()
    assert lines[0] == (
        "Trained on all the same (--leave-out-suspects leaves them out): 401 transcripts probably wrong"
    )
    assert lines[1:3] == ["  wrong.wav: the base is sure", "  0.wav: loss 9.0"]
    assert lines[21:] == [
        "  and 381 more; with --json, `suspects` has them all",
        "Dev data, which judge all the same: 1 transcript probably wrong",
        "  wrong.wav: the base is sure",
    ]


@pytest.mark.parametrize(
    ("synthetic", "allowed", "said"),
    [
        (True, 3, "3 points are allowed there, as 0.5 of real speech (--guard)"),
        (False, 0.5, "guard WER: 0.5 points above the base's are allowed (--allow-harm)"),
        (
            False,
            0.5,
            "no more than alpha 0.5 was tried, because a guard of fewer than 200 words or 6 recordings",
        ),
    ],
)
def test_the_table_of_candidates_says_what_its_columns_mean(capsys, synthetic, allowed, said):
    guard = Guard(utterances=(), synthetic=synthetic)
    court = Court(dev=(), guard=guard, locale="en-US", decoder=None)
    heard = Heard(counts=[ErrorCounts(correct=9, substitutions=1)], blocks=["a.wav"])
    trial = Trial(alpha=0.5, dev=heard, guard=heard)
    cut = replace(trial, shortest_window=0.0)

    def told(*trials, given_up=None):
        judgement = Judgement(
            dev_before=heard,
            guard_before=heard,
            guard=guard,
            trials=trials,
            chosen=trials[-1],
            given_up=given_up,
        )
        _tell_trials(judgement, court)
        return capsys.readouterr().out

    assert court.allowed == allowed
    assert said in told(trial)
    assert "window: cut is as long as each recording" in told(trial, cut)
    assert "window: " not in told(trial)
    given_up = replace(cut, alpha=0.7)
    assert "with text, alpha 0.5 is taken in place of alpha 0.7 in cut windows, with which" in told(
        trial, given_up=given_up
    )


def test_what_is_left_out_is_told_before_anything_is_learned(train, tmp_path, monkeypatch):
    def learn(*_, on_plan, **__):
        on_plan(planned)
        raise InvalidDataset("it ends here")

    (tmp_path / "bad.txt").write_text("a latte please\n" + "x" * 10_000 + "\n")
    planned = plan(TrainOptions(text=(tmp_path / "bad.txt",)))
    monkeypatch.setattr("lect.bootstrap.Parts.train", learn)

    assert "bad.txt" in told(train())


def test_nothing_to_go_on_from_is_told(train, monkeypatch):
    def learn(*_, **__):
        raise InvalidDataset("it ends here")

    monkeypatch.setattr("lect.bootstrap.Parts.train", learn)
    assert "There is nothing to go on from: the training begins anew." in told(
        train("--deep-text", "--resume")
    )


@pytest.mark.parametrize("is_kept", [True, False])
def test_who_stops_a_training_is_told_how_it_goes_on_if_anything_is_kept(
    train, monkeypatch, tmp_path, is_kept
):
    def stop(parts, output, *_, **__):
        if is_kept:
            folder = tmp_path / ".menu.lect-training"
            folder.mkdir()
            (folder / "checkpoint-audio.safetensors").touch()
        raise KeyboardInterrupt

    monkeypatch.setattr("lect.bootstrap.Parts.train", stop)
    ran = train()
    assert ran.exit_code == 130
    assert ("with --resume goes on from there" in told(ran)) == is_kept


def test_text_alone_needs_no_torch(train, monkeypatch):
    monkeypatch.setattr("lect.engines.whisper.tuning.find_spec", lambda name: None)
    assert train().exit_code == 0


@pytest.fixture
def said(capsys):
    """said(taken=..., errors=...) -> what is told of a text that errs so often in ten words, where three are wrong without it."""

    def heard(errors):
        return Heard(counts=[ErrorCounts(correct=10 - errors, substitutions=errors)], blocks=["a.wav"])

    def tell(*, taken, errors, is_all_shared=False):
        objections = (WORSE,) if errors > 3 else ()
        trial = TextTrial(mixture=MixtureOptions(), dev=heard(errors), objections=objections)
        learned = Learned(language="en")
        text = DomainText(served=learned, judged=learned, is_all_shared=is_all_shared)
        _warn_of_text(Choice(before=heard(3), trials=(trial,), taken=trial if taken else None, text=text))
        return capsys.readouterr().err

    return tell


def test_text_that_makes_dev_data_worse_is_told_with_both_rates(said):
    rates = f"{WORSE} (dev WER 30.0% without it, 40.0% with it at the best weight)."
    assert said(taken=False, errors=4) == f"The text was left out of the bundle: {rates}\n"
    assert said(taken=True, errors=4) == f"The text does harm: {rates}\n"


def test_text_that_helps_is_not_warned_of(said):
    assert said(taken=True, errors=2) == ""
    assert "could not be chosen" in said(taken=True, errors=2, is_all_shared=True)


@pytest.mark.parametrize("sentences", ["", "# calls\n- call {@nope} now\n"])
def test_structured_text_without_a_usable_sentence_is_no_training_as_a_check_says(lect, tmp_path, sentences):
    (tmp_path / "parts.md").write_text("@ list parts =\n- Quorvex\n" + sentences)
    ran = lect("train", "-o", "parts.lect", "--base", "toy", "--structured", "parts.md")
    assert isinstance(ran.exception, InvalidDataset)
    assert not (tmp_path / "parts.lect").exists()
    assert lect(*shlex.split(ran.exception.hint.split("`")[1])[1:]).exit_code == 1


def test_a_list_that_stands_in_no_sentence_is_told_by_training(lect, tmp_path):
    (tmp_path / "parts.md").write_text("@ list parts =\n- Quorvex\n# calls\n- call me now\n")
    ran = lect("train", "-o", "parts.lect", "--base", "toy", "--structured", "parts.md")
    assert ran.exit_code == 0, ran.output
    assert "parts.md:1: no good sentence refers to the list 'parts'" in ran.stderr
