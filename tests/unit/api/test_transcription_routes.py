"""Transcriptions over HTTP: what is understood, what is refused, what is shown."""

from datetime import UTC, datetime

import pytest

from api_services import client_of
from lect.api.service import Service
from lect.api.signing import Signer
from lect.models import catalogue, customs
from lect.models.locales import id_of
from lect.settings import Settings
from lect.store.blobs import open_blobs
from lect.store.repositories import TRANSCRIPTIONS
from lect.store.storage import Storage
from storages import new_database

V3 = "/speechtotext/v3.2/transcriptions"
SUBMIT = "/speechtotext/transcriptions:submit?api-version=2024-11-15"
URL = "https://a.example/a.wav?sig=s3cr3t"


@pytest.fixture
def storage(tmp_path):
    database = new_database(tmp_path / "lect.db")
    bases = [base for base in catalogue.BASE_MODELS if base.name == catalogue.DEFAULT]
    with database.begin() as connection:
        customs.list_bases(connection, bases, at=datetime.now(UTC))
    blobs = open_blobs(str(tmp_path / "blobs"), cache=tmp_path / "copies", cache_bytes=1 << 20)
    yield Storage(database=database, blobs=blobs)
    database.close()


@pytest.fixture
def client(app, storage):
    return client_of(app, Service(storage=storage, signer=Signer(secret=b"secret"), settings=Settings()))


def body(**properties):
    return {"displayName": "x", "locale": "en-us", "contentUrls": [URL], "properties": properties}


def only(storage):
    with storage.database.read() as connection:
        [row] = TRANSCRIPTIONS.page(connection)
    return row


def test_what_is_asked_for_is_stored_and_shown_without_addresses(client, storage):
    answer = client.post(
        V3,
        json=body(
            wordLevelTimestampsEnabled=True,
            channels=[0, 1],
            punctuationMode="None",
            profanityFilterMode="Tags",
            timeToLive="P2D",
            destinationContainerUrl="https://a.example/out?sig=s3cr3t",
        ),
    )

    assert answer.status_code == 201
    assert "s3cr3t" not in answer.text
    shown = answer.json()
    assert shown["locale"] == "en-US"
    assert "/models/base/" in shown["model"]["self"]
    assert shown["links"]["files"] == f"{shown['self']}/files"
    assert shown["properties"] == {
        "wordLevelTimestampsEnabled": True,
        "displayFormWordLevelTimestampsEnabled": False,
        "channels": [0, 1],
        "punctuationMode": "None",
        "profanityFilterMode": "Tags",
        "timeToLive": "PT48H",
        "duration": "PT0S",
        "diarizationEnabled": False,
    }
    row = only(storage)
    assert row.options == {
        "words": True,
        "display_words": False,
        "channels": [0, 1],
        "punctuation": "none",
        "profanity": "tagged",
        "destination": "https://a.example/out?sig=s3cr3t",
    }
    for text in (client.get(V3).text, client.get(f"{V3}/{row.id}").text):
        assert row.id in text
        assert "s3cr3t" not in text


def test_profanity_is_masked_and_everything_kept_for_ever_unless_it_is_said_otherwise(client, storage):
    answer = client.post(V3, json={"displayName": "x", "locale": "en-US", "contentUrls": [URL]})

    assert answer.json()["properties"]["profanityFilterMode"] == "Masked"
    assert answer.json()["properties"]["punctuationMode"] == "Automatic"
    assert only(storage).time_to_live is None


@pytest.mark.parametrize(
    ("mode", "stored"),
    [
        ("Dictated", "dictated"),
        ("Automatic", "automatic"),
        ("DictatedAndAutomatic", "both"),
        ("None", "none"),
    ],
)
def test_where_marks_come_from_is_stored_and_shown(client, storage, mode, stored):
    answer = client.post(V3, json=body(punctuationMode=mode))

    assert answer.json()["properties"]["punctuationMode"] == mode
    assert only(storage).options["punctuation"] == stored


def test_marks_that_nobody_can_tell_by_ear_are_refused(client):
    answer = client.post(V3, json=body(punctuationMode="Dictated") | {"locale": "zh-CN"})

    assert answer.status_code == 400
    assert answer.json()["target"] == "properties.punctuationMode"
    assert "Take Automatic or None." in answer.json()["message"]


@pytest.mark.parametrize(
    ("properties", "target", "code"),
    [
        (
            {"diarization": {"speakers": {"minCount": 4, "maxCount": 3}}},
            "diarization",
            "InvalidParameterValue",
        ),
        ({"diarization": {"speakers": {"maxCount": 36}}}, "diarization", "InvalidParameterValue"),
        (
            {"languageIdentification": {"candidateLocales": ["en-US"]}},
            "languageIdentification",
            "InvalidParameterValue",
        ),
        (
            {"languageIdentification": {"candidateLocales": ["de-DE", "fr-FR"]}},
            "languageIdentification",
            "InvalidLocale",
        ),
        ({"phraseList": {"phrases": ["a\tb"]}}, "phraseList", "InvalidParameterValue"),
        ({"channels": [-1]}, "channels", "InvalidChannels"),
        ({"channels": []}, "channels", "InvalidChannels"),
        ({"timeToLive": "P1Y"}, "timeToLive", "InvalidTimeToLive"),
        ({"timeToLive": "P32D"}, None, "InvalidTimeToLive"),
    ],
)
def test_what_cannot_be_done_is_refused_and_not_ignored(client, storage, properties, target, code):
    answer = client.post(V3, json=body(**properties))

    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == code
    if target:
        assert answer.json()["target"] == f"properties.{target}"
    with storage.database.read() as connection:
        assert TRANSCRIPTIONS.count(connection) == 0


@pytest.mark.parametrize("properties", [{"diarizationEnabled": False}, {"timeToLive": "PT0S"}])
def test_what_is_switched_off_is_no_reason_to_refuse(client, properties):
    assert client.post(V3, json=body(**properties)).status_code == 201


@pytest.mark.parametrize(("hours", "status"), [(5, 400), (6, 201), (744, 201), (745, 400)])
def test_the_newer_version_keeps_for_6_to_744_hours(client, hours, status):
    assert client.post(SUBMIT, json=body(timeToLiveHours=hours)).status_code == status


@pytest.mark.parametrize(
    ("properties", "speakers"),
    [
        ({"diarizationEnabled": True}, {"fewest": 1, "most": 2}),
        ({"diarization": {"speakers": {"maxCount": 5}}}, {"fewest": 1, "most": 5}),
        (
            {"diarizationEnabled": True, "diarization": {"speakers": {"minCount": 3}}},
            {"fewest": 3, "most": 35},
        ),
        ({"diarizationEnabled": False, "diarization": {"speakers": {"maxCount": 5}}}, None),
    ],
)
def test_speakers_are_told_apart_as_v3_says_it(client, storage, properties, speakers):
    shown = client.post(V3, json=body(**properties)).json()["properties"]

    assert only(storage).options.get("speakers") == speakers
    assert shown["diarizationEnabled"] is bool(speakers)
    if speakers:
        counts = {"minCount": speakers["fewest"], "maxCount": speakers["most"]}
        assert shown["diarization"] == {"speakers": counts}


@pytest.mark.parametrize(
    ("diarization", "most"),
    [({"maxSpeakers": 2}, 2), ({"enabled": True}, 35), ({"enabled": False, "maxSpeakers": 9}, None)],
)
def test_speakers_are_told_apart_as_the_newer_version_says_it(client, storage, diarization, most):
    shown = client.post(SUBMIT, json=body(timeToLiveHours=48, diarization=diarization)).json()["properties"]

    assert only(storage).options.get("speakers") == (most and {"fewest": 1, "most": most})
    assert shown.get("diarization") == (most and {"enabled": True, "maxSpeakers": most})


def test_languages_to_choose_from_have_a_model_each(client, storage):
    asked = {"candidateLocales": ["de-de", "en-US"], "mode": "Single"}

    answer = client.post(V3, json=body(languageIdentification=asked))

    stored = only(storage).options["languages"]
    assert stored["is_continuous"] is False
    assert stored["models"] == {locale: id_of(catalogue.DEFAULT, locale) for locale in ("de-DE", "en-US")}
    shown = answer.json()["properties"]["languageIdentification"]
    assert (shown["mode"], shown["candidateLocales"]) == ("Single", ["de-DE", "en-US"])
    assert shown["speechModelMapping"]["de-DE"]["self"].endswith(f"/models/base/{stored['models']['de-DE']}")


def test_a_model_for_a_locale_that_is_no_candidate_is_refused(client, storage):
    base = client.get("/speechtotext/v3.2/models/base").json()["values"][0]["self"]
    asked = {"candidateLocales": ["en-US", "de-DE"], "speechModelMapping": {"fr-FR": {"self": base}}}

    answer = client.post(V3, json=body(languageIdentification=asked))

    assert answer.status_code == 400
    assert "fr-FR" in answer.json()["message"] + answer.json()["innerError"]["message"]


def test_phrases_are_stored_and_not_shown(client, storage):
    answer = client.post(V3, json=body(phraseList={"phrases": ["Lena Overby"], "strength": 1.5}))

    assert answer.status_code == 201
    assert only(storage).options["phrases"] == {"phrases": ["Lena Overby"], "strength": 1.5}
    assert "Overby" not in answer.text


def test_each_version_creates_in_its_own_place(client):
    assert client.post(f"{V3}:submit", json=body()).status_code in {404, 405}
    newer = "/speechtotext/transcriptions?api-version=2024-11-15"
    assert client.post(newer, json=body(timeToLiveHours=48)).status_code == 405


def test_locales_are_told_in_the_words_of_the_version(client):
    assert "en-US" in client.get(f"{V3}/locales").json()
    newer = client.get("/speechtotext/transcriptions/locales?api-version=2024-11-15").json()
    assert "en-US" in newer["Submit"]


def test_what_waits_is_not_deleted_and_what_is_not_there_is(client, storage):
    client.post(V3, json=body())
    id = only(storage).id

    refused = client.delete(f"{V3}/{id}")

    assert refused.status_code == 409
    assert refused.json()["innerError"]["code"] == "DeleteNotAllowed"
    assert client.delete(f"{V3}/00000000-0000-0000-0000-000000000000").status_code == 204


def test_a_patch_sets_and_removes_the_custom_properties_it_names(client, storage):
    """RFC 7396."""
    client.post(V3, json=body() | {"customProperties": {"kept": "1", "changed": "1", "removed": "1"}})
    address = f"{V3}/{only(storage).id}"

    def patched(properties):
        answer = client.patch(address, json={"customProperties": properties})
        return answer.json().get("customProperties") if answer.is_success else answer.status_code

    assert patched({"changed": "2", "removed": None, "nobody": None}) == {"kept": "1", "changed": "2"}
    assert patched({f"new {number}": "" for number in range(9)}) == 400
    assert patched({}) == {"kept": "1", "changed": "2"}
    assert not patched(None)


def test_names_can_be_changed(client, storage):
    client.post(V3, json=body())

    changed = client.patch(f"{V3}/{only(storage).id}", json={"displayName": "y"})

    assert changed.json()["displayName"] == "y"
