"""Our document and the published ones say the same: every path, method, parameter, field, type and value.

What differs stands in `EXPLAINED`, each with its reason; a line there that explains nothing is an error as well, so that lines
leave when the work that they wait for has come. A difference is written `version: where: what`.
"""

from __future__ import annotations

import re

import pytest
from starlette.testclient import TestClient

from api_services import api_service, app_of

PREFIXES = {
    "v3.1": "/speechtotext/v3.1",
    "v3.2": "/speechtotext/v3.2",
    "2024-11-15": "/speechtotext",
}
METHODS = {"get", "put", "post", "patch", "delete"}

# Pattern of differences -> why they are there.
EXPLAINED = {
    r".*: POST /transcriptions:transcribe: ours alone (error\b|status default).*": "theirs states no error, and any request may be refused",
    r"v3.1: .*: ours alone .*": "it answers as v3.2 does, which knows more",
    r"2024-11-15: .*: ours alone query api-version = 2024-11-15": "the document says which version is meant",
    r"v3.2: .*: ours alone error.innerError.code = EndpointLoggingNotSupported": "one list of codes for all versions",
    r".*/models.*: ours alone .*\.properties\.training(\..*)?( is .*)?": "how a model is trained: only Lect knows such options",
    r".*/transcriptions.*: ours alone .*\.phraseList(\..*)?( is .*)?": "words to expect: only Lect takes them in batch",
    r"v3.1: .*/manifest: missing answer.properties.*": "theirs says objects, their example and v3.2 any value",
    r".*/models.*: ours alone .*links.copyTo( is .*)?": "v3.1 calls it so",
    r"v3.2: POST /datasets/upload: ours alone form kind = .*": "theirs calls it a text and takes the same values",
    r".*: GET /models/base.*: ours alone answer.*\.customProperties(\.\*)?( is .*)?": "every resource may have them; no base model has",
    r"2024-11-15: .*/manifest: missing query sasLifetimeMinutes required": "a client need not say it here",
    r"2024-11-15: .*/manifest: ours alone query sasLifetimeMinutes": "same",
}


@pytest.fixture(scope="module")
def ours(tmp_path_factory):
    with api_service(tmp_path_factory.mktemp("data")) as service:
        return TestClient(app_of(service)).get("/openapi.json").json()


@pytest.mark.parametrize("version", PREFIXES)
def test_what_differs_is_explained(official, ours, version):
    differences = compare(facts(official[version]), facts(ours, PREFIXES[version]), version)

    unexplained = [each for each in differences if not any(re.fullmatch(line, each) for line in EXPLAINED)]
    assert unexplained == [], "\n".join(["", *unexplained])


def test_every_explanation_explains_something(official, ours):
    differences = [
        each
        for version, prefix in PREFIXES.items()
        for each in compare(facts(official[version]), facts(ours, prefix), version)
    ]

    idle = [line for line in EXPLAINED if not any(re.fullmatch(line, each) for each in differences)]
    assert idle == []


def compare(theirs, mine, version):
    """The facts that one of them states and the other does not. Of operations that one lacks, the parts are not told."""
    found = [f"{version}: {where}: missing {what}" for where, what in theirs - mine]
    found += [f"{version}: {where}: ours alone {what}" for where, what in mine - theirs]
    whole = {where for where, what in theirs ^ mine if what == "operation"}
    return sorted(each for each in found if each.split(": ")[1] not in whole or each.endswith(" operation"))


def facts(document, prefix=""):
    """What a document states, as `(where, what)`; paths without the prefix, and the names of parameters in them left open."""
    found = set()
    for path, methods in document["paths"].items():
        below = path.removeprefix(prefix)
        if prefix and (not path.startswith(prefix + "/") or below.startswith("/v3.")):
            continue
        for method in METHODS & methods.keys():
            where = f"{method.upper()} {below}"
            found.add((where, "operation"))
            found |= {(where, what) for what in Operation(document, methods[method]).facts()}
    return found


class Operation:
    """An operation of a Swagger 2.0 or an OpenAPI 3.1 document."""

    def __init__(self, document, operation):
        self._document, self._operation = document, operation

    def facts(self):
        for parameter in map(self._resolve, self._operation.get("parameters", ())):
            if parameter["in"] == "body":
                yield from self._fields("request", parameter["schema"])
            elif parameter["in"] == "formData":
                yield f"form {parameter['name']}"
                yield from self._values(f"form {parameter['name']}", parameter)
            else:
                needed = " required" if parameter.get("required") else ""
                yield f"{parameter['in']} {parameter['name']}{needed}"
                yield from self._values(
                    f"{parameter['in']} {parameter['name']}", parameter.get("schema", parameter)
                )
        yield from self._body()
        for status, answer in self._operation["responses"].items():
            yield f"status {status}"
            schemas = [answer["schema"]] if "schema" in answer else []
            schemas += [each["schema"] for each in answer.get("content", {}).values() if "schema" in each]
            for schema in schemas:
                yield from self._fields("error" if status == "default" else "answer", schema)

    def _body(self):
        for media, content in self._operation.get("requestBody", {}).get("content", {}).items():
            if media == "multipart/form-data":
                for name, field in self._resolve(content["schema"])["properties"].items():
                    yield f"form {name}"
                    yield from self._values(f"form {name}", field)
            else:
                yield from self._fields("request", content["schema"])

    def _fields(self, where, schema, seen=()):
        schema = self._resolve(schema)
        yield from self._values(where, schema)
        if schema.get("type") == "array":
            yield from self._fields(f"{where}[]", schema["items"], seen)
        if (key := id(schema)) in seen:
            return
        for part in schema.get("allOf", ()):
            yield from self._fields(where, part, seen)
        if isinstance(others := schema.get("additionalProperties"), dict) and others:
            yield f"{where}.*"
            yield from self._fields(f"{where}.*", others, (*seen, key))
        for name, field in schema.get("properties", {}).items():
            yield f"{where}.{name}"
            yield from self._fields(f"{where}.{name}", field, (*seen, key))

    def _values(self, where, schema):
        schema = self._resolve(schema)
        if "type" in schema:
            yield f"{where} is {'string' if schema['type'] == 'file' else schema['type']}"
        for value in [*schema.get("enum", ()), *([schema["const"]] if "const" in schema else [])]:
            yield f"{where} = {value}"

    def _resolve(self, part):
        while True:
            if "$ref" in part:
                found = self._document
                for step in part["$ref"].removeprefix("#/").split("/"):
                    found = found[step]
                part = found
            elif "anyOf" in part:
                part = next(each for each in part["anyOf"] if each.get("type") != "null")
            else:
                return part
