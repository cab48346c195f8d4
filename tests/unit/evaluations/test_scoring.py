"""An evaluation says what the models scored and what of it is chance."""

import io
import json
import re
from html.parser import HTMLParser

import pytest
from rich.console import Console

from lect.evaluations import html, report, sclite
from lect.evaluations.scoring import ModelRun, score_models
from lect.speech.text import normaliser


class Utterance:
    def __init__(self, file, transcript, speaker=None):
        self.file, self.transcript, self.speaker = file, transcript, speaker


def evaluated(*columns, references=None, speakers=None, names=("whisper-base", "coffee.lect")):
    references = references or ["A sixteen-ounce latte, please."] * len(columns[0])
    utterances = [
        Utterance(f"{at}.wav", text, speakers[at] if speakers else None) for at, text in enumerate(references)
    ]
    runs = [
        ModelRun(model=name, hypotheses=column, cpu_seconds=2.0, audio_seconds=10.0)
        for name, column in zip(names, columns, strict=False)
    ]
    return score_models("orders", utterances, runs, normaliser=normaliser("en-US"), seed=1)


@pytest.fixture(scope="module")
def evaluation():
    return evaluated(
        ["A 16 oz ladder please", "a 16 oz latte", "", "<b>&evil</b>"] * 10 + ["thank you"],
        ["A 16-ounce latte, please."] * 40 + [""],
        references=["A sixteen-ounce latte, please."] * 40 + [""],
        speakers=[f"speaker {at % 8}" for at in range(41)],
    )


def test_the_document_has_the_shape_of_the_contract(evaluation):
    document = json.loads(json.dumps(evaluation.to_json(), allow_nan=False))

    assert set(document) == {"dataset", "normaliser", "models", "comparisons", "utterances"}
    assert set(document["models"][0]) == {
        "model", "wer", "wer_ci", "cer", "ser", "ter", "words", "correct", "substitutions", "deletions", "insertions",
        "silence", "cpu_seconds", "audio_seconds", "token_errors", "tokens", "sentences",
    }  # fmt: skip
    assert set(document["models"][0]["token_errors"]) == {
        "punctuation", "capitalization", "itn", "lexical", "others",
    }  # fmt: skip
    assert set(document["comparisons"][0]) == {
        "a",
        "b",
        "wer_delta",
        "ci",
        "p",
        "test",
        "detectable",
        "mapsswe",
        "verdict",
    }
    assert set(document["utterances"][0]) == {"file", "reference", "speaker", "models"}
    assert set(document["utterances"][0]["models"][0]) == {"hypothesis", "alignment", "errors"}
    assert document["normaliser"] == "en-1"


def test_rates_are_ratios_of_summed_counts(evaluation):
    document = evaluation.to_json()
    first, second = document["models"]

    assert first["words"] == 40 * 5
    assert first["wer"] == pytest.approx(
        (first["substitutions"] + first["deletions"] + first["insertions"]) / 200, abs=1e-6
    )
    assert first["wer_ci"][0] <= first["wer"] <= first["wer_ci"][1]
    assert (second["wer"], second["ser"], second["cer"]) == (0, 0, 0)
    assert second["ter"] > 0  # "sixteen-ounce" is displayed as "16-ounce"
    assert second["token_errors"]["itn"]["edits"] > 0
    assert second["token_errors"]["lexical"] == {"edits": 0, "share": 0}


def test_the_better_model_beats_the_other_by_speaker(evaluation):
    (comparison,) = evaluation.to_json()["comparisons"]

    assert comparison["wer_delta"] < 0
    assert comparison["ci"][1] < 0
    assert comparison["test"] == "paired block bootstrap by speaker"
    assert comparison["verdict"].startswith("coffee.lect beats whisper-base by ")


def test_words_heard_in_silence_are_counted(evaluation):
    first, second = evaluation.models

    assert (first.silence.utterances, first.silence.hallucinations) == (1, 1)
    assert (second.silence.utterances, second.silence.hallucinations) == (1, 0)
    assert first.totals.words.insertions >= 2


def test_files_are_the_blocks_where_speakers_are_few_or_unknown():
    few = evaluated(["a latte"] * 8, ["latte"] * 8, speakers=["one", "two"] * 4)
    unknown = evaluated(["a latte"] * 8, ["latte"] * 8, speakers=[*"abcdefg", None])

    assert {each.comparisons[0].test for each in (few, unknown)} == {"paired block bootstrap by file"}


def test_one_recording_has_no_interval():
    document = evaluated(["a latte"], ["a latte please"]).to_json()

    assert document["models"][0]["wer_ci"] is None
    assert document["comparisons"][0]["p"] is None
    assert "1 file cannot tell chance from merit" in document["comparisons"][0]["verdict"]


def test_a_set_of_silence_alone_has_no_rate():
    document = evaluated(["you", ""], references=["", "uh"]).to_json()

    assert document["models"][0]["wer"] is None
    assert document["models"][0]["silence"] == {"utterances": 2, "hallucinations": 1}
    json.dumps(document, allow_nan=False)


def test_three_models_are_compared_two_by_two():
    found = evaluated(*[["a latte"] * 6] * 3, names=("a", "b", "c"))

    assert [(each.a, each.b) for each in found.comparisons] == [("a", "b"), ("a", "c"), ("b", "c")]
    assert "no difference between a and b" in found.comparisons[0].verdict


def test_every_reference_needs_a_hypothesis():
    with pytest.raises(ValueError, match="shorter"):
        evaluated(["a latte"], references=["a latte", "a mocha"])


def test_the_same_seed_gives_the_same_document(evaluation):
    columns = [[score.models[at].hypothesis for score in evaluation.utterances] for at in range(2)]
    references = [each.reference for each in evaluation.utterances]
    again = evaluated(
        *columns, references=references, speakers=[each.speaker for each in evaluation.utterances]
    )

    assert again.to_json() == evaluation.to_json()


def test_the_terminal_report_shows_rates_verdict_and_the_worst_utterances(evaluation):
    console = Console(width=160, record=True, file=io.StringIO())
    report.print_report(evaluation, console, worst=2)
    text = console.export_text()

    assert re.search(r"whisper-base +\d+\.\d\d \[\d+\.\d\d-\d+\.\d\d\]", text)
    assert "coffee.lect beats whisper-base" in text
    assert "MAPSSWE p = " in text
    assert "whisper-base heard words in 1 of 1 utterance in which nothing is said" in text
    assert "0.200" in text  # CPU seconds a second of audio
    assert text.count("coffee.lect: ") == 2


def test_the_page_holds_all_it_needs_and_escapes_every_text(evaluation):
    page = html.render(evaluation, audio={"0.wav": ("audio/wav", b"RIFF")})
    found = Tags()
    found.feed(page)

    assert found.open == []
    assert "script" not in found.seen
    assert "<b>" not in page
    assert "&lt;b&gt;&amp;evil&lt;/b&gt;" in page
    assert 'src="data:audio/wav;base64,UklGRg=="' in page
    assert re.findall(r"(?:https?:)?//\S+", page.replace("base64,", "")) == []
    assert "Content-Security-Policy" in page
    assert "coffee.lect beats whisper-base" in page


def test_the_policy_of_the_page_allows_its_own_style(evaluation):
    import base64
    import hashlib

    page = html.render(evaluation)
    style = re.search("<style>(.*?)</style>", page, re.S)[1]
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()

    assert f"style-src 'sha256-{digest}'" in page
    assert "style=" not in page


class Tags(HTMLParser):
    VOID = frozenset({"meta", "br"})

    def __init__(self):
        super().__init__()
        self.open, self.seen = [], set()

    def handle_starttag(self, tag, attrs):
        self.seen.add(tag)
        if tag not in self.VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


def test_sclite_files_have_unique_names_and_ids(tmp_path):
    found = evaluated(
        ["a latte", ""],
        ["a latte", "tea"],
        speakers=["Ann-Marie (1)", None],
        names=("models/ref.lect", "ref.lect"),
    )
    files = sclite.write(found, tmp_path)

    assert [path.name for path in files] == ["ref.trn", "ref.lect.trn", "ref.lect-2.trn"]
    assert files[1].read_text() == "a latte (annmarie1_000001)\n(unknown_000002)\n"
    assert (tmp_path / "ids.tsv").read_text() == "annmarie1_000001\t0.wav\nunknown_000002\t1.wav\n"


def test_display_rules_count_in_the_token_error_rate_alone():
    def scored(written):
        run = ModelRun(model="m", hypotheses=["An end to end test."], written=written)
        utterances = [Utterance("a.wav", "An E2E test.")]
        return score_models("d", utterances, [run], normaliser=normaliser("en-US"), seed=1)

    plain, ruled = scored(None), scored(["An E2E test."])
    assert plain.models[0].totals.words == ruled.models[0].totals.words
    assert plain.models[0].tokens.errors > ruled.models[0].tokens.errors == 0
    assert ruled.utterances[0].models[0].hypothesis == "An E2E test."
