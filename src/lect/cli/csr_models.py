"""`lect csr model`: the models of a server."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lect.cli import console
from lect.cli.nouns import (
    Description,
    Files,
    Filter,
    Language,
    Languages,
    Name,
    NewName,
    Project,
    Skip,
    Top,
    add_cancel,
    add_download,
    add_status,
    add_update,
    require_both,
)
from lect.cli.remote import Noun, connected, first_line, locale_of, maybe, references
from lect.cli.remote import text as whole
from lect.core.errors import InvalidInput

if TYPE_CHECKING:
    from lect.client import Client, Entity

models = Noun(name="model", collection=lambda client: client.models)


def create(
    client: Client,
    *,
    name: Name,
    base: Annotated[
        str | None, typer.Option(metavar="REF", help="The base model. Default: the server's choice.")
    ] = None,
    dataset: Annotated[
        list[str] | None,
        typer.Option(
            "--dataset",
            "--datasets",
            metavar="REF",
            help="A dataset to train on, or @FILE with one a line. May be given again.",
            show_default=False,
        ),
    ] = None,
    text: Annotated[
        str | None, typer.Option(metavar="TEXT", help="Text to train on, or @FILE with it.")
    ] = None,
    weight: Annotated[
        int | None,
        typer.Option(metavar="PERCENT", min=1, max=100, help="Of the text. Default: the server's choice."),
    ] = None,
    deep_text: Annotated[
        bool,
        typer.Option("--deep-text", help="The weights learn the sentences, too. Needs --dev, or recordings."),
    ] = False,
    dev: Annotated[
        str | None,
        typer.Option(
            metavar="REF", help="A dataset of audio with transcripts to choose on.", show_default=False
        ),
    ] = None,
    guard: Annotated[
        str | None,
        typer.Option(
            metavar="REF",
            help="One of other domains, on which the model may do no harm.",
            show_default=False,
        ),
    ] = None,
    noise: Annotated[
        str | None,
        typer.Option(
            metavar="REF", help="One of audio alone, to be heard behind the speech.", show_default=False
        ),
    ] = None,
    synthetic_speech: Annotated[
        bool,
        typer.Option(
            "--synthetic-speech", help="Voices of the server's machine speak the text, too. Needs --dev."
        ),
    ] = False,
    no_audio_text: Annotated[
        bool, typer.Option("--no-audio-text", help="Do not learn transcripts as text.")
    ] = False,
    leave_out_suspects: Annotated[
        bool, typer.Option("--leave-out-suspects", help="Leave out what is probably transcribed wrongly.")
    ] = False,
    method: Annotated[
        str | None,
        typer.Option(help="What of the weights is trained: auto, lora, full or decoder.", show_default=False),
    ] = None,
    augment: Annotated[
        str | None,
        typer.Option(
            help="How recordings are changed each time they are heard: careful or full.", show_default=False
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            metavar="N", min=1, help="How often the audio is heard. Default: as its amount asks for."
        ),
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(min=0.0, max=1.0, help="How much of what the weights learned is kept. Default: chosen."),
    ] = None,
    allow_harm: Annotated[
        float | None,
        typer.Option(
            metavar="POINTS", min=0.0, help="How much worse the WER on the guard may become. Default: 0.5."
        ),
    ] = None,
    seed: Annotated[int | None, typer.Option(metavar="N", min=0, help="Of chance. Default: 0.")] = None,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what the training would do and take; train nothing.")
    ] = False,
    language: Language = None,
    description: Description = None,
    project: Project = None,
) -> Entity | dict[str, Any]:
    """Train a model on datasets, on a text, or on both. Datasets of audio alone are learned by self-training and need --dev.

    Examples:
      lect csr model create --name orders --dataset @dataset.url --project @project.url --wait

      lect csr model create --name names --text @names.txt --language en-US --output url > model.url

      lect csr model create --name calls --dataset @calls.url --dev @dev.url --seed 7 --wait

      lect csr model create --name calls --dataset @calls.url --dev @dev.url --dry-run
    """
    data = references(client.datasets, dataset or ())
    start, into = _base(client, base), maybe(client.projects, project)
    heard = {
        name: maybe(client.datasets, which)
        for name, which in (("dev", dev), ("guard", guard), ("noise", noise))
    }
    said = {
        "deepText": deep_text or None,
        "syntheticSpeech": synthetic_speech or None,
        "audioText": False if no_audio_text else None,
        "leaveOutSuspects": leave_out_suspects or None,
        "method": method,
        "augment": augment,
        "epochs": epochs,
        "alpha": alpha,
        "allowHarm": allow_harm,
        "seed": seed,
    }
    training = {name: {"self": each.url} for name, each in heard.items() if each} | {
        name: value for name, value in said.items() if value is not None
    }
    properties = {"customModelWeightPercent": weight, "training": training}
    make = client.models.plan if dry_run else client.models.create
    return make(
        display_name=name,
        base_model=start,
        datasets=data or None,
        text=None if text is None else whole(text),
        properties={name: value for name, value in properties.items() if value} or None,
        locale=locale_of(client, language, into, *data, start),
        description=description,
        project=into,
    )


def upload(
    client: Client,
    *,
    data: Annotated[Path, typer.Option(metavar="FILE.lect", help="The bundle to send.", show_default=False)],
    name: NewName = None,
    description: Description = None,
    project: Project = None,
) -> Entity:
    """Make a model of a bundle. It is called like the file unless it has a --name; the server needs its base model.

    Examples:
      lect csr model upload --data orders.lect --project @project.url --output url > model.url
    """
    console.require_files([data])
    into = maybe(client.projects, project)
    return client.models.upload(data, display_name=name, description=description, project=into)


def list_(
    client: Client,
    which: Entity | None,
    *,
    base: Annotated[bool, typer.Option("--base", help="List the base models instead.")] = False,
    files: Files = False,
    project: Project = None,
    filter: Filter = None,
    skip: Skip = 0,
    top: Top = None,
    languages: Languages = False,
) -> Iterator[Entity] | dict[str, list[str]]:
    """List custom models, base models, the files of one, or the languages there are.

    Examples:
      lect csr model list --project @project.url

      lect csr model list --base --filter "locale eq 'en-US'" --output url

      lect csr model list @model.url --files
    """
    require_both(models, which, files=files)
    if languages:
        return client.models.languages()
    if which:
        return client.models.files(which)
    if base:
        return client.models.base(filter=filter, skip=skip, top=top)
    return client.models.all(project=maybe(client.projects, project), filter=filter, skip=skip, top=top)


def copy(
    client: Client,
    which: Entity,
    *,
    target: Annotated[
        str | None, typer.Option(metavar="URL", help="The other server.", show_default=False)
    ] = None,
    target_key: Annotated[
        str | None, typer.Option(metavar="KEY", help="A key of the other server, or @FILE with one.")
    ] = None,
    source: Annotated[
        str | None,
        typer.Option(
            metavar="ID", help="What the other server calls this one. Default: the model's address."
        ),
    ] = None,
    authorization: Annotated[
        str | None,
        typer.Option(metavar="@FILE", help="What `authorize-copy` printed for the other server."),
    ] = None,
) -> Entity:
    """Copy a custom model to another server, which has to allow it.

    Either you have a key of the other server, or somebody who has one sends you what `authorize-copy` printed.
    With --wait, --output url prints the address of the copy.

    Examples:
      lect csr model copy @model.url --target https://other.example --target-key @other.key --wait

      lect csr model copy @model.url --authorization @allowed.json --wait
    """
    if (target is None) == (authorization is None):
        raise typer.BadParameter("give this or --authorization", param_hint="--target")
    if authorization is not None:
        return client.models.copy(which, _document(authorization))
    with connected(target, target_key or "") as other:  # the key of this server is not for the other one
        allowed = other.models.authorise_copy(source or which.url)
    return client.models.copy(which, allowed)


def authorize_copy(
    client: Client,
    *,
    source: Annotated[
        str,
        typer.Option(
            metavar="ID",
            help="What it comes from: the address of the model, or that of its server for any one of its models.",
            show_default=False,
        ),
    ],
) -> dict[str, Any]:
    """Allow another server to copy a model to this one; prints what `copy` there asks for.

    Examples:
      lect csr model authorize-copy --source @model.url --json > allowed.json
    """
    return client.models.authorise_copy(first_line(source))


def _base(client: Client, given: str | None) -> Entity | None:
    """A model to start from: with a bare id, a base model."""
    if given is None:
        return None
    which = first_line(given)
    return client.models.at(which if "/" in which else f"base/{which}")


def _document(given: str) -> dict[str, Any]:
    try:
        document = json.loads(whole(given))
    except ValueError:
        document = None
    if not isinstance(document, dict):
        raise InvalidInput(f"{given}: this is not what `authorize-copy` prints as JSON")
    return document


models.verb(create, waits=True)
models.verb(upload)
models.verb(list_, one=True, optional=True)
add_status(models)
add_cancel(models)
add_update(models)
add_download(models, what="all files and the bundle")
models.verb(copy, one=True, waits=True)
models.verb(authorize_copy)
