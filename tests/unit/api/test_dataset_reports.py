"""What is wrong with a dataset, line by line, and its repaired copy."""

import codecs
import importlib
from uuid import uuid4

import pytest

from job_runs import run_job
from lect.core.errors import InvalidAddress
from lect.core.progress import silent
from lect.datasets.importing import import_kind
from lect.settings import Limits
from lect.store import lineage

V3 = "/speechtotext/v3.2"
LECT = "/lect/v1"
TEXT = "Two “flat” whites please.\nhttp://example.com/menu\nno no no no no\nan iced coffee\n"


class Child:
    """A child of a worker in this process."""

    def __init__(self, function, arguments, **_):
        module, _, name = function.partition(":")
        self._run = getattr(importlib.import_module(module), name)
        self._arguments = arguments

    def kill(self):
        """It is over."""

    def wait(self, progress):
        return self._run(self._arguments, silent)


@pytest.fixture(autouse=True)
def _in_this_process(monkeypatch):
    monkeypatch.setattr("lect.jobs.running.Child", Child)


@pytest.fixture
def imported(client, service, tmp_path):
    """imported(text) -> the address of a dataset that was checked."""

    def imported(text=TEXT, encoding="utf-8"):
        form = {"displayName": "orders", "locale": "en-US", "kind": "Language", "description": "d"}
        data = {"data": ("x.txt", text.encode(encoding))}
        made = client.post(f"{V3}/datasets/upload", data=form, files=data)
        assert made.status_code == 201, made.text
        work(service, tmp_path)
        return made.json()["self"]

    return imported


def work(service, folder):
    return run_job(service, import_kind(service.storage, fetch=refuse, limits=Limits()), folder)


def refuse(url, into, limit):
    raise InvalidAddress("nothing is fetched here")


def beyond(dataset, what):
    return f"{LECT}/datasets/{dataset.rpartition('/')[2]}{what}"


def problems(client, dataset, **parameters):
    answer = client.get(beyond(dataset, "/report"), params=parameters)
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_a_report_tells_each_line_in_order(client, imported):
    report = problems(client, dataset := imported())

    assert report["dataset"]["self"] == dataset
    assert (report["accepted"], report["rejected"], report["ok"], report["complete"]) == (2, 2, False, True)
    errors = [(each["line"], each["code"]) for each in report["values"] if each["severity"] == "error"]
    assert errors == [(2, "url_in_line"), (3, "too_many_repeats")]
    lines = [each.get("line") or 0 for each in report["values"]]
    assert lines == sorted(lines)
    assert report["counts"]["url_in_line"] == 1
    assert all(each["message"] and each["file"] == "data.txt" for each in report["values"])


def test_a_link_to_the_data_leads_there_before_and_after_the_check(client, service, tmp_path):
    form = {"displayName": "orders", "locale": "en-US", "kind": "Language"}
    made = client.post(f"{V3}/datasets/upload", data=form, files={"data": ("x.txt", TEXT.encode())}).json()
    [before] = client.get(made["links"]["files"]).json()["values"]

    work(service, tmp_path)

    files = {file["name"]: file for file in client.get(made["links"]["files"]).json()["values"]}
    assert files.keys() == {"data.txt", "report.json"}
    assert files["data.txt"]["self"] == before["self"]
    assert client.get(before["links"]["contentUrl"]).content == TEXT.encode()


def test_a_report_is_narrowed_down(client, imported):
    dataset = imported()

    assert [each["line"] for each in problems(client, dataset, severity="error")["values"]] == [2, 3]
    assert [each["code"] for each in problems(client, dataset, line=2)["values"]] == ["url_in_line"]
    assert [each["line"] for each in problems(client, dataset, code="too_many_repeats")["values"]] == [3]
    assert problems(client, dataset, file="other.txt")["values"] == []
    assert client.get(beyond(dataset, "/report"), params={"severity": "bad"}).status_code == 400


def test_a_report_comes_in_pages(client, imported):
    dataset = imported()
    first = problems(client, dataset, severity="error", top=1)

    second = client.get(first["@nextLink"]).json()

    assert first["@nextLink"].startswith(f"http://testserver{LECT}/datasets/")
    assert [each["line"] for page in (first, second) for each in page["values"]] == [2, 3]
    assert "@nextLink" not in second
    assert problems(client, dataset, skip=1 << 30)["values"] == []
    assert "@nextLink" not in problems(client, dataset, top=0)


def test_a_repaired_copy_is_another_dataset_with_what_can_be_saved(client, imported, service, tmp_path):
    dataset = imported()

    made = client.post(beyond(dataset, ":fix"), json={"displayName": "mended"})
    assert made.status_code == 201, made.text
    assert (made.json()["displayName"], made.json()["status"]) == ("mended", "NotStarted")
    assert made.headers["Location"] == made.json()["self"] != dataset
    with service.storage.database.read() as connection:
        using = lineage.working(connection, dataset.rpartition("/")[2])
    assert using == [f"dataset {made.json()['self'].rpartition('/')[2]}"]
    work(service, tmp_path)

    copy = client.get(made.json()["self"]).json()
    assert copy["status"] == "Succeeded"
    assert copy["properties"]["acceptedLineCount"] == 2
    data = client.get(beyond(copy["self"], "/data"))
    assert data.content == codecs.BOM_UTF8 + b'Two "flat" whites please.\nan iced coffee\n'
    assert "attachment" in data.headers["Content-Disposition"]
    report = problems(client, copy["self"])
    assert (report["ok"], report["values"]) == (True, [])
    assert (report["fix"]["accepted"], report["fix"]["dropped"]) == (2, 2)
    listed = client.get(f"{copy['self']}/files").json()["values"]
    (written,) = (each for each in listed if each["name"] == "report.json")
    assert client.get(written["links"]["contentUrl"]).json()["fix"]["listing"] == "changes.tsv", (
        "of no folder"
    )
    (changes,) = (each for each in listed if each["name"] == "changes.tsv")
    rows = client.get(changes["links"]["contentUrl"]).text.splitlines()
    assert rows[0] == "file\tline\twhat\twhy\tbefore\tafter"
    assert [row.split("\t")[1] for row in rows[1:]][-2:] == ["2", "3"]
    assert [(each["line"], each["code"]) for each in report["fix"]["lines"]] == [
        (2, "url_in_line"),
        (3, "too_many_repeats"),
    ]
    assert client.get(beyond(dataset, "/data")).text == TEXT
    assert "fix" not in problems(client, dataset)


def test_what_could_not_be_used_at_all_can_be_repaired(client, imported, service, tmp_path):
    dataset = imported("an iced coffee\n", "utf-16")
    assert client.get(dataset).json()["status"] == "Failed"

    copy = client.post(beyond(dataset, ":fix")).json()
    work(service, tmp_path)

    shown = client.get(copy["self"]).json()
    assert (shown["status"], shown["displayName"]) == ("Succeeded", "orders")
    assert client.get(beyond(copy["self"], "/data")).text == "\ufeffan iced coffee\n"


def test_where_nothing_can_be_saved_the_copy_fails(client, imported, service, tmp_path):
    copy = client.post(beyond(imported("http://example.com\n"), ":fix")).json()
    work(service, tmp_path)

    shown = client.get(copy["self"]).json()
    assert shown["status"] == "Failed"
    assert "nothing of it can be saved" in shown["properties"]["error"]["message"]


def test_what_is_not_imported_has_neither_report_nor_data_nor_copy(client):
    made = client.post(f"{V3}/datasets", json={"displayName": "x", "locale": "en-US", "kind": "Language"})
    dataset = made.json()["self"]

    assert client.get(beyond(dataset, "/report")).status_code == 409
    assert client.get(beyond(dataset, "/data")).status_code == 409
    assert client.post(beyond(dataset, ":fix")).status_code == 409
    assert client.get(f"{LECT}/datasets/{uuid4()}/report").status_code == 404
