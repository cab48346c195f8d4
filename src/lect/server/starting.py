"""How a server starts: checked first, then this process becomes its supervisor."""

from __future__ import annotations

import os
import sys
from typing import NoReturn

from lect.core.errors import AccessError
from lect.server.address import Address
from lect.server.supervisor import module
from lect.settings import Settings


def require_safe(settings: Settings, address: Address) -> None:
    """Refuse to listen where others can reach a server that asks for no key.

    Raises:
        AccessError: it would.
    """
    if address.is_private:
        return
    from lect.store import keys  # what a server on this machine alone need not wait for
    from lect.store.opening import open_storage

    with open_storage(settings).database.read() as connection:
        if not keys.exist(connection):
            raise AccessError(
                f"{address.host} can be reached from other machines, and there is no key yet",
                hint="Make one first: `lect keys create --role owner`, with the same --data if you gave one.",
            )


def become_supervisor(settings: Settings, address: Address, *, workers: int = 1) -> NoReturn:
    """Run the whole server until it is stopped, in place of this program, whose memory is free then."""
    command = module("supervisor", settings.log, settings.log_format, str(workers), *address.arguments)
    sys.stdout.flush()
    sys.stderr.flush()
    os.execve(command[0], command, settings.environment)  # noqa: S606 - the arguments are ours
