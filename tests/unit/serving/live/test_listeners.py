"""Which model answers a turn: the endpoint's that was named, else the base of the language. Never another."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import SimpleNamespace
from uuid import uuid4

import pytest

from lect.core.entities import Endpoint, Model, Project
from lect.core.errors import (
    Conflict,
    InvalidInput,
    ModelLoadFailed,
    NotFound,
    TooManyRequests,
    UnsupportedLocale,
)
from lect.core.status import Status
from lect.engines.toy import speak
from lect.models import catalogue, customs
from lect.models.locales import id_of
from lect.serving.live.batching import Batcher, Limits
from lect.serving.live.events import Final, LiveOptions
from lect.serving.live.listeners import Listeners, Together, Work
from lect.serving.live.requests import TurnRequest
from lect.serving.live.turn import rest_of
from lect.serving.live.watching import Caller
from lect.serving.opening import Opener
from lect.settings import Settings
from lect.store.repositories import ENDPOINTS, MODELS, PROJECTS
from live_clients import Scripted, toy_model
from storages import new_storage

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BASE = id_of(catalogue.DEFAULT, "en-US")


@dataclass
class Opened:
    """Stands for a pool: remembers what it was asked for."""

    names: list = field(default_factory=list)

    def open(self, name):
        self.names.append(name)
        return name


class Begun:
    """Stands for recognitions: remembers what was begun."""

    def __init__(self):
        self.calls, self.ids = [], []

    def __call__(self, prepare, client):
        work = prepare()
        self.ids.append(work.model_id)
        self.calls.append((work.model, work.options))
        return Scripted()


@pytest.fixture
def storage(tmp_path):
    storage = new_storage(Settings(data=tmp_path, offline=True))
    with storage.database.begin() as connection:
        customs.list_bases(connection, [catalogue.get(catalogue.DEFAULT)], at=NOW)
    yield storage
    storage.database.close()


@pytest.fixture
def pool():
    return Opened()


@pytest.fixture
def begin():
    return Begun()


@pytest.fixture
def listeners(storage, pool, begin, tmp_path):
    return Listeners(storage, Opener(storage, pool, folder=tmp_path / "models"), begin=begin)


def custom(storage, **changes):
    """A custom model whose bundle is some bytes."""
    blob = storage.blobs.put([b"bundle"])
    model = Model(
        id=str(uuid4()),
        display_name="m",
        created=NOW,
        last_action=NOW,
        locale="en-US",
        base=BASE,
        **{"status": Status.SUCCEEDED, "bundle": blob.sha256, **changes},
    )
    with storage.database.begin() as connection:
        MODELS.add(connection, model)
    return model


def endpoint(storage, model, **changes):
    made = Endpoint(
        id=str(uuid4()),
        display_name="e",
        created=NOW,
        last_action=NOW,
        model=model.id,
        **{"locale": "en-US", "status": Status.SUCCEEDED, "deployed": NOW, **changes},
    )
    with storage.database.begin() as connection:
        ENDPOINTS.add(connection, made)
    return made


def test_the_base_of_the_language_answers_without_an_endpoint(listeners, pool, begin):
    listener = listeners.listen(TurnRequest(locale="en-GB", words=True))

    assert pool.names == [catalogue.DEFAULT]
    assert listener.model == begin.ids[-1] == id_of(catalogue.DEFAULT, "en-GB")
    [(model, options)] = begin.calls
    assert (model, options.locale, options.words) == (catalogue.DEFAULT, "en-GB", True)


def test_a_language_or_an_endpoint_is_to_be_named(listeners, pool):
    with pytest.raises(InvalidInput, match="what language is spoken"):
        listeners.listen(TurnRequest())
    assert pool.names == []


def test_no_other_base_answers_in_a_language_that_none_knows(listeners, pool):
    with pytest.raises((InvalidInput, UnsupportedLocale)):
        listeners.listen(TurnRequest(locale="qu-PE"))
    assert pool.names == []


def test_the_model_of_the_endpoint_answers_and_its_bundle_is_put_in_place_once(
    listeners, pool, storage, monkeypatch
):
    model = custom(storage)
    made = endpoint(storage, model)

    assert listeners.listen(TurnRequest(endpoint_id=made.id)).model == model.id
    monkeypatch.setattr(storage.blobs, "local", None)  # would be called to put it in place again
    listeners.listen(TurnRequest(endpoint_id=made.id))

    assert len(pool.names) == 2
    assert len(set(pool.names)) == 1
    assert Path(pool.names[0]).read_bytes() == b"bundle"


@pytest.mark.parametrize("base", ["de-DE", "en-US"])  # whose weights are the same
def test_an_endpoint_that_was_asked_by_its_id_alone_was_recognised_in_english(
    storage, pool, begin, tmp_path, base
):
    with storage.database.read() as connection:
        made = endpoint(storage, MODELS.get(connection, id_of(catalogue.DEFAULT, base)), locale="de-AT")
    told = []

    def watch(recognition, facts):
        told.append(facts.locale)
        return recognition

    opener = Opener(storage, pool, folder=tmp_path / "models")
    Listeners(storage, opener, begin=begin, watches=[watch]).listen(TurnRequest(endpoint_id=made.id))

    [(_, options)] = begin.calls
    assert options.locale == "de-AT"
    assert told == ["de-AT"]


@pytest.mark.parametrize("status", [Status.NOT_STARTED, Status.RUNNING, Status.FAILED])
def test_an_endpoint_that_is_not_ready_or_failed_answers_nothing(listeners, pool, storage, status):
    made = endpoint(storage, custom(storage), status=status, deployed=None)

    with pytest.raises(Conflict, match=made.id):
        listeners.listen(TurnRequest(endpoint_id=made.id))
    assert pool.names == []


def test_an_unknown_endpoint_is_an_error_not_the_base(listeners, pool):
    with pytest.raises(NotFound, match="there is no endpoint x"):
        listeners.listen(TurnRequest(endpoint_id="x", locale="en-US"))
    assert pool.names == []


def test_a_key_of_one_project_sees_no_endpoints_of_others(listeners, storage):
    with storage.database.begin() as connection:
        for id in ("p", "q"):
            PROJECTS.add(connection, Project(id=id, display_name=id, created=NOW, locale="en-US"))
    made = endpoint(storage, custom(storage), project="p")

    assert listeners.listen(TurnRequest(endpoint_id=made.id), Caller(project="p"))
    with pytest.raises(NotFound, match="there is no endpoint"):
        listeners.listen(TurnRequest(endpoint_id=made.id), Caller(project="q"))


def test_another_turn_gets_the_model_that_was_deployed_meanwhile(listeners, pool, storage):
    first, second = custom(storage), custom(storage)
    made = endpoint(storage, first)
    listeners.listen(TurnRequest(endpoint_id=made.id))
    with storage.database.begin() as connection:
        ENDPOINTS.change(connection, made.id, model=second.id)

    assert listeners.listen(TurnRequest(endpoint_id=made.id)).model == second.id


def test_a_client_may_stay_with_the_model_that_answered_it(listeners, storage):
    first, second = custom(storage), custom(storage)
    made = endpoint(storage, first)
    with storage.database.begin() as connection:
        ENDPOINTS.change(connection, made.id, model=second.id, previous_models=(first.id,))

    assert listeners.listen(TurnRequest(endpoint_id=made.id, pinned_model=first.id)).model == first.id
    with pytest.raises(Conflict, match="does not answer here"):
        listeners.listen(TurnRequest(endpoint_id=made.id, pinned_model=BASE))
    with pytest.raises(InvalidInput, match="cannot be pinned"):
        listeners.listen(TurnRequest(languages=("en-US", "de-DE"), pinned_model=BASE))


def test_what_is_refused_is_told_to_who_looks_on(storage, pool, begin, tmp_path):
    refused = []
    listeners = Listeners(
        storage,
        Opener(storage, pool, folder=tmp_path / "models"),
        begin=begin,
        on_refused=lambda request, caller, error: refused.append((request.id, caller.key, error.code)),
    )

    with pytest.raises(NotFound):
        listeners.listen(TurnRequest(id="r", endpoint_id="x"), Caller(key="k"))
    assert refused == [("r", "k", "not_found")]


def test_whoever_looks_on_sees_the_turn_and_may_stand_before_its_recognition(storage, pool, begin, tmp_path):
    made = endpoint(storage, custom(storage))
    seen = []

    def watch(recognition, facts):
        seen.append((facts.request.id, facts.caller.key, facts.endpoint().id, facts.model.id, facts.locale))
        return (recognition, "watched")

    opener = Opener(storage, pool, folder=tmp_path / "models")
    listeners = Listeners(storage, opener, begin=begin, watches=[watch] * 2)
    listener = listeners.listen(TurnRequest(id="r", endpoint_id=made.id), Caller(key="k"))

    assert seen == [("r", "k", made.id, made.model, "en-US")] * 2
    assert listener.recognition[0][1] == "watched"


def test_each_language_to_choose_from_has_a_model_its_own_endpoint_or_the_base(storage, pool, tmp_path):
    made = endpoint(storage, custom(storage))
    works = []

    def begin(prepare, client):
        works.append((prepare(), client))
        return Scripted()

    opener = Opener(storage, SpeakingPool(), folder=tmp_path / "models")
    listeners = Listeners(storage, opener, begin=begin)
    request = TurnRequest(
        languages=("en-US", "de-DE"), is_language_continuous=True, custom_models={"en-US": made.id}
    )

    assert listeners.listen(request, Caller(key="k")).model == made.model
    [(work, client)] = works
    assert client == "k"
    assert work.languages.locale == "en-US"
    assert str(made.model) in work.languages.model.name
    assert work.languages.model_id == made.model
    work.languages.locale = "de-DE"
    assert work.languages.model_id == id_of(catalogue.DEFAULT, "de-DE")


@pytest.mark.parametrize("languages", [("de-DE",), ("de-DE", "de-DE")])
def test_a_single_language_to_choose_from_was_any_that_the_model_knows(storage, tmp_path, languages):
    works = []

    def begin(prepare, client):
        works.append((prepare(), client))
        return Scripted()

    opener = Opener(storage, SpeakingPool(), folder=tmp_path / "models")
    Listeners(storage, opener, begin=begin).listen(TurnRequest(languages=languages))

    [(work, _)] = works
    assert work.languages.locale == "de-DE"


class SpeakingPool:
    """Models that know every language."""

    def open(self, name):
        recogniser = SimpleNamespace(languages=["en", "de"], require=lambda locale: None)
        return SimpleNamespace(name=name, locale=None, recogniser=recogniser)


@pytest.mark.parametrize("streams", [1, 2])
def test_no_more_streams_than_there_is_room_for_and_a_closed_one_makes_room(tmp_path, streams):
    model = toy_model(tmp_path)
    with Batcher(Limits(streams=streams)) as batcher:
        begin = Together(batcher, voices=lambda: None)
        begun = [begin(lambda: Work(model=model, options=LiveOptions())) for _ in range(streams)]
        with pytest.raises(TooManyRequests, match="no more may be at once"):
            begin(lambda: Work(model=model, options=LiveOptions()))
        begun[0].close()
        begun[0].close()
        assert batcher.streams == streams - 1
        begin(lambda: Work(model=model, options=LiveOptions(), is_diarized=True)).close()


@pytest.mark.usefixtures("tones_are_speech")
def test_a_result_names_the_row_of_its_model(tmp_path):
    with Batcher() as batcher:
        begin = Together(batcher, voices=lambda: None)
        model = toy_model(tmp_path)
        recognition = begin(lambda: Work(model=model, model_id="row", options=LiveOptions()))
        recognition.feed(speak("the dog ran and the bird sang"))
        [result] = [event.result for event in rest_of(recognition) if isinstance(event, Final)]
        recognition.close()

    assert result.model == "row"


def test_a_stream_that_cannot_be_begun_takes_no_room(tmp_path):
    with Batcher(Limits(streams=1)) as batcher:
        begin = Together(batcher, voices=lambda: None)
        with pytest.raises(UnsupportedLocale):
            begin(lambda: Work(model=toy_model(tmp_path), options=LiveOptions(locale="qu-PE")))
        assert batcher.streams == 0


def test_a_turn_that_was_refused_had_loaded_its_model(storage, pool, tmp_path):
    with Batcher(Limits(streams=1)) as batcher:
        begin = Together(batcher, voices=lambda: None)
        listeners = Listeners(storage, Opener(storage, pool, folder=tmp_path / "models"), begin=begin)
        with batcher.admit(""), pytest.raises(TooManyRequests):
            listeners.listen(TurnRequest(locale="en-US"))

    assert pool.names == []


def test_a_turn_whose_model_cannot_be_opened_gives_its_place_back(storage, tmp_path):
    class Broken:
        def open(self, name):
            raise ModelLoadFailed(name)

    with Batcher(Limits(streams=1)) as batcher:
        begin = Together(batcher, voices=lambda: None)
        listeners = Listeners(storage, Opener(storage, Broken(), folder=tmp_path / "models"), begin=begin)
        with pytest.raises(ModelLoadFailed):
            listeners.listen(TurnRequest(locale="en-US"))

        assert batcher.streams == 0
