"""Copying a custom model to another server: a job sends the bundle there, by an authorisation that the other server gave.

The other server takes the model whole or not at all. If the answer is lost, the same bundle is sent again with the same
authorisation, and the answer is the model that is there already.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import replace
from http import HTTPStatus
from typing import TYPE_CHECKING
from urllib.parse import urlsplit
from uuid import uuid4

from lect.core.entities import Model, ModelCopy, Training
from lect.core.errors import Conflict, InvalidAddress, InvalidInput, LectError, Unreachable
from lect.core.files import BLOCK, read_blocks
from lect.core.jobs import Job, Json
from lect.core.queries import everything
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step, Work
from lect.jobs.following import Emit, follow, tell_nobody
from lect.store import files
from lect.store.repositories import MODEL_COPIES, MODELS
from lect.store.storage import Storage
from lect.web.addresses import read_url
from lect.web.fetching import LATER, Fetcher, Reply

if TYPE_CHECKING:
    from sqlalchemy import Connection

COPY = "copy"  # name of the job's kind
RECEIVE = "/lect/v1/models:receive"  # where the other server takes models
SEND_SECONDS = 3600.0  # that one attempt may take
AT_ONCE = 2

_MODEL = re.compile(r"/models/(?:base/)?([0-9A-Fa-f-]{36})/?$")


def covers(allowed: str, model: str) -> bool:
    """Whether what was allowed for an address is allowed for a model.

    Args:
        allowed: address of a model, or of a server: then it is allowed for each of its models
        model: address of the model
    """
    try:
        given, meant = urlsplit(allowed), urlsplit(model)
    except ValueError:  # one of them is no address
        return False
    named, asked = _MODEL.search(given.path), _MODEL.search(meant.path)
    if named:  # a server has many names, a model has one id
        return asked is not None and named[1].lower() == asked[1].lower()
    return given.hostname == meant.hostname


def begin(
    connection: Connection, storage: Storage, model: Model, *, here: str, there: str, by: str
) -> ModelCopy:
    """Store a copy, and the job that makes it.

    Args:
        model: a custom one
        here: its address
        there: address of the other server
        by: the authorisation that the other server gave

    Raises:
        Conflict: the model is not trained.
        InvalidAddress: there can be no server at this address.
        TooManyRequests: whoever asks has too many jobs that are not over.
    """
    url = read_url(there)
    if url.query:
        raise InvalidAddress(
            "the address of a server ends with its host or a path",
            hint="Leave out the question mark and the rest.",
        )
    _require_bundle(model)
    now = storage.clock()
    copy = ModelCopy(
        id=str(uuid4()),
        display_name=model.display_name,
        created=now,
        last_action=now,
        model=model.id,
        target=str(url).rstrip("/"),
    )
    MODEL_COPIES.add(connection, copy)
    arguments = {"source": here, "authorisation": by}
    queue.add_for(storage, connection, copy, COPY, arguments)
    return copy


def copy_here(
    storage: Storage, connection: Connection, model: Model, project: str | None, *, emit: Emit = tell_nobody
) -> Model:
    """Store a copy of a custom model in another project of this server: the same bundle, under an id of its own.

    Raises:
        Conflict: the model is not trained.
        QuotaExceeded: there is no room for another model.
    """
    _require_bundle(model)
    now = storage.clock()
    made = replace(
        model,
        id=str(uuid4()),
        created=now,
        last_action=now,
        project=project,
        datasets=(),  # what it was trained on belongs to the other project ...
        training=Training(),
        text=None,
        custom_properties={},  # ... and what is written of it
    )
    reports = files.page(connection, model.id, everything())
    storage.add(connection, MODELS, made, size=(made.bundle_size or 0) + sum(each.size for each in reports))
    files.put(connection, made.id, [replace(each, id=str(uuid4()), owner=made.id) for each in reports])
    emit(connection, "modelCreation", made.id)
    emit(connection, "modelCompletion", made.id)
    return made


def copy_kind(storage: Storage, *, fetcher: Fetcher) -> JobKind:
    """How copies are made."""
    copying = _Copying(storage, fetcher)
    return JobKind(
        name=COPY,
        steps=(Step(name="send", run=copying.send, apply=copying.keep_address),),
        on_change=follow(MODEL_COPIES),
        at_once=AT_ONCE,
        retries=4,
    )


class _Copying:
    """The step of a copy."""

    def __init__(self, storage: Storage, fetcher: Fetcher) -> None:
        self._storage, self._fetcher = storage, fetcher

    def send(self, work: Work) -> Json:
        """Send the bundle and what it is called."""
        with self._storage.database.read() as connection:
            copy = MODEL_COPIES.get(connection, str(work.job.resource))
            model = MODELS.get(connection, copy.model)
        path = self._storage.blobs.local(str(model.bundle))
        form = _Form(
            {
                "source": work.job.arguments["source"],
                "sha256": str(model.bundle),
                "displayName": model.display_name,
                **({"description": model.description} if model.description else {}),
            }
        )
        size = path.stat().st_size

        def body() -> Iterator[bytes]:
            yield form.head
            for number, block in enumerate(read_blocks(path)):
                work.progress("Sending the model", min(number * BLOCK / size, 1.0))
                yield block
            yield form.tail

        reply = self._fetcher.send(
            "POST",
            copy.target + RECEIVE,
            headers={
                "Authorization": f"Bearer {work.job.arguments['authorisation']}",
                "Content-Type": form.media_type,
                "Content-Length": str(len(form.head) + size + len(form.tail)),
            },
            body=body(),
            seconds=SEND_SECONDS,
        )
        return {"link": _address(reply, copy.target)}

    def keep_address(self, connection: Connection, job: Job, result: Json) -> None:
        MODEL_COPIES.change(connection, str(job.resource), result=result["link"])


def _require_bundle(model: Model) -> None:
    if model.bundle is None:
        raise Conflict(
            f"model {model.id} is {model.status}", hint="Only a model that succeeded can be copied."
        )


class _Form:
    """A form with a file in it, for a file that is sent as it is read."""

    def __init__(self, fields: Mapping[str, str]) -> None:
        boundary = uuid4().hex
        self.media_type = f"multipart/form-data; boundary={boundary}"
        parts = [
            f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n{value}\r\n'
            for name, value in fields.items()
        ]
        file = (
            f'--{boundary}\r\nContent-Disposition: form-data; name="data"; filename="model.lect"\r\n'
            "Content-Type: application/zip\r\n\r\n"
        )
        self.head = "".join([*parts, file]).encode()
        self.tail = f"\r\n--{boundary}--\r\n".encode()


def _address(reply: Reply, target: str) -> str:
    """Where the model is on the other server.

    Raises:
        Unreachable: it may take the model later.
        Conflict, InvalidInput: it does not take it.
    """
    try:
        document = json.loads(reply.body)
    except ValueError:
        document = None
    said = document if isinstance(document, dict) else {}
    if reply.is_success and isinstance(said.get("self"), str):
        return str(said["self"])
    message = f"{target}: it answers {reply.reason}: {str(said.get('message', ''))[:500]}".rstrip(": ")
    raise _refusal(reply)(message)


def _refusal(reply: Reply) -> type[LectError]:
    if reply.status in LATER:
        return Unreachable
    return Conflict if reply.status == HTTPStatus.CONFLICT else InvalidInput


def drop_finished(connection: Connection, model: Model) -> None:
    """Forget the copies of a model that are over: they do not keep it from being deleted."""
    for copy in MODEL_COPIES.page(connection, everything(), model=model.id):
        if copy.status.is_final:
            MODEL_COPIES.delete(connection, copy.id)
