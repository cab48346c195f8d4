"""Options that say where a server keeps its data, shared by the commands that open it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

if TYPE_CHECKING:
    from lect.settings import Settings

Data = Annotated[
    Path | None, typer.Option(metavar="DIR", help="The server's data folder, if LECT_DATA does not say it.")
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        help="Its database, instead of --data. LECT_DATABASE says it without showing a password to whoever lists processes.",
    ),
]
BlobsPlace = Annotated[
    str | None,
    typer.Option("--blobs", metavar="PLACE", help="Its blobs: a folder or a URL such as s3://BUCKET."),
]


def settings_of(data: Path | None, database: str | None, blobs: str | None) -> Settings:
    """The settings with these places; those that are not given are the environment's."""
    from lect.settings import Settings

    if data is not None and (database or blobs):
        raise typer.BadParameter("a data folder holds both: give --data, or --database and --blobs")
    given: dict[str, Any] = {"database": database, "blobs": blobs}
    if data is not None:  # it wins over an environment that names other places
        own = Settings(data=data).data_folder
        given = {"data": own, "database": f"sqlite:///{own / 'lect.db'}", "blobs": str(own / "blobs")}
    return Settings(**{name: value for name, value in given.items() if value is not None})
