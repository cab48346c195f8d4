"""An evaluation is looked through and taken along from its document alone."""

import csv
import io
import json
import zipfile
from copy import deepcopy

import pytest

from lect import tasks
from lect.core.progress import silent
from lect.evaluations.again import restore
from lect.evaluations.details import Order, Wrong, as_csv, select, speakers_of
from lect.evaluations.scoring import ModelRun, score_models
from lect.speech.text import normaliser


class Reference:
    def __init__(self, file, transcript, speaker):
        self.file, self.transcript, self.speaker = file, transcript, speaker


@pytest.fixture(scope="module")
def document():
    said = ["ripe pears", "=1+1 apples", "a robot", "no more"]
    references = [Reference(f"{at}.wav", text, f"speaker {at % 2}") for at, text in enumerate(said)]
    runs = [
        ModelRun(model="base", hypotheses=["ripe bears", "apples", "", "no more"], audio_seconds=9.0),
        ModelRun(model="ours", hypotheses=said, cpu_seconds=1.5, audio_seconds=9.0),
    ]
    found = score_models("orchard", references, runs, normaliser=normaliser("en-US"))
    return json.loads(json.dumps(found.to_json()))


def files(utterances):
    return [each["file"] for each in utterances]


def test_scored_again_it_is_the_same(document):
    assert json.loads(json.dumps(restore(document, locale="en-US").to_json())) == document


def test_utterances_are_sorted_searched_and_left_out(document):
    assert files(select(document, order=Order.FILE)) == ["0.wav", "1.wav", "2.wav", "3.wav"]
    by_errors = select(document)
    errors = [max(model["errors"] for model in each["models"]) for each in by_errors]
    assert errors == sorted(errors, reverse=True)
    assert "3.wav" not in files(select(document, wrong=Wrong.ANY))
    assert files(select(document, search="BEARS")) == ["0.wav"]
    assert files(select(document, search="speaker 1", order=Order.FILE)) == ["1.wav", "3.wav"]


def test_utterances_are_found_by_what_is_wrong_in_them(document):
    assert files(select(document, wrong=Wrong.SUBSTITUTION)) == ["0.wav"]
    assert files(select(document, word="Bears")) == files(select(document, word="pears")) == ["0.wav"]
    assert files(select(document, word="ripe")) == []
    assert files(select(document, speaker="speaker 1", wrong=Wrong.ANY)) == ["1.wav"]
    assert files(select(document, order=Order.RATE))[0] == "2.wav"
    assert speakers_of(document) == ["speaker 0", "speaker 1"]


def test_a_table_holds_every_utterance_and_no_formula(document):
    heads, *lines = csv.reader(io.StringIO(as_csv(document, ["base", "@ours"])))

    assert heads == ["file", "speaker", "reference", "base", "errors of base", "'@ours", "errors of @ours"]
    assert [line[2] for line in lines] == ["ripe pears", "'=1+1 apples", "a robot", "no more"]
    assert [line[6] for line in lines] == ["0"] * 4


@pytest.mark.parametrize("begin", "=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
def test_nothing_that_a_spreadsheet_would_calculate_stands_at_the_start_of_a_cell(document, begin):
    document = deepcopy(document)
    utterance = document["utterances"][0]
    utterance |= {"file": f"{begin}1", "speaker": f"{begin}2", "reference": f"{begin}3"}
    utterance["models"][0]["hypothesis"] = f"{begin}4"

    heads, line, *_ = csv.reader(io.StringIO(as_csv(document, [f"{begin}5", "ours"]), newline=""))

    assert [line[at] for at in range(4)] == [f"'{begin}{number}" for number in (1, 2, 3, 4)]
    assert heads[3] == f"'{begin}5"


def test_files_for_sclite_come_as_a_zip(document, tmp_path):
    (tmp_path / "evaluation.json").write_text(json.dumps(document))
    arguments = {
        "document": str(tmp_path / "evaluation.json"),
        "data": str(tmp_path),
        "locale": "en-US",
        "form": "sclite",
        "output": str(tmp_path / "sclite.zip"),
    }

    tasks.render_evaluation(arguments, silent)

    with zipfile.ZipFile(tmp_path / "sclite.zip") as archive:
        assert sorted(archive.namelist()) == ["base.trn", "ids.tsv", "ours.trn", "ref.trn"]
        assert b"ripe bears" in archive.read("base.trn")
