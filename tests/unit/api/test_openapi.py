"""The document of the API and its page."""

import re
from html.parser import HTMLParser

import pytest

from lect.api.docs_page import render
from lect.api.openapi import TAGS, operations


@pytest.fixture
def document(client):
    return client.get("/openapi.json").json()


def test_schemas_have_names_that_people_can_read(document):
    names = set(document["components"]["schemas"])

    assert {"V3Dataset", "V2024Dataset", "V3DatasetPage", "LectEvaluation", "Error"} <= names
    assert [name for name in names if not re.fullmatch(r"[A-Z][A-Za-z0-9]+", name)] == []
    used = set(re.findall(r"#/components/schemas/([^'\"]+)", str(document)))
    assert used == names


def test_every_operation_has_a_name_of_its_own_a_version_and_the_body_of_errors(document):
    ids = [operation["operationId"] for _, _, operation in operations(document)]

    assert len(set(ids)) == len(ids)
    assert {"v3_2_datasets_list", "2024_11_15_models_create", "lect_models_cancel"} <= set(ids)
    for path, _, operation in operations(document):
        assert operation["tags"][0] in TAGS, path
        assert "422" not in operation["responses"]
        error = operation["responses"]["default"]["content"]["application/json"]["schema"]
        name = "OpenAIError" if path.startswith("/v1/") else "Error"
        assert error == {"$ref": f"#/components/schemas/{name}"}, path


def test_keys_and_tokens_are_declared(document):
    assert set(document["components"]["securitySchemes"]) == {"key", "token"}
    assert document["paths"]["/livez"]["get"]["security"] == []
    assert "security" not in document["paths"]["/sts/v1.0/issueToken"]["post"]


def test_calls_of_the_newest_version_say_so(document):
    parameters = document["paths"]["/speechtotext/datasets/{id}"]["get"]["parameters"]

    assert {"name": "api-version", "required": True}.items() <= parameters[-1].items()


class Page(HTMLParser):
    def __init__(self):
        super().__init__()
        self.tags, self.links, self.ids = set(), set(), set()

    def handle_starttag(self, tag, attrs):
        self.tags.add(tag)
        self.links |= {value for name, value in attrs if name in {"href", "src"}}
        self.ids |= {value for name, value in attrs if name == "id"}


def test_the_page_has_no_scripts_and_asks_nobody(client):
    answer = client.get("/docs")
    page = Page()
    page.feed(answer.text)

    assert answer.headers["content-security-policy"].startswith("default-src 'none'")
    assert not page.tags & {"script", "link", "img", "iframe"}
    outside = {link for link in page.links if not link.startswith("#")}
    assert outside == {"/openapi.json"}
    assert {link.removeprefix("#") for link in page.links - outside} <= page.ids


def test_what_stands_in_the_document_is_no_html(document):
    evil = "<script>alert(1)</script>"
    operation = {
        "operationId": evil,
        "tags": ["lect", evil],
        "description": evil,
        "parameters": [{"name": evil, "in": evil, "schema": {"type": evil}}],
        "responses": {evil: {"description": evil, "content": {evil: {"schema": {"$ref": evil}}}}},
    }
    schema = {"description": evil, "enum": [evil], "properties": {evil: {"const": evil, "description": evil}}}
    page = render(
        {
            "info": {"title": evil, "version": evil, "description": evil},
            "paths": {evil: {evil: operation}},
            "components": {"schemas": {evil: schema}},
        }
    )

    assert "<script" not in page
