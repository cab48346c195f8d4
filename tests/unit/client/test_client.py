"""The client against a server that is a function."""

import io
import json
from pathlib import Path

import httpx
import pytest

from lect.client import Client, Entity
from lect.client.collection import Work
from lect.core.errors import (
    AccessError,
    Conflict,
    InvalidInput,
    JobError,
    NotFound,
    StoreError,
    TooManyRequests,
    Unauthenticated,
)

SERVER = "http://speech.example:8080"
DATASET = f"{SERVER}/speechtotext/v3.2/datasets/1"


class Server:
    """Answers in turn, and keeps what it was asked."""

    def __init__(self, *answers):
        self.answers = list(answers)
        self.asked = []
        self.pauses = []

    def __call__(self, request):
        request.read()
        self.asked.append(request)
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer

    def client(self, key="secret"):
        return Client(SERVER, key=key, transport=httpx.MockTransport(self), sleep=self.pauses.append)


def answer(document=None, status=200, **headers):
    return httpx.Response(status, json=document, headers=headers)


def dataset(**fields):
    return {"self": DATASET, "displayName": "orders", **fields}


def test_fields_are_sent_in_the_words_of_the_api_with_the_key():
    server = Server(answer(dataset(status="NotStarted"), 201))
    project = Entity({"self": f"{SERVER}/speechtotext/v3.2/projects/2"})

    made = server.client().datasets.create(display_name="orders", content_url="http://x/y", project=project)

    [request] = server.asked
    assert request.headers["Ocp-Apim-Subscription-Key"] == "secret"
    assert json.loads(request.content) == {
        "displayName": "orders",
        "contentUrl": "http://x/y",
        "project": {"self": project.url},
    }
    assert (made.id, made.display_name, made.status) == ("1", "orders", "NotStarted")


def test_pages_are_read_as_they_are_asked_for():
    more = f"{DATASET}?skip=2"
    server = Server(
        answer({"values": [dataset(), dataset()], "@nextLink": more}), answer({"values": [dataset()]})
    )
    found = server.client().datasets.all(filter="status eq 'Failed'")

    next(found)
    assert len(server.asked) == 1
    assert len(list(found)) == 2
    assert server.asked[0].url.params["filter"] == "status eq 'Failed'"
    assert str(server.asked[1].url) == more


def test_no_more_than_wanted_is_read():
    server = Server(answer({"values": [dataset()] * 3, "@nextLink": DATASET}))

    assert len(list(server.client().datasets.all(top=2))) == 2


def test_the_link_to_the_next_page_is_followed_as_it_is():
    more = f"{DATASET}?skip=1"
    server = Server(answer({"values": [dataset()], "@nextLink": more}), answer({"values": [dataset()] * 3}))

    assert len(list(server.client().datasets.all(top=3))) == 3
    assert str(server.asked[1].url) == more


def test_what_an_address_asks_for_already_is_kept():
    server = Server(answer({"values": []}))

    list(server.client().endpoints.logs(f"{SERVER}/speechtotext/endpoints/1?api-version=x", top=2))
    assert str(server.asked[0].url) == f"{SERVER}/speechtotext/endpoints/1/files/logs?api-version=x&top=2"


@pytest.mark.parametrize(
    "address",
    [
        "http://other.example/speechtotext/v3.2/datasets/1",
        "http://speech.example/speechtotext/v3.2/datasets/1",
    ],
)
def test_the_key_goes_to_its_server_alone(address):
    server = Server()
    with pytest.raises(InvalidInput, match="is not of http://speech.example:8080"):
        server.client().datasets.get(address)
    with pytest.raises(InvalidInput, match="is not of"):
        server.client().datasets.delete(Entity({"self": address}))
    assert server.asked == []


def test_a_server_that_repeats_the_key_is_not_quoted():
    with pytest.raises(Unauthenticated, match=r"\*\*\* is unknown") as caught:
        Server(answer({"message": "secret is unknown"}, 401)).client().datasets.get("1")
    assert "secret" not in str(caught.value)


@pytest.mark.parametrize(
    "which", ["", "a b", "../projects/1", "base/", f"{SERVER}/speechtotext/v3.2/models/1"]
)
def test_what_is_no_dataset_is_refused(which):
    with pytest.raises(InvalidInput, match="one of the datasets"):
        Server().client().datasets.at(which)


def test_what_fails_without_a_reason_has_failed():
    with pytest.raises(JobError, match="the server does not say why"):
        Server(answer(dataset(status="Failed"))).client().datasets.wait("1")


def test_a_copy_that_fails_says_why():
    copy = {"self": f"{SERVER}/speechtotext/v3.2/operations/models/copy/7", "status": "Failed"}
    server = Server(answer({**copy, "error": {"code": "X", "message": "no room"}}))

    with pytest.raises(JobError, match="7: no room"):
        server.client().models.wait(Entity(copy))


def test_pauses_while_waiting_are_those_of_the_client():
    server = Server(answer(dataset(status="Running")), answer(dataset(status="Succeeded")))

    server.client().datasets.wait("1", poll=3.0)
    assert server.pauses == [3.0]


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (400, InvalidInput),
        (401, Unauthenticated),
        (403, AccessError),
        (404, NotFound),
        (409, Conflict),
        (429, TooManyRequests),
        (500, StoreError),
    ],
)
def test_errors_are_told_in_the_servers_words(status, kind):
    server = Server(
        answer({"code": "X", "message": "it is so", "innerError": {"code": "InvalidLocale"}}, status)
    )

    with pytest.raises(kind, match="it is so") as caught:
        server.client().datasets.create(display_name="orders")
    assert caught.value.details["detailed_code"] == "InvalidLocale"


def test_an_answer_that_is_no_json_is_told_by_its_status():
    with pytest.raises(StoreError, match="HTTP 500"):
        Server(httpx.Response(500, text="<html>")).client().datasets.get("1")


def test_what_is_busy_is_asked_again_when_it_says():
    server = Server(answer(status=429, **{"Retry-After": "3"}), answer(status=503), answer(dataset()))

    assert server.client().datasets.get("1").id == "1"
    assert server.pauses == [3.0, 1.0]


def test_what_must_not_happen_twice_is_asked_once():
    server = Server(answer(status=503), answer(dataset()))

    with pytest.raises(StoreError):
        server.client().datasets.create(display_name="orders")
    assert len(server.asked) == 1


def test_who_has_no_key_is_told_how_to_give_one():
    refused = answer({"message": "this server wants a key"}, 401)

    with pytest.raises(Unauthenticated) as caught:
        Server(refused).client(key=None).datasets.get("1")
    assert "LECT_CLIENT_KEY" in caught.value.hint
    with pytest.raises(Unauthenticated) as caught:
        Server(refused).client().datasets.get("1")
    assert caught.value.hint == ""


def test_a_server_that_is_not_there_is_named():
    server = Server(*[httpx.ConnectError("refused")] * 4)

    with pytest.raises(StoreError, match="http://speech.example:8080 cannot be reached"):
        server.client().datasets.get("1")


@pytest.mark.parametrize("address", ["", "speech.example", "ftp://speech.example", "http://"])
def test_an_address_that_is_none_is_refused(address):
    with pytest.raises(InvalidInput, match="no address of a server"):
        Client(address)


def test_waiting_tells_each_state_and_ends_with_the_last():
    server = Server(
        answer(dataset(status="NotStarted")),
        answer({"progress": 0.0, "message": ""}),
        answer(dataset(status="Running")),
        answer({"progress": 0.5, "message": "Checking the data", "eta": 3.0}),
        answer(dataset(status="Succeeded")),
    )
    told = []

    done = server.client().datasets.wait(
        "1", told=lambda each, work: told.append((each.status, work)), sleep=lambda seconds: None
    )

    assert told == [
        ("NotStarted", Work(done=0.0, message="", eta=None)),
        ("Running", Work(done=0.5, message="Checking the data", eta=3.0)),
        ("Succeeded", None),
    ]
    assert done.status == "Succeeded"


def test_a_server_that_does_not_tell_how_far_work_is_is_asked_once():
    server = Server(
        answer(dataset(status="Running")),
        answer({"message": "there is nothing at this address"}, 404),
        answer(dataset(status="Running")),
        answer(dataset(status="Succeeded")),
    )
    told = []

    server.client().datasets.wait(
        "1", told=lambda each, work: told.append((each.status, work)), sleep=lambda seconds: None
    )

    assert told == [("Running", None), ("Running", None), ("Succeeded", None)]


def test_waiting_for_what_fails_says_why():
    failed = dataset(status="Failed", properties={"error": {"code": "InvalidDataset", "message": "no line"}})

    with pytest.raises(JobError, match="orders: no line"):
        Server(answer(failed)).client().datasets.wait("1")


def test_waiting_ends_when_its_time_is_over():
    clock = iter([0.0, 10.0, 10.0])

    with pytest.raises(JobError, match="still Running after 5 s"):
        Server(answer(dataset(status="Running"))).client().datasets.wait(
            "1", timeout=5, clock=lambda: next(clock)
        )


def test_waiting_outlives_a_server_that_is_started_again():
    refused = httpx.ConnectError("refused")
    server = Server(
        answer(dataset(status="Running")),
        *[refused] * 4,
        *[answer({"message": "starting"}, 503)] * 4,
        answer(dataset(status="Running")),
        *[refused] * 4,
        answer(dataset(status="Succeeded")),
    )
    told = []

    done = server.client().datasets.wait(
        "1", away=lambda error: told.append(str(error)), sleep=lambda _: None
    )

    assert done.status == "Succeeded"
    assert len(told) == 2
    assert "cannot be reached" in told[0]


def test_waiting_gives_up_on_a_server_that_stays_away():
    server = Server(answer(dataset(status="Running")), *[httpx.ConnectError("refused")] * 8)
    clock = iter([0.0, 1.0, 1.0, 200.0, 200.0, 302.0])

    with pytest.raises(StoreError, match="cannot be reached"):
        server.client().datasets.wait("1", patience=300, clock=lambda: next(clock), sleep=lambda _: None)


def test_a_small_file_is_sent_as_a_form(tmp_path):
    file = tmp_path / "orders.txt"
    file.write_text("two coffees\n")
    server = Server(answer(dataset(), 201))

    server.client().datasets.upload(file, kind="Language", locale="en-US")

    [request] = server.asked
    assert request.url.path.endswith("/datasets/upload")
    assert b'name="displayName"\r\n\r\norders.txt' in request.content
    assert b'filename="orders.txt"' in request.content
    assert b"two coffees" in request.content


def test_a_file_that_is_not_there_is_told_and_nothing_is_sent(tmp_path):
    server = Server()

    with pytest.raises(NotFound, match="no such file"):
        server.client().datasets.upload(tmp_path / "nothing.txt", kind="Language", locale="en-US")

    assert server.asked == []


def test_a_large_file_is_sent_in_blocks_of_names_of_one_length(tmp_path):
    file = tmp_path / "orders.txt"
    file.write_bytes(b"abcde")
    links = {"uploadBlocks": f"{DATASET}/blocks", "commitBlocks": f"{DATASET}/blocks:commit"}
    server = Server(
        answer(dataset(links=links), 201),
        answer(status=201),
        answer(status=201),
        answer(status=201),
        answer(),
        answer(dataset()),
    )

    server.client().datasets.upload_in_blocks(
        file, block_size=2, display_name="orders", kind="Language", locale="en-US"
    )

    puts = [request for request in server.asked if request.method == "PUT"]
    assert [request.content for request in puts] == [b"ab", b"cd", b"e"]
    names = [request.url.params["blockid"] for request in puts]
    assert len({len(name) for name in names}) == 1
    assert json.loads(server.asked[4].content) == [{"kind": "Latest", "id": name} for name in names]


def test_files_are_saved_under_names_that_stay_in_the_folder(tmp_path):
    server = Server(
        answer(
            {
                "values": [
                    {
                        "self": "x",
                        "name": "../..\\report.json",
                        "links": {"contentUrl": "http://other.example/f"},
                    }
                ]
            }
        ),
        httpx.Response(200, content=b"{}"),
    )

    [saved] = server.client().datasets.save("1", tmp_path / "out")

    assert saved == tmp_path / "out" / "report.json"
    assert saved.read_bytes() == b"{}"
    assert not server.asked[1].headers.get("Ocp-Apim-Subscription-Key")


def test_a_download_that_is_refused_is_an_error():
    file = Entity({"self": "x", "links": {"contentUrl": f"{SERVER}/f"}})

    with pytest.raises(AccessError, match="expired"):
        Server(answer({"message": "expired"}, 403)).client().datasets.download(file, io.BytesIO())


class Broken(httpx.SyncByteStream):
    """An answer whose connection breaks in the middle."""

    def __iter__(self):
        yield b"half of "
        raise httpx.ReadError("reset")


def test_a_download_that_breaks_begins_again_where_it_began():
    file = Entity({"self": "x", "links": {"contentUrl": f"{SERVER}/f"}})
    server = Server(
        httpx.Response(200, stream=Broken()), answer(status=503), httpx.Response(200, content=b"it")
    )
    into = io.BytesIO(b"before ")
    into.seek(0, io.SEEK_END)

    assert server.client().datasets.download(file, into) == 2
    assert into.getvalue() == b"before it"
    assert server.pauses == [0.5, 1.0]


class Pipe(io.BytesIO):
    """What cannot go back."""

    def seekable(self):
        return False


def test_a_download_into_what_cannot_go_back_is_asked_once():
    file = Entity({"self": "x", "links": {"contentUrl": f"{SERVER}/f"}})
    server = Server(httpx.Response(200, stream=Broken()), httpx.Response(200, content=b"it"))

    with pytest.raises(StoreError, match="cannot be reached"):
        server.client().datasets.download(file, Pipe())
    assert len(server.asked) == 1


def test_a_file_that_is_empty_is_not_committed(tmp_path):
    file = tmp_path / "empty"
    file.touch()
    server = Server(answer(dataset(links={"uploadBlocks": "/b", "commitBlocks": "/c"}), 201))

    with pytest.raises(InvalidInput, match="empty"):
        server.client().datasets.upload_in_blocks(Path(file), display_name="orders")
