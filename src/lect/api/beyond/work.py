"""The work behind resources: how far it is, as it goes, and its end at once."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import ExitStack, contextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from fastapi.responses import StreamingResponse
from starlette.types import Receive, Scope, Send

from lect.api.beyond.addresses import SPOKEN
from lect.api.resources import Route, require_id, show_error
from lect.api.schemas import beyond as schemas
from lect.api.service import Call, caller, note
from lect.core.entities import Task
from lect.core.errors import Conflict, TooManyRequests
from lect.core.jobs import Job, JobState
from lect.core.status import Status
from lect.jobs import queue
from lect.jobs.following import CANCELLED, STATUSES, problem_of
from lect.jobs.watching import Watch
from lect.store.keys import Role
from lect.store.repositories import CORRECTIONS, WORKED
from lect.store.resources import TaskRepository

NOUNS: dict[str, TaskRepository[Any]] = {
    repository.table.name: repository for repository in (*WORKED, CORRECTIONS)
}
MAX_STREAMS = 200  # of one process at a time
STREAM_SECONDS = 3600.0  # then a client asks again, as browsers do by themselves
BEAT_SECONDS = (
    15.0  # between two signs of life, without which a client that went away unseen would not be noticed
)

_EVENTS: dict[int | str, dict[str, Any]] = {
    200: {
        "content": {
            "text/event-stream": {
                "schema": {  # of one event
                    "type": "object",
                    "properties": {
                        "event": {"const": "progress"},
                        "data": {
                            "type": "string",
                            "contentMediaType": "application/json",
                            "contentSchema": {"$ref": "#/components/schemas/Progress"},
                        },
                    },
                }
            }
        }
    }
}
_STATES = {
    Status.NOT_STARTED: JobState.QUEUED,
    Status.RUNNING: JobState.RUNNING,
    Status.SUCCEEDED: JobState.SUCCEEDED,
    Status.FAILED: JobState.FAILED,
}


class Streams:
    """The streams of events of one process: one look at the database serves them all."""

    def __init__(
        self,
        watch: Watch,
        *,
        most: int = MAX_STREAMS,
        seconds: float = STREAM_SECONDS,
        beat: float = BEAT_SECONDS,
    ) -> None:
        self._watch = watch
        self._most, self._seconds, self._beat = most, seconds, beat
        self.open = 0

    @contextmanager
    def place(self) -> Iterator[None]:
        """A place for another client that watches, taken at once: who asks at the same time is counted.

        Raises:
            TooManyRequests: there is none.
        """
        if self.open >= self._most:
            raise TooManyRequests(
                "too many clients watch this server", hint="Ask for /progress.", retry_after=10
            )
        self.open += 1
        try:
            yield
        finally:
            self.open -= 1

    async def events(self, task: Task, job: Job | None) -> AsyncIterator[str]:
        """How far a resource is, again with each change, until its job is over or the time is."""
        if job is None or job.state.is_final:
            yield _event(task, job)
            return
        changes = self._watch.changes(job.id)
        upcoming = asyncio.ensure_future(_next(changes))
        clock = asyncio.get_running_loop().time
        until = clock() + self._seconds
        try:
            while clock() < until:
                done, _ = await asyncio.wait({upcoming}, timeout=self._beat)
                if not done:
                    yield ": still here\n\n"
                    continue
                if (job := upcoming.result()) is None:
                    return
                yield _event(task, job)
                upcoming = asyncio.ensure_future(_next(changes))
        finally:
            upcoming.cancel()  # which ends `changes`, too


class _EventStream(StreamingResponse):
    """Events as they go over the wire; at their end, or when nobody listens any more, it leaves its place."""

    def __init__(self, events: AsyncIterator[str], *, leave: Callable[[], None]) -> None:
        super().__init__(events, media_type="text/event-stream")
        self._leave = leave

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._leave()


async def _next(changes: AsyncIterator[Job]) -> Job | None:
    return await anext(changes, None)


def router() -> APIRouter:
    """The routes of all nouns that have work behind them."""
    routes = APIRouter()
    for path in NOUNS:
        noun = APIRouter(route_class=Route, tags=[path])
        _add(noun, path)
        routes.include_router(noun)
    return routes


def _add(routes: APIRouter, path: str) -> None:
    writer, reader = caller(SPOKEN, Role.CONTRIBUTOR), caller(SPOKEN, Role.READER)

    @routes.post(
        f"/{path}/{{id}}:cancel", name=f"{path}_cancel", status_code=202, response_model=schemas.Progress
    )
    def cancel(call: Annotated[Call, Depends(writer)], id: str) -> Any:
        """End the work of a resource; within a second it has failed with the code `Cancelled`."""
        return cancel_work(call, path, id)

    @routes.get(f"/{path}/{{id}}/progress", name=f"{path}_progress", response_model=schemas.Progress)
    def get_progress(call: Annotated[Call, Depends(reader)], id: str) -> Any:
        """How far the work of a resource is."""
        with call.storage.database.read() as connection:
            return show(*find_work(call, connection, path, id))

    @routes.get(
        f"/{path}/{{id}}/events",
        name=f"{path}_events",
        response_class=StreamingResponse,
        responses=_EVENTS,
    )
    async def get_events(call: Annotated[Call, Depends(reader)], id: str, request: Request) -> Any:
        """The same as `progress`, as server-sent events named `progress`: now, and with each change until the work is over."""
        streams: Streams = request.app.state.streams
        with ExitStack() as stack:
            stack.enter_context(streams.place())
            task, job = await asyncio.to_thread(_read, call, id)
            return _EventStream(streams.events(task, job), leave=stack.pop_all().close)

    def _read(call: Call, id: str) -> tuple[Task, Job | None]:
        with call.storage.database.read() as connection:
            return find_work(call, connection, path, id)


def find_work(call: Call, connection: Any, path: str, id: str) -> tuple[Task, Job | None]:
    """A resource of the noun of a path, and its newest job.

    Raises:
        NotFound: there is none, or none that the caller may see.
    """
    repository = NOUNS[path]
    id, at = require_id(id, repository.noun), call.storage.clock()
    task: Task = repository.get(connection, id, project=call.project, at=at)
    return task, next(reversed(queue.of_resource(connection, task.id)), None)


def cancel_work(call: Call, path: str, id: str) -> dict[str, Any]:
    """End the work of a resource; how far it is then.

    Raises:
        Conflict: it is over.
    """
    with call.storage.database.begin() as connection:
        task, _ = find_work(call, connection, path, id)
        _cancel(connection, NOUNS[path], task)
        note(call, connection, "cancel", f"{path}/{task.id}")
        return show(*find_work(call, connection, path, id))


def _cancel(connection: Any, repository: TaskRepository[Any], task: Task) -> None:
    if task.status.is_final:
        raise Conflict(f"{repository.noun} {task.id} is {task.status}", hint="There is nothing to cancel.")
    if not [job for job in queue.of_resource(connection, task.id) if queue.cancel(connection, job.id)]:
        repository.move(connection, task.id, Status.FAILED, error=CANCELLED)  # it waits for its blocks


def show(task: Task, job: Job | None) -> dict[str, Any]:
    """How far a resource is, as it goes over the wire."""
    if job is None:  # it needs none, or none yet, or it is long over
        return {
            "status": task.status,
            "state": _STATES[task.status],
            "progress": float(task.status is Status.SUCCEEDED),
            "message": "",
            "error": show_error(task.error),
        }
    has_problem = job.error is not None or job.state is JobState.CANCELLED
    return {
        "status": STATUSES.get(job.state, task.status),  # what was read of the resource may be older
        "state": job.state,
        "progress": min(max(job.progress, 0.0), 1.0),
        "message": job.message,
        "eta": job.eta,
        "error": show_error(problem_of(job)) if has_problem else None,
    }


def _event(task: Task, job: Job | None) -> str:
    document = schemas.Progress.model_validate(show(task, job)).model_dump_json(exclude_none=True)
    return f"event: progress\ndata: {document}\n\n"
