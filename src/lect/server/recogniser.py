"""The process that hears: live recognition, away from the process that answers requests.

    python -m lect.server.recogniser DESCRIPTOR

It listens on a Unix socket whose descriptor it is given, for the API alone, which has found out who asks. It ends when its standard
input does.
"""

from __future__ import annotations

import os
import signal
import socket
import sys
import tempfile
import threading
from collections.abc import AsyncIterator, Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from contextlib import asynccontextmanager, closing
from functools import cache
from pathlib import Path

import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route, WebSocketRoute
from starlette.websockets import WebSocket

from lect.core.errors import LectError
from lect.metrics import CONTENT_TYPE, RecogniserMetrics
from lect.models.speakers import speaker_encoder
from lect.server.callers import caller_of
from lect.server.files import FilesDoor
from lect.server.short_audio import ShortAudioDoor
from lect.server.sockets import WebSockets
from lect.server.streams import Stream
from lect.serving.content_logs import ContentLog
from lect.serving.endpoint_metrics import EndpointCounter
from lect.serving.fast.asking import PATH
from lect.serving.live.address import Address
from lect.serving.live.batching import Batcher, Limits
from lect.serving.live.keeping import Keeper
from lect.serving.live.listeners import Listeners, Together
from lect.serving.live.measured import Meter
from lect.serving.live.requests import TurnRequest
from lect.serving.live.session import Session, SessionLimits
from lect.serving.live.turn import Listener
from lect.serving.live.wire import LONGEST_MESSAGE
from lect.serving.opening import Opener
from lect.serving.pool import Pool
from lect.settings import Settings
from lect.store.opening import open_storage
from lect.telemetry import bound, configure_logging
from lect.tracing import open_tracer

_THREADS = 256  # sessions that may be at work at once; the engine takes no more threads than it is allowed
_GOODBYE = 5  # seconds that connections have to end


def create_recogniser(
    listeners: Listeners,
    *,
    files: Callable[[Executor], FilesDoor] | None = None,
    limits: SessionLimits = SessionLimits(),
    is_full: Callable[[], bool] = lambda: False,
    metrics: Callable[[], bytes] = bytes,
) -> Starlette:
    """The app of the recogniser.

    Args:
        files: makes what hears whole files, in threads that it is given; None: nothing does
        limits: what a client may do
        is_full: whether no other turn may begin for lack of room
        metrics: what is counted, as Prometheus reads it
    """
    executor = ThreadPoolExecutor(_THREADS, thread_name_prefix="session")

    async def listen(connection: WebSocket) -> None:
        address = Address(path=connection.scope["path"], query=dict(connection.query_params))
        caller = caller_of(connection.headers)

        def new_session(on_step: Callable[[], None]) -> Session:
            def begin(request: TurnRequest) -> Listener:
                return listeners.listen(request, caller, on_step=on_step)

            def refused(request: TurnRequest, error: LectError) -> None:
                listeners.refused(request, caller, error)

            return Session(address, begin, limits=limits, is_full=is_full, on_refused=refused)

        await connection.accept()
        with bound(connection=caller.connection):
            await Stream(connection, new_session, executor=executor).run()

    async def is_live(_request: Request) -> Response:
        return JSONResponse({"ready": True})

    def tell(_request: Request) -> Response:
        return Response(metrics(), media_type=CONTENT_TYPE)

    short_audio = ShortAudioDoor(listeners, executor=executor)
    whole = files(executor) if files else None

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        yield
        short_audio.close()
        if whole:
            whole.close()

    return Starlette(
        routes=[
            Route("/livez", is_live),
            Route("/metrics", tell),
            *([Route(PATH, whole.answer, methods=["POST"])] if whole else []),
            WebSocketRoute("/{path:path}", listen),
            Route("/{path:path}", short_audio.answer, methods=["POST"]),
        ],
        lifespan=lifespan,
    )


def run_recogniser(settings: Settings, listening: socket.socket) -> None:
    """Hear whoever connects, until stopped."""
    pool, storage = Pool(settings, refuses=True), open_storage(settings)
    measures = RecogniserMetrics(pool)
    logs = ContentLog(storage, settings.logs, scratch=settings.scratch_folder)
    with (
        closing(open_tracer(settings.traces, service="lect-recogniser")) as tracer,
        tempfile.TemporaryDirectory(prefix="lect-models-") as folder,
        Keeper(logs, clock=storage.clock, on_turn=measures.logged) as keeper,
        EndpointCounter(storage) as counter,
        Batcher(
            Limits(streams=settings.live.streams), threads=settings.threads, on_batch=measures.batch
        ) as batcher,
    ):
        voices = cache(lambda: speaker_encoder(settings))
        begin = Together(batcher, voices=voices)
        meter = Meter(measures, endpoints=counter.of, tracer=tracer)
        opener = Opener(storage, pool, folder=Path(folder))
        listeners = Listeners(
            storage,
            opener,
            begin=begin,
            watches=[keeper.watch, meter.watch],
            on_refused=meter.refused,
        )

        def metrics() -> bytes:
            for kind, count in batcher.waiting.items():
                measures.waiting(kind, count)
            return measures.text()

        def files(executor: Executor) -> FilesDoor:
            return FilesDoor(
                storage,
                opener,
                batcher,
                executor=executor,
                voices=voices,
                endpoints=counter.of,
                limits=settings.limits,
            )

        config = uvicorn.Config(
            create_recogniser(
                listeners,
                files=files,
                limits=SessionLimits(silent_seconds=settings.live.silent_seconds),
                is_full=lambda: batcher.is_full,
                metrics=metrics,
            ),
            ws=WebSockets,
            ws_per_message_deflate=False,
            ws_max_size=LONGEST_MESSAGE,
            ws_ping_interval=None,  # both ends are on this machine
            access_log=False,
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=_GOODBYE,
        )
        uvicorn.Server(config).run([listening])


def _end_with_parent() -> None:
    """Stop when standard input ends: nobody writes to it, so the process that holds its other end has gone."""
    while os.read(0, 4096):
        pass
    os.kill(os.getpid(), signal.SIGTERM)


def main(arguments: Sequence[str]) -> None:
    """What the API starts."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    settings = Settings()
    configure_logging(level=settings.log, format=settings.log_format)
    run_recogniser(settings, socket.socket(fileno=int(arguments[0])))


if __name__ == "__main__":
    main(sys.argv[1:])
