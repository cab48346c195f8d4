"""Models are sent from one server to another, whole, by an authorisation that is good once."""

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from http import HTTPStatus
from uuid import uuid4

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from api_services import BASE, api_service, app_of, client_of
from job_runs import run_job
from lect.api.signing import Signer
from lect.core.entities import Project
from lect.core.errors import QuotaExceeded, Unreachable
from lect.core.jobs import JobState
from lect.models import bundles, catalogue, copying
from lect.models.arrivals import Authorisation
from lect.models.copying import covers
from lect.settings import Quotas
from lect.store import keys
from lect.store.keys import Role
from lect.store.quotas import stored_bytes
from lect.store.repositories import MODELS, PROJECTS
from lect.store.tables import audit
from lect.web.fetching import Reply

V3 = "/speechtotext/v3.2"
V3_1 = "/speechtotext/v3.1"
LECT = "/lect/v1"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
KEY = "Ocp-Apim-Subscription-Key"


@pytest.fixture
def here(tmp_path):
    with api_service(tmp_path / "here") as service:
        yield service


@pytest.fixture
def there(tmp_path):
    """Another installation: its secret is another."""
    with api_service(tmp_path / "there") as service:
        yield replace(service, signer=Signer(secret=b"another secret"))


@pytest.fixture
def source(app, here):
    return client_of(app, here)


@pytest.fixture(scope="module")
def other_app(tmp_path_factory):
    with api_service(tmp_path_factory.mktemp("other")) as service:
        yield app_of(service)


@pytest.fixture
def target(other_app, there):
    return client_of(other_app, there)


@dataclass
class Wire:
    """What the job asks with: it leads to the other server, and can fail."""

    target: TestClient
    break_before: int = 0  # requests that do not arrive
    lose: int = 0  # answers that do not arrive
    change: object = lambda body: body
    sent: int = 0

    def send(self, method, url, *, headers, body, seconds):
        data = b"".join(body)
        assert headers["Content-Length"] == str(len(data))
        self.sent += 1
        if self.sent <= self.break_before:
            raise Unreachable("the connection broke")
        answer = self.target.request(method, url, headers=headers, content=self.change(data))
        if self.sent <= self.break_before + self.lose:
            raise Unreachable("the connection broke")
        status = HTTPStatus(answer.status_code)
        return Reply(
            status=status,
            reason=f"{status.value} {status.phrase}",
            headers=dict(answer.headers),
            body=answer.content,
        )


@pytest.fixture
def model(source, tmp_path):
    """A custom model of the first server: its address."""
    base = bundles.Base(name=BASE, weights_sha256=catalogue.get(BASE).weights.sha256)
    manifest = bundles.Manifest(
        base=base,
        locale="en-US",
        normaliser=bundles.NormaliserVersion(name="en", version="1"),
        code="0",
        recipe={"kinds": ["text"]},
    )
    path = tmp_path / "orders.lect"
    bundles.write(path, manifest=manifest, members={"a.bin": b"abc"})
    form = {"displayName": "Bestellungen \u2615", "description": "two\r\nlines"}
    made = source.post(f"{LECT}/models:import", files={"data": ("x", path.read_bytes())}, data=form)
    assert made.status_code == 201, made.text
    return made.json()["self"]


def authorise(target, model, **headers):
    answer = target.post(f"{V3}/models:authorizecopy", json={"sourceResourceId": model}, headers=headers)
    assert answer.status_code == 200, answer.text
    return answer.json()


def copy(source, here, target, model, allowed, tmp_path, **wire):
    """The operation, as it is when its job is over."""
    begun = source.post(f"{model}:copy", json=allowed)
    assert begun.status_code == 202, begun.text
    run(here, target, tmp_path, **wire)
    return source.get(begun.headers["Operation-Location"]).json()


def run(here, target, tmp_path, **wire):
    kind = copying.copy_kind(here.storage, fetcher=Wire(target, **wire))
    return run_job(here, replace(kind, retries=0), tmp_path)


def bundle_of(client, model):
    return client.get(f"{LECT}/models/{model.rpartition('/')[2]}/bundle").content


def test_a_model_arrives_as_it_left(source, here, target, model, tmp_path):
    allowed = authorise(target, model)
    assert allowed["targetResourceEndpoint"] == "http://testserver"
    assert allowed["sourceResourceId"] == model

    done = copy(source, here, target, model, allowed, tmp_path)

    assert done["status"] == "Succeeded"
    made = target.get(done["result"]["link"]).json()
    assert (made["displayName"], made["description"]) == ("Bestellungen \u2615", "two\r\nlines")
    assert made["status"] == "Succeeded"
    assert bundle_of(target, made["self"]) == bundle_of(source, model)


def test_a_copy_can_be_watched_while_it_waits(source, target, model):
    begun = source.post(f"{model}:copy", json=authorise(target, model))

    assert begun.json()["status"] == "NotStarted"
    assert begun.headers["Retry-After"] == "1"
    assert source.get(begun.json()["self"]).headers["Retry-After"] == "1"
    assert source.get(f"{V3}/operations/models/copy/{uuid4()}").status_code == 404


def test_an_authorisation_is_good_for_one_model_once(source, here, target, model, tmp_path):
    allowed = authorise(target, model)
    copy(source, here, target, model, allowed, tmp_path)

    again = copy(source, here, target, model, allowed, tmp_path)

    assert again["status"] == "Succeeded"  # the same model, not another
    assert len(target.get(f"{V3}/models").json()["values"]) == 1
    target.delete(again["result"]["link"])
    used = copy(source, here, target, model, allowed, tmp_path)
    assert used["status"] == "Failed"
    assert "was used already" in used["error"]["message"]
    assert target.get(f"{V3}/models").json()["values"] == []


def test_an_authorisation_that_was_used_takes_no_other_bundle(source, target, model):
    allowed = authorise(target, model)
    data = bundle_of(source, model)
    assert send(target, allowed["id"], data, source=model).status_code == 201

    other = send(target, allowed["id"], data + b"x", source=model)

    assert other.status_code == 409
    assert other.json()["code"] == "Conflict"


def send(target, token, data, *, source, **fields):
    from hashlib import sha256

    form = {"source": source, "sha256": sha256(data).hexdigest(), "displayName": "x", **fields}
    return target.post(
        f"{LECT}/models:receive",
        headers={"Authorization": f"Bearer {token}"},
        files={"data": ("model.lect", data)},
        data=form,
    )


def test_an_authorisation_for_one_model_takes_no_other(source, target, model):
    allowed = authorise(target, model[:-36] + str(uuid4()))

    refused = source.post(f"{model}:copy", json=allowed)

    assert refused.status_code == 400
    assert refused.json()["innerError"]["code"] == "InvalidSourceAzureResourceId"
    sent = send(target, allowed["id"], bundle_of(source, model), source=model)
    assert sent.status_code == 403
    assert target.get(f"{V3}/models").json()["values"] == []


def test_an_authorisation_for_a_server_takes_any_one_of_its_models(source, here, target, model, tmp_path):
    allowed = authorise(target, "http://testserver")

    assert copy(source, here, target, model, allowed, tmp_path)["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("allowed", "model", "is_covered"),
    [
        ("http://a/speechtotext/v3.2/models/{id}", "http://b/speechtotext/v3.2/models/{id}", True),
        ("http://a/speechtotext/models/{id}?api-version=x", "http://a/speechtotext/v3.2/models/{id}", True),
        ("http://a/speechtotext/v3.2/models/{other}", "http://a/speechtotext/v3.2/models/{id}", False),
        ("http://a", "http://a:8080/speechtotext/v3.2/models/{id}", True),
        ("http://a", "http://b/speechtotext/v3.2/models/{id}", False),
        ("http://a/speechtotext/v3.2/models/{id}", "http://a/", False),
        ("http://[", "http://a/speechtotext/v3.2/models/{id}", False),
        ("http://a", "http://[", False),
    ],
)
def test_what_is_allowed_for_an_address(allowed, model, is_covered):
    ids = {"id": str(uuid4()), "other": str(uuid4())}

    assert covers(allowed.format(**ids), model.format(**ids)) is is_covered


@pytest.mark.parametrize("source_id", ["/subscriptions/1/accounts/x", "ftp://a", "http://", "http://[", " "])
def test_what_may_send_has_an_address(target, source_id):
    answer = target.post(f"{V3}/models:authorizecopy", json={"sourceResourceId": source_id})

    assert answer.status_code == 400
    assert answer.json()["innerError"]["code"] == "InvalidSourceAzureResourceId"


def test_an_authorisation_expires(source, target, there, model):
    now = datetime.now(UTC)
    old = Authorisation(id=str(uuid4()), source=model, expires=now - timedelta(seconds=1))
    allowed = authorise(target, model)

    late = source.post(f"{model}:copy", json=allowed | {"expirationDateTime": "2026-01-02T00:00:00Z"})
    assert late.json()["innerError"]["code"] == "ModelCopyAuthorizationExpired"
    sent = send(target, there.signer.sign_authorisation(old), bundle_of(source, model), source=model)
    assert sent.status_code == 401
    assert "has expired" in sent.json()["message"]


def test_what_was_not_signed_for_this_takes_nothing(source, target, there, here, model):
    data = bundle_of(source, model)
    fresh = Authorisation(id=str(uuid4()), source=model, expires=datetime.now(UTC) + timedelta(hours=1))
    forged = [
        "x",
        there.signer.issue_token("me"),
        here.signer.sign_authorisation(fresh),  # by another server
    ]
    for token in forged:
        assert send(target, token, data, source=model).status_code == 401
    assert target.post(f"{LECT}/models:receive").status_code == 401


def test_who_allowed_it_must_still_be_allowed_to(source, target, there, model):
    with there.storage.database.begin() as connection:
        key, text = keys.create(connection, name="k", role=Role.CONTRIBUTOR, project=None, at=NOW)
        _, reader = keys.create(connection, name="r", role=Role.READER, project=None, at=NOW)
    no = target.post(f"{V3}/models:authorizecopy", json={"sourceResourceId": model}, headers={KEY: reader})
    assert no.status_code == 403
    first, second = (authorise(target, model, **{KEY: text}) for _ in range(2))
    data = bundle_of(source, model)

    assert send(target, first["id"], data, source=model).status_code == 201
    with there.storage.database.begin() as connection:
        keys.revoke(connection, key.id, at=NOW)
    assert send(target, second["id"], data, source=model).status_code == 401
    with there.storage.database.read() as connection:
        noted = connection.execute(select(audit.c.action, audit.c.key).order_by(audit.c.number)).all()
    assert noted == [("authorise copy", key.id), ("authorise copy", key.id), ("receive", key.id)]


def test_an_authorisation_from_a_time_without_keys_ends_with_the_first_key(source, target, there, model):
    allowed = authorise(target, model)
    with there.storage.database.begin() as connection:
        keys.create(connection, name="k", role=Role.OWNER, project=None, at=NOW)

    assert send(target, allowed["id"], bundle_of(source, model), source=model).status_code == 401


@pytest.mark.parametrize(
    "harm", [lambda body: body.replace(b"abc", b"abd"), lambda body: body.replace(b"abc", b"")]
)
def test_a_model_arrives_whole_or_not_at_all(source, here, target, model, tmp_path, harm):
    done = copy(source, here, target, model, authorise(target, model), tmp_path, change=harm)

    assert done["status"] == "Failed"
    assert target.get(f"{V3}/models").json()["values"] == []


def test_a_broken_authorisation_can_be_used_again(source, here, target, model, tmp_path):
    """What did not arrive whole has not used it up."""
    allowed = authorise(target, model)
    harm = {"change": lambda body: body.replace(b"abc", b"abd")}
    assert copy(source, here, target, model, allowed, tmp_path, **harm)["status"] == "Failed"

    assert copy(source, here, target, model, allowed, tmp_path)["status"] == "Succeeded"


def test_a_lost_answer_makes_no_second_model(source, here, target, model, tmp_path):
    source.post(f"{model}:copy", json=authorise(target, model))
    wire = Wire(target, break_before=1, lose=1)
    kind = replace(copying.copy_kind(here.storage, fetcher=wire), pause=0.0)

    states = [run_job(here, kind, tmp_path).state for _ in range(3)]

    assert states == [JobState.QUEUED, JobState.QUEUED, JobState.SUCCEEDED]
    assert len(target.get(f"{V3}/models").json()["values"]) == 1


def test_a_model_that_was_copied_can_be_deleted_and_one_that_is_being_copied_cannot(
    source, here, target, model, tmp_path
):
    allowed = authorise(target, model)
    source.post(f"{model}:copy", json=allowed)
    assert source.delete(model).status_code == 409
    run(here, target, tmp_path)

    assert source.delete(model).status_code == 204


def test_only_a_model_that_is_trained_is_copied(source, target):
    body = {"displayName": "x", "locale": "en-US", "text": "two coffees\n"}
    base = source.get(f"{V3}/models/base").json()["values"][0]["self"]
    waits = source.post(f"{V3}/models", json=body | {"baseModel": {"self": base}}).json()["self"]

    assert source.post(f"{waits}:copy", json=authorise(target, waits)).status_code == 409
    of_base = f"{V3}/models/{base.rpartition('/')[2]}:copy"
    assert source.post(of_base, json=authorise(target, base)).status_code == 404


@pytest.mark.parametrize("endpoint", ["ftp://a", "http://a/?x=1", "nowhere", "http://u:p@a"])
def test_a_target_that_can_be_none_is_refused_at_once(source, target, model, endpoint):
    allowed = authorise(target, model) | {"targetResourceEndpoint": endpoint}

    assert source.post(f"{model}:copy", json=allowed).status_code == 400


def test_a_form_that_is_not_whole_is_refused(source, target, model):
    data = bundle_of(source, model)
    token = authorise(target, model)["id"]

    assert send(target, token, data, source=model, sha256="x").json()["target"] == "sha256"
    assert send(target, token, data, source=model, displayName="").json()["target"] == "displayName"
    lone = target.post(
        f"{LECT}/models:receive", headers={"Authorization": f"Bearer {token}"}, data={"a": "b"}
    )
    assert (lone.status_code, lone.json()["target"]) == (400, "data")


def test_a_key_of_the_same_server_copies_into_its_project(source, here, model):
    project = Project(id=str(uuid4()), display_name="other", created=NOW, locale="en-US")
    with here.storage.database.begin() as connection:
        PROJECTS.add(connection, project)
        _, mine = keys.create(connection, name="mine", role=Role.OWNER, project=None, at=NOW)
        _, theirs = keys.create(connection, name="x", role=Role.CONTRIBUTOR, project=project.id, at=NOW)
    source.headers[KEY] = mine
    id = model.rpartition("/")[2]
    with here.storage.database.begin() as connection:
        MODELS.change(connection, id, text="a secret", custom_properties={"client": "Fandoro"})

    made = source.post(f"{V3_1}/models/{id}:copyto", json={"targetSubscriptionKey": theirs})

    assert made.status_code == 201
    assert made.headers["Location"] == made.json()["self"] != model
    assert made.json()["project"]["self"].endswith(project.id)
    assert "secret" not in made.text and "Fandoro" not in made.text
    assert bundle_of(source, made.json()["self"]) == bundle_of(source, model)
    assert source.get(f"{made.json()['self']}/files").json()["values"][0]["name"] == "manifest.json"
    unknown = source.post(f"{V3_1}/models/{id}:copyto", json={"targetSubscriptionKey": "elsewhere"})
    assert unknown.json()["innerError"]["code"] == "InvalidSubscription"


def test_a_copy_on_the_same_server_has_to_have_room(source, here, model):
    """What is stored counts for each model, so a copy for nothing would lead over the quota."""
    with here.storage.database.begin() as connection:
        [own] = MODELS.page(connection, is_base=False)
        there = stored_bytes(connection, at=NOW)
    full = replace(here.storage, quotas=Quotas(stored_bytes=2 * there - 1))

    with pytest.raises(QuotaExceeded), full.database.begin() as connection:
        copying.copy_here(full, connection, own, None)


def test_a_copy_is_seen_by_who_sees_its_model(source, here, target, model):
    project = Project(id=str(uuid4()), display_name="other", created=NOW, locale="en-US")
    begun = source.post(f"{model}:copy", json=authorise(target, model)).json()["self"]
    with here.storage.database.begin() as connection:
        PROJECTS.add(connection, project)
        _, scoped = keys.create(connection, name="x", role=Role.OWNER, project=project.id, at=NOW)

    assert source.get(begun, headers={KEY: scoped}).status_code == 404
