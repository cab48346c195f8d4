"""Routes of the logs of endpoints, and of the base models that are asked at none."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Path, Query, Response

from lect.api.resources import DEFAULT_TOP, Top, duration, signed_link
from lect.api.schemas.shared import Page
from lect.api.service import Call, caller, note
from lect.api.versions import Version
from lect.core.entities import LogFile, LogOwner
from lect.core.errors import InvalidInput
from lect.core.locale import canonicalise_known
from lect.store import logs
from lect.store.keys import Role

MAX_TOKEN = 100  # characters: an id has fewer

FindOwner = Callable[[Call, Any, str], LogOwner]  # (call, connection, what the path names)


def add_log_routes(routes: APIRouter, version: Version, find_endpoint: FindOwner) -> None:
    """Let the logs of endpoints and of base models be listed, got and deleted."""
    _add(routes, version, "/endpoints/base/{locale}", "base_logs", find_base)
    _add(routes, version, "/endpoints/{id}", "logs", find_endpoint)


def find_base(call: Call, _connection: Any, locale: str) -> LogOwner:
    """Whose logs those of a locale in a path are.

    Raises:
        UnsupportedLocale: it is none.
    """
    return LogOwner(locale=canonicalise_known(locale), project=call.project)


def _add(routes: APIRouter, version: Version, path: str, name: str, find: FindOwner) -> None:
    reader, writer = caller(version, Role.READER), caller(version, Role.CONTRIBUTOR)
    schema: Any = version.schemas.File
    page_schema: Any = Page[schema]
    validity = Annotated[int | None, Query(alias=version.signed_for, ge=0)]
    Owner = Annotated[str, Path(alias=path.rpartition("{")[2].rstrip("}"))]
    route = f"{path}/files/logs"

    @routes.get(route, name=f"endpoints_list_{name}", response_model=page_schema)
    def list_all(
        call: Annotated[Call, Depends(reader)],
        of: Owner,
        valid: validity = None,
        skipToken: Annotated[str | None, Query(max_length=MAX_TOKEN)] = None,
        top: Top = None,
    ) -> Any:
        most = DEFAULT_TOP if top is None else top
        with call.storage.database.read() as connection:
            owner = find(call, connection, of)
            found = logs.page(connection, owner, after=skipToken, top=most + 1)
        document: dict[str, Any] = {"values": [_show(call, owner, file, valid) for file in found[:most]]}
        if len(found) > most > 0:
            document["@nextLink"] = call.links.to(_place(owner), skipToken=found[most - 1].id, top=most)
        return document

    @routes.delete(route, name=f"endpoints_delete_{name}", status_code=202)
    def delete_all(call: Annotated[Call, Depends(writer)], of: Owner, endDate: str | None = None) -> Response:
        before = None if endDate is None else _end_of(endDate)
        with call.storage.database.begin() as connection:
            owner = find(call, connection, of)
            logs.drop(connection, owner, before=before)
            note(call, connection, "delete logs", _place(owner)[1:])
        return Response(status_code=202)

    @routes.get(f"{route}/{{logId}}", name=f"endpoints_get_{name}", response_model=schema)
    def get(call: Annotated[Call, Depends(reader)], of: Owner, logId: str, valid: validity = None) -> Any:
        with call.storage.database.read() as connection:
            owner = find(call, connection, of)
            return _show(call, owner, logs.get(connection, logId, owner), valid)

    @routes.delete(f"{route}/{{logId}}", name=f"endpoints_delete_one_of_{name}", status_code=204)
    def delete(call: Annotated[Call, Depends(writer)], of: Owner, logId: str) -> Response:
        with call.storage.database.begin() as connection:
            owner = find(call, connection, of)
            logs.drop(connection, owner, id=logId)
            note(call, connection, "delete", f"{_place(owner)[1:]}/{logId[:MAX_TOKEN]}")
        return Response(status_code=204)


def _place(owner: LogOwner) -> str:
    return f"/endpoints/{owner.endpoint or f'base/{owner.locale}'}/files/logs"


def _end_of(day: str) -> datetime:
    """When a day is over."""
    try:
        return datetime.strptime(day, "%Y-%m-%d").replace(tzinfo=UTC) + timedelta(days=1)
    except (ValueError, OverflowError):
        raise InvalidInput(
            "endDate is no day",
            hint="Write it as 2026-01-31.",
            detailed_code="InvalidParameterValue",
            target="endDate",
        ) from None


def _show(call: Call, owner: LogOwner, file: LogFile, valid: int | None) -> Any:
    """A log as it goes over the wire, with a link to its bytes that needs no key for a while."""
    return {
        "self": call.links.to(f"{_place(owner)}/{file.id}"),
        "name": file.name,
        "kind": file.kind,
        "created_date_time": file.created,
        "properties": {"size": file.size, **duration(call, file.duration)},
        "links": {"content_url": signed_link(call, f"/files/logs/{file.id}", valid)},
    }
