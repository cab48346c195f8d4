"""`lect batch`: transcriptions of many files by a server."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lect.cli.nouns import (
    Description,
    Language,
    Name,
    Project,
    add_cancel,
    add_deletion,
    add_download,
    add_list,
    add_status,
    add_update,
)
from lect.cli.remote import Noun, first_line, lines, locale_of, maybe

if TYPE_CHECKING:
    from lect.client import Client, Entity

transcriptions = Noun(name="transcription", prefix="batch", collection=lambda client: client.transcriptions)


def create(
    client: Client,
    *,
    name: Name,
    content: Annotated[
        list[str] | None,
        typer.Option(
            metavar="URL",
            help="Where audio lies, or @FILE with one address a line. May be given again.",
            show_default=False,
        ),
    ] = None,
    container: Annotated[
        str | None,
        typer.Option(metavar="URL", help="A container of audio, or @FILE with its address."),
    ] = None,
    dataset: Annotated[str | None, typer.Option(metavar="REF", help="A dataset of audio.")] = None,
    model: Annotated[
        str | None,
        typer.Option(metavar="REF", help="base/ID is a base model. Default: the server's choice."),
    ] = None,
    diarization: Annotated[bool, typer.Option("--diarization", help="Tell speakers apart.")] = False,
    word_times: Annotated[bool, typer.Option("--word-times", help="Tell when each word is said.")] = False,
    setting: Annotated[
        list[str] | None,
        typer.Option(
            "--property",
            metavar="NAME=VALUE",
            help="Any property of the API, such as punctuationMode=None or diarization.speakers.maxCount=4.",
            show_default=False,
        ),
    ] = None,
    language: Language = None,
    description: Description = None,
    project: Project = None,
) -> Entity:
    """Transcribe audio that the server can reach: files, a container, or a dataset.

    Examples:
      lect batch transcription create --name calls --content https://files.example/1.wav --language en-US --wait

      lect batch transcription create --name calls --content @urls.txt --model @model.url --output url > calls.url

      lect batch transcription create --name calls --dataset @audio.url --property timeToLive=P7D
    """
    if sum(map(bool, (content, container, dataset))) != 1:
        raise typer.BadParameter("give one of --content, --container and --dataset", param_hint="--content")
    data, by = maybe(client.datasets, dataset), maybe(client.models, model)
    into = maybe(client.projects, project)
    properties = _properties(setting or ())
    if diarization:
        properties["diarizationEnabled"] = True
    if word_times:
        properties["wordLevelTimestampsEnabled"] = True
    return client.transcriptions.create(
        display_name=name,
        content_urls=[url for each in content or () for url in lines(each)] or None,
        content_container_url=first_line(container) if container else None,
        dataset=data,
        model=by,
        properties=properties or None,
        locale=locale_of(client, language, into, data, by),
        description=description,
        project=into,
    )


def _properties(given: Iterable[str]) -> dict[str, Any]:
    """`NAME=VALUE`s as a document; a dot in a name leads one step down, a value that is JSON is taken as that."""
    properties: dict[str, Any] = {}
    for each in given:
        name, equals, value = each.partition("=")
        if not (name and equals):
            raise typer.BadParameter(f"{each!r} is not NAME=VALUE", param_hint="--property")
        *above, last = name.split(".")
        place = properties
        for step in above:
            place = place.setdefault(step, {})
            if not isinstance(place, dict):
                raise typer.BadParameter(f"{step} has a value already", param_hint="--property")
        place[last] = _value(value)
    return properties


def _value(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text


app = typer.Typer(
    name="batch",
    no_args_is_help=True,
    help="""Transcribe many files by a server.

    Examples:
      lect batch transcription create --name calls --content https://files.example/1.wav --language en-US --wait

      lect batch transcription list --top 20
    """,
)
transcriptions.verb(create, waits=True)
for add in (add_list, add_status, add_cancel, add_update, add_download, add_deletion):
    add(transcriptions)
app.add_typer(transcriptions.app)
