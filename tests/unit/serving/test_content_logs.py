"""Logs of turns: both files whole or none, never more than there is room for, and never in the way of a recognition."""

import io
import json
import wave
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest

from lect.core.entities import Endpoint, FileKind, LogOwner
from lect.core.errors import NotFound
from lect.models import catalogue, customs
from lect.models.locales import id_of
from lect.serving import content_logs
from lect.serving.content_logs import ContentLog, LoggedTurn, expiring_logs, final_to_json, wanted
from lect.serving.live.events import Final, FinalResult
from lect.serving.transcriptions import SegmentTranscript
from lect.settings import Logs, Settings
from lect.store import cleaning, logs
from lect.store.repositories import ENDPOINTS, MODELS
from storages import new_storage

NOW = datetime(2026, 1, 2, 12, 34, 56, tzinfo=UTC)
MODEL = id_of("whisper-tiny.en", "en-US")
HEARD = {"offset": 0.0, "duration": 1.0, "locale": "en-US", "nbest": [{"display": "Yes."}]}
BASE = LogOwner(locale="en-US")


@pytest.fixture
def storage(tmp_path):
    storage = new_storage(Settings(data=tmp_path / "data", offline=True))
    with storage.database.begin() as connection:
        customs.list_bases(connection, [catalogue.get("whisper-tiny.en")], at=NOW)
    yield replace(storage, clock=lambda: NOW)
    storage.database.close()


@pytest.fixture
def turn(storage):
    with storage.database.read() as connection:
        return LoggedTurn(endpoint=None, model=MODELS.get(connection, MODEL), locale="en-US", request="r")


@pytest.fixture
def scratch(tmp_path):
    return tmp_path / "scratch"


@pytest.fixture
def endpoint(storage):
    endpoint = Endpoint(
        id=str(uuid4()), display_name="e", created=NOW, last_action=NOW, locale="en-US", model=MODEL
    )
    with storage.database.begin() as connection:
        ENDPOINTS.add(connection, endpoint)
    return endpoint


def listed(storage, owner=BASE, **which):
    with storage.database.read() as connection:
        return logs.page(connection, owner, **which)


def content(storage, log):
    return b"".join(storage.blobs.read(log.blob))


def say(storage, scratch, turn, *parts, results=(), **settings):
    log = ContentLog(storage, Logs(**settings), scratch=scratch).open(turn)
    for part in parts:
        log.write(part)
    for result in results:
        log.result(result)
    log.close()


def test_a_turn_is_a_wav_file_and_what_was_heard(storage, scratch, turn):
    say(storage, scratch, turn, b"\1\0" * 8_000, b"\2\0" * 8_000, results=[HEARD, HEARD])

    text, audio = listed(storage)
    assert audio.id == f"2026-01-02_123456__{audio.turn}_wav"
    assert (audio.name, audio.kind) == (f"123456__{audio.turn}.wav", FileKind.AUDIO)
    assert (text.name, text.kind) == (f"123456__{audio.turn}.v2.json", FileKind.TRANSCRIPTION)
    assert (text.turn, audio.duration, audio.created) == (audio.turn, 1.0, NOW)
    with wave.open(io.BytesIO(content(storage, audio))) as wav:
        assert (wav.getframerate(), wav.getnchannels(), wav.getsampwidth()) == (16_000, 1, 2)
        assert wav.readframes(99_999) == b"\1\0" * 8_000 + b"\2\0" * 8_000
    assert json.loads(content(storage, text)) == {
        "format": 1,
        "turn": audio.turn,
        "endpoint": None,
        "model": MODEL,
        "locale": "en-US",
        "request": "r",
        "created": "2026-01-02T12:34:56+00:00",
        "duration": 1.0,
        "truncated": False,
        "results": [HEARD, HEARD],
    }
    assert list(scratch.iterdir()) == []


def test_nothing_is_listed_until_a_turn_is_closed(storage, scratch, turn):
    log = ContentLog(storage, Logs(), scratch=scratch).open(turn)
    log.write(b"\0\0")

    assert listed(storage) == []
    assert len(list(scratch.iterdir())) == 1  # what the clean-up of a killed process finds
    log.close()
    assert len(listed(storage)) == 2


def test_a_turn_without_sound_is_none(storage, scratch, turn):
    say(storage, scratch, turn)

    assert listed(storage) == []
    assert list(scratch.iterdir()) == []


def test_a_long_turn_is_cut_and_says_so(storage, scratch, turn):
    say(storage, scratch, turn, b"ab" * 3, b"cd" * 3, b"ef", turn_bytes=9)

    text, audio = listed(storage)
    assert content(storage, audio)[44:] == b"abababcd"  # whole samples alone
    assert json.loads(content(storage, text))["truncated"] is True


def test_results_are_bounded(storage, scratch, turn, monkeypatch):
    monkeypatch.setattr(content_logs, "RESULT_BYTES", 150)
    say(storage, scratch, turn, results=[HEARD] * 5)

    document = json.loads(content(storage, listed(storage)[0]))
    assert document["truncated"] is True
    assert len(document["results"]) == 1


def test_beyond_the_room_for_logs_nothing_is_logged(storage, scratch, turn):
    say(storage, scratch, turn, b"\0\0" * 100, stored_bytes=100)
    assert len(listed(storage)) == 2

    say(storage, scratch, turn, b"\0\0" * 100, stored_bytes=100)

    assert len(listed(storage)) == 2
    assert list(scratch.iterdir()) == []


def test_a_full_disk_does_not_disturb_the_recognition(storage, scratch, turn):
    class Full(io.BytesIO):
        def write(self, data):
            raise OSError(28, "No space left on device")

    log = ContentLog(storage, Logs(), scratch=scratch).open(turn)
    log._taken.audio.close()
    log._taken.audio = Full()
    for _ in range(2):
        log.write(b"\0\0")
        log.result(HEARD)
    log.close()

    assert listed(storage) == []
    assert list(scratch.iterdir()) == []


def test_an_endpoint_that_was_deleted_meanwhile_has_no_logs(storage, scratch, turn, endpoint):
    log = ContentLog(storage, Logs(), scratch=scratch).open(replace(turn, endpoint=endpoint))
    log.write(b"\0\0")
    with storage.database.begin() as connection:
        ENDPOINTS.delete(connection, endpoint.id)

    log.close()

    with storage.database.read() as connection:
        assert logs.total(connection) == 0


def test_logs_go_with_their_endpoint(storage, scratch, turn, endpoint):
    say(storage, scratch, replace(turn, endpoint=endpoint), b"\0\0")
    assert len(listed(storage, LogOwner(endpoint=endpoint.id))) == 2
    assert listed(storage) == []  # those of the base models are others

    with storage.database.begin() as connection:
        ENDPOINTS.delete(connection, endpoint.id)
        assert logs.total(connection) == 0


def test_a_project_sees_its_own_logs_of_base_models(storage, scratch, turn):
    say(storage, scratch, replace(turn, project="p"), b"\0\0")

    assert len(listed(storage, replace(BASE, project="p"))) == 2
    assert listed(storage, replace(BASE, project="q")) == []
    assert len(listed(storage)) == 2
    assert listed(storage, LogOwner(locale="en-GB")) == []


def test_old_logs_go_and_their_bytes_are_cleaned_up(storage, scratch, turn):
    say(storage, scratch, turn, b"\0\0")
    old = [log.blob for log in listed(storage)]
    later = replace(storage, clock=lambda: NOW + timedelta(days=1, seconds=1))
    say(later, scratch, turn, b"\1\0")
    new = [log.blob for log in listed(storage)[2:]]
    chore = expiring_logs(later, Logs(keep_seconds=86_400.0), every=3600.0)

    with storage.database.begin() as connection:
        chore.step.apply(connection, None, {})
        assert cleaning.in_use(connection, old + new) == set(new)

    assert [log.blob for log in listed(storage)] == new


def test_one_that_is_gone_is_an_error(storage):
    with storage.database.read() as connection, pytest.raises(NotFound):
        logs.get(connection, "2026-01-02_123456__x_wav", BASE)


@pytest.mark.parametrize("logs_content", [False, True])
@pytest.mark.parametrize("store_audio", [False, True])
def test_the_endpoint_or_the_session_may_want_logs(endpoint, logs_content, store_audio):
    endpoint = replace(endpoint, logs_content=logs_content)

    assert wanted(endpoint, store_audio=store_audio) is (logs_content or store_audio)
    assert wanted(None, store_audio=store_audio) is store_audio


def test_a_final_is_kept_with_all_its_forms():
    said = SegmentTranscript(
        offset=0.5, duration=1.0, display="Yes.", lexical="yes", confidence=0.9, words=(), itn="yes"
    )
    final = Final(offset=0.5, duration=1.0, result=FinalResult(locale="en-US", model="m", nbest=(said,)))

    document = json.loads(json.dumps(final_to_json(final)))

    assert (document["offset"], document["duration"], document["locale"]) == (0.5, 1.0, "en-US")
    assert document["model"] == "m"
    assert document["nbest"][0]["display"] == "Yes."
    assert document["nbest"][0]["lexical"] == "yes"
