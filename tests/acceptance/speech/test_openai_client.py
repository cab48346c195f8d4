"""OpenAI's unmodified client against a running server: each format, streams, models and errors, as its users see them."""

from __future__ import annotations

import pytest

from speech_sdks import openai

BASE = "whisper-base"
SAID = "before lunch"


@pytest.fixture(scope="module")
def client(root, server):
    sdk = openai(root / "build")

    def run(*asked):
        return sdk.run(url=f"{server.address}/v1", key=server.key, asked=list(asked)).events

    return run


def test_each_format_is_what_the_client_makes_of_it(client, wavs):
    one = {"file": str(wavs["one"]), "model": BASE}
    both = {"response_format": "verbose_json", "timestamp_granularities": ["word", "segment"]}
    plain, text, srt, vtt, verbose = client(
        one,
        {**one, "response_format": "text"},
        {**one, "response_format": "srt"},
        {**one, "response_format": "vtt"},
        {**one, **both},
    )
    assert [each["type"] for each in (plain, text, srt, vtt, verbose)] == [
        "Transcription",
        "str",
        "str",
        "str",
        "TranscriptionVerbose",
    ]
    assert all(SAID in " ".join(each["text"].split()) for each in (plain, text, srt, vtt, verbose))
    assert {each["model"] for each in (plain, text, srt, vtt, verbose)} == {BASE}
    assert "00:00:0" in srt["text"]
    assert vtt["text"].startswith("WEBVTT\n")
    assert verbose["language"] == "english"
    assert [word["word"] for word in verbose["words"]][-2:] == ["before", "lunch"]
    assert verbose["segments"][-1]["end"] == pytest.approx(verbose["words"][-1]["end"])


def test_a_stream_is_deltas_and_the_whole_text(client, wavs):
    [event] = client({"file": str(wavs["three"]), "model": BASE, "stream": True})
    *deltas, done = event["stream"]
    assert {delta["type"] for delta in deltas} == {"transcript.text.delta"}
    assert done["type"] == "transcript.text.done"
    assert "".join(delta["delta"] for delta in deltas) == done["text"]
    assert SAID in done["text"]


def test_an_endpoint_answers_with_its_model_and_a_prompt_is_expected(client, endpoint, wavs):
    one = {"file": str(wavs["one"])}
    listed, of_endpoint, plain, prompted = client(
        {"list": True},
        {**one, "model": endpoint},
        {**one, "model": BASE},
        {**one, "model": BASE, "prompt": "Fandoro, Zindle"},
    )
    assert {BASE, endpoint} <= set(listed["models"])
    assert "Fandoro of the Zindle" in of_endpoint["text"]
    assert of_endpoint["model"] in listed["models"]
    assert "Fandoro" not in plain["text"]
    assert "Fandoro" in prompted["text"]


def test_errors_are_the_classes_that_the_client_has_for_them(client, server, wavs, root):
    one = {"file": str(wavs["one"]), "model": BASE}
    unknown, temperature, translation, nothing = client(
        {**one, "model": "whisper-1"},
        {**one, "temperature": 1.5},
        {**one, "translate": True},
        {"retrieve": "whisper-1"},
    )
    assert (unknown["error"], unknown["code"], unknown["param"]) == (
        "NotFoundError",
        "model_not_found",
        "model",
    )
    assert (temperature["error"], temperature["param"]) == ("BadRequestError", "temperature")
    assert (translation["error"], translation["code"]) == ("NotFoundError", "not_offered")
    assert nothing["code"] == "model_not_found"
    [refused] = openai(root / "build").run(url=f"{server.address}/v1", key="wrong", asked=[one]).events
    assert (refused["error"], refused["code"]) == ("AuthenticationError", "invalid_api_key")
