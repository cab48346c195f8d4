"""A third party's program on the Speech SDK: LiveKit's plug-in for Azure hears by a Lect server, as voice agents do."""

from __future__ import annotations

import pytest

from speech_sdks import livekit

V1 = "/speech/recognition/conversation/cognitiveservices/v1"
SAID = ["before lunch", "gently", "this morning"]


@pytest.fixture(scope="module")
def plugin(root):
    return livekit(root / "build")


def finals(seen):
    return [event["text"] for event in seen.all("final_transcript")]


def test_an_agent_hears_each_sentence_and_what_becomes_of_it(plugin, server, wavs):
    seen = plugin.run(speech_key=server.key, speech_host=server.url, wav=wavs["three"])

    assert [part in text for part, text in zip(SAID, finals(seen), strict=True)] == [True] * 3
    speech = [event["kind"] for event in seen.events if event["kind"].endswith("_of_speech")]
    assert speech == ["start_of_speech", "end_of_speech"]
    offsets = [event["offset"] for event in seen.all("final_transcript")]
    assert offsets == sorted(offsets)


def test_an_agent_reads_along(plugin, server, wavs):
    seen = plugin.run(speech_key=server.key, speech_host=server.url, wav=wavs["no pause"])

    assert seen.all("interim_transcript")


def test_an_agent_that_waits_for_several_languages_is_told_which_it_was(plugin, server, wavs):
    seen = plugin.run(
        speech_key=server.key, speech_host=server.url, wav=wavs["one"], language=["de-DE", "en-US"]
    )

    assert {event["language"] for event in seen.all("final_transcript")} == {"en-US"}


def test_an_agent_has_phrases_expected(plugin, server, wavs):
    asked = {"speech_key": server.key, "speech_host": server.url, "wav": wavs["one"]}

    assert "Fandoro" not in " ".join(finals(plugin.run(**asked)))
    assert "Fandoro" in " ".join(finals(plugin.run(**asked, phrase_list=["Fandoro", "Zindle"])))


def test_an_agent_is_answered_by_the_model_of_an_endpoint(plugin, server, endpoint, wavs):
    address = f"{server.url}{V1}?cid={endpoint}"

    seen = plugin.run(speech_key=server.key, speech_endpoint=address, wav=wavs["one"])

    assert "Fandoro of the Zindle" in " ".join(finals(seen))
