"""`lect models`: which base models there are, what a model is, whether it is whole."""

from __future__ import annotations

from dataclasses import asdict
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="models",
    no_args_is_help=True,
    help="""List, show, fetch, export and verify models.

    Examples:
      lect models list

      lect models show whisper-base

      lect models pull whisper-small
    """,
)


class Layout(StrEnum):
    """Whose folders can be written."""

    HUGGINGFACE = "huggingface"
    CTRANSLATE2 = "ctranslate2"


Name = Annotated[
    str,
    typer.Argument(
        metavar="MODEL", help="A name of the catalogue, a folder, OWNER/NAME@COMMIT, or a bundle."
    ),
]
Revision = Annotated[
    str | None, typer.Option(metavar="COMMIT", help="The commit of a model on the Hugging Face hub.")
]
Json = Annotated[bool, typer.Option("--json", help="Print one JSON document.")]


@app.command("list")
def list_models(*, json: Json = False) -> None:
    """List the base models that are known by name.

    Any other Whisper works too: as a folder, or as OWNER/NAME@COMMIT of the Hugging Face hub.

    Examples:
      lect models list

      lect models list --json
    """
    from lect.cli import console
    from lect.models import catalogue, resolver

    settings = _settings()
    rows = [
        {
            "name": model.name,
            "default": model.name == catalogue.DEFAULT,
            "ready": resolver.is_present(model, settings=settings),
            "languages": model.languages,
            "parameters": model.parameters * 1_000_000,
            "bytes": sum(file.size for file in model.files),
            "licence": model.licence,
            "source": str(model.source),
        }
        for model in catalogue.BASE_MODELS
    ]
    if json:
        return console.print_json({"models": rows})
    head = ("name", "ready", "languages", "parameters", "download", "licence")
    return console.print_table(head, [_list_row(row) for row in rows])


@app.command()
def show(name: Name, *, revision: Revision = None, json: Json = False) -> None:
    """Show what a model is: its base, its hashes, what it was trained on.

    Examples:
      lect models show whisper-base

      lect models show coffee.lect
    """
    from lect.cli import console
    from lect.models import bundles, resolver

    if bundles.is_bundle(Path(name)):
        bundle = bundles.open_bundle(Path(name))
        document = {"bundle": name, **asdict(bundle.manifest), "provenance": bundle.provenance}
    else:
        folder = resolver.resolve(name, settings=_settings(), revision=revision, download=False)
        document = {**asdict(folder), "path": str(folder.path), "files": folder.files}
    return (
        console.print_json(document) if json else console.print_table(("", ""), console.flattened(document))
    )


@app.command()
def pull(name: Name, *, revision: Revision = None, json: Json = False) -> None:
    """Fetch a base model, so that it can be used offline, and verify it.

    Examples:
      lect models pull whisper-small

      lect models pull OWNER/NAME --revision COMMIT
    """
    from lect.cli import console
    from lect.models import resolver

    folder = resolver.resolve(name, settings=_settings(), revision=revision)
    document = {"name": folder.name, "path": str(folder.path), "weights_sha256": folder.weights_sha256}
    if json:
        return console.print_json(document)
    return typer.echo(f"{folder.name} is ready in {folder.path}")


@app.command()
def export(
    name: Name,
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="The folder to make.")],
    *,
    to: Annotated[
        Layout, typer.Option(help="huggingface, for transformers; ctranslate2, for faster-whisper.")
    ],
    revision: Revision = None,
    json: Json = False,
) -> None:
    """Write a model's weights as a folder that another program opens.

    What was trained on recordings is merged with its base. Text that a custom model knows works in Lect's own search alone and
    stays behind.

    Examples:
      lect models export whisper-base base --to huggingface

      lect models export coffee.lect coffee --to ctranslate2
    """
    from lect.cli import console
    from lect.models.exports import export_model

    exported = export_model(name, folder, to=to.value, settings=_settings(), revision=revision)
    if json:
        return console.print_json(exported.to_json())
    if exported.text_left_out:
        typer.echo("The text that the model knows is not in it: no other program can use it.", err=True)
    return typer.echo(f"{name} is written to {exported.folder}")


@app.command()
def verify(name: Name, *, revision: Revision = None, json: Json = False) -> None:
    """Read a model anew and compare every hash. Exits 1 if a file is damaged.

    Examples:
      lect models verify whisper-base

      lect models verify coffee.lect
    """
    from lect.cli import console
    from lect.models import bundles

    rows = _verify_bundle(Path(name)) if bundles.is_bundle(Path(name)) else _verify_base(name, revision)
    ok = all(row["ok"] for row in rows)
    if json:
        console.print_json({"model": name, "ok": ok, "files": rows})
    else:
        cells = [(Path(row["file"]).name, row["sha256"], _verdict(row)) for row in rows]
        console.print_table(("file", "SHA-256", ""), cells)
    if not ok:
        raise typer.Exit(1)


def _verify_bundle(path: Path) -> list[dict[str, Any]]:
    from lect.models import bundles

    members = bundles.open_bundle(path).manifest.members  # opening compares every hash
    return [
        {"file": member, "sha256": known.sha256, "expected": known.sha256, "ok": True}
        for member, known in members.items()
    ]


def _verify_base(name: str, revision: str | None) -> list[dict[str, Any]]:
    from lect.models import resolver

    return [
        {"file": str(check.file), "sha256": check.actual, "expected": check.expected, "ok": check.ok}
        for check in resolver.verify(name, settings=_settings(), revision=revision)
    ]


def _settings() -> Any:
    from lect.settings import Settings

    return Settings()


def _verdict(row: dict[str, Any]) -> str:
    if not row["ok"]:
        return f"DAMAGED, expected {row['expected']}"
    return "ok" if row["expected"] else "nothing pinned to compare with"


def _list_row(row: dict[str, Any]) -> tuple[str, ...]:
    return (
        row["name"] + (" (default)" if row["default"] else ""),
        "yes" if row["ready"] else "no",
        row["languages"],
        f"{row['parameters'] // 1_000_000} M",
        f"{row['bytes'] / 1e6:,.0f} MB",
        row["licence"],
    )
