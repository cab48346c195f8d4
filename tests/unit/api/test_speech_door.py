"""The WebSocket door: who is let in, and that all that is said passes on unchanged. The recogniser is a stub on a Unix socket."""

from __future__ import annotations

import asyncio
import logging
import threading
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime
from http import HTTPStatus

import anyio
import pytest
from starlette.testclient import WebSocketDenialResponse
from starlette.websockets import WebSocketDisconnect
from websockets.exceptions import ConnectionClosedError
from websockets.sync.server import unix_serve

from lect.api import relay, speech
from lect.api.connections import Connections
from lect.core.errors import InvalidInput
from lect.store import keys
from lect.store.keys import Role

NOW = datetime(2026, 1, 1, tzinfo=UTC)
PATH = "/speech/recognition/conversation/cognitiveservices/v1"
KEY = "Ocp-Apim-Subscription-Key"


class Stub:
    """Where a recogniser would listen."""

    def __init__(self, path):
        self.path, self.requests = path, []

    async def socket(self):
        return self.path


@contextmanager
def recogniser(folder, answer, *, refuse=None):
    stub = Stub(folder / "r.sock")

    def take(connection, request):
        stub.requests.append(request)
        return refuse(connection) if refuse else None

    with unix_serve(answer, str(stub.path), process_request=take) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield stub
        server.shutdown()
        thread.join()


def echo(connection):
    for message in connection:
        connection.send(message)


@pytest.fixture
def stub(tmp_path):
    with recogniser(tmp_path, echo) as stub:
        yield stub


@pytest.fixture
def door(app, service, client, stub):
    app.state.service = replace(service, recogniser=stub)
    return client


def new_key(service):
    with service.storage.database.begin() as connection:
        return keys.create(connection, name="one", role=Role.READER, project=None, at=NOW)


@pytest.fixture
def key(service):
    return new_key(service)


def refusal(door, path=PATH, **options):
    with pytest.raises(WebSocketDenialResponse) as refused, door.websocket_connect(path, **options):
        pass
    return refused.value


def test_texts_and_bytes_pass_both_ways_unchanged(door):
    with door.websocket_connect(PATH) as socket:
        socket.send_text("Path:speech.config\r\n\r\n{}")
        assert socket.receive_text() == "Path:speech.config\r\n\r\n{}"
        socket.send_bytes(b"\x00\x01\xff")
        assert socket.receive_bytes() == b"\x00\x01\xff"


@pytest.mark.parametrize(
    "path", [PATH, "/stt/speech/universal/v2", "/speech/universal/v2", f"/any/prefix{PATH}"]
)
def test_path_and_query_reach_the_recogniser(door, stub, path):
    with door.websocket_connect(f"{path}?language=en-us&cid=a%20b"):
        pass

    assert stub.requests[0].path == f"{path}?language=en-us&cid=a+b"


def test_nothing_listens_at_other_paths(door):
    assert refusal(door, "/speech/other").status_code == 404


def test_without_a_key_where_there_are_keys_nobody_is_let_in(door, key, stub):
    refused = refusal(door)

    assert refused.status_code == 401
    assert "wants a key" in refused.json()["message"]
    assert stub.requests == []


def test_a_wrong_key_is_refused(door, key):
    assert refusal(door, headers={KEY: "wrong"}).status_code == 401


@pytest.mark.parametrize("place", ["header", "query"])
@pytest.mark.parametrize("kind", ["key", "token"])
def test_keys_and_tokens_open_the_door_by_header_and_by_query_and_go_no_further(
    door, service, key, stub, place, kind
):
    name, value = (KEY, key[1])
    if kind == "token":
        name, value = "Authorization", f"Bearer {service.signer.issue_token(key[0].id)}"
    path, headers = (PATH, {name: value}) if place == "header" else (f"{PATH}?{name}={value}&cid=1", {})

    with door.websocket_connect(path, headers=headers):
        pass

    [request] = stub.requests
    assert request.headers["X-Lect-Key"] == key[0].id
    assert value not in str(request)
    assert place == "header" or request.path == f"{PATH}?cid=1"


@pytest.fixture
def two_at_most(app, door):
    app.state.connections = Connections(2)


def test_a_key_has_so_many_connections_with_all_its_tokens_and_other_keys_have_theirs(
    two_at_most, door, service, key
):
    (made, first), (_, second) = key, new_key(service)
    token = service.signer.issue_token(made.id)
    by_key, by_token = {KEY: first}, {"Authorization": f"Bearer {token}"}

    with door.websocket_connect(PATH, headers=by_key):
        with door.websocket_connect(PATH, headers=by_token):
            refused = refusal(door, headers=by_token)
            with door.websocket_connect(PATH, headers={KEY: second}) as other:
                other.send_text("heard")
                assert other.receive_text() == "heard"
        with door.websocket_connect(PATH, headers=by_key):
            assert refusal(door, headers=by_key).status_code == 429

    assert (refused.status_code, refused.headers["Retry-After"]) == (429, "10")
    assert refused.json()["code"] == "TooManyRequests"
    assert "LECT_LIVE_CONNECTIONS_PER_KEY" in refused.json()["message"]


def test_without_keys_an_address_has_so_many_connections(two_at_most, door, stub):
    with door.websocket_connect(PATH), door.websocket_connect(PATH):
        assert refusal(door).status_code == 429
    assert len(stub.requests) == 2, "the recogniser hears nothing of the third"


def test_a_wrong_key_is_told_so_however_many_connections_there_are(two_at_most, door, key):
    headers = {KEY: key[1]}
    with door.websocket_connect(PATH, headers=headers), door.websocket_connect(PATH, headers=headers):
        assert refusal(door, headers={KEY: "wrong"}).status_code == 401


def test_a_connection_that_the_recogniser_refuses_counts_no_more(two_at_most, app, service, door, tmp_path):
    app.state.service = replace(service, recogniser=Stub(tmp_path / "nobody"))
    for _ in range(3):
        assert refusal(door).status_code == 503


def test_callers_without_connections_are_forgotten():
    connections = Connections(1)
    with connections.one("a"), connections.one("b"):
        assert connections.callers == 2
    assert connections.callers == 0


def test_what_a_client_says_of_its_own_key_and_project_counts_for_nothing(door, stub):
    with door.websocket_connect(PATH, headers={"X-Lect-Key": "k", "X-Lect-Project": "p"}):
        pass

    assert "X-Lect-Key" not in stub.requests[0].headers
    assert "X-Lect-Project" not in stub.requests[0].headers


def test_the_trace_and_the_connection_that_a_client_names_reach_the_recogniser(door, stub):
    with door.websocket_connect(PATH, headers={"traceparent": "00-1-2-01", "X-ConnectionId": "c"}):
        pass

    [request] = stub.requests
    assert (request.headers["traceparent"], request.headers["X-ConnectionId"]) == ("00-1-2-01", "c")


@pytest.mark.parametrize(
    ("query", "headers", "name"),
    [
        ("X-ConnectionId=18A8&connectionId=18A8", {}, "18A8"),  # as the SDK in a browser says it
        ("X-ConnectionId=q", {"X-ConnectionId": "h"}, "h"),
        ("X-ConnectionId=a%0d%0aX-Lect-Project:p", {}, None),
        ("X-ConnectionId=gr%C3%B6%C3%9Fe", {}, None),
        ("", {}, None),
    ],
)
def test_a_connection_is_named_in_a_header_or_in_the_query_and_names_nothing_else(
    door, stub, query, headers, name
):
    with door.websocket_connect(f"{PATH}?{query}", headers=headers):
        pass

    [request] = stub.requests
    assert request.headers.get("X-ConnectionId") == name
    assert "X-Lect-Project" not in request.headers


@pytest.mark.parametrize(
    ("code", "reason"), [(1007, "there is no endpoint größe"), (4429, "later"), (1000, "")]
)
def test_why_the_recogniser_closes_reaches_the_client_after_what_it_said(
    app, service, client, tmp_path, code, reason
):
    def answer(connection):
        connection.recv()
        connection.send("last words")
        connection.close(code, reason)

    with recogniser(tmp_path, answer) as stub:
        app.state.service = replace(service, recogniser=stub)
        with client.websocket_connect(PATH) as socket:
            socket.send_text("one")
            assert socket.receive_text() == "last words"
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_text()

    assert (closed.value.code, closed.value.reason) == (code, reason)


def test_a_recogniser_that_dies_closes_the_session_as_the_sdks_connect_again_after(
    app, service, client, tmp_path
):
    def answer(connection):
        connection.recv()
        connection.socket.close()

    with recogniser(tmp_path, answer) as stub:
        app.state.service = replace(service, recogniser=stub)
        with client.websocket_connect(PATH) as socket:
            socket.send_text("one")
            with pytest.raises(WebSocketDisconnect) as closed:
                socket.receive_text()

    assert closed.value.code == 1011


def test_a_client_that_goes_leaves_nothing_behind_at_the_recogniser(app, service, client, tmp_path):
    ended = threading.Event()

    def answer(connection):
        try:
            echo(connection)
        except ConnectionClosedError:
            ended.set()

    with recogniser(tmp_path, answer) as stub:
        app.state.service = replace(service, recogniser=stub)
        with client.websocket_connect(PATH) as socket:
            socket.send_text("one")
            socket.receive_text()
        assert ended.wait(10)


def test_what_the_recogniser_refuses_at_once_the_client_is_refused(app, service, client, tmp_path):
    def full(connection):
        response = connection.respond(HTTPStatus.TOO_MANY_REQUESTS, "full\n")
        response.headers["Retry-After"] = "7"
        return response

    with recogniser(tmp_path, echo, refuse=full) as stub:
        app.state.service = replace(service, recogniser=stub)
        refused = refusal(client)

    assert (refused.status_code, refused.headers["Retry-After"], refused.text) == (429, "7", "full\n")


def test_without_a_recogniser_clients_are_told_to_come_again(client, app, service):
    app.state.service = service

    refused = refusal(client)

    assert refused.status_code == 503
    assert "Retry-After" in refused.headers


def test_a_page_of_another_origin_is_refused(door):
    with (
        pytest.raises(WebSocketDisconnect) as refused,
        door.websocket_connect(PATH, headers={"Origin": "https://elsewhere.example"}),
    ):
        pass

    assert refused.value.code == 1008


def test_short_audio_wants_a_key_in_a_header_where_there_are_keys(door, key):
    assert door.post(f"{PATH}?language=en-US", content=b"RIFF").status_code == 401
    assert door.post(f"{PATH}?{KEY}={key[1]}", content=b"RIFF").status_code == 401


def test_short_audio_has_three_modes(door):
    refused = door.post(PATH.replace("conversation", "other"), content=b"RIFF")

    assert (refused.status_code, refused.json()["code"]) == (400, "InvalidRequest")


def test_short_audio_without_a_recogniser_is_to_be_sent_again_later(client):
    refused = client.post(f"{PATH}?language=en-US", content=b"RIFF")

    assert refused.status_code == 503
    assert "Retry-After" in refused.headers


@pytest.mark.parametrize(("pause", "longest"), [(0.01, 600.0), (600.0, 0.01)])
def test_a_body_that_stops_coming_holds_no_place_for_ever(monkeypatch, pause, longest):
    monkeypatch.setattr(speech, "LONGEST_PAUSE", pause)

    async def body():
        yield b"RIFF"
        await asyncio.Event().wait()

    async def take():
        return [piece async for piece in speech.in_time(body(), longest=longest)]

    with pytest.raises(InvalidInput, match="stopped coming"):
        asyncio.run(take())


def test_a_body_that_ends_is_passed_on_whole():
    async def body():
        for piece in (b"a", b"b"):
            yield piece

    async def take():
        return [piece async for piece in speech.in_time(body())]

    assert asyncio.run(take()) == [b"a", b"b"]


class Deaf:
    """A client that takes no answer."""

    async def send_text(self, text):
        await asyncio.Event().wait()


def test_a_client_that_leaves_an_answer_unread_is_let_go(monkeypatch, caplog):
    monkeypatch.setattr(relay, "PATIENCE", 0.01)
    logging.getLogger("lect").propagate = True

    async def answers():
        yield "one"

    async def go():
        with anyio.CancelScope() as scope:
            await relay._pass_to_client(answers(), Deaf(), scope)
        return scope.cancel_called

    assert asyncio.run(go())
    assert "A client that reads nothing was let go." in caplog.text
