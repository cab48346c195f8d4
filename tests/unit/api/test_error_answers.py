"""Errors over HTTP."""

import inspect
from pathlib import Path

import pytest

from lect.api.errors import ANSWERS, answer_to, body_of
from lect.api.links import parse_id, parse_reference
from lect.api.schemas.shared import EntityReference
from lect.core import errors
from lect.core.errors import InvalidInput, LectError, StoreError

CLASSES = [cls for _, cls in inspect.getmembers(errors, inspect.isclass) if issubclass(cls, LectError)]
ID = "0f5c2f6e-3a0b-4a7c-9c1d-2e8a1b3c4d5e"


@pytest.mark.parametrize("cls", CLASSES)
def test_every_error_stands_in_the_table(cls):
    assert cls in ANSWERS


def test_codes_are_those_of_the_api(official):
    definitions = official["v3.2"]["definitions"]

    assert {answer.code for answer in ANSWERS.values()} <= set(definitions["ErrorCode"]["enum"])
    inner = {answer.detailed_code for answer in ANSWERS.values()} - {None}
    assert inner <= set(definitions["DetailedErrorCode"]["enum"])


def test_a_body_has_message_hint_and_both_codes():
    body = body_of(InvalidInput("it is wrong", hint="Mend it.", detailed_code="InvalidModel", target="model"))

    assert body == {
        "code": "InvalidRequest",
        "message": "it is wrong\nMend it.",
        "target": "model",
        "innerError": {"code": "InvalidModel", "message": "it is wrong\nMend it."},
    }


def test_storage_that_failed_may_be_asked_again():
    assert answer_to(StoreError()).status == 503


@pytest.mark.parametrize(
    "address",
    [
        f"https://any.example/speechtotext/v3.2/datasets/{ID}",
        f"http://localhost:1/speechtotext/v3.0/datasets/{ID.upper()}",
        f"http://localhost/speechtotext/datasets/{ID}?api-version=2024-11-15",
        f"/speechtotext/v3.2-preview.2/datasets/{ID}",
    ],
)
def test_a_reference_of_any_version_and_host_is_read(address):
    assert parse_reference(EntityReference(self=address), "datasets", target="dataset") == ID


def test_a_base_model_is_a_model():
    address = f"http://localhost/speechtotext/v3.2/models/base/{ID}"

    assert parse_reference({"self": address}, "models", target="model") == ID


@pytest.mark.parametrize(
    "address",
    [
        "",
        ID,
        f"http://localhost/speechtotext/v3.2/models/{ID}",
        f"http://localhost/speechtotext/v3.2/datasets/{ID}/files",
        f"http://localhost/speechtotext/v3.2/datasets/{ID[:-1]}g",
        f"http://localhost/speechtotext/v3.2/../datasets/{ID}",
        "http://localhost/speechtotext/v3.2/datasets/",
    ],
)
def test_another_address_is_refused(address):
    with pytest.raises(InvalidInput, match="dataset: this is no address"):
        parse_reference(EntityReference(self=address), "datasets", target="dataset")


@pytest.mark.parametrize("text", ["", "x", "{" + ID + "}", ID.replace("-", ""), ID + "0", "urn:uuid:" + ID])
def test_only_the_plain_form_is_an_id(text):
    assert parse_id(text) is None


REFUSED = [  # what each row of the page's second table is about, in its order
    ({"content": "{", "headers": {"Content-Type": "application/json"}}, "POST /projects"),
    ({}, "POST /projects"),
    ({}, "GET /projects?top=x"),
    ({"headers": {"Host": "elsewhere.example"}}, "GET /projects"),
    ({}, "GET /nothing"),
    ({}, "PUT /projects"),
    ({"headers": {"Content-Length": str(1 << 40)}}, "POST /projects"),
]


def told(answer):
    body = answer.json()
    return [str(answer.status_code), body["code"], body.get("innerError", {}).get("code", "")]


def test_each_refusal_of_the_page_is_what_the_server_answers(client):
    page = (Path(__file__).parents[3] / "docs" / "reference" / "error-answers.md").read_text("utf-8")
    rows = [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in page.splitlines()]
    rows = [row[:3] for row in rows if len(row) == 4 and row[0].isdecimal()]

    answered = []
    for options, asked in REFUSED:
        method, _, path = asked.partition(" ")
        answered.append(told(client.request(method, f"/speechtotext/v3.2{path}", **options)))

    assert answered == rows


@pytest.mark.parametrize(
    "options", [{"headers": {"Content-Type": "text/plain"}}, {"headers": {"Content-Type": "x"}}]
)
def test_a_body_of_another_type_is_one_that_cannot_be_read(client, options):
    refused = client.post("/speechtotext/v3.2/projects", content="displayName", **options)

    assert told(refused) == ["400", "InvalidRequest", "InvalidRequestBodyFormat"]
    sent = options["headers"]["Content-Type"]
    assert refused.json()["message"] == (
        f"the body is not read as JSON: its Content-Type is {sent}\nSend it with Content-Type: application/json."
    )


def test_an_address_without_anything_or_without_the_method_says_what_to_do(client):
    nothing = client.get("/speechtotext/v3.2/nothing").json()["message"]
    method = client.put("/speechtotext/v3.2/projects").json()["message"]

    assert nothing == "there is nothing at this address\n/docs of this server lists what there is."
    assert method == "PUT is not answered here\n/docs of this server lists what is."


DATASET = '"/speechtotext/v3.2/datasets/DATASET"'  # one whose blocks are to come
BASE = '"/speechtotext/v3.2/models/base/BASE"'


@pytest.mark.parametrize(
    ("asked", "body"),
    [
        (f"GET /datasets/{ID}", ""),
        (f"GET /models/base/{ID}", ""),
        (f"GET /datasets/DATASET/files/{ID}", ""),
        (f"GET /endpoints/base/en-US/files/logs/{ID}", ""),
        ("PUT /datasets/DATASET/blocks?blockid=?", ""),
        ("POST /datasets/DATASET/blocks:commit", "[]"),
        ("POST /projects", '"locale": "no locale"'),
        ("POST /models", f'"locale": "en-US", "datasets": [{{"self": {DATASET}}}]'),
        ("POST /models", f'"locale": "en-US", "project": {{"self": "/speechtotext/v3.2/projects/{ID}"}}'),
        (
            "POST /evaluations",
            f'"locale": "en-US", "dataset": {{"self": {DATASET}}}, "model1": {{"self": {BASE}}}, "model2": {{"self": {BASE}}}',
        ),
    ],
)
def test_a_refusal_says_what_to_do(client, asked, body):
    root = "/speechtotext/v3.2"
    new = {"displayName": "x", "locale": "en-US", "kind": "Language"}
    ids = {
        "DATASET": client.post(f"{root}/datasets", json=new).json()["self"],
        "BASE": client.get(f"{root}/models/base").json()["values"][0]["self"],
    }
    sent = body if body in {"", "[]"} else f'{{"displayName": "x", {body}}}'
    for name, url in ids.items():
        asked, sent = (text.replace(name, url.rpartition("/")[2]) for text in (asked, sent))
    method, _, path = asked.partition(" ")

    refused = client.request(method, root + path, content=sent, headers={"Content-Type": "application/json"})

    assert 400 <= refused.status_code < 500
    problem, what_to_do = refused.json()["message"].split("\n")
    assert problem and what_to_do.endswith(".")
