"""`lect score`: what it prints, and how it fails."""

import json

import pytest
import typer
from typer.testing import CliRunner

from lect.cli.score import score
from lect.core.errors import InvalidTranscript, NotFound


@pytest.fixture
def run(tmp_path):
    app = typer.Typer()
    app.command()(score)
    (tmp_path / "ref.trn").write_text("I'd like a sixteen ounce LATTE (ann_1)\n(ann_2)\n")
    (tmp_path / "hyp.tsv").write_text("ann_1\tI would like a 16-oz latte\nann_2\tthanks\n")

    def run(*arguments):
        return CliRunner().invoke(app, [str(tmp_path / a) if "." in a else a for a in arguments])

    return run


def test_words_count_as_given_in_lower_case(run):
    assert json.loads(run("ref.trn", "hyp.tsv", "--json").stdout) == {
        "wer": 0.833333, "words": 6, "correct": 3, "substitutions": 2, "deletions": 1, "insertions": 2,
        "sentences": 2, "sentence_errors": 2, "cer": 0.84,
    }  # fmt: skip


def test_normalised_words_count_by_the_rules_of_the_locale(run):
    found = json.loads(run("ref.trn", "hyp.tsv", "--normalise", "en-US", "--json").stdout)

    assert (found["words"], found["correct"], found["insertions"]) == (7, 7, 1)


def test_people_get_a_summary(run):
    ran = run("ref.trn", "hyp.tsv")

    assert ran.exit_code == 0
    assert "WER 83.33 %  5 errors in 6 words, as given, in lower case" in ran.stdout
    assert "3 correct, 2 substituted, 1 deleted, 2 inserted" in ran.stdout
    assert "SER 100.00 %  2 of 2 utterances" in ran.stdout


def test_a_missing_file_and_other_ids_are_named(run, tmp_path):
    (tmp_path / "other.trn").write_text("x (bob_1)\n")

    assert isinstance(run("ref.trn", "none.trn").exception, NotFound)
    error = run("ref.trn", "other.trn").exception
    assert isinstance(error, InvalidTranscript)
    assert "other.trn: no line for 2 of the utterances" in error.message
    assert "ann_1, ann_2" in error.message


def test_wrong_usage_exits_with_two(run):
    assert run("ref.trn").exit_code == 2
    assert run("ref.trn", "hyp.tsv", "--nonsense").exit_code == 2


def test_help_has_examples(run):
    assert "lect score ref.stm hyp.ctm --json" in run("--help").stdout


def test_a_locale_that_is_none_is_wrong_usage(run):
    ran = run("ref.trn", "hyp.tsv", "--normalise", "klingon")
    assert ran.exit_code == 2
    assert "de-DE" in ran.stderr


def test_a_language_without_rules_is_told_once(run):
    ran = run("ref.trn", "hyp.tsv", "--normalise", "sv-SE", "--json")
    assert ran.exit_code == 0
    assert ran.stderr.count("sv-SE: there are no rules") == 1


def test_files_that_differ_in_their_folders_alone_are_told_so(lect, tmp_path):
    (tmp_path / "ref.tsv").write_text("a.wav\thello there\nb.wav\tgood day\n")
    (tmp_path / "hyp.tsv").write_text("calls/a.wav\thello there\ncalls/b.wav\tgood day\n")
    ran = lect("score", "ref.tsv", "hyp.tsv")
    assert ran.exit_code != 0
    assert ran.exception.message == "hyp.tsv names the files of ref.tsv in other folders: a.wav, calls/a.wav"
    assert "the same folders" in ran.exception.hint
