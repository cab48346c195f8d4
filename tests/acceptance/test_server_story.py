"""The whole story over HTTP, with real processes and a real model: upload three ways, train, measure, deploy, delete."""

import base64
import hmac
import io
import json
import subprocess
import sys
import threading
import time
import zipfile
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from urllib.parse import parse_qs

import httpx
import pytest

from lect.client import Client
from lect.core.errors import AccessError, Conflict, InvalidInput, JobError, NotFound, Unauthenticated
from lect.sample import folder
from servers import LOCALE, PATIENCE, base_of, files_over_http, lect, serving


def zipped(source, target):
    with zipfile.ZipFile(target, "w") as archive:
        for path in sorted(source.iterdir()):
            archive.write(path, path.name)
    return target


@pytest.fixture(scope="module")
def address(tmp_path_factory):
    with serving(tmp_path_factory.mktemp("data")) as address:
        yield address


@pytest.fixture
def client(address):
    with Client(address) as client:
        yield client


def read(client, file):
    into = io.BytesIO()
    client.datasets.download(file, into)
    return into.getvalue()


def test_from_upload_to_endpoint_and_back(client, tmp_path):
    text = folder() / "training" / "related-text.txt"
    base = base_of(client)
    project = client.projects.create(display_name="orders", locale=LOCALE)

    # Three ways in: by form, in blocks, from an address.
    heard = client.datasets.upload(
        zipped(folder() / "testing" / "audio-and-trans", tmp_path / "testing.zip"),
        kind="Acoustic",
        locale=LOCALE,
        project=project,
    )
    blocks = client.datasets.upload_in_blocks(
        text, block_size=1000, display_name="sentences", kind="Language", locale=LOCALE, project=project
    )
    pronunciation = "\ufeff3CPO\tthree c p o\nbroken line\n".encode()
    with files_over_http({"/terms.txt": pronunciation}) as place:
        fetched = client.datasets.create(
            display_name="terms",
            kind="Pronunciation",
            locale=LOCALE,
            project=project,
            content_url=f"{place}/terms.txt?sig=secret",
        )
        datasets = [client.datasets.wait(each, timeout=PATIENCE) for each in (heard, blocks, fetched)]

    assert [each.properties["rejectedLineCount"] for each in datasets] == [0, 0, 1]
    assert "contentUrl" not in datasets[2].document
    files = {file.display_name: file for file in client.datasets.files(fetched)}
    assert read(client, files["data.txt"]) == pronunciation
    [line] = [
        line
        for line in json.loads(read(client, files["report.json"]))["lines"]
        if line["severity"] == "error"
    ]
    assert line["line"] == 2

    # Train, measure, deploy.
    model = client.models.create(
        display_name="orders", locale=LOCALE, base_model=base, datasets=datasets[1:], project=project
    )
    model = client.models.wait(model, timeout=PATIENCE)
    evaluation = client.evaluations.create(
        display_name="orders", locale=LOCALE, dataset=heard, model1=base, model2=model, project=project
    )
    evaluation = client.evaluations.wait(evaluation, timeout=PATIENCE)
    scores = evaluation.properties
    assert scores["wordErrorRate2"] < scores["wordErrorRate1"] / 2
    for number in (1, 2):
        assert scores[f"wordCount{number}"] == sum(
            scores[f"{name}{number}"]
            for name in ("correctWordCount", "wordSubstitutionCount", "wordDeletionCount")
        )
        assert scores[f"tokenErrors{number}"]["lexical"]["numberOfEdits"] >= 0
    details = [file.document["kind"] for file in client.evaluations.files(evaluation)]
    assert set(details) == {"EvaluationDetails"}
    endpoint = client.endpoints.create(display_name="orders", locale=LOCALE, model=model, project=project)
    endpoint = client.endpoints.wait(endpoint, timeout=PATIENCE)
    assert endpoint.links["webSocketConversation"].startswith("ws://")
    changed = client.endpoints.update(endpoint, model=base)
    assert client.endpoints.wait(changed, timeout=PATIENCE).document["model"] == {"self": base.url}

    # What is in use stays; the rest goes.
    counts = client.projects.get(project).properties
    assert [counts[f"{noun}Count"] for noun in ("dataset", "model", "evaluation", "endpoint")] == [3, 1, 1, 1]
    for collection, one in ((client.projects, project), (client.datasets, heard), (client.models, model)):
        with pytest.raises(Conflict):
            collection.delete(one)
    client.evaluations.delete(evaluation)
    client.endpoints.delete(endpoint)
    client.models.delete(model)
    for each in datasets:
        client.datasets.delete(each)
    client.projects.delete(project)
    with pytest.raises(NotFound):
        client.projects.get(project)


def test_data_of_which_nothing_can_be_used_fails_with_its_reason_and_its_report(client, tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("http://example.org\n")

    dataset = client.datasets.upload(file, kind="Language", locale=LOCALE)
    with pytest.raises(JobError, match="nothing of it can be used"):
        client.datasets.wait(dataset, timeout=PATIENCE)
    assert {each.display_name for each in client.datasets.files(dataset)} == {"report.json", "data.txt"}
    with pytest.raises(InvalidInput, match="Failed"):
        client.models.create(display_name="x", locale=LOCALE, base_model=base_of(client), datasets=[dataset])


def test_an_address_of_a_file_is_refused_at_once(client):
    with pytest.raises(InvalidInput, match="neither http:// nor https://"):
        client.datasets.create(display_name="x", kind="Language", locale=LOCALE, content_url="file://x/y")


@pytest.mark.parametrize("url", ["http://10.0.0.1/x", "http://[::1]/x"])
def test_addresses_inside_the_network_are_not_fetched(client, url):
    dataset = client.datasets.create(display_name="x", kind="Language", locale=LOCALE, content_url=url)

    with pytest.raises(JobError):
        client.datasets.wait(dataset, timeout=PATIENCE)


def test_both_versions_show_the_same_resources_in_their_own_words(client, address):
    project = client.projects.create(display_name="words", locale=LOCALE)
    dataset = client.datasets.create(display_name="words", kind="Acoustic", locale=LOCALE, project=project)
    newer = f"{address}/speechtotext/datasets/{dataset.id}"

    response = httpx.get(newer, params={"api-version": "2024-11-15"})

    assert response.headers["Retry-After"]
    shown = response.json()
    assert shown["self"] == f"{newer}?api-version=2024-11-15"
    assert shown["properties"]["durationMilliseconds"] == 0
    assert "project" not in shown
    assert dataset.properties["duration"] == "PT0S"
    assert httpx.get(newer).json()["target"] == "api-version"
    assert httpx.get(newer, params={"api-version": "2031-01-01"}).status_code == 400
    client.datasets.delete(dataset)
    client.projects.delete(project)


def test_links_to_files_need_no_key_and_cannot_be_changed(client, tmp_path):
    file = tmp_path / "text.txt"
    file.write_text("two coffees\n")
    dataset = client.datasets.wait(
        client.datasets.upload(file, kind="Language", locale=LOCALE), timeout=PATIENCE
    )
    [link] = [
        each.links["contentUrl"] for each in client.datasets.files(dataset) if each.display_name == "data.txt"
    ]

    answer = httpx.get(link)

    assert answer.text == "two coffees\n"
    assert answer.headers["Content-Disposition"].startswith("attachment")
    assert "sandbox" in answer.headers["Content-Security-Policy"]
    assert httpx.get(link.replace("expires=1", "expires=2")).status_code == 403
    assert httpx.get(link.partition("?")[0]).status_code == 400


def test_a_key_closes_every_door_and_its_project_is_all_it_sees(tmp_path):
    data = tmp_path / "data"
    with serving(data) as address:
        with Client(address) as anybody:
            mine = anybody.projects.create(display_name="mine", locale=LOCALE)
            other = anybody.projects.create(display_name="other", locale=LOCALE)
            hidden = anybody.datasets.create(
                display_name="hidden", kind="Language", locale=LOCALE, project=other
            )
        owner, scoped, reader = (
            lect("keys", "create", "--json", "--data", str(data), *options)
            for options in (
                ("--role", "owner"),
                ("--project", mine.id),
                ("--role", "reader"),
            )
        )
        with Client(address) as anybody, pytest.raises(Unauthenticated):
            next(anybody.projects.all())
        with Client(address, key=scoped["key"]) as client:
            assert [project.id for project in client.projects.all()] == [mine.id]
            made = client.datasets.create(display_name="mine", kind="Language", locale=LOCALE)
            assert made.document["project"]["self"] == mine.url
            assert [dataset.id for dataset in client.datasets.all()] == [made.id]
            with pytest.raises(NotFound):
                client.datasets.get(hidden.id)
            client.datasets.delete(hidden.id)
            with pytest.raises(InvalidInput):
                client.datasets.create(display_name="x", kind="Language", locale=LOCALE, project=other)
        with Client(address, key=reader["key"]) as client:
            assert len(list(client.datasets.all())) == 2
            with pytest.raises(AccessError):
                client.datasets.delete(made)
        token = httpx.post(
            f"{address}/sts/v1.0/issueToken", headers={"Ocp-Apim-Subscription-Key": owner["key"]}
        ).text
        listing = f"{address}/speechtotext/v3.2/projects"
        assert httpx.get(listing, headers={"Authorization": f"Bearer {token}"}).status_code == 200
        lect("keys", "revoke", owner["id"], "--data", str(data))
        assert httpx.get(listing, headers={"Authorization": f"Bearer {token}"}).status_code == 401
        assert httpx.get(f"{address}/livez").status_code == 200


def test_it_does_not_listen_to_others_without_a_key(tmp_path):
    command = [sys.executable, "-m", "lect", "serve", "--host", "0.0.0.0", "--data", str(tmp_path)]

    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)

    assert done.returncode == 1
    assert "there is no key yet" in done.stderr
    assert "lect keys create" in done.stderr


def test_what_runs_can_be_watched_and_cancelled(client, address):
    text = (folder() / "training" / "related-text.txt").read_text("utf-8")
    model = client.models.create(display_name="x", locale=LOCALE, base_model=base_of(client), text=text)
    work = f"{address}/lect/v1/models/{model.id}"

    cancelled = httpx.post(f"{work}:cancel")
    with httpx.stream("GET", f"{work}/events", timeout=PATIENCE) as events:
        told = [json.loads(line.removeprefix("data: ")) for line in events.iter_lines() if "data: " in line]

    assert cancelled.status_code == 202
    assert told[-1]["state"] == "cancelled"
    assert client.models.get(model).properties["error"]["code"] == "Cancelled"


def test_a_training_is_foretold_without_a_model(client, address):
    body = {"displayName": "x", "locale": LOCALE, "text": "two coffees\n"}

    plan = httpx.post(
        f"{address}/lect/v1/models:plan",
        json=body | {"baseModel": {"self": base_of(client).url}},
        timeout=PATIENCE,
    )

    assert plan.status_code == 200, plan.text
    assert plan.json()["data"] == [{"kind": "text", "accepted": 1, "rejected": 0}]


def test_a_web_hook_is_challenged_and_then_told_with_a_signature(client):
    told = []
    secret = "key"

    class Receiver(BaseHTTPRequestHandler):
        def do_POST(self):
            body = self.rfile.read(int(self.headers["Content-Length"]))
            token = parse_qs(self.path.partition("?")[2]).get("validationToken", [""])[0]
            told.append((self.headers["X-MicrosoftSpeechServices-Event"], body, dict(self.headers)))
            self.send_response(200)
            self.send_header("Content-Length", str(len(token)))
            self.end_headers()
            self.wfile.write(token.encode())

        def log_message(self, *_):
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        hook = client.web_hooks.create(
            display_name="hook",
            web_url=f"http://127.0.0.1:{server.server_port}/told",
            events={"datasetCreation": True, "datasetCompletion": True},
            properties={"secret": secret},
        )
        client.web_hooks.wait(hook, timeout=PATIENCE)
        dataset = client.datasets.create(display_name="x", kind="Language", locale=LOCALE)
        until = time.monotonic() + PATIENCE
        while len(told) < 2 and time.monotonic() < until:
            time.sleep(0.05)
        server.shutdown()

    assert "secret" not in hook.properties
    assert [event for event, _, _ in told] == ["Challenge", "DatasetCreation"]
    _, body, headers = told[1]
    assert json.loads(body)["self"] == dataset.url
    signature = base64.b64encode(hmac.new(secret.encode(), body, "sha256").digest()).decode()
    assert headers["X-MicrosoftSpeechServices-Signature"] == signature
    client.web_hooks.delete(hook)
    client.datasets.delete(dataset)
