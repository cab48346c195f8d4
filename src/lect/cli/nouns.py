"""The commands that all nouns of a server have: list, status, update, delete, download."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lect.cli.options import locale_of_speech
from lect.cli.remote import Noun, doing, maybe

if TYPE_CHECKING:
    from lect.client import Client, Entity

Skip = Annotated[int, typer.Option(metavar="N", min=0, help="How many to leave out at the beginning.")]
Top = Annotated[
    int | None, typer.Option(metavar="N", min=1, help="How many to list at most.", show_default=False)
]
Filter = Annotated[
    str | None,
    typer.Option(metavar="TEXT", help="Such as \"status eq 'Failed' and locale eq 'en-US'\"."),
]
Languages = Annotated[bool, typer.Option("--languages", help="List the languages there are instead.")]
Project = Annotated[
    str | None, typer.Option(metavar="REF", help="Id or address of a project, or @FILE with one.")
]
Name = Annotated[str, typer.Option(metavar="TEXT", help="What people call it.", show_default=False)]
NewName = Annotated[str | None, typer.Option("--name", metavar="TEXT", help="What people call it.")]
Description = Annotated[str | None, typer.Option(metavar="TEXT", help="What it is for.")]
Language = Annotated[
    str | None,
    typer.Option(
        metavar="LOCALE",
        help="Such as de-DE. Default: that of what it is made from, else en-US.",
        callback=locale_of_speech,
    ),
]
Files = Annotated[bool, typer.Option("--files", help="List the files of the one that is named.")]
Folder = Annotated[
    Path, typer.Option("--to", metavar="FOLDER", help="Where to write the files; it is made if need be.")
]


def add_deletion(noun: Noun) -> None:
    """`delete`."""

    def delete(client: Client, which: Entity) -> None:
        noun.collection(client).delete(which)

    noun.verb(
        delete,
        one=True,
        silent=True,
        about=f"""Delete {_one(noun.name)}; one that is not there is no error.

        Examples:
          lect {noun.prefix} {noun.name} delete 7f2c41d0-5d1b-4f0e-9d3b-0f6a5c0f7a11

          lect {noun.prefix} {noun.name} delete @{noun.name}.url
        """,
    )


def add_status(noun: Noun, *, works: bool = True) -> None:
    """`status`.

    Args:
        works: there is work behind it that can be waited for
    """

    def status(client: Client, which: Entity) -> Entity:
        found = noun.collection(client).get(which)
        if works and (work := noun.collection(client).work(found)):
            typer.echo(f"{work.done:.0%} · {doing(found, work)}", err=True)
        return found

    more = f"\n\n          lect {noun.prefix} {noun.name} status @{noun.name}.url --wait 600" if works else ""
    noun.verb(
        status,
        one=True,
        waits=works,
        about=f"""Show {_one(noun.name)} as it is now{", and how far its work is" if works else ""}.

        Examples:
          lect {noun.prefix} {noun.name} status @{noun.name}.url{more}
        """,
    )


def add_cancel(noun: Noun) -> None:
    """`cancel` the work of one."""

    def cancel(client: Client, which: Entity) -> Entity:
        return noun.collection(client).cancel(which)

    noun.verb(
        cancel,
        one=True,
        about=f"""End the work of {_one(noun.name)}. Within a second it has failed, as cancelled; what it had is kept.

        Examples:
          lect {noun.prefix} {noun.name} cancel @{noun.name}.url
        """,
    )


def add_update(noun: Noun, *, in_project: bool = True) -> None:
    """`update` of names and, unless it is one, the project."""

    def update_alone(
        client: Client, which: Entity, *, name: NewName = None, description: Description = None
    ) -> Entity:
        return changed(noun, client, which, display_name=name, description=description)

    def update_in_project(
        client: Client,
        which: Entity,
        *,
        name: NewName = None,
        description: Description = None,
        project: Project = None,
    ) -> Entity:
        into = maybe(client.projects, project)
        return changed(noun, client, which, display_name=name, description=description, project=into)

    noun.verb(
        update_in_project if in_project else update_alone,
        name="update",
        one=True,
        about=f"""Change what {_one(noun.name)} is called{" or where it belongs" if in_project else ""}.

        Examples:
          lect {noun.prefix} {noun.name} update @{noun.name}.url --name "orders, spring"
        """,
    )


def changed(noun: Noun, client: Client, which: Entity, **fields: Any) -> Entity:
    """A resource with some of its fields changed; wrong usage if there are none."""
    if all(value is None for value in fields.values()):
        raise typer.BadParameter("give what to change, such as --name", param_hint="OPTIONS")
    return noun.collection(client).update(which, **fields)


def add_download(noun: Noun, *, what: str = "all files") -> None:
    """`download` of all files.

    Args:
        what: is written to the folder
    """

    def download(client: Client, which: Entity, *, to: Folder = Path()) -> list[Path]:
        return noun.collection(client).save(which, to)

    noun.verb(
        download,
        one=True,
        about=f"""Write {what} of {_one(noun.name)} to a folder, and print their paths.

        Examples:
          lect {noun.prefix} {noun.name} download @{noun.name}.url --to {noun.name}/
        """,
    )


def add_list(noun: Noun) -> None:
    """`list`: all of them, those of a project, the files of one, or the languages."""

    def list_(
        client: Client,
        which: Entity | None,
        *,
        files: Files = False,
        project: Project = None,
        filter: Filter = None,
        skip: Skip = 0,
        top: Top = None,
        languages: Languages = False,
    ) -> Any:
        collection = noun.collection(client)
        require_both(noun, which, files=files)
        if languages:
            return collection.languages()
        if which:
            return collection.files(which)
        return collection.all(project=maybe(client.projects, project), filter=filter, skip=skip, top=top)

    noun.verb(
        list_,
        one=True,
        optional=True,
        about=f"""List {noun.name}s, the files of one, or the languages there are.

        Examples:
          lect {noun.prefix} {noun.name} list --top 20 --filter "status eq 'Failed'"

          lect {noun.prefix} {noun.name} list --project @project.url --output url

          lect {noun.prefix} {noun.name} list @{noun.name}.url --files
        """,
    )


def require_both(noun: Noun, which: Entity | None, **parts: bool) -> None:
    """Make sure that what is listed is a part of a resource that is named, or no part is asked for: else wrong usage."""
    [(part, wanted)] = parts.items()
    if wanted and which is None:
        raise typer.BadParameter(f"--{part} needs to know of which {noun.name}", param_hint=noun.name.upper())
    if which and not wanted:
        raise typer.BadParameter(f"say what to list of it: --{part}", param_hint=noun.name.upper())


def _one(name: str) -> str:
    """`endpoint` as `an endpoint`."""
    return f"{'an' if name[0] in 'aeiou' else 'a'} {name}"
