"""`lect csr` and `lect batch` against a server in memory."""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass
from functools import partial

import httpx
import pytest

import lect.client
from fake_api import BASE, FakeApi
from lect.cli.main import run
from lect.cli.remote import doing
from lect.client import Entity
from lect.client.collection import Collection, Work

KEY = "k3y-of-the-server"
OTHER_KEY = "k3y-of-the-other"
HERE, THERE = "http://here.example:8080", "http://there.example"


@dataclass
class Said:
    code: int
    out: str
    err: str

    @property
    def json(self):
        return json.loads(self.out)


@pytest.fixture
def api():
    return FakeApi(HERE, key=KEY)


@pytest.fixture
def other():
    return FakeApi(THERE, key=OTHER_KEY)


@pytest.fixture
def shell(api, other, monkeypatch, tmp_path, capsys):
    """`shell("csr", ...)` as from a shell, in a folder of its own; no output ever holds a key."""
    servers = {HERE: api, THERE: other}

    def answer(request):
        return servers[f"{request.url.scheme}://{request.url.netloc.decode()}"](request)

    client = partial(lect.client.Client, transport=httpx.MockTransport(answer), sleep=lambda seconds: None)
    monkeypatch.setattr(lect.client, "Client", client)
    monkeypatch.setenv("LECT_CLIENT_SERVER", HERE)
    monkeypatch.setenv("LECT_CLIENT_KEY", KEY)
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.chdir(tmp_path)

    def call(*arguments):
        monkeypatch.setattr(sys, "argv", ["lect", *arguments])
        code = 0
        try:
            run()
        except SystemExit as end:
            code = end.code or 0
        said = Said(code, *capsys.readouterr())
        assert KEY not in said.out + said.err
        assert OTHER_KEY not in said.out + said.err
        return said

    return call


@pytest.fixture
def make(api):
    """`make("datasets", displayName=...)` -> the address of what is on the server from the start."""
    return lambda noun, **fields: api.add(noun, **fields)["self"]


@pytest.fixture
def project(make):
    return make("projects", displayName="orders", locale="de-DE")


@pytest.fixture
def dataset(make):
    return make("datasets", displayName="d", kind="Language", locale="en-US")


@pytest.fixture
def model(make):
    return make("models", displayName="m", locale="en-US")


@pytest.fixture
def endpoint(make):
    return make("endpoints", displayName="e", locale="en-US")


@pytest.fixture
def evaluation(make):
    return make("evaluations", displayName="v", locale="en-US")


@pytest.fixture
def transcription(make):
    return make("transcriptions", displayName="t", locale="en-US")


NOUNS = [
    ("csr", "project"),
    ("csr", "dataset"),
    ("csr", "model"),
    ("csr", "evaluation"),
    ("csr", "endpoint"),
    ("batch", "transcription"),
]


@pytest.fixture(params=NOUNS, ids=lambda noun: noun[1])
def noun(request):
    return request.param


@pytest.fixture
def one(noun, request):
    """The address of a resource of each noun."""
    return request.getfixturevalue(noun[1])


def test_a_project_is_made_in_the_words_of_the_api(shell, api):
    said = shell(
        "csr",
        "project",
        "create",
        "--name",
        "orders",
        "--language",
        "de-DE",
        "--description",
        "spring",
        "--json",
    )

    assert said.code == 0
    assert api.bodies("POST") == [{"displayName": "orders", "locale": "de-DE", "description": "spring"}]
    assert said.json["self"].startswith(HERE)


@pytest.mark.parametrize("how", ["argument", "option", "id", "file", "option with file"])
def test_a_resource_is_named_by_its_address_its_id_or_a_file(shell, noun, one, how, tmp_path):
    (tmp_path / "one.url").write_text(f"{one}\nsomething else\n")
    named = {
        "argument": [one],
        "option": [f"--{noun[1]}", one],
        "id": [one.rpartition("/")[2]],
        "file": ["@one.url"],
        "option with file": [f"--{noun[1]}", "@one.url"],
    }
    said = shell(*noun, "status", *named[how], "--output", "json")

    assert said.code == 0
    assert said.json["self"] == one


def test_a_status_for_people_is_a_fact_a_line(shell, dataset):
    assert "displayName  d" in shell("csr", "dataset", "status", dataset).out


def test_each_noun_can_be_renamed(shell, noun, one):
    said = shell(*noun, "update", one, "--name", "new", "--description", "why", "--json")

    assert said.json["displayName"] == "new"
    assert said.json["description"] == "why"


def test_what_belongs_to_a_project_can_move_to_another(shell, model, project):
    assert shell("csr", "model", "update", model, "--project", project, "--json").json["project"] == {
        "self": project
    }


def test_an_update_of_nothing_is_wrong_usage(shell, noun, one):
    assert shell(*noun, "update", one).code == 2


def test_deleting_is_silent_and_can_be_repeated(shell, noun, one):
    for _ in range(2):
        said = shell(*noun, "delete", one)
        assert (said.code, said.out, said.err) == (0, "", "")
    assert shell(*noun, "status", one).code == 1


def test_each_noun_is_listed(shell, noun, one):
    said = shell(*noun, "list")

    assert said.code == 0
    head, row = said.out.splitlines()
    assert head.split()[:2] == ["id", "name"]
    assert row.startswith(one.rpartition("/")[2])


@pytest.mark.parametrize("output", ["url", "id"])
def test_lists_of_addresses_and_ids_feed_the_next_command(shell, noun, one, output):
    assert (
        shell(*noun, "list", "--output", output).out
        == {
            "url": one + "\n",
            "id": one.rpartition("/")[2] + "\n",
        }[output]
    )


def test_an_empty_list_prints_nothing_for_people_and_a_document_for_programs(shell, noun):
    assert shell(*noun, "list").out == ""
    assert shell(*noun, "list", "--json").json == {"values": []}


def test_lists_go_over_pages_and_heed_skip_top_and_filter(shell, api, make):
    made = [make("projects", displayName=str(number)) for number in range(5)]

    def listed(*options):
        return shell("csr", "project", "list", "--output", "url", *options).out.split()

    assert listed() == made
    assert listed("--skip", "1", "--top", "3") == made[1:4]
    before = len(api.asked)
    listed("--filter", "displayName eq '1'")
    assert api.asked[before].url.params["filter"] == "displayName eq '1'"


def test_what_belongs_to_a_project_is_listed(shell, project, dataset, make):
    inside = make("datasets", displayName="i", project={"self": project})

    assert shell("csr", "dataset", "list", "--project", project, "--output", "url").out.split() == [inside]


def test_a_dataset_is_made_of_an_address(shell, api, project, tmp_path):
    (tmp_path / "project.url").write_text(project)
    said = shell(
        "csr", "dataset", "create", "--name", "d", "--kind", "acoustic", "--content", "http://x.example/d.zip", "--project",
        "@project.url", "--output", "id",
    )  # fmt: skip

    assert said.out.strip() in api.resources["datasets"]
    assert api.bodies("POST") == [
        {
            "displayName": "d",
            "kind": "Acoustic",
            "contentUrl": "http://x.example/d.zip",
            "locale": "de-DE",
            "project": {"self": project},
        }
    ]


def test_each_noun_tells_its_languages(shell, noun):
    kinds = ["Language"] if noun[1] == "dataset" else []

    assert shell(*noun, "list", "--languages", "--json").json["de-DE"] == kinds


def test_base_models_are_listed(shell):
    said = shell("csr", "model", "list", "--base", "--output", "id")

    assert said.out == BASE + "\n"


@pytest.mark.parametrize(
    "noun",
    [noun for noun in NOUNS if noun[1] not in {"project", "endpoint"}],
    ids=lambda noun: noun[1],
    indirect=True,
)
def test_the_files_of_one_are_listed_and_written_to_a_folder(shell, api, noun, one, tmp_path):
    owner = one.partition("/v3.2/")[2]
    for name, content in [("a/report.json", b"1"), ("b/report.json", b"2"), ("../..", b"3")]:
        api.add_file(owner, name, content)

    listed = shell(*noun, "list", one, "--files", "--json").json["values"]
    said = shell(*noun, "download", one, "--to", "out/files", "--json")

    assert [file["name"] for file in listed] == ["a/report.json", "b/report.json", "../.."]
    assert said.code == 0
    contents = {path.name: path.read_bytes() for path in (tmp_path / "out" / "files").iterdir()}
    third = listed[2]["self"].rpartition("/")[2]
    assert contents == {"report.json": b"1", "2-report.json": b"2", third: b"3"}
    assert said.json["values"] == [f"out/files/{name}" for name in ("report.json", "2-report.json", third)]


def test_a_model_is_written_with_its_bundle(shell, api, tmp_path):
    model = api.add("models", displayName="orders")["self"]
    owner = model.partition("/v3.2/")[2]
    api.add_file(owner, "report.json", b"1")
    api.add_file(f"{owner}/modelFiles", "model.lect", b"2")

    assert shell("csr", "model", "download", model, "--to", "out").code == 0

    written = {path.name: path.read_bytes() for path in (tmp_path / "out").iterdir()}
    assert written == {"report.json": b"1", "model.lect": b"2"}


def test_a_bundle_is_sent_and_becomes_a_model(shell, api, project, tmp_path):
    (tmp_path / "orders.lect").write_bytes(b"bundle")

    said = shell("csr", "model", "upload", "--data", "orders.lect", "--project", project, "--json")

    assert said.json["project"] == project
    owner = said.json["self"].partition("/v3.2/")[2]
    [sent] = api.resources[f"{owner}/files"].values()
    assert api.blobs[sent["links"]["contentUrl"].removeprefix(api.address)] == b"bundle"


def test_a_bundle_that_is_not_there_is_wrong_usage(shell):
    said = shell("csr", "model", "upload", "--data", "no.lect")

    assert said.code == shell("csr", "dataset", "upload", "--data", "no.txt", "--kind", "Language").code != 0
    assert "no.lect" in said.err


def test_a_list_of_files_needs_to_know_of_what(shell, dataset):
    assert shell("csr", "dataset", "list", "--files").code == 2
    assert shell("csr", "dataset", "list", dataset).code == 2


def test_an_upload_sends_the_file_and_takes_its_name_and_the_projects_language(shell, api, project, tmp_path):
    (tmp_path / "orders.txt").write_text("zwei Kaffee\n")

    said = shell(
        "csr",
        "dataset",
        "upload",
        "--data",
        "orders.txt",
        "--kind",
        "Language",
        "--project",
        project,
        "--json",
    )

    assert said.code == 0
    assert (said.json["displayName"], said.json["locale"], said.json["kind"]) == (
        "orders.txt",
        "de-DE",
        "Language",
    )
    assert said.json["project"] == project
    assert list(api.blobs.values()) == [b"zwei Kaffee\n"]


def test_a_model_is_trained_on_datasets_of_a_file_with_a_text_and_a_weight(
    shell, api, dataset, make, tmp_path
):
    second = make("datasets", displayName="d2")
    (tmp_path / "datasets").write_text(f"{dataset}\n\n{second}\n")
    (tmp_path / "names.txt").write_text("Zindle\nFandoro\n")

    said = shell(
        "csr", "model", "create", "--name", "m", "--base", BASE, "--datasets", "@datasets", "--text", "@names.txt",
        "--weight", "30", "--language", "fr-FR",
    )  # fmt: skip

    assert said.code == 0
    assert api.bodies("POST")[-1] == {
        "displayName": "m",
        "baseModel": {"self": api.url(f"models/base/{BASE}")},
        "datasets": [{"self": dataset}, {"self": second}],
        "text": "Zindle\nFandoro\n",
        "properties": {"customModelWeightPercent": 30},
        "locale": "fr-FR",
    }


def test_a_dry_run_tells_what_a_training_takes_and_makes_nothing(shell, api, dataset):
    said = shell(
        "csr", "model", "create", "--name", "m", "--dataset", dataset, "--dry-run", "--wait", "--json"
    )

    assert said.json == {"cpuSeconds": 7.0}
    assert api.bodies("POST") == [{"displayName": "m", "datasets": [{"self": dataset}], "locale": "en-US"}]
    assert "models" not in api.resources


@pytest.mark.parametrize("noun", [each for each in NOUNS if each[1] not in {"project", "endpoint"}], ids=str)
def test_work_is_cancelled(shell, noun, one):
    assert shell(*noun, "cancel", one, "--json").json["status"] == "Failed"


def test_the_language_is_that_of_what_a_resource_is_made_from(shell, api):
    shell("csr", "model", "create", "--name", "m", "--base", f"base/{BASE}", "--text", "Zindle")

    assert api.bodies("POST")[-1]["locale"] == "de-DE"


def test_an_evaluation_of_one_model_names_it_twice(shell, api, model, dataset):
    shell("csr", "evaluation", "create", "--name", "v", "--model1", model, "--dataset", dataset)
    shell(
        "csr",
        "evaluation",
        "create",
        "--name",
        "v",
        "--model1",
        model,
        "--model2",
        f"base/{BASE}",
        "--dataset",
        dataset,
    )

    once, twice = api.bodies("POST")[-2:]
    assert once["model1"] == once["model2"] == {"self": model}
    assert twice["model2"] == {"self": api.url(f"models/base/{BASE}")}
    assert once["dataset"] == {"self": dataset}


def test_an_endpoint_logs_if_it_is_told_to(shell, api, model, endpoint):
    shell("csr", "endpoint", "create", "--name", "e", "--model", model, "--text", "Zindle", "--logging")
    shell("csr", "endpoint", "update", endpoint, "--no-logging", "--model", f"base/{BASE}")

    created, updated = api.bodies("POST")[-1], api.bodies("PATCH")[-1]
    assert (created["properties"], created["text"]) == ({"loggingEnabled": True}, "Zindle")
    assert updated == {
        "model": {"self": api.url(f"models/base/{BASE}")},
        "properties": {"contentLoggingEnabled": False},
    }


def test_people_are_shown_where_an_endpoint_answers(shell, make):
    """Its id alone is no address to call."""
    address = "ws://localhost/speech/recognition/conversation/cognitiveservices/v1?cid=1"
    endpoint = make(
        "endpoints", displayName="e", links={"webSocketConversation": address, "logs": "http://x"}
    )

    head, row = shell("csr", "endpoint", "list").out.splitlines()
    assert (head.split()[-1], row.split()[-1]) == ("address", address)
    facts = shell("csr", "endpoint", "status", endpoint).out.splitlines()
    assert [line.split() for line in facts][-1] == ["address", address]


def test_logs_become_a_dataset(shell, api, endpoint):
    days = ("--since", "2026-01-01", "--until", "2026-02-01")
    shell("csr", "endpoint", "to-dataset", endpoint, "--name", "calls")
    shell("csr", "endpoint", "to-dataset", "base/en-US", "--name", "drafts", "--drafts", *days)

    plain, drafts = api.resources["datasets"].values()
    assert plain["displayName"] == "calls"
    assert "kind" not in plain
    assert (drafts["kind"], drafts["since"], drafts["until"]) == (
        "Acoustic",
        "2026-01-01T00:00:00+00:00",
        "2026-02-01T00:00:00+00:00",
    )


def test_an_endpoint_goes_back_and_shows_what_it_served(shell, endpoint):
    assert shell("csr", "endpoint", "rollback", endpoint, "--output", "url").out.strip() == endpoint

    shown = json.loads(shell("csr", "endpoint", "history", endpoint, "--top", "1", "--json").out)
    assert shown == {"values": [{"id": "0", "reason": "change"}]}


def test_logs_are_listed_written_and_deleted(shell, api, endpoint, tmp_path):
    for owner in (endpoint.partition("/v3.2/")[2], "endpoints/base/en-US"):
        for number in range(3):
            api.add_file(owner, f"{number}.wav", b"sound")

    assert (
        len(shell("csr", "endpoint", "list", endpoint, "--logs", "--top", "2", "--output", "id").out.split())
        == 2
    )
    assert len(shell("csr", "endpoint", "list", "base/en-US", "--logs", "--output", "id").out.split()) == 3
    assert shell("csr", "endpoint", "download", endpoint, "--to", "logs").out.split() == [
        f"logs/{number}.wav" for number in range(3)
    ]
    assert shell("csr", "endpoint", "delete-logs", endpoint, "--until", "2025-12-31").code == 0
    assert api.asked[-1].url.params["endDate"] == "2025-12-31"


def test_a_transcription_takes_addresses_of_a_file_and_any_property(shell, api, tmp_path):
    (tmp_path / "urls").write_text("http://x.example/1.wav\nhttp://x.example/2.wav\n")

    said = shell(
        "batch", "transcription", "create", "--name", "t", "--content", "@urls", "--content", "http://x.example/3.wav",
        "--diarization", "--word-times", "--property", "punctuationMode=None", "--property", "diarization.speakers.maxCount=4",
        "--property", "channels=[0]",
    )  # fmt: skip

    assert said.code == 0
    assert api.bodies("POST") == [
        {
            "displayName": "t",
            "contentUrls": [f"http://x.example/{number}.wav" for number in (1, 2, 3)],
            "locale": "en-US",
            "properties": {
                "punctuationMode": "None",
                "diarization": {"speakers": {"maxCount": 4}},
                "channels": [0],
                "diarizationEnabled": True,
                "wordLevelTimestampsEnabled": True,
            },
        }
    ]


def test_a_transcription_of_a_dataset_or_a_container(shell, api, dataset):
    assert shell("batch", "transcription", "create", "--name", "t", "--dataset", dataset).code == 0
    assert (
        shell("batch", "transcription", "create", "--name", "t", "--container", "http://x.example/c").code
        == 0
    )

    by_dataset, by_container = api.bodies("POST")[-2:]
    assert by_dataset["dataset"] == {"self": dataset}
    assert by_container["contentContainerUrl"] == "http://x.example/c"


@pytest.mark.parametrize(
    "options",
    [[], ["--content", "http://x.example/1.wav", "--container", "http://x.example/c"]],
    ids=["none", "two"],
)
def test_a_transcription_is_of_one_thing(shell, options):
    assert shell("batch", "transcription", "create", "--name", "t", *options).code == 2


@pytest.mark.parametrize("properties", [["a"], ["=1"], ["a=1", "a.b=2"]])
def test_a_property_that_is_none_is_wrong_usage(shell, properties):
    given = [part for each in properties for part in ("--property", each)]

    assert shell("batch", "transcription", "create", "--name", "t", "--content", "u", *given).code == 2


@pytest.mark.parametrize("wait", [["--wait"], ["--wait", "600"], ["--wait=600"]])
def test_waiting_ends_when_the_work_is_done(shell, dataset, wait):
    said = shell("csr", "dataset", "status", *wait, dataset, "--json")

    assert (said.code, said.json["status"]) == (0, "Succeeded")


@pytest.mark.parametrize(
    ("noun", "options"),
    [
        ("dataset", ["--kind", "Language", "--content", "http://x.example/d.txt"]),
        ("model", ["--text", "Zindle"]),
        ("endpoint", ["--text", "Zindle"]),
    ],
)
def test_what_is_made_can_be_waited_for_at_once(shell, noun, options):
    assert (
        shell("csr", noun, "create", "--name", "x", *options, "--wait", "--json").json["status"]
        == "Succeeded"
    )


def test_work_that_fails_is_an_error_in_the_servers_words(shell):
    said = shell("csr", "model", "create", "--name", "bomb", "--text", "Zindle", "--wait", "--json")

    assert said.code == 1
    assert said.err == "error: bomb: line 3 holds no text\n"
    assert said.json["error"]["message"] == "bomb: line 3 holds no text"


def test_the_address_of_what_fails_is_known_nevertheless(shell, api):
    said = shell("csr", "model", "create", "--name", "bomb", "--text", "Zindle", "--wait", "--output", "url")

    assert said.code == 1
    assert said.out.startswith(api.url("models/"))


def test_the_address_of_what_was_begun_is_known_when_waiting_is_interrupted(shell, api, monkeypatch):
    def interrupted(*asked, **options):
        raise KeyboardInterrupt

    monkeypatch.setattr(Collection, "wait", interrupted)
    said = shell("csr", "model", "create", "--name", "m", "--text", "Zindle", "--wait", "--output", "url")

    assert said.code == 130
    assert said.out.startswith(api.url("models/"))


def test_a_terminal_shows_how_far_the_work_is(shell, dataset, monkeypatch):
    monkeypatch.setenv("FORCE_COLOR", "1")  # which makes of anything a terminal

    assert "d · Succeeded" in shell("csr", "dataset", "status", dataset, "--wait").err


def test_a_bar_says_what_is_done_and_how_long_it_still_takes():
    running = Entity({"self": "http://a.example/datasets/1", "status": "Running"})
    message = "Recognising with a · 3 of 12 utterances"

    assert doing(running, None) == "Running"
    assert doing(running, Work(done=0.0, message="", eta=None)) == "Running"
    assert doing(running, Work(done=0.2, message=message, eta=None)) == message
    assert doing(running, Work(done=1.0, message=message, eta=0.0)) == message
    assert doing(running, Work(done=0.2, message=message, eta=40.0)) == f"{message}, about 40 s left"


def test_the_status_says_how_far_the_work_is_beside_the_document(shell, dataset, monkeypatch):
    work = Work(done=0.25, message="Checking the data", eta=40.0)
    monkeypatch.setattr(Collection, "work", lambda self, which: work)

    said = shell("csr", "dataset", "status", dataset, "--json")

    assert said.err == "25% · Checking the data, about 40 s left\n"
    assert said.json["self"]


def test_waiting_has_an_end(shell, dataset):
    said = shell("csr", "dataset", "status", dataset, "--wait", "0")

    assert (said.code, said.out) == (1, "")
    assert "still Running after 0 s" in said.err


def test_a_model_says_how_it_is_trained(shell, api, dataset):
    options = ["--deep-text", "--dev", dataset, "--guard", dataset, "--seed", "0"]

    assert shell("csr", "model", "create", "--name", "m", "--text", "hi", *options).code == 0

    judge = {"self": dataset}
    training = {"dev": judge, "guard": judge, "deepText": True, "seed": 0}
    assert api.bodies("POST")[-1]["properties"] == {"training": training}


def test_a_model_says_how_its_weights_are_trained(shell, api, dataset):
    options = ["--noise", dataset, "--synthetic-speech", "--no-audio-text", "--leave-out-suspects"]
    numbers = [
        "--method",
        "lora",
        "--augment",
        "full",
        "--epochs",
        "4",
        "--alpha",
        "0.5",
        "--allow-harm",
        "0",
    ]

    assert shell("csr", "model", "create", "--name", "m", "--dataset", dataset, *options, *numbers).code == 0

    assert api.bodies("POST")[-1]["properties"]["training"] == {
        "noise": {"self": dataset},
        "syntheticSpeech": True,
        "audioText": False,
        "leaveOutSuspects": True,
        "method": "lora",
        "augment": "full",
        "epochs": 4,
        "alpha": 0.5,
        "allowHarm": 0,
    }


def test_a_report_is_shown_line_by_line(shell, api, dataset):
    said = shell("csr", "dataset", "report", dataset, "--severity", "error", "--json")

    assert [each["line"] for each in said.json["values"]] == [3, 7]
    assert dict(api.asked[-2].url.params) == {"severity": "error"}


def test_a_report_without_problems_says_so_in_words_and_is_an_empty_list_in_json(shell, dataset):
    said = shell("csr", "dataset", "report", dataset, "--code", "none")
    document = shell("csr", "dataset", "report", dataset, "--code", "none", "--json")

    assert (said.code, said.out) == (0, "")
    assert "Nothing of that kind was found." in said.err
    assert document.json == {"values": []}


def test_a_dataset_is_repaired_as_another(shell, api, dataset):
    said = shell("csr", "dataset", "fix", dataset, "--name", "mended", "--wait", "--output", "url")

    assert said.code == 0
    assert said.out.strip() not in {"", dataset}
    assert api.bodies("POST")[-1] == {"displayName": "mended"}


def test_a_recording_is_erased_and_waited_for(shell, api, dataset):
    said = shell("csr", "dataset", "erase", dataset, "--file", "call 17.wav", "--wait", "--json")

    assert said.code == 0
    assert api.bodies("POST")[-1] == {"file": "call 17.wav"}
    assert said.json["status"] == "Succeeded"
    assert shell("csr", "dataset", "erase", dataset).code == 2


def test_a_model_is_copied_with_the_keys_of_both_servers(shell, api, other, model):
    said = shell(
        "csr",
        "model",
        "copy",
        model,
        "--target",
        THERE,
        "--target-key",
        OTHER_KEY,
        "--wait",
        "--output",
        "url",
    )

    assert said.code == 0
    assert other.bodies("POST") == [{"sourceResourceId": model}]
    assert api.bodies("POST")[-1]["targetResourceEndpoint"] == THERE
    assert said.out.strip() == other.url("models/c1")


def test_the_key_of_this_server_is_not_sent_to_the_other(shell, other, model):
    assert shell("csr", "model", "copy", model, "--target", THERE).code == 1
    assert "Ocp-Apim-Subscription-Key" not in other.asked[-1].headers


def test_a_copy_can_be_allowed_by_somebody_else(shell, api, other, model, tmp_path):
    allowed = shell(
        "csr", "model", "authorize-copy", "--source", HERE, "--server", THERE, "--key", OTHER_KEY, "--json"
    )
    (tmp_path / "allowed.json").write_text(allowed.out)

    assert shell("csr", "model", "copy", model, "--authorization", "@allowed.json").code == 0
    assert api.bodies("POST")[-1] == allowed.json


@pytest.mark.parametrize("options", [[], ["--target", THERE, "--authorization", "@a"]])
def test_a_copy_is_allowed_in_one_way(shell, model, options):
    assert shell("csr", "model", "copy", model, *options).code == 2


@pytest.mark.parametrize("text", ["", "[]", "no json"])
def test_a_permission_that_is_none_is_refused(shell, model, tmp_path, text):
    (tmp_path / "a").write_text(text)

    assert shell("csr", "model", "copy", model, "--authorization", "@a").code == 1


@pytest.mark.parametrize(
    ("given", "says"),
    [
        ("@missing", "missing: there is no such file"),
        ("@empty", "@empty: nothing is in it"),
        ("@noise", "noise: this is no text in UTF-8"),
        ("../projects", "neither an id nor an address"),
        (f"{THERE}/speechtotext/v3.2/datasets/1", f"is not of {HERE}"),
        (f"{HERE}/speechtotext/v3.2/models/1", "is no address of one of the datasets"),
    ],
)
def test_a_reference_that_is_none_is_refused_before_anything_is_asked(shell, api, tmp_path, given, says):
    (tmp_path / "empty").write_text("\n")
    (tmp_path / "noise").write_bytes(b"\xff\xfe\x00")
    said = shell("csr", "dataset", "delete", given)

    assert said.code == 1
    assert says in said.err
    assert api.asked == []


@pytest.mark.parametrize("named", [[], ["1", "--dataset", "1"]], ids=["none", "two"])
def test_one_resource_has_to_be_named(shell, named):
    assert shell("csr", "dataset", "status", *named).code == 2


@pytest.mark.parametrize("as_document", [["--json"], ["--output", "json"], ["--output=json"], ["-o", "json"]])
def test_what_the_server_refuses_is_told_with_its_reason(shell, as_document):
    said = shell("csr", "dataset", "status", "1", *as_document)

    assert said.code == 1
    assert said.err == "error: the server refuses: datasets/1: there is no such thing\n"
    assert said.json["error"]["code"] == "not_found"


def test_a_key_is_not_repeated_when_the_server_does(shell):
    said = shell("csr", "dataset", "list", "--key", "wr0ng-key")

    assert said.code == 1
    assert said.err == "error: the server refuses: the key *** is not known\n"


@pytest.mark.parametrize("key", ["wr0ng\rkey", "wr0ng-ké"])
def test_a_key_that_cannot_be_sent_is_refused_without_a_word_of_it(shell, api, key):
    said = shell("csr", "dataset", "list", "--key", key)

    assert said.code == 1
    assert (
        said.err == "error: the key holds characters that no key has\n  Was all of it copied, and no more?\n"
    )
    assert api.asked == []


def test_the_server_and_the_key_may_be_options_and_the_key_a_file(shell, other, tmp_path):
    (tmp_path / "key").write_text(OTHER_KEY + "\n")

    assert shell("csr", "project", "list", "--server", THERE, "--key", "@key").code == 0
    assert other.asked[-1].headers["Ocp-Apim-Subscription-Key"] == OTHER_KEY


@pytest.mark.parametrize("server", ["there.example", "http://[", "http://there.example:port"])
def test_an_address_that_is_no_server_is_refused(shell, server):
    assert "is no address of a server" in shell("csr", "project", "list", "--server", server).err


def test_a_password_in_an_address_is_refused_and_not_repeated(shell):
    said = shell("csr", "project", "list", "--server", "http://me:s3cret@there.example")

    assert said.code == 1
    assert "s3cret" not in said.err


def test_a_file_that_is_not_there_is_told_before_anything_is_sent(shell, api):
    said = shell("csr", "dataset", "upload", "--data", "missing.txt", "--kind", "Language")

    assert (said.code, api.asked) == (1, [])
    assert "missing.txt: there is no such file" in said.err


def test_every_command_shows_an_example_and_the_shared_options(shell):
    import typer

    from lect.cli.main import app

    def leaves(command, path):
        for name, child in getattr(command, "commands", {}).items():
            yield from leaves(child, [*path, name])
        if not getattr(command, "commands", {}):
            yield path, command

    root = typer.main.get_command(app)
    found = [leaf for name in ("csr", "batch") for leaf in leaves(root.commands[name], [name])]
    assert len(found) > 30
    for path, command in found:
        assert f"lect {' '.join(path)} " in command.help, path
        assert {"server", "key"} <= {parameter.name for parameter in command.params}, path
