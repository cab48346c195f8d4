import hashlib
import json

import pytest
from typer.testing import CliRunner

from lect.cli.models import app
from lect.core.errors import NotFound
from lect.models.bundles import Base, Manifest, NormaliserVersion, write

MANIFEST = Manifest(
    base=Base(name="whisper-tiny.en", weights_sha256="ab" * 32),
    locale="en-US",
    normaliser=NormaliserVersion(name="english", version="1"),
    code="0.1.0",
)


@pytest.fixture
def run(tmp_path, monkeypatch):
    monkeypatch.setenv("LECT_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("LECT_OFFLINE", "1")
    return lambda *arguments: CliRunner().invoke(app, [str(argument) for argument in arguments])


@pytest.fixture
def bundle(tmp_path):
    return write(tmp_path / "coffee.lect", manifest=MANIFEST, members={"lm.bin": b"x"}).path


@pytest.fixture
def folder(tmp_path):
    path = tmp_path / "mine"
    path.mkdir()
    for name in ["model.bin", "config.json", "tokenizer.json"]:
        (path / name).write_bytes(b"x")
    return path


def test_list_tells_what_there_is_and_what_is_ready(run):
    models = json.loads(run("list", "--json").stdout)["models"]

    assert models[0]["name"] == "whisper-base"
    assert models[0]["default"]
    assert {"whisper-tiny.en", "whisper-large-v3-turbo"} <= {model["name"] for model in models}
    assert all(isinstance(model["ready"], bool) for model in models)
    assert "whisper-base (default)" in run("list").stdout


def test_show_of_a_bundle_is_its_manifest(run, bundle):
    document = json.loads(run("show", bundle, "--json").stdout)

    assert document["base"]["name"] == "whisper-tiny.en"
    assert document["members"]["lm.bin"]["size"] == 1
    assert "base.name" in run("show", bundle).stdout


def test_show_of_a_base_model_is_where_it_is_and_its_identity(run, folder):
    document = json.loads(run("show", folder, "--json").stdout)

    assert document["path"] == str(folder)
    assert document["layout"] == "ctranslate2"


def test_pull_of_what_is_here_tells_where(run, folder):
    assert json.loads(run("pull", folder, "--json").stdout)["path"] == str(folder)
    assert "is ready in" in run("pull", folder).stdout


@pytest.mark.parametrize("kind", ["bundle", "folder"])
def test_verify_names_every_file(run, kind, request):
    result = run("verify", request.getfixturevalue(kind), "--json")

    assert result.exit_code == 0
    document = json.loads(result.stdout)
    assert document["ok"]
    assert len(document["files"]) == 1


def test_verify_of_damaged_weights_exits_1_and_says_which(run, monkeypatch, folder):
    from lect.models import resolver

    damaged = resolver.FileCheck(file=folder / "model.bin", expected="aa", actual="bb")
    monkeypatch.setattr(resolver, "verify", lambda *_, **__: [damaged])

    result = run("verify", "whisper-base")

    assert result.exit_code == 1
    assert "DAMAGED, expected aa" in result.stdout
    assert json.loads(run("verify", "whisper-base", "--json").stdout)["ok"] is False


def test_an_unknown_model_is_left_to_the_one_place_that_prints_errors(run):
    assert isinstance(run("show", "whisper-bse").exception, NotFound)


def test_hashes_stay_whole_in_a_narrow_terminal(run, bundle, folder, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    assert "ab" * 32 in run("show", bundle).stdout
    assert hashlib.sha256(b"x").hexdigest() in run("verify", folder).stdout
