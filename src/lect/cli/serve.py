"""`lect serve`: the server, on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from lect.cli.places import BlobsPlace, Data, DatabaseUrl, settings_of


def serve(
    *,
    host: Annotated[str, typer.Option(metavar="H", help="Address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(metavar="N", min=1, max=65535, help="Port to listen on.")] = 8080,
    data: Data = None,
    database: DatabaseUrl = None,
    blobs: BlobsPlace = None,
    workers: Annotated[int, typer.Option(metavar="N", min=0, max=64, help="Processes that run jobs.")] = 1,
    tls_cert: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Certificate, to be asked by https.", show_default=False),
    ] = None,
    tls_key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Key of the certificate.", show_default=False)
    ] = None,
) -> None:
    """Serve the Speech to Text REST API (v3.1, v3.2, 2024-11-15) from this machine, until it is stopped.

    Everything is kept in one folder unless a database and a place for blobs are named. On 127.0.0.1 no key is needed until
    `lect keys create` made one; on other addresses the server does not start without one.

    Examples:
      lect serve

      lect serve --host 0.0.0.0 --data /var/lib/lect --tls-cert speech.pem --tls-key speech.key

      lect serve --database postgresql://lect@localhost/lect --blobs s3://lect-blobs --workers 2
    """
    from lect.cli import console
    from lect.server import starting
    from lect.server.address import Address

    if (tls_cert is None) != (tls_key is None):
        raise typer.BadParameter("a certificate and its key go together: give --tls-cert and --tls-key")
    console.require_files([path for path in (tls_cert, tls_key) if path])
    settings = settings_of(data, database, blobs)
    address = Address(
        host=host,
        port=port,
        tls_cert=str(tls_cert) if tls_cert else None,
        tls_key=str(tls_key) if tls_key else None,
    )
    starting.require_startable(settings, address)
    starting.occupy(settings.data_folder)
    typer.echo(f"Serving on {address.url}; {settings.data_folder} holds the data. Ctrl-C stops.", err=True)
    starting.become_supervisor(settings, address, workers=workers)
