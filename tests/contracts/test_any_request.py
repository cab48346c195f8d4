"""Whatever is asked, the answer is one that the document of the API promises, and never a failure of the server."""

from __future__ import annotations

from contextlib import contextmanager
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)
from sqlalchemy import text

from api_services import BASE, api_service, app_of
from lect import __version__
from lect.api.beyond.work import Streams
from lect.api.service import KEY_HEADER
from lect.core.entities import Dataset, DatasetKind, Project
from lect.core.status import Status
from lect.jobs.watching import Watch
from lect.models.locales import id_of
from lect.store import jobs, keys
from lect.store.keys import Role
from lect.store.repositories import DATASETS, MODELS, PROJECTS

CHECKS = [
    not_a_server_error,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
]
PATIENCE = 300  # seconds for one answer of a busy machine
HEARD = "^/speech/recognition/"  # a recogniser answers there, which has tests of its own; there is none here
NOTHING_LIVE = "this server recognises nothing live"  # what it says of files that somebody waits for
NOW = datetime(2026, 1, 2, tzinfo=UTC)


@contextmanager
def asked(folder, database=None):
    """A server with a few resources: the operations of its document, and the ids of what is there."""
    with api_service(folder, database) as service:
        app = app_of(service)
        watch = Watch(service.storage.database, look=0.01)
        app.state.streams = Streams(watch, seconds=0.02, beat=0.01)  # a stream of what never ends
        app.openapi()  # which a busy machine takes long for
        schema = schemathesis.openapi.from_asgi("/openapi.json", app)
        schema = schema.exclude(path_regex=HEARD)
        with (
            service.storage.database.begin() as connection
        ):  # else the first request that makes one shuts out all others
            made = [keys.create(connection, name="", role=Role.OWNER, project=None, at=NOW) for _ in range(2)]
        (_, key), (other, _) = made
        ids = [*_fill(service), other.id]
        yield SimpleNamespace(schema=schema, ids=ids, storage=service.storage, key={KEY_HEADER: key})


def _fill(service):
    """A dataset that is imported, one that waits for its blocks, a project, a base model that passed its self-test.

    Without that, and without a worker, the server would not be ready, and would say so with 503.
    """
    common = {"display_name": "x", "created": NOW, "locale": "en-US"}
    project = Project(id=str(uuid4()), **common)
    datasets = [
        Dataset(id=str(uuid4()), last_action=NOW, kind=DatasetKind.ACOUSTIC, **common, **more)
        for more in ({"status": Status.SUCCEEDED}, {"awaits_blocks": True})
    ]
    with service.storage.database.begin() as connection:
        jobs.add_worker(connection, str(uuid4()), "nobody")
        PROJECTS.add(connection, project)
        for dataset in datasets:
            DATASETS.add(connection, dataset)
        base = MODELS.change(connection, id_of(BASE, "en-US"), tested=__version__)
    return [project.id, *(dataset.id for dataset in datasets), base.id]


def ask(server, examples):
    """Ask so often, about things that are there half of the time."""
    called = []

    @settings(
        max_examples=examples,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
        derandomize=True,
        database=None,
    )
    @given(case=server.schema.as_strategy(), known=st.none() | st.sampled_from(server.ids))
    def asking(case, known):
        if known is not None:
            give(case, known)
        answer = case.call(timeout=PATIENCE, headers=server.key)
        if not (answer.status_code == 503 and NOTHING_LIVE in answer.text):  # nobody recognises here
            case.validate_response(answer, checks=CHECKS)
        called.append(case.operation.label)

    asking()
    with server.storage.database.read() as connection:  # it lives on
        assert connection.execute(text("SELECT count(*) FROM projects")).scalar_one() >= 0
    return set(called)


def give(case, id):
    """Let a request be about something that is there."""
    for name in ("id", "owner"):
        if name in (case.path_parameters or {}):
            case.path_parameters[name] = id
    if isinstance(case.body, dict):
        for field, value in case.body.items():
            noun = field.rstrip("12").removeprefix("base").lower()
            if isinstance(value, dict) and "self" in value:
                noun = {"model": "models/base", "dataset": "datasets", "project": "projects"}.get(noun, noun)
                case.body[field] = {"self": f"http://localhost/speechtotext/v3.2/{noun}/{id}"}


def test_a_few_hundred_requests(tmp_path):
    with asked(tmp_path) as server:
        assert len(ask(server, 300)) > 60  # operations


@pytest.mark.long
@pytest.mark.parametrize("kind", ["sqlite", "postgres"])
def test_thousands_of_requests(kind, tmp_path, request):
    url = request.getfixturevalue("postgres_url") if kind == "postgres" else None
    with asked(tmp_path, url) as server:
        ask(server, 5_000)
