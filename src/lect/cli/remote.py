"""Commands that ask a server: what all of them share.

A command is a function of a `Client`, perhaps of one resource, and of its own options. `Noun.verb` adds the options that all
have (`--server`, `--key`, `--output`, `--wait`), connects, waits and shows what the function returns.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from typer.core import TyperCommand

from lect.cli.shown import Output, show
from lect.core.errors import InvalidInput, LectError, NotFound
from lect.core.progress import span

if TYPE_CHECKING:
    from lect.client import Client, Entity
    from lect.client.collection import Collection, Work

_LATE = dict.fromkeys(
    ("Client", "Collection", "Entity", "Work"), object
)  # types that load httpx: only checkers see them
_SECONDS = re.compile(r"\d+(\.\d*)?")

Server = Annotated[
    str | None,
    typer.Option(
        metavar="URL", help="The server's address. Default: LECT_CLIENT_SERVER, else http://localhost:8080."
    ),
]
Key = Annotated[
    str | None,
    typer.Option(
        metavar="KEY",
        help="A key of the server, or @FILE with one. Default: LECT_CLIENT_KEY, which other users cannot see.",
    ),
]
Shape = Annotated[
    Output | None,
    typer.Option("--output", "-o", help="Print the server's document, or nothing but addresses or ids."),
]
Json = Annotated[bool, typer.Option("--json", help="The same as --output json.")]
Wait = Annotated[
    float | None,
    typer.Option(
        metavar="[SECONDS]",
        help="Wait until the work is done, at most so long; exit 1 if it fails.",
        min=0,
        show_default=False,
    ),
]


@dataclass(frozen=True, kw_only=True)
class Noun:
    """The commands of one noun."""

    name: str  # in one word, as in `lect csr NAME`
    prefix: str = "csr"  # the command that it belongs to
    collection: Callable[[Client], Collection]
    app: typer.Typer = field(init=False)

    def __post_init__(self) -> None:
        """Begin with no commands."""
        help = f"""Work with {self.name}s on a server.

        Examples:
          lect {self.prefix} {self.name} list

          lect {self.prefix} {self.name} status @{self.name}.url
        """
        app = typer.Typer(name=self.name, no_args_is_help=True, help=help)
        object.__setattr__(self, "app", app)

    def verb(
        self,
        function: Callable[..., Any],
        *,
        name: str | None = None,
        one: bool = False,
        optional: bool = False,
        waits: bool = False,
        silent: bool = False,
        about: str | None = None,
    ) -> None:
        """Make a command of a function of a client.

        Args:
            name: of the command, if not the function's
            one: the function takes a resource of this noun as well
            optional: or None, if the user names none
            waits: what it returns may have work behind it, which `--wait` waits for
            silent: it returns nothing to show
            about: the help, if not the function's docstring
        """

        def run(**given: Any) -> None:
            server, key = given.pop("server"), given.pop("key")
            json, output = given.pop("json", False), given.pop("output", None)
            output = Output.JSON if json else output
            seconds = given.pop("wait", None)
            with connected(server, key) as client:
                which = []
                if one:
                    which = [self._one(client, given.pop("which"), given.pop("same"), optional=optional)]
                result = function(client, *which, **given)
                if seconds is not None and not isinstance(result, Mapping):
                    result = self._waited(client, result, seconds, output)
                show(result, output)

        run.__signature__ = self._signature(function, one=one, waits=waits, silent=silent)  # type: ignore[attr-defined]
        run.__annotations__ = {each.name: each.annotation for each in run.__signature__.parameters.values()}  # type: ignore[attr-defined]
        run.__doc__ = about or function.__doc__
        self.app.command(name or function.__name__.rstrip("_").replace("_", "-"), cls=_Command)(run)

    def _signature(
        self, function: Callable[..., Any], *, one: bool, waits: bool, silent: bool
    ) -> inspect.Signature:
        own = list(inspect.signature(function, eval_str=True, locals=_LATE).parameters.values())
        shared: dict[str, Any] = {"wait": Wait} if waits else {}
        shared |= {} if silent else {"output": Shape, "json": Json}
        shared |= {"server": Server, "key": Key}
        return inspect.Signature(
            [
                *(self._naming_one() if one else []),
                *own[2 if one else 1 :],
                *(
                    _keyword(name, kind, default=False if name == "json" else None)
                    for name, kind in shared.items()
                ),
            ]
        )

    def _naming_one(self) -> list[inspect.Parameter]:
        described = f"Its id or address, or @FILE with one. Also as --{self.name}."
        argument = typer.Argument(metavar=self.name.upper(), help=described, show_default=False)
        option = typer.Option(f"--{self.name}", hidden=True)
        return [
            _keyword("which", Annotated[str | None, argument]),
            _keyword("same", Annotated[str | None, option]),
        ]

    def _one(self, client: Client, which: str | None, same: str | None, *, optional: bool) -> Entity | None:
        given = [each for each in (which, same) if each is not None]
        if len(given) > 1 or not (given or optional):
            raise typer.BadParameter("give one", param_hint=self.name.upper())
        return reference(self.collection(client), given[0]) if given else None

    def _waited(self, client: Client, entity: Entity, seconds: float, output: Output | None) -> Entity:
        """The entity when its work is done. If that fails or is interrupted, at least its name is known."""
        from lect.cli import console

        timeout = None if seconds == float("inf") else seconds
        try:
            with console.progress() as tell:
                return self.collection(client).wait(
                    entity,
                    timeout=timeout,
                    told=lambda now, work: tell(
                        f"{now.display_name or self.name} · {doing(now, work)}", work.done if work else None
                    ),
                    away=lambda error: typer.echo(f"{error} Waiting for it.", err=True),
                )
        except (LectError, KeyboardInterrupt):
            if output in {Output.URL, Output.ID}:
                show(entity, output)
            raise


def doing(now: Entity, work: Work | None) -> str:
    """What is being done for a resource, and how long it still takes, as far as that is known."""
    if work is None or not work.message:
        return str(now.status)
    left = "" if work.eta is None else f", about {span(work.eta)} left"
    return f"{work.message}{left}"


class _Command(TyperCommand):
    """A command whose `--wait` may stand without a number."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Give a `--wait` without a number all the time there is."""
        if any("--wait" in parameter.opts for parameter in self.params):
            followed = zip(args, [*args[1:], ""], strict=False)
            args = [
                "--wait=inf" if each == "--wait" and not _SECONDS.fullmatch(after) else each
                for each, after in followed
            ]
        return super().parse_args(ctx, args)


def connected(server: str | None, key: str | None) -> Client:
    """A client of the server that is named, else of the one in the settings.

    Args:
        server: its address
        key: a key, or `@FILE` with one; None: that in the settings; empty: none
    """
    import lect.client
    from lect.settings import Settings

    settings = Settings().client
    if key is None and settings.key:
        key = settings.key.get_secret_value()
    elif key:
        key = first_line(key)
    return lect.client.Client(server or settings.server, key=key)


def reference(collection: Collection, given: str) -> Entity:
    """The resource that is named by an id, an address, or `@FILE` whose first line is one."""
    return collection.at(first_line(given))


def references(collection: Collection, given: Iterable[str]) -> list[Entity]:
    """Resources, each as in `reference`; every line of a `@FILE` counts."""
    return [collection.at(line) for each in given for line in lines(each)]


def maybe(collection: Collection, given: str | None) -> Entity | None:
    """As `reference`, if anything is given."""
    return None if given is None else reference(collection, given)


def first_line(given: str) -> str:
    """What is given, or the first line of `@FILE`."""
    return lines(given)[0]


def lines(given: str) -> list[str]:
    """What is given, or the lines of `@FILE`, without those that are empty.

    Raises:
        InvalidInput: the file has none.
    """
    if not given.startswith("@"):
        return [given]
    found = [line.strip() for line in text(given).splitlines() if line.strip()]
    if not found:
        raise InvalidInput(f"{given}: nothing is in it")
    return found


def text(given: str) -> str:
    """What is given, or all of `@FILE`.

    Raises:
        NotFound: there is no such file.
        InvalidInput: it holds no text.
    """
    if not given.startswith("@"):
        return given
    path = Path(given[1:])
    try:
        return path.read_text("utf-8-sig")
    except FileNotFoundError:
        raise NotFound(f"{path}: there is no such file", hint="Check the path.") from None
    except UnicodeDecodeError:
        raise InvalidInput(f"{path}: this is no text in UTF-8") from None


def locale_of(client: Client, language: str | None, *named: Entity | None) -> str:
    """The language that is given, else that of the first resource that is named, else en-US."""
    if language:
        return language
    first = next((each for each in named if each), None)
    found = client.projects.get(first).locale if first else None  # any resource is read the same way
    return found or "en-US"


def _keyword(name: str, annotation: Any, *, default: Any = None) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)
