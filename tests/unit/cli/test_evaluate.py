"""`lect evaluate` on the toy engine: failures, and what a locale may be."""

from __future__ import annotations

import json
from contextlib import contextmanager

import pytest

from lect.core.errors import Conflict, InvalidInput, RecognitionFailed
from lect.serving.transcriptions import transcribe

TRANSCRIPTS = {
    "coffee.wav": "one large latte with soy milk please",
    "tea.wav": "and a cup of tea",
    "bomb.wav": "there is a bomb in here",
    "german.wav": "um er",
}


@pytest.fixture
def evaluate(lect, tmp_path, say):
    def evaluate(files, *options):
        (tmp_path / "data").mkdir()
        for file in files:
            (tmp_path / "data" / file).write_bytes(say(TRANSCRIPTS[file]))
        lines = "".join(f"{file}\t{TRANSCRIPTS[file]}\n" for file in files)
        (tmp_path / "data" / "trans.txt").write_text(lines)
        return lect("evaluate", "data", "-m", "toy", *options)

    return evaluate


def test_an_utterance_that_fails_is_left_out_for_all_and_told_at_the_end(evaluate):
    ran = evaluate(["coffee.wav", "bomb.wav", "tea.wav"], "-m", "other", "--json")
    assert ran.exit_code == 1
    document = json.loads(ran.stdout)
    assert [each["file"] for each in document["utterances"]] == ["coffee.wav", "tea.wav"]
    assert [model["words"] for model in document["models"]] == [12, 12]
    assert [(each["file"], each["model"]) for each in document["failures"]] == [
        ("bomb.wav", "toy"),
        ("bomb.wav", "other"),
    ]
    assert "error: bomb.wav: recognition failed at 0.0 s" in ran.stderr
    assert "1 utterance could not be heard" in ran.stderr


def test_each_word_that_was_heard_says_when_it_is_said(evaluate):
    document = json.loads(evaluate(["coffee.wav"], "--json").stdout)

    [utterance] = document["utterances"]
    edits = utterance["models"][0]["alignment"]
    times = [(edit["offset"], edit["duration"]) for edit in edits]
    assert len(times) == len(TRANSCRIPTS["coffee.wav"].split())
    assert times == sorted(times)
    assert all(
        offset >= 0 and 0 < duration <= utterance["duration"] - offset + 0.01 for offset, duration in times
    )


@pytest.mark.parametrize(("options", "wanted"), [((), False), (("--json",), True)])
def test_when_words_are_said_is_found_out_only_where_it_is_told(evaluate, monkeypatch, options, wanted):
    """It costs time, which would count as the model's."""
    asked = []

    def ask(*arguments, word_times, **others):
        asked.append(word_times)
        return transcribe(*arguments, word_times=word_times, **others)

    monkeypatch.setattr("lect.evaluations.running.transcribe", ask)

    assert evaluate(["coffee.wav"], *options).exit_code == 0
    assert asked == [wanted]


def test_a_bar_counts_utterances(evaluate, monkeypatch):
    told = []

    @contextmanager
    def progress(**_):
        yield lambda what, done: told.append((what, done))

    monkeypatch.setattr("lect.cli.console.progress", progress)
    assert evaluate(["coffee.wav", "tea.wav"]).exit_code == 0
    assert told[-3:] == [
        ("Recognising with toy", 0.0),
        ("Recognising with toy · 1 of 2 utterances", 0.5),
        ("Recognising with toy · 2 of 2 utterances", 1.0),
    ]


@pytest.mark.parametrize("option", ["--html=data/trans.txt", "--html=data/coffee.wav", "--sclite=data"])
def test_a_report_never_takes_the_place_of_the_data(evaluate, tmp_path, option):
    assert isinstance(evaluate(["coffee.wav"], option).exception, Conflict)
    assert sorted(path.name for path in (tmp_path / "data").iterdir()) == ["coffee.wav", "trans.txt"]
    assert (tmp_path / "data" / "trans.txt").read_text().startswith("coffee.wav\t")


def test_speakers_of_other_recordings_are_refused(evaluate, tmp_path):
    (tmp_path / "who.tsv").write_text("file\tspeaker\nlatte.wav\tanna\n")
    error = evaluate(["coffee.wav", "tea.wav"], "--speakers", "who.tsv").exception
    assert isinstance(error, InvalidInput)
    assert error.message == "who.tsv: none of the recordings is in it"
    assert "coffee.wav" in error.hint


@pytest.mark.parametrize(("table", "told"), [("coffee\tanna\n", True), ("coffee\tanna\ntea\tben\n", False)])
def test_recordings_without_a_speaker_are_told(evaluate, tmp_path, table, told):
    (tmp_path / "who.tsv").write_text(table)
    ran = evaluate(["coffee.wav", "tea.wav"], "--speakers", "who.tsv")
    assert ran.exit_code == 0, ran.output
    assert ("who.tsv: no speaker for 1 of 2 utterances, the first tea.wav" in ran.stderr) is told


def test_if_every_utterance_fails_there_is_nothing_to_score(evaluate):
    assert isinstance(evaluate(["bomb.wav"]).exception, RecognitionFailed)


def test_without_failures_the_document_is_that_of_the_contract(evaluate):
    ran = evaluate(["coffee.wav"], "--json")
    assert ran.exit_code == 0
    assert set(json.loads(ran.stdout)) == {"dataset", "normaliser", "models", "comparisons", "utterances"}


def test_without_a_locale_the_transcripts_are_judged_by_that_of_the_bundle(lect, evaluate, tmp_path):
    (tmp_path / "menu.txt").write_text("einen kaffee bitte\n")
    trained = lect("train", "-o", "menu.lect", "--base", "toy", "--text", "menu.txt", "--locale", "de-DE")
    assert trained.exit_code == 0, trained.output
    ran = evaluate(["german.wav"], "-m", "menu.lect", "--json")
    assert ran.exit_code == 0, ran.output
    document = json.loads(ran.stdout)
    assert document["normaliser"].startswith("de-")
    assert document["models"][0]["words"] == 2  # which English takes for hesitations


def test_data_that_is_no_dataset_names_the_command_that_says_why(lect, tmp_path):
    (tmp_path / "orders.txt").write_text("a flat white please\n")
    error = lect("evaluate", "orders.txt", "-m", "toy").exception
    assert error.message == "orders.txt: no utterance can be used"
    assert "`lect check orders.txt --kind acoustic --locale en-US`" in error.hint


def test_a_folder_in_place_of_a_table_of_speakers_is_called_one(evaluate):
    error = evaluate(["tea.wav"], "--speakers", "data").exception
    assert isinstance(error, InvalidInput)
    assert "this is a folder" in error.message
