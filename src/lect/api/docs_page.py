"""The document of the API as a page for people: one file without scripts, which asks nobody for anything."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from itertools import groupby
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from lect.api.openapi import TAGS, operations

Json = Mapping[str, Any]

_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"
}
_STYLE = """
body { font: 16px/1.5 system-ui, sans-serif; max-width: 60rem; margin: 2rem auto; padding: 0 1rem; color: #1b1b1b }
code { font-family: ui-monospace, monospace } h2 { margin-top: 3rem } h3 { margin-top: 2rem }
details { border-top: 1px solid #ddd; padding: .4rem 0 } summary { cursor: pointer }
summary b { display: inline-block; width: 4.5rem } table { border-collapse: collapse; margin: .5rem 0 1rem }
td, th { text-align: left; vertical-align: top; padding: .15rem 1rem .15rem 0 }
@media (prefers-color-scheme: dark) { body { background: #161616; color: #eee } a { color: #8bf } details { border-color: #444 } }
"""


def router() -> APIRouter:
    """The page at `/docs`."""
    routes = APIRouter()

    @routes.get("/docs", include_in_schema=False)
    def page(request: Request) -> HTMLResponse:
        return HTMLResponse(render(request.app.openapi()), headers=_HEADERS)

    return routes


def render(document: Json) -> str:
    """The page of a document; all that comes from it is escaped."""
    title = escape(f"{document['info']['title']} {document['info']['version']}")
    body = "".join((*_sections(document), *_schemas(document)))
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title><style>{_STYLE}</style></head>'
        f"<body><h1>{title}</h1><p>{escape(document['info']['description'])}</p>"
        f'<p>For programs: <a href="/openapi.json">/openapi.json</a></p>{_contents()}{body}</body></html>'
    )


def _contents() -> str:
    items = (
        f'<li><a href="#{escape(tag)}">{escape(tag)}</a> {escape(text)}</li>' for tag, text in TAGS.items()
    )
    return f'<ul>{"".join(items)}<li><a href="#schemas">schemas</a></li></ul>'


def _sections(document: Json) -> Iterator[str]:
    order = list(TAGS)
    found = sorted(operations(document), key=lambda each: (order.index(each[2]["tags"][0]), each[2]["tags"]))
    for version, of_version in groupby(found, key=lambda each: each[2]["tags"][0]):
        yield f'<h2 id="{escape(version)}">{escape(version)}</h2><p>{escape(TAGS[version])}</p>'
        for noun, members in groupby(of_version, key=lambda each: each[2]["tags"][-1]):
            yield f"<h3>{escape(noun)}</h3>"
            yield from (_operation(*each) for each in members)


def _operation(path: str, method: str, operation: Json) -> str:
    said = [f"<p>{escape(operation['description'])}</p>"] if "description" in operation else []
    parameters = [
        (each["name"], each["in"], _type(each["schema"]), "required" if each.get("required") else "")
        for each in operation.get("parameters", ())
    ]
    if parameters:
        said.append(_table(("parameter", "in", "type", ""), parameters))
    for media, content in operation.get("requestBody", {}).get("content", {}).items():
        said.append(f"<p>Takes {escape(media)}: {_type(content.get('schema', {}))}</p>")
    for status, answer in operation["responses"].items():
        types = ", ".join(_type(content.get("schema", {})) for content in answer.get("content", {}).values())
        said.append(f"<p>{escape(status)}: {escape(answer['description'])} {types}</p>")
    return (
        f'<details id="{escape(operation["operationId"])}"><summary><b>{escape(method.upper())}</b> '
        f"<code>{escape(path)}</code></summary>{''.join(said)}</details>"
    )


def _schemas(document: Json) -> Iterator[str]:
    yield '<h2 id="schemas">schemas</h2>'
    for name, schema in sorted(document["components"]["schemas"].items()):
        fields = [
            (field, _type(value), _notes(field, value, schema))
            for field, value in schema.get("properties", {}).items()
        ]
        values = f"<p>{escape(', '.join(map(str, schema['enum'])))}</p>" if "enum" in schema else ""
        table = _table(("field", "type", ""), fields) if fields else ""
        yield (
            f'<details id="{escape(name)}"><summary><code>{escape(name)}</code> '
            f"{escape(schema.get('description', ''))}</summary>{values}{table}</details>"
        )


def _notes(field: str, value: Json, schema: Json) -> str:
    notes = [
        "required" if field in schema.get("required", ()) else "",
        "only in answers" if value.get("readOnly") else "",
        value.get("description", ""),
    ]
    return "; ".join(note for note in notes if note)


def _type(schema: Json) -> str:
    """A type in words, as HTML."""
    if "$ref" in schema:
        name = escape(schema["$ref"].rpartition("/")[2])
        return f'<a href="#{name}">{name}</a>'
    if "anyOf" in schema:
        return " or ".join(_type(each) for each in schema["anyOf"] if each.get("type") != "null")
    if "const" in schema or "enum" in schema:
        return escape(", ".join(map(str, schema.get("enum", [schema.get("const")]))))
    if schema.get("type") == "array":
        return f"list of {_type(schema.get('items', {}))}"
    return escape(" ".join(str(schema[key]) for key in ("type", "format") if key in schema) or "anything")


def _table(heads: tuple[str, ...], lines: Sequence[tuple[str, ...]]) -> str:
    """A table; types are HTML already, all else is escaped."""
    head = "".join(f"<th>{escape(each)}</th>" for each in heads)
    is_type = [each == "type" for each in heads]
    body = "".join(
        "<tr>"
        + "".join(
            f"<td>{cell if raw else escape(cell)}</td>" for cell, raw in zip(line, is_type, strict=True)
        )
        + "</tr>"
        for line in lines
    )
    return f"<table><tr>{head}</tr>{body}</table>"
