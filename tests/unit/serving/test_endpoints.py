"""Which model answers at an endpoint: the one that passed its self-test there last, never another one in its place."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from uuid import uuid4

import pytest

from job_runs import run_job
from lect import __version__
from lect.core.entities import Endpoint, Model, Project
from lect.core.errors import Conflict, InvalidInput, NotFound, RecognitionFailed, UnsupportedLocale
from lect.core.jobs import JobState
from lect.core.queries import everything
from lect.core.status import Status
from lect.jobs import queue
from lect.models import catalogue, customs
from lect.models.locales import id_of
from lect.serving import endpoints
from lect.serving.endpoints import answering
from lect.settings import Settings
from lect.store import deployments
from lect.store.repositories import ENDPOINTS, MODELS, PROJECTS
from storages import new_storage

NOW = datetime(2026, 1, 2, 12, tzinfo=UTC)
ENGLISH, BRITISH, GERMAN = (id_of("whisper-base", locale) for locale in ("en-US", "en-GB", "de-DE"))


@pytest.fixture
def storage(tmp_path):
    storage = new_storage(Settings(data=tmp_path, offline=True))
    with storage.database.begin() as connection:
        customs.list_bases(connection, [catalogue.get("whisper-base")], at=NOW)
    ticks = count()
    yield replace(storage, clock=lambda: NOW + timedelta(milliseconds=next(ticks)))
    storage.database.close()


@pytest.fixture
def tested(storage):
    """Base models that passed their self-test before."""
    with storage.database.begin() as connection:
        for id in (ENGLISH, BRITISH):
            MODELS.change(connection, id, tested=__version__)


@pytest.fixture
def child(monkeypatch):
    """What the self-test says of each model, in place of a process; the models that were tested."""

    class Child:
        seen, broken = [], set()

        def __init__(self, function, arguments, **_):
            assert function == "lect.tasks:self_test"
            self.arguments = arguments
            self.seen.append(arguments)

        def kill(self):
            """Nothing runs."""

        def wait(self, progress):
            if self.arguments["locale"] in self.broken:
                raise RecognitionFailed("it hears nothing")
            return {}

    monkeypatch.setattr("lect.jobs.running.Child", Child)
    return Child


def make(storage, model=ENGLISH, **fields):
    new = Endpoint(
        id=str(uuid4()), display_name="e", created=NOW, last_action=NOW, locale="en-US", model=model, **fields
    )
    with storage.database.begin() as connection:
        return endpoints.create(storage, connection, new)


def run(storage, folder, told=None):
    """Do what a worker does with the deployment that waits."""
    emit = (lambda _, *news: told.append(news)) if told is not None else (lambda *_: None)
    return run_job(SimpleNamespace(storage=storage), endpoints.deploy_kind(storage, emit=emit), folder)


def ask(storage, cid, locale="en-US", **more):
    with storage.database.read() as connection:
        return answering(connection, cid=cid, locale=locale, **more)


def change(storage, id, model, **more):
    with storage.database.begin() as connection:
        endpoint, model = ENDPOINTS.get(connection, id), MODELS.get(connection, model)
        return endpoints.change_model(storage, connection, endpoint, model, **more)


def roll_back(storage, id):
    with storage.database.begin() as connection:
        return endpoints.roll_back(storage, connection, ENDPOINTS.get(connection, id))


def history(storage, id):
    with storage.database.read() as connection:
        return [
            (each.model, each.reason, each.status) for each in deployments.page(connection, id, everything())
        ]


def test_without_an_endpoint_the_base_of_the_locale_answers(storage):
    endpoint, model = ask(storage, None, "de-de")

    assert (endpoint, model.id) == (None, GERMAN)


@pytest.mark.parametrize(
    ("locale", "error"), [("xx-XX", UnsupportedLocale), ("ig-NG", InvalidInput), (None, InvalidInput)]
)
def test_a_locale_that_no_base_has_is_an_error(storage, locale, error):
    with pytest.raises(error):
        ask(storage, None, locale)


def test_an_endpoint_answers_once_its_model_passed_its_test(storage, child, tmp_path):
    endpoint = make(storage)
    with pytest.raises(Conflict, match="NotStarted"):
        ask(storage, endpoint.id)

    run(storage, tmp_path)

    assert [(each["model"], each["locale"]) for each in child.seen] == [("whisper-base", "en-US")]
    found, model = ask(storage, endpoint.id.upper())
    assert (found.id, found.status, model.id) == (endpoint.id, Status.SUCCEEDED, ENGLISH)
    assert found.deployed > NOW
    assert ask(storage, endpoint.id, None)[1].id == ENGLISH
    assert ask(storage, endpoint.id, "en-GB")[1].id == ENGLISH  # the same language


def test_a_model_that_fails_its_test_never_answers(storage, child, tmp_path):
    child.broken.add("en-US")
    endpoint = make(storage)

    run(storage, tmp_path)

    with pytest.raises(Conflict, match="it hears nothing"):
        ask(storage, endpoint.id)
    assert history(storage, endpoint.id) == [(ENGLISH, "creation", Status.FAILED)]


@pytest.mark.parametrize("cid", ["", "no-id", "00000000-0000-0000-0000-000000000000"])
def test_an_unknown_endpoint_is_an_error_and_no_default(storage, cid):
    with pytest.raises(NotFound):
        ask(storage, cid)


@pytest.mark.usefixtures("tested")
def test_an_endpoint_is_asked_in_its_own_language(storage):
    endpoint = make(storage)

    with pytest.raises(InvalidInput, match="is for en-US"):
        ask(storage, endpoint.id, "de-DE")


@pytest.mark.usefixtures("tested")
def test_other_projects_see_no_endpoint(storage):
    project = Project(id=str(uuid4()), display_name="p", created=NOW, locale="en-US")
    with storage.database.begin() as connection:
        PROJECTS.add(connection, project)
    ours, theirs = make(storage, project=project.id), make(storage)

    assert ask(storage, ours.id, project=project.id)[0].id == ours.id
    with pytest.raises(NotFound):
        ask(storage, theirs.id, project=project.id)


@pytest.mark.usefixtures("tested")
def test_an_endpoint_whose_time_is_over_is_gone(storage):
    endpoint = make(storage, time_to_live=60.0)

    end = endpoint.last_action + timedelta(seconds=60)
    assert ask(storage, endpoint.id, now=end - timedelta(seconds=1))[0].id == endpoint.id
    with pytest.raises(NotFound):
        ask(storage, endpoint.id, now=end)


@pytest.mark.usefixtures("tested")
def test_what_passed_its_test_before_is_deployed_in_the_same_unit_of_work(storage):
    told = []
    endpoint = make(storage)
    assert endpoint.status is Status.SUCCEEDED

    changed = change(storage, endpoint.id, BRITISH, emit=lambda _, *news: told.append(news))

    assert (changed.status, changed.model, changed.previous_models) == (Status.SUCCEEDED, BRITISH, (ENGLISH,))
    assert told == [("endpointCompletion", endpoint.id)]
    assert ask(storage, endpoint.id)[1].id == BRITISH
    with storage.database.read() as connection:
        assert queue.of_resource(connection, endpoint.id) == []


def test_a_model_is_tested_once_whatever_it_is_deployed_to(storage, child, tmp_path):
    first = make(storage)
    run(storage, tmp_path)

    second = make(storage)

    assert (second.status, len(child.seen)) == (Status.SUCCEEDED, 1)
    assert ask(storage, first.id)[1] == ask(storage, second.id)[1]


def test_what_another_version_tested_is_tested_again(storage):
    with storage.database.begin() as connection:
        MODELS.change(connection, ENGLISH, tested="0.0.1")

    assert make(storage).status is Status.NOT_STARTED


@pytest.mark.usefixtures("tested")
def test_a_tested_model_whose_bundle_is_gone_is_not_deployed_unseen(storage):
    bundle = storage.blobs.put([b"bundle"])
    model = Model(
        id=str(uuid4()),
        display_name="m",
        created=NOW,
        last_action=NOW,
        status=Status.SUCCEEDED,
        locale="en-US",
        base=ENGLISH,
        bundle=bundle.sha256,
        tested=__version__,
    )
    with storage.database.begin() as connection:
        MODELS.add(connection, model)
    assert make(storage, model.id).status is Status.SUCCEEDED

    storage.blobs.delete(bundle.sha256)

    assert make(storage, model.id).status is Status.NOT_STARTED


def test_until_the_new_model_passed_the_old_one_answers(storage, child, tmp_path):
    endpoint = make(storage)
    run(storage, tmp_path)

    waiting = change(storage, endpoint.id, BRITISH)

    assert (waiting.status, waiting.model) == (Status.NOT_STARTED, ENGLISH)
    assert ask(storage, endpoint.id)[1].id == ENGLISH
    with pytest.raises(Conflict):
        change(storage, endpoint.id, BRITISH)  # one deployment at a time
    run(storage, tmp_path)
    assert ask(storage, endpoint.id)[1].id == BRITISH


def test_what_an_endpoint_has_is_what_it_was_given_last(storage, child, tmp_path):
    """A change back while another is under way is no change of nothing: it has to be refused."""

    def has(model):
        with storage.database.read() as connection:
            return endpoints.has(connection, ENDPOINTS.get(connection, endpoint.id), model)

    endpoint = make(storage)
    assert has(ENGLISH)
    run(storage, tmp_path)
    assert (has(ENGLISH), has(BRITISH)) == (True, False)
    change(storage, endpoint.id, BRITISH)
    assert (has(ENGLISH), has(BRITISH)) == (False, True)
    run(storage, tmp_path)
    assert (has(ENGLISH), has(BRITISH)) == (False, True)


def test_after_a_change_that_failed_the_old_model_still_answers(storage, child, tmp_path):
    endpoint = make(storage)
    run(storage, tmp_path)
    child.broken.add("en-US")
    change(storage, endpoint.id, BRITISH)

    told = []
    run(storage, tmp_path, told)

    found, model = ask(storage, endpoint.id)
    assert (found.status, found.model, model.id) == (Status.FAILED, ENGLISH, ENGLISH)
    assert found.error.message == "it hears nothing"
    assert ("endpointCompletion", endpoint.id) in told
    assert history(storage, endpoint.id)[-1] == (BRITISH, "change", Status.FAILED)


@pytest.mark.usefixtures("tested")
def test_to_roll_back_twice_is_to_stay(storage):
    endpoint = make(storage)
    with pytest.raises(Conflict, match="no other model before"):
        roll_back(storage, endpoint.id)
    change(storage, endpoint.id, BRITISH)

    assert roll_back(storage, endpoint.id).model == ENGLISH
    assert roll_back(storage, endpoint.id).model == BRITISH

    assert history(storage, endpoint.id) == [
        (ENGLISH, "creation", Status.SUCCEEDED),
        (BRITISH, "change", Status.SUCCEEDED),
        (ENGLISH, "rollback", Status.SUCCEEDED),
        (BRITISH, "rollback", Status.SUCCEEDED),
    ]


@pytest.mark.usefixtures("tested")
def test_a_session_stays_with_the_model_it_pinned(storage):
    endpoint = make(storage)
    pinned = ask(storage, endpoint.id)[1].id
    change(storage, endpoint.id, BRITISH)

    assert ask(storage, endpoint.id, pinned=pinned.upper())[1].id == ENGLISH
    assert ask(storage, endpoint.id)[1].id == BRITISH
    with pytest.raises(Conflict, match="does not answer here"):
        ask(storage, endpoint.id, pinned=GERMAN)
    with pytest.raises(Conflict):
        ask(storage, None, pinned=BRITISH)


@pytest.mark.usefixtures("tested")
def test_the_history_of_an_endpoint_goes_with_it_and_names_who_asked(storage):
    endpoint = make(replace(storage, key="k"))
    with storage.database.read() as connection:
        [first] = deployments.page(connection, endpoint.id)
    assert (first.key, first.finished) == ("k", first.created)

    with storage.database.begin() as connection:
        endpoints.delete(connection, ENDPOINTS.get(connection, endpoint.id))
        assert deployments.page(connection, endpoint.id) == []


@pytest.mark.usefixtures("tested")
def test_the_newest_of_a_long_history_are_kept(storage, monkeypatch):
    monkeypatch.setattr(deployments, "KEPT", 3)
    endpoint = make(storage)
    for model in (BRITISH, ENGLISH, BRITISH, ENGLISH):
        change(storage, endpoint.id, model)

    assert [model for model, _, _ in history(storage, endpoint.id)] == [ENGLISH, BRITISH, ENGLISH]


@pytest.mark.usefixtures("tested", "child")
def test_a_cancelled_change_leaves_the_old_model(storage, tmp_path):
    endpoint = make(storage)
    with storage.database.begin() as connection:
        MODELS.change(connection, BRITISH, tested=None)
    change(storage, endpoint.id, BRITISH)
    with storage.database.begin() as connection:
        [job] = queue.of_resource(connection, endpoint.id)
        ended = replace(job, state=JobState.CANCELLED)
        endpoints.deploy_kind(storage).on_change(connection, ended)

    found, model = ask(storage, endpoint.id)
    assert (found.status, model.id) == (Status.FAILED, ENGLISH)
