"""What the API says that it can do, it can do."""

import pytest

from lect.models import ways

V3 = "/speechtotext/v3.2"
NEWER = {"api-version": "2024-11-15"}


def features(answer):
    return answer.json()["values"][0]["properties"]["features"]


def test_transcriptions_at_once_are_announced_exactly_if_there_is_a_door_for_them(client):
    paths = client.get("/openapi.json").json()["paths"]
    told = features(client.get("/speechtotext/models/base", params=NEWER))

    for feature, action in (("Submit", "submit"), ("Transcribe", "transcribe")):
        is_there = f"/speechtotext/transcriptions:{action}" in paths
        assert told[f"supportsTranscriptions{feature}"] is is_there
        locales = client.get("/speechtotext/transcriptions/locales", params=NEWER).json()[feature]
        assert bool(locales) is is_there


def test_no_model_is_for_the_containers_of_others(client):
    assert features(client.get(f"{V3}/models/base"))["supportsTranscriptionsOnSpeechContainers"] is False


@pytest.mark.parametrize("has_torch", [True, False])
def test_recordings_are_trained_on_where_torch_is(client, monkeypatch, has_torch):
    monkeypatch.setattr(ways, "can_change_weights", lambda: has_torch)

    told = features(client.get(f"{V3}/models/base"))["supportsAdaptationsWith"]

    assert ("Acoustic" in told) is has_torch
    assert ("AudioFiles" in told) is has_torch
    assert "Language" in told


@pytest.mark.parametrize("noun", ["models", "evaluations", "endpoints", "transcriptions"])
def test_locales_are_those_of_the_base_models_that_are_here(client, noun):
    """The tests' server has an English one alone."""
    locales = client.get(f"{V3}/{noun}/locales").json()

    assert "en-US" in locales
    assert [each for each in locales if not each.startswith("en-")] == []


@pytest.mark.parametrize("noun", ["projects", "datasets"])
def test_data_may_be_kept_in_more_locales(client, noun):
    assert "de-DE" in client.get(f"{V3}/{noun}/locales").text


def test_an_endpoint_has_links_to_its_doors_and_to_its_logs(client):
    body = {"displayName": "e", "locale": "en-US"}
    body["model"] = {"self": client.get(f"{V3}/models/base").json()["values"][0]["self"]}

    links = client.post(f"{V3}/endpoints", json=body).json()["links"]

    assert client.get(links["logs"]).json()["values"] == []
    assert "webSocketConversation" in links
