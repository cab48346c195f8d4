"""Web hooks: who wants to be told is told, sooner or later, or it stands in the log that it was not possible.

`emit` is called in the unit of work that changes a resource: the deliveries and their jobs are stored with the change, or not at
all. A `Courier` in a worker makes them. Each attempt is a job of its own, so that the next one is stored together with the outcome
of the last. An attempt may be made twice if its worker dies in between; its invocation id stays the same.

A receiver that hangs holds up nobody else: its attempts end soon, few of them are made at once, and while its last one failed
nothing new is sent to it.
"""

from __future__ import annotations

import random
import secrets
import threading
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Protocol
from uuid import UUID, uuid4, uuid5

from lect.core.entities import Delivery, Problem, WebHook
from lect.core.errors import Conflict, LectError
from lect.core.jobs import Job, JobState, Json
from lect.core.status import Status
from lect.jobs import queue
from lect.jobs.contract import JobKind, Step, Work
from lect.store import deliveries
from lect.store.database import Database
from lect.store.repositories import WEB_HOOKS
from lect.telemetry import get_log
from lect.web import messages
from lect.web.fetching import Fetcher, Reply
from lect.web.messages import CHALLENGE, PING

if TYPE_CHECKING:
    from sqlalchemy import Connection

KIND = "web_hook"
AT_ONCE = 16  # attempts, to all receivers
AT_ONCE_TO_ONE = 4  # of them, to one web hook, in each worker
SEND_SECONDS = 10.0  # that one may take
REPLY_BYTES = 4096  # of a reply that are read
MAX_WAITING = 1_000  # deliveries of one web hook; what comes beyond is not delivered

_log = get_log(__name__, action="tell")


def emit(connection: Connection, event: str, resource: str) -> None:
    """Tell of an event whoever wants to know.

    Args:
        event: such as `datasetCompletion`, one of `messages.EVENTS`
        resource: id of what it is about
    """
    for hook in deliveries.listeners(connection, event):
        _add(connection, hook, event, resource)


def tell(connection: Connection, hook: WebHook, event: str, resource: str) -> Delivery:
    """Tell one web hook of an event, whatever it wants to know: a ping, or a test.

    Raises:
        Conflict: it has not answered its challenge.
    """
    if hook.status != Status.SUCCEEDED:
        raise Conflict(
            f"web hook {hook.id} has not answered its challenge",
            hint="Its receiver has to answer 200 with the validationToken; changing webUrl asks it again.",
        )
    return _add(connection, hook, event, resource)


def ping(connection: Connection, hook: WebHook) -> Delivery:
    """Send a ping.

    Raises:
        Conflict: the web hook has not answered its challenge.
    """
    return tell(connection, hook, PING, hook.id)


def challenge(connection: Connection, hook: WebHook) -> Delivery:
    """Ask the receiver of a new web hook whether it wants to be told of anything."""
    return _add(connection, hook, CHALLENGE, hook.id)


def change_address(connection: Connection, hook_id: str, url: str) -> WebHook:
    """Give a web hook another address, and ask who answers there; the same address is asked again.

    This alone changes it: what a challenge to the address before comes to no longer counts.

    Raises:
        NotFound: there is no such web hook.
    """
    hook = WEB_HOOKS.change(connection, hook_id, web_url=url)
    deliveries.end(connection, hook_id, CHALLENGE, outcome="asked anew")
    if hook.status.is_final:
        hook = WEB_HOOKS.restart(connection, hook_id)
    challenge(connection, hook)
    return hook


def _add(connection: Connection, hook: WebHook, event: str, resource: str) -> Delivery:
    now = datetime.now(UTC)
    is_full = deliveries.waiting(connection, hook.id) >= MAX_WAITING
    delivery = Delivery(
        id=str(uuid4()),
        web_hook=hook.id,
        event=event,
        resource=messages.path_of(event, resource),
        created=now,
        due=None if is_full else now,
        outcome=f"not sent: {MAX_WAITING} others wait" if is_full else None,
    )
    if deliveries.add(connection, delivery) and delivery.due:
        _enqueue(connection, delivery, turn=1)
    return delivery


def _enqueue(connection: Connection, delivery: Delivery, *, turn: int) -> None:
    """Store the job of the next attempt. `turn` counts those that were put off, too: each job has an id of its own."""
    arguments = {"delivery": delivery.id, "turn": turn}
    job_id = str(uuid5(UUID(delivery.id), str(turn)))
    queue.add(connection, KIND, arguments, job_id=job_id, resource=delivery.web_hook, due=delivery.due)


class Pause(Protocol):
    """Says how long to wait between attempts."""

    def __call__(self, attempts: int, *, jitter: float, asked: float | None) -> float:
        """Seconds after so many attempts."""


class Courier:
    """Makes deliveries; `kind` is what a worker runs."""

    def __init__(
        self,
        database: Database,
        fetcher: Fetcher,
        *,
        link: Callable[[WebHook, str], str],
        pause: Pause = messages.pause_after,
        jitter: Callable[[], float] = random.random,
        clock: Callable[[], datetime] = lambda: datetime.now(UTC),
    ) -> None:
        """Take collaborators.

        Args:
            link: the address of a path in the version of the API that a web hook was made in
            jitter: numbers in 0..1, by which pauses differ
        """
        self._database = database
        self._fetcher = fetcher
        self._link = link
        self._pause = pause
        self._jitter = jitter
        self._clock = clock
        self._lock = threading.Lock()
        self._at_once = Counter[str]()  # attempts by web hook
        self.kind = JobKind(
            name=KIND,
            steps=(Step(name="send", run=self._run, apply=self._record),),
            on_change=self._record_lost,
            at_once=AT_ONCE,
        )

    def _run(self, work: Work) -> Json:
        """Make the attempt of a job; what came of it."""
        with self._database.read() as connection:
            delivery = deliveries.get(connection, work.job.arguments["delivery"])
            if delivery is None or delivery.due is None:
                return {"done": True}
            hook = WEB_HOOKS.get(connection, delivery.web_hook)
            wait = self._wait(connection, hook, delivery)
        if wait is not None:
            return {"wait": wait}
        with self._one_of_few(hook) as is_free:
            return (
                self._attempt(hook, delivery) if is_free else {"wait": SEND_SECONDS * (0.5 + self._jitter())}
            )

    def _wait(self, connection: Connection, hook: WebHook, delivery: Delivery) -> float | None:
        """Seconds to put an attempt off for; None: make it now."""
        if delivery.event == CHALLENGE or hook.status == Status.FAILED:
            return None
        if not hook.status.is_final:  # its address has changed, and who is there has not answered yet
            return messages.FIRST_PAUSE
        if delivery.event == PING or delivery.attempts:
            return None
        until = deliveries.failing_until(connection, hook.id)
        left = (until - self._clock()).total_seconds() if until else 0.0
        return left * (1 + self._jitter() / 4) if left > 0 else None

    @contextmanager
    def _one_of_few(self, hook: WebHook) -> Iterator[bool]:
        with self._lock:
            is_free = self._at_once[hook.id] < AT_ONCE_TO_ONE
            self._at_once[hook.id] += is_free
        try:
            yield is_free
        finally:
            with self._lock:
                self._at_once[hook.id] -= is_free

    def _attempt(self, hook: WebHook, delivery: Delivery) -> Json:
        if delivery.event != CHALLENGE and hook.status == Status.FAILED:
            return {"ok": False, "outcome": "the challenge was not answered", "final": True}
        try:
            if delivery.event == CHALLENGE:
                return self._challenge(hook)
            reply = self._send(messages.telling(hook, delivery, self._link(hook, delivery.resource)))
        except LectError as error:
            return {"ok": False, "outcome": error.message}
        return {"ok": reply.is_success, "outcome": reply.reason, "asked": reply.retry_after}

    def _challenge(self, hook: WebHook) -> Json:
        token = secrets.token_urlsafe(24)
        reply = self._send(messages.challenging(hook, token))
        is_answered = messages.is_answered(reply, token)
        outcome = reply.reason if is_answered or reply.status != 200 else "200 OK without the token"
        return {"ok": is_answered, "outcome": outcome, "asked": reply.retry_after}

    def _send(self, message: messages.Message) -> Reply:
        return self._fetcher.send(
            "POST",
            message.url,
            headers=message.headers,
            body=message.body,
            limit=REPLY_BYTES,
            seconds=SEND_SECONDS,
        )

    def _record(self, connection: Connection, job: Job, result: Json) -> None:
        """Write down what came of an attempt, and with it the next one."""
        delivery = deliveries.get(connection, job.arguments["delivery"])
        if delivery is None or delivery.due is None or result.get("done"):
            return
        after = self._after(delivery, result)
        if not deliveries.put(connection, after):
            return
        if delivery.event == CHALLENGE and "wait" not in result:
            self._judge(connection, after)
        if after.due:
            _enqueue(connection, after, turn=job.arguments["turn"] + 1)
        elif not after.delivered:
            _log.warning("A web hook was not told.", web_hook=after.web_hook, event=after.event)

    def _record_lost(self, connection: Connection, job: Job) -> None:
        """An attempt that never came to a result counts as one that failed."""
        if job.state in {JobState.FAILED, JobState.CANCELLED}:
            self._record(connection, job, {"ok": False, "outcome": "the attempt was lost"})

    def _after(self, delivery: Delivery, result: Json) -> Delivery:
        now = self._clock()
        if "wait" in result:
            return replace(delivery, due=now + timedelta(seconds=result["wait"]))
        tried = replace(
            delivery, attempts=delivery.attempts + 1, tried=now, outcome=result["outcome"], due=None
        )
        if result["ok"]:
            return replace(tried, delivered=now)
        if result.get("final") or tried.attempts >= messages.tries(delivery.event):
            return tried
        return replace(
            tried,
            due=now
            + timedelta(
                seconds=self._pause(tried.attempts, jitter=self._jitter(), asked=result.get("asked"))
            ),
        )

    def _judge(self, connection: Connection, asked: Delivery) -> None:
        """Let the web hook enter the status that its challenge gives it."""
        if WEB_HOOKS.get(connection, asked.web_hook).status.is_final:  # another challenge gave it one
            return
        if asked.delivered:
            WEB_HOOKS.move(connection, asked.web_hook, Status.SUCCEEDED)
        elif asked.due:
            WEB_HOOKS.move(connection, asked.web_hook, Status.RUNNING)
        else:
            message = f"the challenge was not answered: {asked.outcome}"
            problem = Problem(code="InvalidCallbackUri", message=message)
            WEB_HOOKS.move(connection, asked.web_hook, Status.FAILED, error=problem)
