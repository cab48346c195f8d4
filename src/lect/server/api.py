"""The process that answers requests.

python -m lect.server.api HOST PORT CERT KEY
"""

from __future__ import annotations

import gc
import os
import sys
from collections.abc import Sequence

import uvicorn

from lect.api.service import NoRecogniser, Service
from lect.api.signing import Signer
from lect.jobs.liveness import end_with_parent
from lect.server.address import Address
from lect.server.opening import open_with_bases
from lect.server.recogniser_process import RecogniserProcess
from lect.server.scraping import scrape
from lect.server.sockets import Requests, WebSockets
from lect.serving.live.wire import LONGEST_MESSAGE
from lect.settings import Settings
from lect.store import keys
from lect.studio.app import create_app
from lect.telemetry import configure_logging
from lect.tracing import open_tracer
from lect.web import hooks

_PONG_SECONDS = 120.0  # without anything from a client that did not answer a ping


def open_service(
    settings: Settings, address: Address, *, recogniser: RecogniserProcess | None = None
) -> Service:
    """What the API works with."""

    def metrics() -> bytes:
        socket = recogniser.listening if recogniser else None
        if socket is None:
            raise FileNotFoundError("the recogniser does not run")
        return scrape(socket)

    storage = open_with_bases(settings)
    with storage.database.begin() as connection:
        secret = keys.secret(connection, "signing", at=storage.clock())
    return Service(
        storage=storage,
        signer=Signer(secret=secret),
        settings=settings,
        emit=hooks.emit,
        recogniser=recogniser or NoRecogniser(),
        recogniser_metrics=metrics if recogniser else None,
        is_private=address.is_private,
        tracer=open_tracer(settings.traces, service="lect-api"),
    )


def run_api(settings: Settings, address: Address) -> None:
    """Answer requests until stopped."""
    with RecogniserProcess(settings.environment) as recogniser:
        service = open_service(settings, address, recogniser=recogniser)
        app = create_app(service, host=address.host)
        gc.collect()
        gc.freeze()  # routes and schemas stay: to look through them for garbage takes a tenth of a second, amid an answer
        uvicorn.run(
            app,
            host=address.host,
            port=address.port,
            ssl_certfile=address.tls_cert,
            ssl_keyfile=address.tls_key,
            http=Requests,
            ws=WebSockets,
            ws_per_message_deflate=False,
            ws_max_size=LONGEST_MESSAGE,
            ws_ping_timeout=_PONG_SECONDS,
            access_log=False,  # it would hold query strings, and some clients send keys there
            log_level="warning",
            server_header=False,
            timeout_graceful_shutdown=10,
        )


def main(arguments: Sequence[str]) -> None:
    """What the supervisor starts."""
    end_with_parent(os.getppid())
    settings = Settings()
    configure_logging(level=settings.log, format=settings.log_format)
    run_api(settings, Address.from_arguments(arguments))


if __name__ == "__main__":
    main(sys.argv[1:])
