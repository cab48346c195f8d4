"""Requests are counted and logged by the patterns of their routes, and `/metrics` tells it to those who may know."""

import io
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

import pytest

from lect.core.entities import Project
from lect.jobs import queue
from lect.store import keys
from lect.store.keys import Role
from lect.store.repositories import PROJECTS
from lect.telemetry import configure_logging
from lect.tracing import Tracer

V3 = "/speechtotext/v3.2"
NOW = datetime(2026, 1, 2, tzinfo=UTC)
KEY = "Ocp-Apim-Subscription-Key"


def metrics(client):
    answer = client.get("/metrics")
    assert answer.status_code == 200, answer.text
    assert answer.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    return answer.text


def test_requests_are_counted_by_pattern_in_each_version(client):
    id = uuid4()
    client.get(f"{V3}/datasets/{id}")
    client.get(f"/speechtotext/datasets/{id}?api-version=2024-11-15")
    client.post(f"/lect/v1/endpoints/{id}:rollback")
    client.get(f"/nowhere/{id}")

    text = metrics(client)

    for method, route, status in (
        ("GET", f"{V3}/datasets/{{id}}", 404),
        ("GET", "/speechtotext/datasets/{id}", 404),
        ("POST", "/lect/v1/endpoints/{id}:rollback", 404),
        ("GET", "none", 404),
    ):
        line = f'lect_http_requests_total{{method="{method}",route="{route}",status="{status}"}} 1.0'
        assert line in text
    assert str(id) not in text
    assert "lect_http_requests_open 1.0" in text  # this very one


def test_jobs_and_what_is_stored_are_asked_of_the_database(client, service):
    with service.storage.database.begin() as connection:
        queue.add(connection, "train", {})

    text = metrics(client)

    assert 'lect_jobs{kind="train",state="QUEUED"} 1.0' in text.replace("queued", "QUEUED")
    assert "lect_worker_up 0.0" in text
    assert "lect_stored_bytes 0.0" in text
    assert "lect_recogniser_up" not in text  # there is none


@pytest.mark.parametrize("is_there", [True, False])
def test_what_the_recogniser_counts_is_told_with_it(app, client, service, is_there):
    def read():
        if not is_there:
            raise ConnectionRefusedError
        return b"lect_live_streams 3.0\n"

    app.state.service = replace(service, recogniser_metrics=read)

    text = metrics(client)

    assert f"lect_recogniser_up {float(is_there)}" in text
    assert ("lect_live_streams 3.0" in text) is is_there


def test_metrics_want_a_key_of_the_whole_server_as_soon_as_there_is_one(client, service):
    project = Project(id=str(uuid4()), display_name="p", created=NOW, locale="en-US")
    with service.storage.database.begin() as connection:
        PROJECTS.add(connection, project)
        _, own = keys.create(connection, name="p", role=Role.OWNER, project=project.id, at=NOW)
        _, whole = keys.create(connection, name="w", role=Role.READER, project=None, at=NOW)

    assert client.get("/metrics").status_code == 401
    assert client.get("/metrics", headers={KEY: own}).status_code == 403
    assert client.get("/metrics", headers={KEY: whole}).status_code == 200
    assert client.get("/metrics", headers={"Authorization": f"Bearer {whole}"}).status_code == 200


def test_a_request_is_a_line_of_the_log_without_its_query(client):
    configure_logging(level="INFO", stream=(written := io.StringIO()))

    client.get(f"{V3}/projects?subscription-key=secret", headers={"X-RequestId": "abc"})

    [line] = [line for line in written.getvalue().splitlines() if "A request was answered." in line]
    assert "request=abc" in line
    assert f"method=GET route={V3}/projects status=200" in line
    assert "secret" not in written.getvalue()


def test_a_request_is_a_span_with_its_route_and_the_parent_it_came_with(app, client, service):
    opened = []

    class Spans(Tracer):
        @contextmanager
        def span(self, name, *, parent=None, **attributes):
            opened.append({"name": name, "parent": parent, **attributes})
            yield SimpleNamespace(set=lambda **more: opened[-1].update(more))

    app.state.service = replace(service, tracer=Spans())

    client.get(f"{V3}/projects?key=secret", headers={"X-RequestId": "abc", "traceparent": "00-1-2-01"})

    assert opened == [
        {
            "name": "request",
            "parent": "00-1-2-01",
            "request": "abc",
            "method": "GET",
            "route": f"{V3}/projects",
            "status": 200,
        }
    ]
