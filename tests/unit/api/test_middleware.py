"""What requests pass before a route sees them."""

import re

import anyio
import pytest
from fastapi import FastAPI, Request
from fastapi.testclient import TestClient

from lect.api.errors import add_handlers
from lect.api.middleware import LOOPBACK, REQUEST_ID, BodyLimit, Hosts, RequestIds


@pytest.fixture
def client():
    app = FastAPI()
    add_handlers(app)

    @app.post("/echo")
    @app.post("/upload")
    async def echo(request: Request):
        return len(await request.body())

    @app.post("/grouped")
    async def grouped(request: Request):
        """As middleware between would read it, whose errors come in groups."""
        async with anyio.create_task_group():
            return len(await request.body())

    @app.post("/document")
    def take(body: list[int]):
        return len(body)

    @app.get("/fail")
    def fail():
        raise RuntimeError("secret")

    app.add_middleware(BodyLimit, limits={re.compile("^/upload"): 1_000}, small=10)
    app.add_middleware(Hosts, allowed=[*LOOPBACK, "speech.example"])
    app.add_middleware(RequestIds)
    return TestClient(app, base_url="http://localhost:8000", raise_server_exceptions=False)


@pytest.mark.parametrize(
    "host", ["localhost", "127.0.0.1:8000", "[::1]:8000", "Speech.Example", "speech.example:80"]
)
def test_our_names_are_answered_with_any_port(client, host):
    assert client.post("/echo", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "host", ["evil.example", "localhost.evil.example", "", "127.0.0.1.nip.example", "localhost@evil"]
)
def test_other_hosts_are_refused(client, host):
    response = client.post("/echo", headers={"Host": host})

    assert response.status_code == 403
    assert response.json()["innerError"]["code"] == "Forbidden"


@pytest.mark.parametrize(
    "origin", ["http://evil.example", "null", "https://localhost.evil.example", "file://", "http://["]
)
def test_pages_of_other_origins_are_refused(client, origin):
    assert client.post("/echo", headers={"Origin": origin}).status_code == 403


def test_our_own_pages_are_answered(client):
    assert client.post("/echo", headers={"Origin": "http://localhost:8000"}).status_code == 200


def test_every_answer_has_an_id_and_is_never_sniffed(client):
    response = client.post("/echo")

    assert len(response.headers[REQUEST_ID]) == 36
    assert response.headers["X-Content-Type-Options"] == "nosniff"


def test_an_id_that_came_is_kept_unless_it_is_odd(client):
    assert client.post("/echo", headers={REQUEST_ID: "abc-1"}).headers[REQUEST_ID] == "abc-1"
    assert client.post("/echo", headers={REQUEST_ID: "a b\tc"}).headers[REQUEST_ID] != "a b\tc"


def test_bodies_are_bounded_by_what_comes_and_by_path(client):
    assert client.post("/echo", content=b"x" * 10).json() == 10
    assert client.post("/upload", content=b"x" * 1_000).json() == 1_000
    assert client.post("/echo", content=b"x" * 11).status_code == 413
    assert client.post("/upload", content=b"x" * 1_001).status_code == 413


@pytest.mark.parametrize("path", ["/echo", "/document", "/grouped"])
def test_a_body_of_unknown_length_is_bounded_too(client, path):
    assert client.post(path, content=iter([b"x" * 6, b"x" * 6])).status_code == 413


@pytest.mark.parametrize("length", ["-1", "1e3", "ten"])
def test_a_length_that_is_no_number_is_refused(client, length):
    assert client.post("/echo", headers={"Content-Length": length}, content=b"").status_code == 400


def test_what_was_not_foreseen_tells_nothing_of_the_inside(client):
    response = client.get("/fail")

    assert response.status_code == 500
    assert "secret" not in response.text
    assert response.json()["innerError"]["code"] == "UnexpectedError"


def test_an_unknown_path_and_a_wrong_method_have_the_services_codes(client):
    assert client.get("/nowhere").json()["code"] == "NotFound"
    assert client.get("/echo").json()["code"] == "NotAllowed"
