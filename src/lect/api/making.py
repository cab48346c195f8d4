"""What the routes that make resources share: what every request says of a new one, and the answer."""

from collections.abc import Callable
from dataclasses import fields
from typing import Any, TypeVar
from uuid import uuid4

from fastapi import Response

from lect.api.references import project_of
from lect.api.resources import Noun
from lect.api.service import Call, note
from lect.core.durations import parse_iso8601
from lect.core.entities import Resource, Task
from lect.core.errors import InvalidAddress, InvalidInput
from lect.jobs.following import Emit
from lect.web.addresses import read_url

MAX_TIME_TO_LIVE = 31 * 86_400.0  # seconds

Made = TypeVar("Made", bound=Resource)


def new(call: Call, connection: Any, entity: type[Made], given: Any, **more: Any) -> Made:
    """A new resource: with the names and the project that a request gives it, and more.

    Raises:
        InvalidInput: its project is none, or none that the caller may see.
    """
    now = call.storage.clock()
    common = {
        "id": str(uuid4()),
        "display_name": given.display_name,
        "description": given.description,
        "custom_properties": given.custom_properties or {},
        "created": now,
    }
    if issubclass(entity, Task):
        common["last_action"] = now
    if "project" in {field.name for field in fields(entity)}:
        common["project"] = project_of(call, connection, getattr(given, "project", None))
    return entity(**common, **more)


def read_time_to_live(text: str | None) -> float | None:
    """Seconds that a resource stays after its work is done; None: for ever, which 0 says, too.

    Raises:
        InvalidInput: they are too many, or cannot be read.
    """
    if text is None:
        return None
    try:
        seconds = parse_iso8601(text)
    except InvalidInput as error:
        raise refuse_time_to_live("timeToLive", error.message, error.hint) from None
    if seconds > MAX_TIME_TO_LIVE:
        raise refuse_time_to_live("timeToLive", "it is too long", "It is 31 days at most.")
    return seconds or None


def refuse_time_to_live(name: str, message: str, hint: str) -> InvalidInput:
    """The error that refuses one."""
    where = f"properties.{name}"
    return InvalidInput(f"{where}: {message}", hint=hint, detailed_code="InvalidTimeToLive", target=where)


def announcing(call: Call, noun: Noun, *, action: str = "create") -> Emit:
    """What whoever stores a new resource tells of it: web hooks hear of it, and who made it is written down with it, or neither."""

    def emit(connection: Any, event: str, id: str) -> None:
        call.service.emit(connection, event, id)
        if event == f"{noun.repository.noun}Creation":
            note(call, connection, action, f"{noun.path}/{id}")

    return emit


def make(
    call: Call,
    connection: Any,
    noun: Noun,
    create: Callable[..., Any],
    entity: Resource,
    response: Response,
    *,
    show: Callable[[Call, Any, Any], Any] | None = None,
) -> Any:
    """Store a new resource and the work behind it, tell of it, and answer with it: all of it, or nothing.

    Args:
        create: (storage, connection, entity, *, emit) -> the entity as it was stored
        show: as in `answer_created`
    """
    entity = create(call.storage, connection, entity, emit=announcing(call, noun))
    return answer_created(call, connection, noun, entity, response, show=show)


def answer_created(
    call: Call,
    connection: Any,
    noun: Noun,
    entity: Any,
    response: Response,
    *,
    show: Callable[[Call, Any, Any], Any] | None = None,
) -> Any:
    """Answer with a new resource and its address, in the unit of work that stores it.

    Args:
        show: how it goes over the wire, if not as the noun does
    """
    shown = (show or noun.show)(call, connection, entity)
    response.headers["Location"] = shown["self"]
    return shown


def readable_url(call: Call, text: str | None, *, target: str) -> str | None:
    """An address that the server is to ask, refused at once where its text alone shows that it cannot be.

    Args:
        target: the field that holds it

    Raises:
        InvalidAddress: it cannot be read, or is none of http or https.
    """
    if text is not None:
        try:
            read_url(text, credentials=call.service.settings.fetch.credentials)
        except InvalidAddress as error:
            raise InvalidAddress(f"{target}: {error.message}", hint=error.hint, target=target) from None
    return text
