"""Web hooks from the event to the receiver, on SQLite and on Postgres: real rows, a real worker, real HTTP on loopback."""

import base64
import hashlib
import hmac
import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import parse_qs, urlsplit
from uuid import uuid4

import pytest

from lect.core.entities import WebHook
from lect.core.errors import Conflict, NotFound
from lect.core.queries import Page
from lect.core.status import Status
from lect.jobs import queue
from lect.jobs.worker import Worker
from lect.store import deliveries
from lect.store.repositories import WEB_HOOKS
from lect.web import hooks, messages
from lect.web.addresses import Guard
from lect.web.fetching import Fetcher
from lect.web.hooks import Courier, challenge, change_address, emit, ping, tell
from receivers import fetching, in_turn, resolve, response

SECONDS = 120  # to wait for what must happen, on a machine with much else to do
FOR_EVER = 86_400.0  # seconds
SECRET = "our secret"


def link(hook, path):
    return f"https://lect.example/speechtotext/{hook.api_version}{path}"


def soon(attempts, *, jitter, asked):
    """No pauses: tests wait for facts, not for time."""
    return 0.0


def echo(connection, head, body):
    """A receiver as it should be: it answers challenges, and takes the rest."""
    query = parse_qs(urlsplit(head.split(" ")[1]).query)
    token = query.get("validationToken", [""])[0]
    response(token.encode())(connection, head, body)


class Office:
    """A database with a worker that makes deliveries, and short ways to ask for them."""

    def __init__(self, database, folder):
        self.database = database
        self.folder = folder
        self.pause = soon
        self.guard = None
        self.limits = {}  # of the fetcher
        self._worker = self._thread = None

    def open(self):
        fetcher = fetching(guard=self.guard, **self.limits)
        courier = Courier(self.database, fetcher, link=link, pause=self.pause, jitter=lambda: 0.0)
        kind = replace(courier.kind, pause=0.0)
        self._worker = Worker(self.database, [kind], folder=self.folder, grace=5.0)
        self._thread = threading.Thread(target=self._worker.run)
        self._thread.start()

    def close(self):
        if self._thread:
            self._worker.stop()
            self._thread.join()
            self._thread = None

    def add(self, url, *events, status=Status.SUCCEEDED, **fields):
        now = datetime.now(UTC)
        hook = WebHook(
            id=str(uuid4()),
            display_name="ours",
            created=now,
            last_action=now,
            status=status,
            web_url=url,
            events=frozenset(events),
            api_version="v3.2",
            **fields,
        )
        with self.database.begin() as connection:
            WEB_HOOKS.add(connection, hook)
        return hook

    def do(self, function, *arguments, **named):
        with self.database.begin() as connection:
            return function(connection, *arguments, **named)

    def log(self, hook):
        with self.database.read() as connection:
            return deliveries.page(connection, hook.id)

    def wait(self, is_so):
        """Until it is so; the rows are what tells."""
        until = datetime.now(UTC) + timedelta(seconds=SECONDS)
        while not is_so():
            assert datetime.now(UTC) < until, "it did not come to that"
            threading.Event().wait(0.02)

    def wait_for_end(self, *hooks):
        self.wait(lambda: all(log and all(each.due is None for each in log) for log in map(self.log, hooks)))

    def status(self, hook):
        return self.do(WEB_HOOKS.get, hook.id).status


@pytest.fixture
def office(database, tmp_path):
    office = Office(database, tmp_path / "jobs")
    yield office
    office.close()


def test_an_event_is_told_to_those_who_want_it_and_to_nobody_else(office, serve):
    server, other = serve(echo), serve(echo)
    hook = office.add(server.url("/in"), "datasetCompletion", secret=SECRET)
    office.add(other.url(), "modelCompletion")
    office.add(other.url(), "datasetCompletion", status=Status.NOT_STARTED)
    office.add(other.url(), "datasetCompletion", status=Status.FAILED)

    office.do(emit, "datasetCompletion", "7")
    office.open()
    office.wait_for_end(hook)

    (told,) = office.log(hook)
    assert (told.attempts, told.outcome, told.event) == (1, "200 OK", "datasetCompletion")
    assert told.delivered == told.tried
    assert json.loads(server.bodies[0]) == {
        "self": "https://lect.example/speechtotext/v3.2/datasets/7",
        "invocationId": told.id,
    }
    headers = server.headers()
    assert headers["x-microsoftspeechservices-event"] == "DatasetCompletion"
    signature = base64.b64encode(
        hmac.new(SECRET.encode(), server.bodies[0], hashlib.sha256).digest()
    ).decode()
    assert headers["x-microsoftspeechservices-signature"] == signature
    assert other.heads == []


def test_what_is_rolled_back_is_told_to_nobody(office, serve):
    server = serve(echo)
    hook = office.add(server.url(), "modelCreation")

    with pytest.raises(ZeroDivisionError), office.database.begin() as connection:
        emit(connection, "modelCreation", "1")
        raise ZeroDivisionError

    assert office.log(hook) == []
    assert office.do(queue.of_resource, hook.id) == []


def test_a_receiver_that_fails_is_told_again_with_the_same_invocation(office, serve):
    server = serve(
        in_turn(
            response(status="500 E"), response(status="302 F", Location="/x"), response(status="404 N"), echo
        )
    )
    hook = office.add(server.url(), "modelCreation", secret=SECRET)

    office.do(emit, "modelCreation", "1")
    office.open()
    office.wait_for_end(hook)

    (told,) = office.log(hook)
    assert (told.attempts, told.delivered is not None) == (4, True)
    assert len(set(server.bodies)) == 1
    assert len({server.headers(number)["x-microsoftspeechservices-signature"] for number in range(4)}) == 1


def test_a_receiver_that_never_takes_it_is_given_up(office, serve):
    server = serve(response(status="503 Busy"))
    hook = office.add(server.url(), "modelCreation")

    office.do(emit, "modelCreation", "1")
    office.open()
    office.wait_for_end(hook)

    (told,) = office.log(hook)
    assert (told.attempts, told.delivered, told.outcome) == (messages.TRIES, None, "503 Service Unavailable")
    assert len(server.heads) == messages.TRIES


def test_pauses_follow_the_attempts_and_what_the_receiver_asks(office, serve):
    server = serve(in_turn(response(status="429 S", Retry_After="77"), response(status="500 E"), echo))
    hook = office.add(server.url(), "modelCreation")
    asked_for = []
    office.pause = lambda attempts, *, jitter, asked: asked_for.append((attempts, asked)) or 0.0

    office.do(emit, "modelCreation", "1")
    office.open()
    office.wait_for_end(hook)

    assert asked_for == [(1, 77.0), (2, None)]


def test_a_private_address_is_not_told(office, serve):
    server = serve(echo)
    office.guard = Guard(resolve=resolve)
    hook = office.add(server.url(), "modelCreation")

    office.do(emit, "modelCreation", "1")
    office.open()
    office.wait_for_end(hook)

    (told,) = office.log(hook)
    assert "public internet" in told.outcome
    assert server.heads == []


def test_the_server_itself_is_not_told_even_where_loopback_is_allowed(office, serve):
    server = serve(echo)
    office.guard = Guard.allowing(["127.0.0.0/8"], own_ports=[server.port], resolve=resolve)
    hook = office.add(server.url("/speechtotext/v3.2/webhooks"), status=Status.NOT_STARTED)

    office.do(challenge, hook)
    office.open()
    office.wait_for_end(hook)

    assert office.status(hook) == Status.FAILED
    assert "the server itself" in office.do(WEB_HOOKS.get, hook.id).error.message
    assert server.heads == []


def test_nothing_of_the_address_but_its_path_is_in_the_log(office, serve):
    server = serve(response(status="500 E"))
    server.close()
    server.close = lambda: None
    hook = office.add(server.url("/in?sig=hidden"), "modelCreation")

    office.do(emit, "modelCreation", "1")
    office.open()
    office.wait_for_end(hook)

    (told,) = office.log(hook)
    assert server.url("/in") in told.outcome
    assert "hidden" not in told.outcome
    jobs = office.do(queue.of_resource, hook.id)
    assert jobs and "hidden" not in repr(jobs)


def test_a_challenge_that_is_answered_lets_events_flow(office, serve):
    server = serve(echo)
    hook = office.add(server.url("/in?key=1"), "datasetCreation", status=Status.NOT_STARTED, secret=SECRET)

    office.do(challenge, hook)
    office.open()
    office.wait_for_end(hook)

    assert office.status(hook) == Status.SUCCEEDED
    token = parse_qs(urlsplit(server.targets[0]).query)["validationToken"][0]
    assert (server.bodies, len(token) >= 32) == ([token.encode()], True)
    assert server.headers()["x-microsoftspeechservices-event"] == "Challenge"
    office.do(emit, "datasetCreation", "1")
    assert [each.event for each in office.log(hook)] == ["challenge", "datasetCreation"]


@pytest.mark.parametrize(
    "answer",
    [response(b"hello"), response(status="204 No Content", Content_Length=None), response(status="404 N")],
)
def test_a_challenge_that_is_not_answered_ends_the_web_hook(office, serve, answer):
    server = serve(answer)
    hook = office.add(server.url(), "datasetCreation", status=Status.NOT_STARTED)

    office.do(challenge, hook)
    office.open()
    office.wait_for_end(hook)

    assert office.status(hook) == Status.FAILED
    assert office.do(WEB_HOOKS.get, hook.id).error.code == "InvalidCallbackUri"
    assert len(server.heads) == messages.CHALLENGE_TRIES
    office.do(emit, "datasetCreation", "1")
    assert [each.event for each in office.log(hook)] == ["challenge"]
    with pytest.raises(Conflict, match="challenge"):
        office.do(ping, office.do(WEB_HOOKS.get, hook.id))


def test_a_token_of_an_earlier_challenge_does_not_answer_a_later_one(office, serve):
    seen = []

    def replay(connection, head, body):
        seen.append(body)
        response(seen[0] if len(seen) > 1 else b"")(connection, head, body)

    hook = office.add(serve(replay).url(), status=Status.NOT_STARTED)

    office.do(challenge, hook)
    office.open()
    office.wait_for_end(hook)

    assert office.status(hook) == Status.FAILED
    assert len(set(seen)) == messages.CHALLENGE_TRIES


def test_a_new_address_is_challenged_before_anything_is_sent_there(office, serve):
    before, after = serve(echo), serve(echo)
    hook = office.add(before.url(), "datasetCreation")
    office.do(emit, "datasetCreation", "1")

    changed = office.do(change_address, hook.id, after.url())
    assert changed.status == Status.NOT_STARTED
    office.do(emit, "datasetCreation", "2")
    assert office.log(hook)[0].resource == "/datasets/1"
    assert "/datasets/2" not in [each.resource for each in office.log(hook)]
    office.open()
    office.wait(lambda: office.status(hook) == Status.SUCCEEDED)

    events = [after.headers(number)["x-microsoftspeechservices-event"] for number in range(len(after.heads))]
    assert events[0] == "Challenge"
    assert before.heads == []


def test_an_answer_from_the_address_before_no_longer_counts(office, serve):
    """The challenge is on its way when the address changes: what comes back from the old one must not open the new one."""
    asked, go_on = threading.Event(), threading.Event()

    def slow(connection, head, body):
        asked.set()
        go_on.wait(SECONDS)
        echo(connection, head, body)

    before, after = serve(slow), serve(response(b"no"))
    hook = office.add(before.url(), status=Status.NOT_STARTED)
    office.do(challenge, hook)
    office.open()
    assert asked.wait(SECONDS)

    office.do(change_address, hook.id, after.url())
    go_on.set()
    office.wait_for_end(hook)

    assert office.status(hook) == Status.FAILED
    assert [each.outcome for each in office.log(hook)] == ["asked anew", "200 OK without the token"]


def test_a_receiver_that_hangs_holds_up_nobody_else(office, serve, monkeypatch):
    """It gets a few attempts at once; while none of them is over, all is told to the other."""
    monkeypatch.setattr(hooks, "SEND_SECONDS", FOR_EVER)
    office.limits = {"seconds": FOR_EVER, "idle_seconds": FOR_EVER}
    all_told = threading.Event()

    def hang(connection, head, body):
        all_told.wait()

    hanging, good = serve(hang), serve(echo)
    stuck = office.add(hanging.url(), "modelCreation")
    hook = office.add(good.url(), "datasetCreation")
    for number in range(40):
        office.do(emit, "modelCreation", str(number))
    for number in range(20):
        office.do(emit, "datasetCreation", str(number))
    try:
        office.open()
        office.wait(lambda: all(each.delivered for each in office.log(hook)))

        assert len(hanging.heads) <= 4
        assert not any(each.attempts for each in office.log(stuck))
    finally:
        all_told.set()


def test_nothing_new_is_sent_while_the_last_attempt_failed(office, serve):
    server = serve(in_turn(response(status="500 E"), echo))
    hook = office.add(server.url(), "modelCreation", "ping")
    office.pause = lambda attempts, *, jitter, asked: 3600.0
    office.do(emit, "modelCreation", "1")
    office.open()
    office.wait(lambda: office.log(hook)[0].attempts == 1)

    office.do(emit, "modelCreation", "2")
    office.wait(lambda: office.log(hook)[1].due > datetime.now(UTC) + timedelta(seconds=3000))

    assert [each.attempts for each in office.log(hook)] == [1, 0]
    office.do(ping, hook)  # asks whether it is well again
    office.wait(lambda: office.log(hook)[2].delivered)
    office.do(emit, "modelCreation", "3")
    office.wait(lambda: office.log(hook)[3].delivered)
    assert len(server.heads) == 3


def test_a_ping_and_a_test_are_sent_whatever_the_web_hook_wants_to_know(office, serve):
    server = serve(echo)
    hook = office.add(server.url(), "datasetCreation")

    office.do(ping, hook)
    office.do(tell, hook, "modelCompletion", "1")
    office.open()
    office.wait_for_end(hook)

    told = {
        server.headers(number)["x-microsoftspeechservices-event"]: json.loads(server.bodies[number])
        for number in range(2)
    }
    assert told["Ping"]["self"].endswith(f"/webhooks/{hook.id}")
    assert told["Ping"]["displayName"] == "ours"
    assert told["ModelCompletion"]["self"].endswith("1")


def test_a_web_hook_that_is_deleted_is_told_nothing_more(office, serve):
    server = serve(echo)
    hook, other = office.add(server.url(), "modelCreation"), office.add(server.url("/other"), "modelCreation")
    office.do(emit, "modelCreation", "1")

    office.do(WEB_HOOKS.delete, hook.id)
    office.open()
    office.wait_for_end(other)
    office.wait(lambda: all(job.state.is_final for job in office.do(queue.of_resource, hook.id)))

    assert server.targets == ["/other"]
    assert {job.state for job in office.do(queue.of_resource, hook.id)} == {"succeeded"}


def test_an_event_for_a_web_hook_that_goes_meanwhile_does_no_harm(office, serve):
    hook = office.add("https://receiver.example/", "modelCreation")

    with office.database.begin() as connection:
        hook = WEB_HOOKS.get(connection, hook.id)
        WEB_HOOKS.delete(connection, hook.id)
        tell(connection, hook, "modelCreation", "1")
        other = connection.exec_driver_sql("SELECT 1").scalar()

    assert other == 1
    with pytest.raises(NotFound):
        office.do(WEB_HOOKS.get, hook.id)
    assert office.do(queue.of_resource, hook.id) == []


def test_what_waits_is_bounded_and_the_rest_stands_in_the_log(office, monkeypatch):
    monkeypatch.setattr(hooks, "MAX_WAITING", 3)
    hook = office.add("https://receiver.example/", "modelCreation")

    for number in range(5):
        office.do(emit, "modelCreation", str(number))

    assert [each.due is not None for each in office.log(hook)] == [True, True, True, False, False]
    assert office.log(hook)[4].outcome == "not sent: 3 others wait"
    assert len(office.do(queue.of_resource, hook.id)) == 3


def test_an_attempt_that_never_ends_well_counts_as_one(office, serve, monkeypatch):
    """Even a defect of ours leaves the delivery to be tried again, and stands in its log."""
    server = serve(echo)
    hook = office.add(server.url(), "modelCreation")
    calls = []

    def broken(self, *arguments, **named):
        calls.append(1)
        raise RuntimeError("a defect")

    with monkeypatch.context() as patch:
        patch.setattr(Fetcher, "send", broken)
        office.pause = lambda attempts, *, jitter, asked: 3600.0
        office.do(emit, "modelCreation", "1")
        office.open()
        office.wait(lambda: office.log(hook)[0].attempts == 1)

    assert office.log(hook)[0].outcome == "the attempt was lost"
    assert len(calls) == 3


def test_the_log_is_paged_and_forgotten(office):
    hook = office.add("https://receiver.example/", "modelCreation")
    for number in range(4):
        office.do(emit, "modelCreation", str(number))

    with office.database.read() as connection:
        page = deliveries.page(connection, hook.id, Page(skip=1, top=2))
    assert [each.resource for each in page] == ["/models/1", "/models/2", "/models/3"]
    later = datetime.now(UTC) + timedelta(days=1)
    assert office.do(deliveries.forget, before=later) == 0
    office.do(deliveries.end, hook.id, "modelCreation", outcome="enough")
    assert office.do(deliveries.forget, before=later) == 4


def test_what_nobody_can_listen_to_is_told_to_nobody(office):
    hook = office.add("https://receiver.example/", "modelCompletion")

    office.do(emit, "operationCompletion", "1")  # a copy of a model

    assert office.log(hook) == []


def test_an_event_that_does_not_exist_is_a_mistake(office):
    hook = office.add("https://receiver.example/")

    with pytest.raises(ValueError, match="no such event"):
        office.do(tell, hook, "modelExplosion", "1")
