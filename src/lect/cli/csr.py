"""`lect csr`: the projects, datasets, models, evaluations and endpoints of a server."""

from __future__ import annotations

from collections.abc import Iterator
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lect.cli import console, csr_endpoints, csr_models
from lect.cli.nouns import (
    Description,
    Filter,
    Language,
    Languages,
    Name,
    NewName,
    Project,
    Skip,
    Top,
    add_cancel,
    add_deletion,
    add_download,
    add_list,
    add_status,
    add_update,
)
from lect.cli.remote import Noun, first_line, locale_of, maybe, reference

if TYPE_CHECKING:
    from lect.client import Client, Entity


class Kind(StrEnum):
    """What an upload holds, as the API calls it."""

    ACOUSTIC = "Acoustic"
    AUDIO_FILES = "AudioFiles"
    LANGUAGE = "Language"
    LANGUAGE_MARKDOWN = "LanguageMarkdown"
    PRONUNCIATION = "Pronunciation"
    OUTPUT_FORMATTING = "OutputFormatting"


OfKind = Annotated[
    Kind,
    typer.Option(
        case_sensitive=False,
        help="Audio with transcripts, audio alone, plain text, structured text, pronunciations, display formats.",
        show_default=False,
    ),
]

projects = Noun(name="project", collection=lambda client: client.projects)
datasets = Noun(name="dataset", collection=lambda client: client.datasets)
evaluations = Noun(name="evaluation", collection=lambda client: client.evaluations)


def create_project(
    client: Client, *, name: Name, language: Language = None, description: Description = None
) -> Entity:
    """Make a project: a workspace of one language.

    Examples:
      lect csr project create --name orders --language en-US --output url > project.url
    """
    return client.projects.create(display_name=name, locale=language or "en-US", description=description)


def list_projects(
    client: Client, *, filter: Filter = None, skip: Skip = 0, top: Top = None, languages: Languages = False
) -> Iterator[Entity] | dict[str, list[str]]:
    """List projects, or the languages there are.

    Examples:
      lect csr project list --top 20

      lect csr project list --filter "displayName eq 'orders'" --output id
    """
    if languages:
        return client.projects.languages()
    return client.projects.all(filter=filter, skip=skip, top=top)


def create_dataset(
    client: Client,
    *,
    name: Name,
    kind: OfKind,
    content: Annotated[
        str,
        typer.Option(
            metavar="URL", help="Where the server fetches it, or @FILE with that.", show_default=False
        ),
    ],
    language: Language = None,
    description: Description = None,
    project: Project = None,
) -> Entity:
    """Make a dataset of what lies at an address that the server can reach.

    Examples:
      lect csr dataset create --name calls --kind Acoustic --content https://files.example/calls.zip --wait
    """
    into = maybe(client.projects, project)
    return client.datasets.create(
        display_name=name,
        kind=kind.value,
        content_url=first_line(content),
        locale=locale_of(client, language, into),
        description=description,
        project=into,
    )


def upload(
    client: Client,
    *,
    data: Annotated[Path, typer.Option(metavar="FILE", help="The file to send.", show_default=False)],
    kind: OfKind,
    name: NewName = None,
    language: Language = None,
    description: Description = None,
    project: Project = None,
) -> Entity:
    """Make a dataset of a file; one of more than 64 MB is sent in blocks. It is called like the file unless it has a --name.

    Examples:
      lect csr dataset upload --data orders.txt --kind Language --project @project.url --wait

      lect csr dataset upload --data calls.zip --kind Acoustic --language en-US --output url > dataset.url
    """
    console.require_files([data])
    into = maybe(client.projects, project)
    return client.datasets.upload(
        data,
        kind=kind.value,
        locale=locale_of(client, language, into),
        display_name=name,
        description=description,
        project=into,
    )


def report(
    client: Client,
    which: Entity,
    *,
    severity: Annotated[
        str | None, typer.Option(metavar="error|warning", help="Those alone.", show_default=False)
    ] = None,
    code: Annotated[
        str | None, typer.Option(metavar="CODE", help="Those alone, such as no_tab.", show_default=False)
    ] = None,
) -> dict[str, Any]:
    """Show what is wrong with a dataset, line by line.

    Examples:
      lect csr dataset report @dataset.url --severity error
    """
    found = list(client.datasets.report(which, severity=severity, code=code))
    if not found:
        typer.echo(
            "Nothing of that kind was found." if severity or code else "Nothing wrong was found.", err=True
        )
    return {"values": found}


def fix(
    client: Client,
    which: Entity,
    *,
    name: NewName = None,
    description: Description = None,
    project: Project = None,
) -> Entity:
    """Make a repaired copy of a dataset, as `lect check --fix` does of a file. The original stays.

    Examples:
      lect csr dataset fix @dataset.url --wait --output url > fixed.url
    """
    into = maybe(client.projects, project)
    return client.datasets.fix(which, display_name=name, description=description, project=into)


def erase(
    client: Client,
    which: Entity,
    *,
    file: Annotated[
        str,
        typer.Option(
            metavar="NAME", help="The recording, as the dataset's report calls it.", show_default=False
        ),
    ],
) -> Entity:
    """Remove a recording from a dataset and from all that was made of it, and list the models that have learned from it.

    Models keep what they have learned: delete them, or train them again. It cannot be undone.

    Examples:
      lect csr dataset erase @dataset.url --file call-17.wav --wait

      lect csr dataset erase @dataset.url --file call-17.wav --wait --json > erased.json
    """
    return client.datasets.erase(which, file)


def create_evaluation(
    client: Client,
    *,
    name: Name,
    model1: Annotated[
        str, typer.Option(metavar="REF", help="A model; base/ID is a base model.", show_default=False)
    ],
    model2: Annotated[
        str | None, typer.Option(metavar="REF", help="Another, to compare. Default: the same.")
    ] = None,
    dataset: Annotated[str, typer.Option(metavar="REF", help="Audio with transcripts.", show_default=False)],
    language: Language = None,
    description: Description = None,
    project: Project = None,
) -> Entity:
    """Measure one or two models on a dataset of audio with transcripts.

    Examples:
      lect csr evaluation create --name spring --model1 @model.url --model2 base/ID --dataset @test.url --wait
    """
    first, data = reference(client.models, model1), reference(client.datasets, dataset)
    into = maybe(client.projects, project)
    return client.evaluations.create(
        display_name=name,
        model1=first,
        model2=maybe(client.models, model2) or first,
        dataset=data,
        locale=locale_of(client, language, into, data),
        description=description,
        project=into,
    )


app = typer.Typer(
    name="csr",
    no_args_is_help=True,
    help="""Work with what a server keeps: projects, datasets, models, evaluations, endpoints.

    Examples:
      lect csr project create --name orders --language en-US --output url > project.url

      lect csr dataset upload --data orders.txt --kind Language --project @project.url --wait

      lect csr model list --project @project.url
    """,
)

projects.verb(create_project, name="create")
projects.verb(list_projects, name="list")
add_status(projects, works=False)
add_update(projects, in_project=False)

datasets.verb(create_dataset, name="create", waits=True)
datasets.verb(upload, waits=True)
datasets.verb(report, one=True)
datasets.verb(fix, one=True, waits=True)
datasets.verb(erase, one=True, waits=True)
evaluations.verb(create_evaluation, name="create", waits=True)
for noun in (datasets, evaluations):
    add_list(noun)
    add_status(noun)
    add_cancel(noun)
    add_update(noun)
    add_download(noun)

for noun in (projects, datasets, csr_models.models, evaluations, csr_endpoints.endpoints):
    add_deletion(noun)
    app.add_typer(noun.app)
