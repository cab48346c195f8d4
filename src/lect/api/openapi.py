"""The document of the API: what FastAPI derives from the routes, with names that people can read, our errors and our keys."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute

from lect.api.schemas.openai import OpenAIError
from lect.api.schemas.problems import Error
from lect.api.service import KEY_HEADER

TAGS = {
    "lect": "What only Lect can do: cancel, progress, comparisons of many models, plans, bundles, corrections.",
    "v3.2": "Compatible with Speech to Text REST v3.2.",
    "2024-11-15": "Compatible with Speech to Text REST 2024-11-15.",
    "v3.1": "Compatible with Speech to Text REST v3.1.",
    "openai": "Files to text, as OpenAI's API for audio.",
    "speech": "Short audio to text, as the Speech service's REST for short audio.",
    "server": "The server itself: tokens, how it is, files by signed links.",
}
ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"description": "What is wrong, and what to do about it.", "model": Error}
}
OPENAI_ERRORS: dict[int | str, dict[str, Any]] = {
    "default": {"description": "What is wrong, and what to do about it.", "model": OpenAIError}
}
_MERGE_PATCH = "application/merge-patch+json"
_REFERENCE = "#/components/schemas/"
_OPENAI_ERROR = {"application/json": {"schema": {"$ref": f"{_REFERENCE}{OpenAIError.__name__}"}}}
_ERROR = {"application/json": {"schema": {"$ref": f"{_REFERENCE}{Error.__name__}"}}}
_VERSIONED = re.compile(
    r"lect__api__schemas__(?P<module>v3|v2024|beyond|shared)__(?P<name>\w+?)(?:___[0-9]+)?"
)
_PREFIXES = {"v3": "V3", "v2024": "V2024", "beyond": "Lect", "shared": ""}
_SECURITY = {
    "key": {"type": "apiKey", "in": "header", "name": KEY_HEADER},
    "token": {
        "type": "http",
        "scheme": "bearer",
        "description": "What /sts/v1.0/issueToken gives, or a key.",
    },
}


def operation_id(route: APIRoute) -> str:
    """The name of an operation: of its version, its noun and what is done, such as `v3_2_datasets_list`."""
    return re.sub(r"[^a-z0-9]+", "_", f"{route.tags[0]}_{route.name}".lower())


def describe(app: FastAPI) -> dict[str, Any]:
    """The document, made once."""
    if app.openapi_schema is None:
        document = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            separate_input_output_schemas=False,
            tags=[{"name": name, "description": text} for name, text in TAGS.items()],
        )
        app.openapi_schema = _finished(document)
    return app.openapi_schema


def operations(document: Mapping[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    """`(path, method, operation)` of all."""
    return [
        (path, method, operation)
        for path, methods in document["paths"].items()
        for method, operation in methods.items()
    ]


def _finished(document: dict[str, Any]) -> dict[str, Any]:
    for _path, method, operation in operations(document):
        operation["responses"].pop("422", None)  # it is told as any other error, with status 400
        is_openai = operation["tags"][0] == "openai"
        operation["responses"]["default"]["content"] = (
            _OPENAI_ERROR if is_openai else _ERROR
        )  # of routes that answer other than JSON, too
        if operation["tags"][0] == "server" and operation["operationId"] != "server_tokens_issue":
            operation["security"] = []
        content = operation.get("requestBody", {}).get("content", {})
        if method == "patch":
            content[_MERGE_PATCH] = content["application/json"]
    document["components"]["securitySchemes"] = _SECURITY
    document["security"] = [{"key": []}, {"token": []}, {}]  # the last: while there is no key
    for unused in ("HTTPValidationError", "ValidationError"):
        document["components"]["schemas"].pop(unused, None)
    return _renamed(document)


def _renamed(document: dict[str, Any]) -> dict[str, Any]:
    """The document with readable names of its schemas."""
    schemas = document["components"]["schemas"]
    names = _names(schemas)
    text = json.dumps({**document, "components": {**document["components"], "schemas": {}}})
    text = re.sub(rf'"{_REFERENCE}([^"]+)"', lambda found: f'"{_REFERENCE}{names[found[1]]}"', text)
    renamed: dict[str, Any] = json.loads(text)
    parts = re.sub(
        rf'"{_REFERENCE}([^"]+)"',
        lambda found: f'"{_REFERENCE}{names[found[1]]}"',
        json.dumps(schemas),
    )
    renamed["components"]["schemas"] = {
        names[name]: {**schema, "title": names[name]} for name, schema in json.loads(parts).items()
    }
    return renamed


def _names(schemas: Mapping[str, Any]) -> dict[str, str]:
    """A readable name of each schema, none twice.

    Raises:
        ValueError: two would have one name.
    """
    names: dict[str, str] = {}
    for name, schema in schemas.items():
        if re.fullmatch(r"(?:lect__api__schemas__shared__)?Page_.+", name):
            item = schema["properties"]["values"]["items"]["$ref"].removeprefix(_REFERENCE)
            names[name] = f"{_name(item)}Page"
        else:
            names[name] = _name(name)
    if len(set(names.values())) < len(names):
        raise ValueError(f"two schemas have one name: {sorted(names.values())}")
    return names


def _name(name: str) -> str:
    if (found := _VERSIONED.fullmatch(name)) is not None:
        return _PREFIXES[found["module"]] + found["name"]
    if name.startswith("Body_"):  # a form
        return "".join(part.capitalize() for part in name.removeprefix("Body_").split("_")) + "Form"
    return name
