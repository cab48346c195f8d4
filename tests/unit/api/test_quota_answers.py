"""Whatever would make a resource is refused beyond its quota, in the API's words, and leaves nothing behind."""

import io
from dataclasses import replace
from datetime import UTC, datetime
from uuid import uuid4

import pytest

from api_services import BASE, api_service, client_of
from lect.core.entities import Dataset, DatasetKind
from lect.core.status import Status
from lect.models.locales import id_of
from lect.settings import Quotas
from lect.store import keys
from lect.store.keys import Role
from lect.store.repositories import (
    DATASETS,
    ENDPOINTS,
    EVALUATIONS,
    MODELS,
    PROJECTS,
    TRANSCRIPTIONS,
    WEB_HOOKS,
)

V3 = "/speechtotext/v3.2"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
HEARD = str(uuid4())
NAMES = {"displayName": "orders", "locale": "en-US"}


def reference(noun, id):
    return {"self": f"http://testserver{V3}/{noun}/{id}"}


BASE_MODEL = reference("models/base", id_of(BASE, "en-US"))
TWO_MODELS = {"model1": BASE_MODEL, "model2": BASE_MODEL, "dataset": reference("datasets", HEARD)}
URLS = {"contentUrls": ["https://a.example/1.wav"]}
HOOK = {"displayName": "h", "webUrl": "https://a.example/", "events": {"ping": True}}
CREATED = {  # each way to make a resource: quota, path, body
    "project": ("projects", f"{V3}/projects", NAMES),
    "dataset": ("datasets", f"{V3}/datasets", NAMES | {"kind": "Language"}),
    "model": ("models", f"{V3}/models", NAMES | {"text": "two coffees", "baseModel": BASE_MODEL}),
    "evaluation": ("evaluations", f"{V3}/evaluations", NAMES | TWO_MODELS),
    "evaluation of many": (
        "evaluations",
        "/lect/v1/evaluations",
        NAMES | {"dataset": reference("datasets", HEARD), "models": [BASE_MODEL]},
    ),
    "endpoint": ("endpoints", f"{V3}/endpoints", NAMES | {"model": BASE_MODEL}),
    "transcription": ("transcriptions", f"{V3}/transcriptions", NAMES | URLS | {"model": BASE_MODEL}),
    "web hook": ("web_hooks", f"{V3}/webhooks", HOOK),
}
REPOSITORIES = (PROJECTS, DATASETS, MODELS, EVALUATIONS, ENDPOINTS, TRANSCRIPTIONS, WEB_HOOKS)


@pytest.fixture
def service(tmp_path):
    heard = Dataset(
        id=HEARD,
        display_name="heard",
        created=NOW,
        last_action=NOW,
        locale="en-US",
        kind=DatasetKind.ACOUSTIC,
        status=Status.SUCCEEDED,
    )
    with api_service(tmp_path) as service:
        with service.storage.database.begin() as connection:
            DATASETS.add(connection, heard)
        yield service


@pytest.fixture
def client_with(app, service):
    """client_with(datasets=1, ...) -> a client of a server with these quotas, until the next one is made."""

    def client(**quotas):
        storage = replace(service.storage, quotas=Quotas(**quotas))
        return client_of(app, replace(service, storage=storage))

    return client


def rows(service):
    with service.storage.database.read() as connection:
        return [repository.count(connection) for repository in REPOSITORIES]


@pytest.mark.parametrize(("quota", "path", "body"), CREATED.values(), ids=CREATED)
def test_beyond_its_quota_nothing_is_made(service, client_with, quota, path, body):
    before = rows(service)

    refused = client_with(**{quota: 0}).post(path, json=body)
    after = rows(service)
    made = client_with().post(path, json=body)

    assert (refused.status_code, refused.json()["code"]) == (400, "InvalidRequest")
    assert refused.json()["innerError"]["code"] == "QuotaViolation"
    assert f"LECT_QUOTAS_{quota.upper()}" in refused.json()["message"]
    assert after == before
    assert made.status_code == 201, made.text


def test_an_upload_is_refused_before_any_byte_of_it_is_stored(service, client_with):
    client = client_with(stored_bytes=9)
    form = NAMES | {"kind": "Language"}

    refused = client.post(f"{V3}/datasets/upload", data=form, files={"data": io.BytesIO(b"two coffees")})
    bundle = client.post("/lect/v1/models:import", files={"data": io.BytesIO(b"two coffees")})

    assert refused.json()["innerError"]["code"] == "QuotaViolation"
    assert bundle.json()["innerError"]["code"] == "QuotaViolation"
    assert list(service.storage.blobs.list()) == []


def test_too_many_jobs_may_be_asked_for_again_later(service, client_with):
    with service.storage.database.begin() as connection:
        _, key = keys.create(connection, name="k", role=Role.OWNER, project=None, at=NOW)
    client = client_with(jobs_per_key=1)
    client.headers["Ocp-Apim-Subscription-Key"] = key
    _, path, body = CREATED["model"]

    answers = [client.post(path, json=body) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 429]
    assert answers[1].json()["code"] == "TooManyRequests"
    assert answers[1].json()["innerError"]["code"] == "QuotaViolation"
    assert int(answers[1].headers["Retry-After"]) > 0


def test_an_endpoint_that_may_not_be_deployed_again_stays_as_it_is(service, client_with):
    with service.storage.database.begin() as connection:
        _, key = keys.create(connection, name="k", role=Role.OWNER, project=None, at=NOW)
    client = client_with(jobs_per_key=1)
    client.headers["Ocp-Apim-Subscription-Key"] = key
    _, path, body = CREATED["endpoint"]
    made = client.post(path, json=body).json()
    with service.storage.database.begin() as connection:  # deployed, by a job that is not over yet
        endpoint = made["self"].rpartition("/")[2]
        ENDPOINTS.move(connection, endpoint, Status.RUNNING)
        ENDPOINTS.move(connection, endpoint, Status.SUCCEEDED)

    other = reference("models/base", id_of(BASE, "en-GB"))
    refused = client.patch(made["self"], json={"model": other})

    assert refused.status_code == 429
    assert client.get(made["self"]).json()["status"] == "Succeeded"
