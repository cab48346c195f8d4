"""What the routes of all nouns share: list, get, change and delete, paging, filters, files."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request, Response
from fastapi.routing import APIRoute
from starlette.concurrency import run_in_threadpool

from lect.api.filters import NO_WORDS, Words, parse_filter
from lect.api.links import parse_id
from lect.api.references import project_of
from lect.api.schemas import shared
from lect.api.schemas.shared import Page as PageSchema
from lect.api.service import Call, caller, note, principal_of
from lect.api.signing import LINK_SECONDS, MAX_LINK_SECONDS
from lect.api.versions import Version
from lect.core.durations import iso8601
from lect.core.entities import File, Problem, Task
from lect.core.errors import LimitExceeded, NotFound
from lect.core.queries import Page
from lect.serving import batches
from lect.store import files
from lect.store.keys import Role
from lect.store.resources import GONE, Repository

DEFAULT_TOP = 100
MAX_TOP = 1_000
MAX_SKIP = 1 << 31
RETRY_AFTER = 1  # seconds, for what is still at work

Skip = Annotated[int | None, Query(ge=0, le=MAX_SKIP)]
Top = Annotated[int | None, Query(ge=0, le=MAX_TOP)]
FilterText = Annotated[str | None, Query(alias="filter")]

NAMES = {"displayName": "display_name", "description": "description", "createdDateTime": "created"}
TASK = NAMES | {"lastActionDateTime": "last_action", "status": "status", "locale": "locale"}
FILES = {"name": "name", "createdDateTime": "created", "kind": "kind"}

Address = Callable[..., str]  # (parameters by name) -> URL
Change = Callable[[Call, Any, Any, Any], Any]  # (call, connection, entity, update) -> entity


@dataclass(frozen=True, kw_only=True)
class Noun:
    """How one noun goes over the wire."""

    path: str  # such as `datasets`
    repository: Repository[Any]
    schema: str  # name of its class in the schemas of each version
    update: str  # same, of what may change
    show: Callable[[Call, Any, Any], Any]  # (call, connection, entity) -> schema
    delete: Callable[[Any, Any], None]  # (connection, entity)
    filters: Mapping[str, str] = field(default_factory=lambda: TASK)
    words: Words = field(default_factory=dict)  # values to filter by that are called otherwise in the store
    equal: Mapping[str, Any] = field(default_factory=dict)  # what its rows have in common
    change: Change | None = None  # what changes besides names and project
    tells: bool = True  # web hooks of its deletion
    role: Role | None = None  # who may see and change it at all; None: readers see, contributors change


class Route(APIRoute):
    """A route whose answers leave out what there is nothing to say of, as the API does.

    A body that its parameters name is read only once it is known who asks: an upload may be large.
    """

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **(options | {"response_model_exclude_none": True}))

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """What answers a request."""
        answer = super().get_route_handler()

        async def answer_known(request: Request) -> Response:
            await run_in_threadpool(principal_of, request)
            return await answer(request)

        return answer if self.body_field is None else answer_known


def add_routes(router: APIRouter, noun: Noun, version: Version) -> None:
    """Let a noun be listed, got, changed and deleted."""
    schema, update = _schema(version, noun.schema), _schema(version, noun.update)
    reader, writer = caller(version, noun.role or Role.READER), caller(version, noun.role or Role.CONTRIBUTOR)

    @router.get(f"/{noun.path}", name=f"{noun.path}_list", response_model=PageSchema[schema])  # type: ignore[valid-type]
    def list_all(
        call: Annotated[Call, Depends(reader)], skip: Skip = None, top: Top = None, filter: FilterText = None
    ) -> Any:
        return list_page(call, noun, skip, top, filter)

    @router.get(f"/{noun.path}/{{id}}", name=f"{noun.path}_get", response_model=schema)
    def get(call: Annotated[Call, Depends(reader)], id: str, response: Response) -> Any:
        with call.storage.database.read() as connection:
            entity = find(call, connection, noun, id)
            _ask_again(entity, response)
            return noun.show(call, connection, entity)

    @router.patch(f"/{noun.path}/{{id}}", name=f"{noun.path}_update", response_model=schema)
    def change(call: Annotated[Call, Depends(writer)], id: str, body: update, response: Response) -> Any:  # type: ignore[valid-type]
        with call.storage.database.begin() as connection:
            entity = find(call, connection, noun, id)
            if noun.change:
                entity = noun.change(call, connection, entity, body)
            entity = noun.repository.change(connection, entity.id, **_changes(call, connection, entity, body))
            note(call, connection, "update", f"{noun.path}/{entity.id}")
            _ask_again(entity, response)
            return noun.show(call, connection, entity)

    @router.delete(f"/{noun.path}/{{id}}", name=f"{noun.path}_delete", status_code=204)
    def delete(call: Annotated[Call, Depends(writer)], id: str) -> Response:
        delete_one(call, noun, id)
        return Response(status_code=204)


def delete_one(call: Call, noun: Noun, id: str) -> None:
    """Delete a resource; none of this id is no error.

    Raises:
        Conflict: something works for it.
        InUse: something refers to it.
    """
    with call.storage.database.begin() as connection:
        try:
            entity = find(call, connection, noun, id)
        except NotFound:
            return
        batches.expire(connection, at=call.storage.clock(), using=entity.id, emit=call.service.emit)
        noun.delete(connection, entity)
        if noun.tells:
            call.service.emit(connection, f"{noun.repository.noun}Deletion", entity.id)
        note(call, connection, "delete", f"{noun.path}/{entity.id}")


def add_locales(
    router: APIRouter, path: str, version: Version, show: Callable[[Any], Any], schema: Any = list[str]
) -> None:
    """Let it be asked in which locales something is offered.

    Args:
        show: connection -> schema
    """
    reader = caller(version, Role.READER)

    @router.get(f"/{path}/locales", name=f"{path}_locales", response_model=schema)
    def list_locales(call: Annotated[Call, Depends(reader)]) -> Any:
        with call.storage.database.read() as connection:
            return show(connection)


def add_file_routes(router: APIRouter, noun: Noun, version: Version) -> None:
    """Let the files of a noun be listed and got."""
    schema = version.schemas.File
    reader = caller(version, Role.READER)
    validity = Annotated[int | None, Query(alias=version.signed_for, ge=0)]

    page_schema: Any = PageSchema[schema]  # type: ignore[valid-type]

    @router.get(f"/{noun.path}/{{id}}/files", name=f"{noun.path}_list_files", response_model=page_schema)
    def list_files(
        call: Annotated[Call, Depends(reader)],
        id: str,
        valid: validity = None,
        skip: Skip = None,
        top: Top = None,
        filter: FilterText = None,
    ) -> Any:
        page = read_page(skip, top, filter, FILES)
        with call.storage.database.read() as connection:
            entity = find(call, connection, noun, id)
            found = files.page(connection, entity.id, page)
        path = f"/{noun.path}/{entity.id}/files"
        shown = [show_file(call, path, file, valid) for file in found]
        return paginate(partial(call.links.to, path, filter=filter), page, shown)

    @router.get(f"/{noun.path}/{{id}}/files/{{fileId}}", name=f"{noun.path}_get_file", response_model=schema)
    def get_file(call: Annotated[Call, Depends(reader)], id: str, fileId: str, valid: validity = None) -> Any:
        with call.storage.database.read() as connection:
            entity = find(call, connection, noun, id)
            file = files.get(connection, entity.id, require_id(fileId, "file"))
        return show_file(call, f"/{noun.path}/{entity.id}/files", file, valid)


def list_page(
    call: Call,
    noun: Noun,
    skip: int | None,
    top: int | None,
    filter: str | None,
    *,
    address: Address | None = None,
    project: str | None = None,
) -> Any:
    """A part of a noun's list, as it goes over the wire.

    Args:
        address: of the list; None: as the version has it
    """
    page = read_page(skip, top, filter, noun.filters, noun.words)
    with call.storage.database.read() as connection:
        found = noun.repository.page(
            connection, page, project=project or call.project, at=call.storage.clock(), **noun.equal
        )
        shown = [noun.show(call, connection, entity) for entity in found]
    address = address or partial(call.links.to, f"/{noun.path}")
    return paginate(partial(address, filter=filter), page, shown)


def read_page(
    skip: int | None, top: int | None, filter: str | None, fields: Mapping[str, str], words: Words = NO_WORDS
) -> Page:
    """The part of a list that is asked for.

    Raises:
        InvalidInput: the filter cannot be understood.
    """
    wanted = parse_filter(filter, fields, words)
    return Page(skip=skip or 0, top=DEFAULT_TOP if top is None else top, filter=wanted)


def paginate(address: Address, page: Page, shown: list[Any]) -> dict[str, Any]:
    """A part of a list and where the next is, of one more than was asked for.

    Args:
        address: of the list, with all that a request for it says besides
    """
    document: dict[str, Any] = {"values": shown[: page.top]}
    if len(shown) > page.top > 0:
        document["@nextLink"] = address(skip=page.skip + page.top, top=page.top)
    return document


def find(call: Call, connection: Any, noun: Noun, id: str) -> Any:
    """The resource of an id in a path.

    Raises:
        NotFound: there is none, or none that the caller may see, or its time is over.
    """
    repository, at = noun.repository, call.storage.clock()
    entity = repository.get(connection, require_id(id, repository.noun), project=call.project, at=at)
    if any(getattr(entity, name) != value for name, value in noun.equal.items()):
        raise NotFound(f"there is no {repository.noun} {id}", hint=GONE)
    return entity


def require_id(text: str, noun: str) -> str:
    """The id in a path.

    Raises:
        NotFound: it is none.
    """
    found = parse_id(text)
    if found is None:
        raise NotFound(f"there is no {noun} of this id", hint="An id is a UUID, as `self` ends with.")
    return found


def common(call: Call, path: str, entity: Any) -> dict[str, Any]:
    """The fields that every resource has."""
    fields = {
        "self": call.links.to(f"/{path}/{entity.id}"),
        "display_name": entity.display_name,
        "description": entity.description,
        "custom_properties": dict(entity.custom_properties) or None,
        "created_date_time": entity.created,
    }
    if isinstance(entity, Task):
        fields |= {"status": entity.status, "last_action_date_time": entity.last_action}
    if call.version.is_v3 and getattr(entity, "project", None):
        fields["project"] = {"self": call.links.to(f"/projects/{entity.project}")}
    return fields


def show_error(problem: Problem | None) -> Any:
    """Why the work behind a resource failed."""
    return {"code": problem.code, "message": problem.message} if problem else None


def reference(call: Call, path: str, id: str | None) -> Any:
    """A reference to a resource."""
    return {"self": call.links.to(f"/{path}/{id}")} if id else None


def show_file(call: Call, path: str, file: File, valid: int | None) -> Any:
    """A file as it goes over the wire, with a link to its bytes that needs no key for a while."""
    properties: dict[str, Any] = {"size": file.size}
    if file.duration is not None:
        properties |= duration(call, file.duration)
    return {
        "self": call.links.to(f"{path}/{file.id}"),
        "name": file.name,
        "kind": file.kind,
        "created_date_time": file.created,
        "properties": properties,
        "links": {"content_url": signed_link(call, f"/files/{file.owner}/{file.id}", valid)},
    }


def signed_link(call: Call, path: str, valid: int | None) -> str:
    """The address of a file's bytes, which needs no key.

    Args:
        valid: how long, in the unit of the version; nothing or 0: as long as is usual
    """
    seconds = min(valid, MAX_LINK_SECONDS) * call.version.signed_unit if valid else LINK_SECONDS
    return f"{call.links.base}{path}?{call.service.signer.sign_link(path, seconds=seconds)}"


def duration(call: Call, seconds: float) -> dict[str, Any]:
    """A duration in the words of the version."""
    if call.version.is_v3:
        return {"duration": iso8601(seconds)}
    return {"duration_milliseconds": round(seconds * 1000)}


def _changes(call: Call, connection: Any, entity: Any, body: Any) -> dict[str, Any]:
    """What a request says of names and project; what it does not name stays (a merge patch: null removes)."""
    given = body.model_fields_set
    changes = {}
    if "display_name" in given and body.display_name is not None:
        changes["display_name"] = body.display_name
    if "description" in given:
        changes["description"] = body.description
    if "custom_properties" in given:
        changes["custom_properties"] = _patched(entity.custom_properties, body.custom_properties)
    if "project" in given and "project" in type(body).model_fields:
        changes["project"] = project_of(call, connection, body.project)
    return changes


def _patched(properties: Mapping[str, str], patch: Mapping[str, str | None] | None) -> dict[str, str]:
    """Properties after a merge patch (RFC 7396)."""
    merged = {**properties, **patch} if patch is not None else {}
    left = {key: value for key, value in merged.items() if value is not None}
    if len(left) > shared.MAX_PROPERTIES:
        raise LimitExceeded(
            f"{len(left)} custom properties, at most {shared.MAX_PROPERTIES} are allowed",
            hint="Remove one with null.",
            target="customProperties",
        )
    return left


def _ask_again(entity: Any, response: Response) -> None:
    if isinstance(entity, Task) and not entity.status.is_final:
        response.headers["Retry-After"] = str(RETRY_AFTER)


def _schema(version: Version, name: str) -> Any:
    return getattr(version.schemas, name, None) or getattr(shared, name)
