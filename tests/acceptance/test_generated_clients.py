"""Clients generated from the published documents do the whole story with a running server, on real recordings.

What the generator, not the server, makes of the documents is worked around in three places: the definition `BaseModel` is
renamed (`generated.py`), the properties of manifests are read as they came (they may be anything; the generator takes each for an
object), and files are downloaded by hand (their links lead out of what the documents describe).
"""

import base64
import io
import json
import os
import re
import subprocess
import sys
import time
import zipfile
from pathlib import Path
from urllib.parse import urlsplit
from urllib.request import urlopen

import pytest

from generated import OPTIONS, GeneratedClient, generate, generator
from servers import LOCALE, PATIENCE, files_over_http, lect, serving

BASE = "whisper-tiny.en"
BLOCK = 100_000  # bytes
WAYS = {"v3.2": ("form", "address", "blocks"), "2024-11-15": ("address", "blocks")}


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    """Address and key of a server."""
    data = tmp_path_factory.mktemp("data")
    with serving(data) as address:
        yield address, lect("keys", "create", "--role", "contributor", "--json", "--data", str(data))["key"]


@pytest.fixture(scope="module")
def generated(official, shared_data, settings):
    """`generated(version)`: the package of a version's client."""
    program = generator()
    return lambda version: generate(
        program,
        shared_data.parent / "azure-rest" / version / "speechtotext.json",
        name="speech_" + re.sub(r"\W", "_", version),
        cache=settings.cache / "clients",
    )


@pytest.fixture(params=WAYS)
def client(request, generated, server, official):
    version, (address, key) = request.param, server
    package = generated(version)
    with GeneratedClient(package, official[version], version=version, address=address, key=key) as client:
        yield client


@pytest.fixture(scope="module")
def heard(shared_data):
    """Some of the spoken orders with their transcripts, as an archive."""
    into = io.BytesIO()
    with (
        zipfile.ZipFile(shared_data / "barista/testing/audio-and-trans.zip") as source,
        zipfile.ZipFile(into, "w") as archive,
    ):
        lines = source.read("trans.txt").decode().splitlines()[::12]
        archive.writestr("trans.txt", "\n".join(lines))
        for line in lines:
            name = line.partition("\t")[0]
            archive.writestr(name, source.read(name))
    return into.getvalue()


@pytest.fixture(scope="module")
def sentences(shared_data):
    return (shared_data / "barista/training/related-text.txt").read_text("utf-8").splitlines()


class Uploads:
    """Datasets made in each way that a version has."""

    def __init__(self, client, in_project):
        self._client, self._in_project = client, in_project

    def form(self, name, kind, content):
        fields = {key: reference.var_self for key, reference in self._in_project.items()}
        return self._client.datasets_upload(
            display_name=name, locale=LOCALE, kind=kind, data=(name, content), **fields
        )

    def address(self, name, kind, content):
        with files_over_http({"/" + name: content}) as place:
            made = self._create(name, kind, content_url=f"{place}/{name}?sig=secret")
            return done(self._client.datasets_get, made)

    def blocks(self, name, kind, content):
        made = self._create(name, kind)
        parts = {
            base64.b64encode(b"%04d" % (start // BLOCK)).decode(): content[start : start + BLOCK]
            for start in range(0, len(content), BLOCK)
        }
        for block, part in parts.items():
            self._client.datasets_upload_block(id=id_of(made), blockid=block, body=part)
        there = self._client.datasets_get_blocks(id=id_of(made)).uncommitted_blocks
        assert {each.name: each.size for each in there} == {name: len(part) for name, part in parts.items()}
        entry = self._client.models.CommitBlocksEntry
        self._client.datasets_commit_blocks(
            id=id_of(made), block_list=[entry(kind="Latest", id=block) for block in parts]
        )
        return made

    def _create(self, name, kind, **fields):
        dataset = self._client.models.Dataset(
            display_name=name, kind=kind, locale=LOCALE, **fields, **self._in_project
        )
        return self._client.datasets_create(dataset=dataset)


@pytest.mark.filterwarnings("ignore:POST /datasets/upload is deprecated")
def test_from_upload_to_endpoint_and_back(request, client, heard, sentences):
    models = client.models
    ways = WAYS[request.node.callspec.params["client"]]
    in_project = {}
    if hasattr(client.models, "Project"):
        project = client.projects_create(project=models.Project(display_name="orders", locale=LOCALE))
        in_project = {"project": models.EntityReference(var_self=project.var_self)}

    # Audio with transcripts and text, each in every way that there is.
    uploads = Uploads(client, in_project)
    acoustic = [getattr(uploads, way)(f"heard-{way}.zip", "Acoustic", heard) for way in ways]
    texts = [
        getattr(uploads, way)(
            f"text-{way}.txt",
            "Language",
            "\n".join([*sentences[number :: len(ways)], "http://a.example"]).encode(),
        )
        for number, way in enumerate(ways)
    ]
    acoustic, texts = ([done(client.datasets_get, each) for each in made] for made in (acoustic, texts))
    assert {each.properties.accepted_line_count for each in acoustic} == {8}
    assert sum(each.properties.accepted_line_count for each in texts) == len(sentences)
    assert {each.properties.rejected_line_count for each in texts} == {1}
    assert LOCALE in str(client.datasets_list_supported_locales())

    # The report says which line is wrong.
    files = files_of(client, "datasets", texts[0])
    [error] = [line for line in json.loads(files["report.json"])["lines"] if line["severity"] == "error"]
    assert error["line"] == len(files["data.txt"].splitlines())

    # Train, and compare with the base.
    [base] = client.models_list_base_models(filter=f"displayName eq '{BASE} ({LOCALE})'").values
    model = client.models_create(
        model=models.CustomModel(
            display_name="orders",
            locale=LOCALE,
            base_model=refer(models, base),
            datasets=[refer(models, each) for each in texts],
            **in_project,
        )
    )
    model = done(client.models_get_custom_model, model)
    assert [each.var_self for each in model.datasets] == [each.var_self for each in texts]
    lifetime = {} if in_project else {"sas_lifetime_minutes": 5}  # which 2024-11-15 wants to hear
    manifest = client.raw("models_get_custom_model_manifest", id=id_of(model), **lifetime)
    assert manifest["properties"]["kinds"] == ["text"]
    [bundle] = manifest["modelFiles"]
    assert len(read(bundle["contentUrl"])) > 1000
    evaluation = client.evaluations_create(
        evaluation=models.Evaluation(
            display_name="orders",
            locale=LOCALE,
            dataset=refer(models, acoustic[0]),
            model1=refer(models, base),
            model2=refer(models, model),
            **in_project,
        )
    )
    evaluation = done(client.evaluations_get, evaluation)
    scores = evaluation.properties
    assert scores.word_error_rate2 < scores.word_error_rate1
    assert scores.word_count1 == scores.word_count2
    details = files_of(client, "evaluations", evaluation)
    assert details.keys() > {"evaluation.json"}
    assert len(details) == 1 + 2 * 8
    assert all(json.loads(each) for each in details.values())

    # Deploy, and change what answers there.
    endpoint = client.endpoints_create(
        endpoint=models.Endpoint(
            display_name="orders", locale=LOCALE, model=refer(models, model), **in_project
        )
    )
    endpoint = done(client.endpoints_get, endpoint)
    assert "ws" in {urlsplit(link).scheme for link in endpoint.links.model_dump().values()}
    change = models.EndpointUpdate(model=refer(models, base), description="as it was")
    client.endpoints_update(id=id_of(endpoint), endpoint_update=change)
    endpoint = done(client.endpoints_get, endpoint)
    assert (endpoint.model.var_self, endpoint.description) == (base.var_self, "as it was")

    # What is in use stays; the rest goes.
    if in_project:
        there = client.projects_list_datasets(id=id_of(project), filter="kind eq 'Language'").values
        assert {each.var_self for each in there} == {each.var_self for each in texts}
    with pytest.raises(models.exceptions.ConflictException) as refused:
        client.models_delete(id=id_of(model))
    assert refused.value.data.inner_error.code == "InUseViolation"
    client.evaluations_delete(id=id_of(evaluation))
    client.endpoints_delete(id=id_of(endpoint))
    client.models_delete(id=id_of(model))
    for each in acoustic + texts:
        client.datasets_delete(id=id_of(each))
    if in_project:
        client.projects_delete(id=id_of(project))
    left = {each.var_self for each in client.datasets_list().values}
    assert not left & {each.var_self for each in acoustic + texts}
    with pytest.raises(models.exceptions.NotFoundException):
        client.models_get_custom_model(id=id_of(model))


def test_the_code_of_the_how_to_page_runs(generated, server, sentences, root, tmp_path):
    address, key = server
    package = generated("v3.2")
    page = (root / "docs/how-to/use-a-generated-client.md").read_text("utf-8")
    [code] = re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S)
    for shown, meant in {
        "import speech": f"import {package.__name__} as speech",
        "http://localhost:8080": address,
        "YOUR KEY": key,
        "whisper-base": BASE,
    }.items():
        assert shown in code
        code = code.replace(shown, meant)
    (tmp_path / "orders.txt").write_text("\n".join(sentences), "utf-8")

    ran = subprocess.run(
        [sys.executable, "-c", code],
        cwd=tmp_path,
        env=os.environ | {"PYTHONPATH": str(Path(package.__file__).parents[1])},
        capture_output=True,
        text=True,
        check=False,
    )

    assert ran.stdout == "Succeeded\n", ran.stderr
    assert " ".join(OPTIONS) in page


def refer(models, entity):
    return models.EntityReference(var_self=entity.var_self)


def id_of(entity):
    return entity.var_self.partition("?")[0].rpartition("/")[2]


def done(get, entity):
    """An entity whose work is done."""
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        entity = get(id=id_of(entity))
        if entity.status in {"Succeeded", "Failed"}:
            assert entity.status == "Succeeded", entity.properties.error
            return entity
        time.sleep(0.2)
    raise AssertionError(f"{entity.var_self} takes too long")


def read(link):
    with urlopen(link) as answer:
        return answer.read()


def files_of(client, noun, entity):
    """The bytes of all files of an entity, by name; their links need no key."""
    list_files, get_file = (getattr(client, f"{noun}_{verb}") for verb in ("list_files", "get_file"))
    content = {}
    for listed in list_files(id=id_of(entity)).values:
        file = get_file(id=id_of(entity), file_id=id_of(listed))
        assert file.name not in content
        content[file.name] = read(file.links.content_url)
        assert len(content[file.name]) == file.properties.size
    return content
