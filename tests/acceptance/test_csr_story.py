"""`lect csr` and `lect batch` as they are typed, with a running server, on real recordings."""

import json
import os
import subprocess
import sys
import zipfile

import pytest

from servers import LOCALE, files_over_http, lect, serving

BASE = "whisper-tiny.en"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Address and key of a server."""
    data = tmp_path_factory.mktemp("data")
    with serving(data) as address:
        yield address, lect("keys", "create", "--role", "contributor", "--json", "--data", str(data))["key"]


class Shell:
    """Types commands in a folder of its own."""

    def __init__(self, folder, address, key):
        self._folder = folder
        self._environment = os.environ | {"LECT_CLIENT_SERVER": address, "LECT_CLIENT_KEY": key}

    def __call__(self, line, *more, to=None, code=0):
        """What is printed, as `LINE [MORE...] > TO`.

        Args:
            more: words that a shell would want in quotes
            to: a file of the folder that it goes to as well
            code: with which the command is to end; its complaints come back if it is not 0
        """
        done = subprocess.run(
            [sys.executable, "-m", "lect", *line.split(), *more],
            cwd=self._folder,
            env=self._environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == code, f"lect {line} {more}\n{done.stdout}{done.stderr}"
        if to:
            (self._folder / to).write_text(done.stdout)
        return done.stderr if code else done.stdout

    def json(self, line, *more):
        return json.loads(self(line, *more, "--json"))


@pytest.fixture
def shell(server, tmp_path):
    return Shell(tmp_path, *server)


@pytest.fixture
def spoken(shared_data, tmp_path):
    """Some of the spoken orders with their transcripts in `test.zip`; the first one's bytes."""
    with (
        zipfile.ZipFile(shared_data / "barista/testing/audio-and-trans.zip") as source,
        zipfile.ZipFile(tmp_path / "test.zip", "w") as archive,
    ):
        lines = source.read("trans.txt").decode().splitlines()[::24]
        archive.writestr("trans.txt", "\n".join(lines))
        names = [line.partition("\t")[0] for line in lines]
        for name in names:
            archive.writestr(name, source.read(name))
        return source.read(names[0])


def test_from_upload_to_endpoint_and_back(shell, shared_data, spoken, tmp_path):
    training = shared_data / "barista" / "training"
    sentences = training.joinpath("related-text.txt").read_text("utf-8").splitlines()
    tmp_path.joinpath("orders.txt").write_text("\n".join([*sentences, "http://a.example"]), "utf-8")

    # Data from files and from an address; what is wrong with it is in the report.
    shell("csr project create --name orders --output url", to="project.url")
    shell(
        "csr dataset upload --data orders.txt --kind Language --project @project.url --output id", to="text"
    )
    shell("csr dataset upload --data test.zip --kind Acoustic --project @project.url --output url", to="test")
    structured = training.joinpath("structured-text.md").read_bytes()
    with files_over_http({"/structured.md": structured, "/one.flac": spoken}) as place:
        options = f"--kind LanguageMarkdown --content {place}/structured.md --project @project.url"
        shell(f"csr dataset create --name cards {options} --wait --output url", to="cards")
        text = shell.json("csr dataset status @text --wait 300")
        heard = shell.json("csr dataset status @test --wait 300")
        assert (text["displayName"], heard["locale"]) == ("orders.txt", LOCALE)
        counts = text["properties"]
        assert (counts["acceptedLineCount"], counts["rejectedLineCount"]) == (len(sentences), 1)
        assert heard["properties"]["acceptedLineCount"] == 4
        downloaded = shell("csr dataset download @text --to got").split()
        assert sorted(downloaded) == ["got/data.txt", "got/report.json"]
        report = json.loads((tmp_path / "got/report.json").read_text("utf-8"))
        assert [each["line"] for each in report["lines"] if each["severity"] == "error"] == [
            len(sentences) + 1
        ]
        of_text = shell("csr dataset list --project @project.url --output id --filter", "kind eq 'Language'")
        assert of_text == (tmp_path / "text").read_text()
        renamed = shell.json("csr dataset update @text --name", "orders, spring")
        assert renamed["displayName"] == "orders, spring"

        # Train, measure, deploy, transcribe.
        shell("csr model list --base --output url --filter", f"displayName eq '{BASE} ({LOCALE})'", to="base")
        options = "--base @base --datasets @text --dataset @cards --project @project.url"
        plan = shell.json(f"csr model create --name orders {options} --dry-run")
        assert [each["kind"] for each in plan["data"]] == ["text", "structured"], plan
        shell(f"csr model create --name orders {options} --wait --output url", to="model")
        options = "--model1 @base --model2 @model --dataset @test --project @project.url"
        shell(f"csr evaluation create --name orders {options} --wait --output url", to="evaluation")
        scores = shell.json("csr evaluation status @evaluation")["properties"]
        assert scores["wordErrorRate2"] < scores["wordErrorRate1"]
        assert len(shell("csr evaluation download @evaluation --to scores").split()) == 1 + 2 * 4
        options = "--model @model --project @project.url --logging"
        shell(f"csr endpoint create --name orders {options} --wait --output url", to="endpoint")
        endpoint = shell.json("csr endpoint update @endpoint --model @base --no-logging --wait")
        assert endpoint["model"]["self"] == (tmp_path / "base").read_text().strip()
        assert endpoint["properties"] == {"loggingEnabled": False}
        options = (
            f"--content {place}/one.flac --model @model --project @project.url --property timeToLive=P1D"
        )
        shell(f"batch transcription create --name calls {options} --wait --output url", to="transcription")
    assert (
        "calls/contenturl_0.json" in shell("batch transcription download @transcription --to calls").split()
    )
    transcript = json.loads((tmp_path / "calls/contenturl_0.json").read_text("utf-8"))
    assert transcript["combinedRecognizedPhrases"][0]["lexical"].count("espresso") == 1

    # What is in use stays; the rest goes.
    complaint = shell("csr model delete @model", code=1)
    assert "is used by 1 evaluation, 1 earlier deployment, 1 transcription\n  Delete" in complaint
    shell("batch transcription delete @transcription")
    for noun in ("evaluation", "endpoint", "model"):
        shell(f"csr {noun} delete @{noun}")
    for name in ("text", "test", "cards"):
        shell(f"csr dataset delete @{name}")
    shell("csr project delete @project.url")
    assert "there is no project" in shell("csr project status @project.url", code=1)


def test_work_that_fails_is_told_and_named_nevertheless(shell, tmp_path):
    (tmp_path / "bad.txt").write_text("http://a.example\n")

    complaint = shell("csr dataset upload --data bad.txt --kind Language --wait --output url", code=1)

    assert "bad.txt: nothing of it can be used" in complaint
    [failed] = shell("csr dataset list --output url --filter", "status eq 'Failed'").split()
    assert shell.json(f"csr dataset status {failed}")["status"] == "Failed"


def test_languages_and_kinds_are_listed(shell):
    kinds = shell.json("csr dataset list --languages")

    assert "LanguageMarkdown" in kinds[LOCALE]
    assert LOCALE in shell("csr project list --languages").split()
