"""`lect csr endpoint`: the endpoints of a server, and the logs they keep."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lect.cli.nouns import (
    Description,
    Filter,
    Folder,
    Language,
    Languages,
    Name,
    NewName,
    Project,
    Skip,
    Top,
    add_status,
    changed,
    require_both,
)
from lect.cli.remote import Noun, locale_of, maybe
from lect.cli.remote import text as whole

if TYPE_CHECKING:
    from lect.client import Client, Entity

Logging = Annotated[
    bool | None,
    typer.Option("--logging/--no-logging", help="Whether it keeps the audio and transcripts of requests."),
]

endpoints = Noun(name="endpoint", collection=lambda client: client.endpoints)


def create(
    client: Client,
    *,
    name: Name,
    model: Annotated[
        str | None,
        typer.Option(metavar="REF", help="The model that answers there; base/ID is a base model."),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Text to adapt it to, or @FILE with it.")
    ] = None,
    logging: Logging = None,
    language: Language = None,
    description: Description = None,
    project: Project = None,
) -> Entity:
    """Make an endpoint: an address at which a model answers.

    Examples:
      lect csr endpoint create --name orders --model @model.url --wait

      lect csr endpoint create --name orders --model @model.url --logging --output url > endpoint.url
    """
    answering, into = maybe(client.models, model), maybe(client.projects, project)
    return client.endpoints.create(
        display_name=name,
        model=answering,
        text=None if text is None else whole(text),
        properties=None if logging is None else {"loggingEnabled": logging},
        locale=locale_of(client, language, into, answering),
        description=description,
        project=into,
    )


def list_(
    client: Client,
    which: Entity | None,
    *,
    logs: Annotated[bool, typer.Option("--logs", help="List the logs of the one that is named.")] = False,
    project: Project = None,
    filter: Filter = None,
    skip: Skip = 0,
    top: Top = None,
    languages: Languages = False,
) -> Iterator[Entity] | dict[str, list[str]]:
    """List endpoints, the logs of one, or the languages there are.

    The logs of the base models of a language are those of base/LOCALE.

    Examples:
      lect csr endpoint list --project @project.url

      lect csr endpoint list @endpoint.url --logs --top 20

      lect csr endpoint list base/en-US --logs
    """
    require_both(endpoints, which, logs=logs)
    if languages:
        return client.endpoints.languages()
    if which:
        return client.endpoints.logs(which, top=top)
    return client.endpoints.all(project=maybe(client.projects, project), filter=filter, skip=skip, top=top)


def update(
    client: Client,
    which: Entity,
    *,
    model: Annotated[
        str | None, typer.Option(metavar="REF", help="The model that is to answer there from now on.")
    ] = None,
    logging: Logging = None,
    name: NewName = None,
    description: Description = None,
    project: Project = None,
) -> Entity:
    """Change the model of an endpoint, whether it keeps logs, what it is called or where it belongs.

    Examples:
      lect csr endpoint update @endpoint.url --model @better.url --wait

      lect csr endpoint update @endpoint.url --no-logging
    """
    return changed(
        endpoints,
        client,
        which,
        model=maybe(client.models, model),
        properties=None if logging is None else {"contentLoggingEnabled": logging},
        display_name=name,
        description=description,
        project=maybe(client.projects, project),
    )


def rollback(client: Client, which: Entity) -> Entity:
    """Go back to the model that an endpoint served before. Done twice, it is where it began.

    Examples:
      lect csr endpoint rollback @endpoint.url
    """
    return client.endpoints.roll_back(which)


def history(client: Client, which: Entity, *, top: Top = None) -> dict[str, Any]:
    """Show which models were deployed to an endpoint, when, why and by whom.

    Examples:
      lect csr endpoint history @endpoint.url
    """
    return {"values": list(client.endpoints.deployments(which, top=top))}


def download(client: Client, which: Entity, *, to: Folder = Path()) -> list[Path]:
    """Write the logs of an endpoint to a folder, audio and transcriptions, and print their paths.

    Examples:
      lect csr endpoint download @endpoint.url --to logs/
    """
    return client.endpoints.save_logs(which, to)


def to_dataset(
    client: Client,
    which: Entity,
    *,
    name: Name,
    drafts: Annotated[
        bool,
        typer.Option(
            "--drafts", help="A recording for each segment, with what was recognised as draft transcript."
        ),
    ] = False,
    since: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="Those of this day and later."),
    ] = None,
    until: Annotated[
        datetime | None, typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="Those before this day.")
    ] = None,
    description: Description = None,
    project: Project = None,
) -> Entity:
    """Make a dataset of the logs of an endpoint. Days are those of UTC.

    Drafts are what the model heard, mistakes and all: correct them before you train on them or measure with them.

    Examples:
      lect csr endpoint to-dataset @endpoint.url --name calls --output url > calls.url

      lect csr endpoint to-dataset base/en-US --name drafts --drafts --since 2026-01-01
    """
    return client.endpoints.logs_to_dataset(
        which,
        display_name=name,
        kind="Acoustic" if drafts else None,
        since=_start(since),
        until=_start(until),
        description=description,
        project=maybe(client.projects, project),
    )


def _start(day: datetime | None) -> str | None:
    return day.replace(tzinfo=UTC).isoformat() if day else None


def delete_logs(
    client: Client,
    which: Entity,
    *,
    until: Annotated[
        datetime | None,
        typer.Option(formats=["%Y-%m-%d"], metavar="DAY", help="Those up to this day and of it."),
    ] = None,
) -> None:
    """Delete the logs of an endpoint, or those up to a day. The server may take its time.

    Examples:
      lect csr endpoint delete-logs @endpoint.url --until 2025-12-31
    """
    client.endpoints.delete_logs(which, until=until.date() if until else None)


endpoints.verb(create, waits=True)
endpoints.verb(list_, one=True, optional=True)
add_status(endpoints)
endpoints.verb(update, one=True, waits=True)
endpoints.verb(rollback, one=True, waits=True)
endpoints.verb(history, one=True)
endpoints.verb(download, one=True)
endpoints.verb(to_dataset, one=True)
endpoints.verb(delete_logs, one=True, silent=True)
