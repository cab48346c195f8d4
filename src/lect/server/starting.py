"""How a server starts: checked first, then this process becomes its supervisor."""

from __future__ import annotations

import os
import socket
import ssl
import sys
from contextlib import closing
from pathlib import Path
from typing import NoReturn

from lect.core.errors import AccessError, Conflict, InvalidInput
from lect.core.files import hold_for_life
from lect.server.address import Address
from lect.server.supervisor import module
from lect.settings import Settings

LOCK = "serve.lock"  # in the data folder, held by the supervisor


def require_startable(settings: Settings, address: Address) -> None:
    """Meet at once, in words, what the processes of a server would meet again and again.

    Raises:
        AccessError: others could reach a server that asks for no key.
        InvalidInput: the address cannot be listened on, or the certificate and its key cannot be used.
        StoreError: database and blobs cannot be reached, or were made by a newer version.
    """
    from lect.store import keys  # after the options were read: it takes half a second
    from lect.store.opening import open_storage

    _require_certificate(address)
    _require_free(address)
    storage = open_storage(settings)
    with closing(storage.database), storage.database.read() as connection:
        if not address.is_private and not keys.exist(connection):
            raise AccessError(
                f"{address.host} can be reached from other machines, and there is no key yet",
                hint="Make one first: `lect keys create --role owner`, with the same --data if you gave one.",
            )


def _require_free(address: Address) -> None:
    try:
        family, kind, protocol, _, place = socket.getaddrinfo(
            address.host, address.port, type=socket.SOCK_STREAM
        )[0]
        with closing(socket.socket(family, kind, protocol)) as listening:
            listening.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            listening.bind(place)
    except OSError as error:
        raise InvalidInput(
            f"{address.host}, port {address.port}: cannot be listened on: {error.strerror or error}",
            hint="Choose another port with --port, or end what listens there.",
        ) from None


def _require_certificate(address: Address) -> None:
    if not (address.tls_cert and address.tls_key):
        return
    try:
        ssl.create_default_context(ssl.Purpose.CLIENT_AUTH).load_cert_chain(address.tls_cert, address.tls_key)
    except OSError as error:  # ssl.SSLError is one
        raise InvalidInput(
            f"{address.tls_cert}, {address.tls_key}: no certificate with its key: {error.strerror or error}",
            hint="Both are files in PEM form, and the key is not encrypted.",
        ) from None


def occupy(folder: Path) -> None:
    """Have a data folder for oneself until this process ends, also as the supervisor that it becomes.

    Raises:
        Conflict: another server has it.
        StoreError: nothing can be written there.
    """
    if not hold_for_life(folder / LOCK):
        raise Conflict(
            f"{folder}: another server works in this folder",
            hint="End it first, or name another folder with --data.",
        )


def become_supervisor(settings: Settings, address: Address, *, workers: int = 1) -> NoReturn:
    """Run the whole server until it is stopped, in place of this program, whose memory is free then."""
    command = module("supervisor", settings.log, settings.log_format, str(workers), *address.arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], command, settings.environment)  # noqa: S606 - the arguments are ours
