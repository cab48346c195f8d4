"""Which models a client may name, and which one answers. Never another one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from lect.core.entities import Endpoint, Model
from lect.core.errors import InvalidInput, NotFound
from lect.core.locale import AUTO, canonicalise, language_of
from lect.core.queries import Page, everything
from lect.core.status import Status
from lect.models import catalogue, customs
from lect.serving import endpoints
from lect.serving.fast.asking import FileRequest
from lect.store.repositories import ENDPOINTS, MODELS

if TYPE_CHECKING:
    from sqlalchemy import Connection

_ENGLISH = "en-US"


@dataclass(frozen=True, kw_only=True)
class Named:
    """A model as clients may name it."""

    id: str  # the name of a base model; the id of a custom one, or of an endpoint
    name: str  # what people call it
    kind: str  # base, custom or endpoint
    created: datetime


@dataclass(frozen=True, kw_only=True)
class Found:
    """The models that answer, by locale; the first is at work until something was heard."""

    id: str  # what is told of the model that answers
    models: dict[str, Model]
    endpoint: str | None = None  # the id of the one that was named


def every(connection: Connection, *, project: str | None, now: datetime) -> list[Named]:
    """All models that whoever sees a project may name: bases first, then custom models, then endpoints.

    Args:
        project: None: all projects
    """
    customized = MODELS.page(connection, everything(), project=project, is_base=False)
    listening = ENDPOINTS.page(connection, everything(), project=project, at=now)
    return [
        *_bases(connection),
        *(_named(model, "custom") for model in customized if model.status is Status.SUCCEEDED),
        *(_named(endpoint, "endpoint") for endpoint in listening if endpoint.deployed is not None),
    ]


def one(connection: Connection, name: str, *, project: str | None, now: datetime) -> Named:
    """The model of a name: that of a base, an id, or what people call it if that is the name of one alone.

    Raises:
        NotFound: there is none.
        InvalidInput: there are several.
    """
    found = _known_as(connection, name, project, now)
    if len(found) > 1:
        raise InvalidInput(
            f"{len(found)} models are called {name!r}",
            hint=f"Name one by its id: {', '.join(each.id for each in found[:10])}.",
        )
    if not found:
        raise NotFound(
            f"there is no model {name!r}", hint="GET /v1/models lists the models that you may name."
        )
    return found[0]


def answering(connection: Connection, request: FileRequest, *, project: str | None, now: datetime) -> Found:
    """The models that answer a request.

    Raises:
        NotFound, Conflict: there is no such model, or none answers at the endpoint yet.
        InvalidInput, UnsupportedLocale: no model is offered in the language, or the named one is not for it.
    """
    if request.model is not None:
        locale = next(iter(request.locales), None)
        return _by_name(connection, one(connection, request.model, project=project, now=now), locale, project)
    if not request.locales:
        base = customs.default_base(connection, _ENGLISH)  # which is the same in all languages
        return Found(id=str(base.name), models={AUTO: base})
    models = {
        locale: _by_locale(connection, locale, request.models.get(locale), project)
        for locale in request.locales
    }
    return Found(id=next(iter(models.values())).id, models=models)


def _known_as(connection: Connection, name: str, project: str | None, now: datetime) -> list[Named]:
    """Whatever has this name: a base first, then what has this id, then what people call so."""
    if bases := MODELS.page(connection, Page(top=1), is_base=True, name=name):
        return [Named(id=name, name=name, kind="base", created=bases[0].created)]
    return _custom(connection, project, now, id=name.lower()) or _custom(
        connection, project, now, display_name=name
    )


def _custom(connection: Connection, project: str | None, now: datetime, **equal: Any) -> list[Named]:
    models = MODELS.page(connection, everything(), project=project, is_base=False, **equal)
    listening = ENDPOINTS.page(connection, everything(), project=project, at=now, **equal)
    return [
        *(_named(model, "custom") for model in models),
        *(_named(endpoint, "endpoint") for endpoint in listening),
    ]


def _by_name(connection: Connection, named: Named, locale: str | None, project: str | None) -> Found:
    if named.kind == "base":
        settled = locale or (AUTO if catalogue.get(named.id).multilingual else _ENGLISH)
        return Found(id=named.id, models={settled: _base(connection, named.id, settled)})
    if named.kind == "custom":
        model = MODELS.get(connection, named.id, project=project)
        return Found(id=named.id, models={locale or model.locale: model})
    endpoint, model = endpoints.answering(connection, cid=named.id, locale=locale, project=project)
    return Found(
        id=model.id,
        models={locale or (endpoint or model).locale: model},
        endpoint=endpoint.id if endpoint else None,
    )


def _by_locale(connection: Connection, locale: str, id: str | None, project: str | None) -> Model:
    if id is None:
        return customs.default_base(connection, locale)
    model = MODELS.get(connection, id)
    return model if model.is_base else MODELS.get(connection, id, project=project)


def _base(connection: Connection, name: str, locale: str) -> Model:
    """A base model as it is offered in a locale, or else in its language; all its rows have the same weights."""
    rows = MODELS.page(connection, everything(), is_base=True, name=name)
    if locale == AUTO:
        return rows[0]
    language = language_of(canonicalise(locale))
    fitting = sorted(
        (row for row in rows if language_of(row.locale) == language), key=lambda row: row.locale != locale
    )
    if not fitting:
        raise InvalidInput(
            f"{name} is not offered in {locale}",
            hint="Name a multilingual model, such as whisper-base."
            if len({language_of(row.locale) for row in rows}) == 1
            else "",
            detailed_code="InvalidLocale",
        )
    return fitting[0]


def _bases(connection: Connection) -> Iterator[Named]:
    seen = set[str]()
    for row in MODELS.page(connection, everything(), is_base=True):
        if (name := str(row.name)) not in seen:
            seen.add(name)
            yield Named(id=name, name=name, kind="base", created=row.created)


def _named(entity: Model | Endpoint, kind: str) -> Named:
    return Named(id=entity.id, name=entity.display_name, kind=kind, created=entity.created)
