"""Fast transcription: a file in, what was said in it out, as the published document has it."""

from __future__ import annotations

import errno
import io
import json
import logging
from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
import soundfile

from api_services import BASE
from lect.core.errors import ModelLoadFailed
from lect.engines.toy import ToyRecogniser
from lect.models import catalogue, customs
from lect.models.locales import id_of
from recognisers import running_recogniser

NOW = datetime(2026, 1, 1, tzinfo=UTC)
URL = "/speechtotext/transcriptions:transcribe"
SAID = "the cat sat."
ENGLISH = {"definition": json.dumps({"locales": ["en-US"]})}


class Voices:
    """Tells loud from quiet."""

    def voice(self, samples):
        return np.array([1.0, 0.0] if np.abs(samples).max() > 0.3 else [0.0, 1.0], np.float32)


@pytest.fixture
def recogniser(service, tmp_path, tones_are_speech):
    with service.storage.database.begin() as connection:
        customs.list_bases(connection, [catalogue.get(catalogue.DEFAULT)], at=NOW)
    with running_recogniser(service.storage, tmp_path, voices=Voices) as recogniser:
        yield recogniser


@pytest.fixture
def ask(app, service, client, recogniser, say):
    """ask(what is said, definition=...) -> the answer."""
    app.state.service = replace(service, recogniser=recogniser)

    def post(*parts, audio=None, version="2024-11-15", **definition):
        return client.post(
            f"{URL}?api-version={version}",
            files={"audio": ("a.wav", say(*parts) if audio is None else audio)},
            data={"definition": json.dumps(definition)},
        )

    return post


def refusal(answer):
    assert answer.status_code == 400, answer.text
    return answer.json()["innerError"]["message"], answer.json()["target"]


def stereo(left, right):
    """A WAV file whose channels say something else."""
    sound = np.zeros((max(len(left), len(right)), 2), np.float32)
    sound[: len(left), 0], sound[: len(right), 1] = left, right
    file = io.BytesIO()
    soundfile.write(file, sound, 16_000, format="WAV")
    return file.getvalue()


def test_one_language(ask):
    answer = ask("the cat sat. The dog ran.", locales=["en-us"])
    told = answer.json()
    assert answer.headers["X-Lect-Model"] == id_of(catalogue.DEFAULT, "en-US")
    assert told["combinedPhrases"] == [{"text": "the cat sat. The dog ran."}]
    assert [phrase["text"] for phrase in told["phrases"]] == ["the cat sat.", "The dog ran."]
    first = told["phrases"][0]
    assert set(first) == {
        "offsetMilliseconds",
        "durationMilliseconds",
        "text",
        "words",
        "locale",
        "confidence",
    }
    assert (first["locale"], [word["text"] for word in first["words"]]) == ("en-US", ["the", "cat", "sat."])
    assert first["words"][0]["offsetMilliseconds"] == first["offsetMilliseconds"]
    assert told["durationMilliseconds"] > first["durationMilliseconds"] > 0


def test_without_a_definition_the_language_is_told_by_the_first_speech(ask, client, say):
    answer = client.post(f"{URL}?api-version=2024-11-15", files={"audio": say("der hund ist der beste")})
    assert [phrase["locale"] for phrase in answer.json()["phrases"]] == ["de"]
    assert answer.headers["X-Lect-Model"] == catalogue.DEFAULT


def test_of_several_languages_each_phrase_has_its_own(ask):
    told = ask(
        "the cat sat on the mat",
        2.0,
        "der hund ist der beste freund der katze und der maus und der kuh",
        locales=["en-GB", "de-DE"],
    ).json()
    assert [phrase["locale"] for phrase in told["phrases"]] == ["en-GB", "de-DE"]


def test_a_model_may_be_named_for_a_language(ask, recogniser):
    id = id_of(BASE, "en-GB")
    address = f"http://elsewhere/speechtotext/models/base/{id}?api-version=2024-11-15"
    answer = ask(SAID, locales=["en-GB"], models={"en-GB": address})
    assert answer.headers["X-Lect-Model"] == id
    assert [row.id for row in recogniser.opened.rows] == [id]
    assert refusal(ask(SAID, locales=["en-GB"], models={"de-DE": address}))[1] == "definition.models"
    assert refusal(ask(SAID, locales=["en-GB"], models={"en-GB": "nothing"}))[1] == "definition.models"


def test_profanity_is_masked_unless_it_is_wanted(ask):
    assert ask("what a shit day", locales=["en-US"]).json()["phrases"][0]["text"] == "what a **** day"
    raw = ask("what a shit day", locales=["en-US"], profanityFilterMode="None").json()
    assert raw["combinedPhrases"][0]["text"] == "what a shit day"


def test_marks_that_are_said_are_written_where_they_are_wanted(ask):
    said = "the cat sat comma the dog ran period"
    assert ask(said, locales=["en-US"]).json()["combinedPhrases"][0]["text"] == said
    for mode in ("Dictated", "DictatedAndAutomatic"):
        told = ask(said, locales=["en-US"], punctuationMode=mode).json()
        assert told["combinedPhrases"][0]["text"] == "the cat sat, the dog ran."
        assert [word["text"] for word in told["phrases"][0]["words"]] == "the cat sat, the dog ran.".split()


def test_channels_are_heard_one_by_one(ask, spoken):
    audio = stereo(spoken("the cat sat"), spoken(1.0, "the dog ran"))
    told = ask(audio=audio, locales=["en-US"], channels=[1, 0]).json()
    assert told["combinedPhrases"] == [
        {"channel": 0, "text": "the cat sat"},
        {"channel": 1, "text": "the dog ran"},
    ]
    assert [(phrase["channel"], phrase["text"]) for phrase in told["phrases"]] == [
        (0, "the cat sat"),
        (1, "the dog ran"),
    ]
    assert ask(SAID, locales=["en-US"], channels=[1]).status_code == 400


def test_speakers_are_told_apart(ask, spoken):
    loud, quiet = spoken("the cat sat on the mat"), 0.2 * spoken("the dog ran to the house")
    file = io.BytesIO()
    pause = np.zeros(16_000, np.float32)
    soundfile.write(file, np.concatenate([loud, pause, quiet]), 16_000, format="WAV")
    told = ask(
        audio=file.getvalue(), locales=["en-US"], diarization={"enabled": True, "maxSpeakers": 2}
    ).json()
    assert {phrase["speaker"] for phrase in told["phrases"]} <= {1, 2}
    assert told["phrases"][0]["speaker"] == 1
    assert " ".join(phrase["text"] for phrase in told["phrases"]) == told["combinedPhrases"][0]["text"]


def test_a_server_that_cannot_tell_speakers_apart_says_so(
    app, service, client, say, tmp_path, tones_are_speech
):
    with running_recogniser(service.storage, tmp_path) as recogniser:
        app.state.service = replace(service, recogniser=recogniser)
        asked = {"definition": json.dumps({"diarization": {"maxSpeakers": 2}})}
        answer = client.post(f"{URL}?api-version=2024-11-15", files={"audio": say(SAID)}, data=asked)
    assert answer.status_code == 503
    assert "cannot tell speakers apart" in answer.json()["message"]


def failing(say, app, service, client, tmp_path, engine):
    """The answer of a server whose engine is another one."""
    (tmp_path / "failing").mkdir()
    with running_recogniser(service.storage, tmp_path / "failing", engine) as recogniser:
        app.state.service = replace(service, recogniser=recogniser)
        return client.post(
            f"{URL}?api-version=2024-11-15", files={"audio": say("this is the big bomb")}, data=ENGLISH
        )


def test_what_the_engine_says_is_told_with_its_place(app, service, client, say, tmp_path, recogniser):
    answer = failing(say, app, service, client, tmp_path, ToyRecogniser(fail_on="bomb"))

    assert (answer.status_code, answer.json()["code"]) == (500, "PipelineError")
    assert "The recognition failed at 0" in answer.json()["message"]
    assert "the toy engine was told to fail on 'bomb'" in answer.json()["message"]


def test_what_nobody_foresaw_is_told_by_its_kind_and_not_by_its_text(
    app, service, client, say, tmp_path, recogniser
):
    class Broken(ToyRecogniser):
        def recognise(self, audio, **options):
            raise KeyError("/home/somebody")

    answer = failing(say, app, service, client, tmp_path, Broken())

    assert (answer.status_code, answer.json()["code"]) == (500, "PipelineError")
    assert "something that nobody foresaw: KeyError" in answer.json()["message"]
    assert "somebody" not in answer.text


def test_what_is_logged_of_a_failure_names_the_request(
    app, service, client, say, tmp_path, recogniser, caplog
):
    class Broken(ToyRecogniser):
        def recognise(self, audio, **options):
            raise KeyError("latte")

    logging.getLogger("lect").propagate = True
    answer = failing(say, app, service, client, tmp_path, Broken())

    warnings = [each for each in caplog.records if each.levelno == logging.WARNING]
    assert "A file failed." in [each.getMessage() for each in warnings]
    assert {each.lect_fields.get("request") for each in warnings} == {answer.headers["X-RequestId"]}


def test_a_full_disk_is_told_as_such(ask, monkeypatch):
    async def full(*_args, **_options):
        raise OSError(errno.ENOSPC, "No space left on device", "/somewhere/audio")

    monkeypatch.setattr("lect.api.hearing.uploads.receive", full)

    answer = ask(SAID, locales=["en-US"])

    assert answer.status_code == 503
    assert "the disk of the server is full" in answer.json()["message"]
    assert "somewhere" not in answer.text


def test_a_model_that_is_gone_is_told_by_the_recogniser_with_its_code(ask, recogniser, monkeypatch):
    def gone(row):
        raise ModelLoadFailed(f"{row.display_name}: its bundle is damaged", hint="Import it again.")

    monkeypatch.setattr(recogniser.opened, "open", gone)

    answer = ask(SAID, locales=["en-US"])

    assert (answer.status_code, answer.json()["code"]) == (500, "PipelineError")
    assert answer.json()["message"].endswith(": its bundle is damaged\nImport it again.")


def test_phrases_are_expected(ask):
    asked = {"locales": ["en-US"], "phraseList": {"phrases": ["Zindle"], "biasingWeight": 1.5}}
    assert ask(SAID, **asked).json()["combinedPhrases"][0]["text"] == SAID


@pytest.mark.parametrize(
    ("definition", "target"),
    [
        ({"channels": [0, 1, 2]}, "definition.channels"),
        ({"channels": [-1]}, "definition.channels.0"),
        ({"channels": [0], "diarization": {"enabled": True}}, "definition.diarization"),
        ({"diarization": {"maxSpeakers": 36}}, "definition.diarization.maxSpeakers"),
        ({"audioUrl": "http://x/y.wav"}, "definition.audioUrl"),
        ({"enhancedMode": {"enabled": True}}, "definition.enhancedMode"),
        ({"profanityFilterMode": "Loud"}, "definition.profanityFilterMode"),
        ({"punctuationMode": "Dictated", "locales": ["ja-JP"]}, "definition.punctuationMode"),
        ({"phraseList": {"phrases": [""]}}, "definition.phraseList.phrases.0"),
    ],
)
def test_what_cannot_be_had_is_told_with_its_place(ask, definition, target):
    assert refusal(ask(SAID, **definition))[1] == target


def test_locales_that_no_model_has_or_that_cannot_be_told_apart_are_refused(ask):
    assert ask(SAID, locales=["xx-XX"]).status_code == 400
    assert ask(SAID, locales=["en-US", "en-GB"]).status_code == 400


def test_other_versions_are_taken_here_alone(ask, client):
    early = ask(SAID, version="2024-05-15-preview", locales=["en-US"]).json()
    assert set(early) == {"duration", "combinedPhrases", "phrases"}
    assert {"offset", "duration"} <= set(early["phrases"][0]["words"][0])
    late = ask(SAID, version="2025-10-15", locales=["en-US"]).json()
    assert "durationMilliseconds" in late
    assert ask(SAID, version="2023-01-01").status_code == 400
    assert client.get("/speechtotext/models?api-version=2025-10-15").status_code == 400


def test_a_form_without_audio_and_a_definition_that_is_no_json_are_refused(ask, client):
    url = f"{URL}?api-version=2024-11-15"
    assert refusal(client.post(url, files={"definition": (None, "{}")}))[1] == "audio"
    assert refusal(client.post(url, files={"audio": b"x"}, data={"definition": "{"}))[1] == "definition"
