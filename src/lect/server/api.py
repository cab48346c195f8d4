"""The process that answers requests.

python -m lect.server.api HOST PORT CERT KEY
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

import uvicorn

from lect.api.app import create_app
from lect.api.service import Service
from lect.api.signing import Signer
from lect.jobs.liveness import end_with_parent
from lect.server.address import Address
from lect.server.opening import open_with_bases
from lect.settings import Settings
from lect.store import keys
from lect.telemetry import configure_logging
from lect.tracing import open_tracer
from lect.web import hooks


def open_service(settings: Settings, address: Address) -> Service:
    """What the API works with."""
    storage = open_with_bases(settings)
    with storage.database.begin() as connection:
        secret = keys.secret(connection, "signing", at=storage.clock())
    return Service(
        storage=storage,
        signer=Signer(secret=secret),
        settings=settings,
        emit=hooks.emit,
        is_private=address.is_private,
        tracer=open_tracer(settings.traces, service="lect-api"),
    )


def run_api(settings: Settings, address: Address) -> None:
    """Answer requests until stopped."""
    uvicorn.run(
        create_app(open_service(settings, address), host=address.host),
        host=address.host,
        port=address.port,
        ssl_certfile=address.tls_cert,
        ssl_keyfile=address.tls_key,
        ws="websockets-sansio",
        ws_per_message_deflate=False,
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
