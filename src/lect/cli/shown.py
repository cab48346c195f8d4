"""What commands that ask a server print: for people, or for the next command."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Any

import typer

from lect.cli import console

if TYPE_CHECKING:
    from lect.client import Entity

_COLUMNS: Mapping[str, Callable[[Entity], str]] = {  # of a table; those that no row has are left out
    "id": lambda each: each.id,
    "name": lambda each: each.display_name,
    "language": lambda each: each.locale or "",
    "kind": lambda each: each.document.get("kind", ""),
    "status": lambda each: each.status or "",
    "created": lambda each: each.document.get("createdDateTime", ""),
    "address": lambda each: each.address or "",
}


class Output(StrEnum):
    """What is printed of a resource."""

    JSON = "json"
    URL = "url"
    ID = "id"


def show(result: Any, output: Output | None) -> None:
    """Print what a command found: a resource, several, paths of files, or a plain document; None: nothing."""
    from lect.client import Entity

    if result is None:
        return
    if isinstance(result, Entity):
        _show_one(result, output)
    elif isinstance(result, Mapping):
        _show_document(result, output)
    else:
        _show_several(result, output)


def _show_one(entity: Entity, output: Output | None) -> None:
    if output is Output.JSON:
        console.print_json(entity.document)
    elif output:
        typer.echo(_name(entity, output))
    else:
        told = {name: value for name, value in entity.document.items() if name != "links"}
        _show_document(told | ({"address": entity.address} if entity.address else {}), output)


def _show_document(document: Mapping[str, Any], output: Output | None) -> None:
    if output is Output.JSON:
        console.print_json(document)
    elif document == {"values": []}:
        typer.echo("There is nothing to list.", err=True)
    else:
        console.print_table(("", ""), console.flattened(document))


def _show_several(results: Iterable[Entity | Path], output: Output | None) -> None:
    if output in {Output.URL, Output.ID}:
        for each in results:  # as they come: the next command may want the first only
            typer.echo(str(each) if isinstance(each, Path) else _name(each, output))
        return
    found = list(results)
    if output:
        console.print_json(
            {"values": [str(each) if isinstance(each, Path) else each.document for each in found]}
        )
    else:
        for path in (each for each in found if isinstance(each, Path)):
            typer.echo(path)
        _show_table([each for each in found if not isinstance(each, Path)])


def _show_table(entities: list[Entity]) -> None:
    columns = {name: [str(cell(each)) for each in entities] for name, cell in _COLUMNS.items()}
    told = {name: cells for name, cells in columns.items() if any(cells)}
    if told:
        console.print_table(tuple(told), list(zip(*told.values(), strict=True)))


def _name(entity: Entity, output: Output) -> str:
    return entity.made.url if output is Output.URL else entity.made.id
