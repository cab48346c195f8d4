"""Resources of one noun: make, read, change, delete, list, wait for, save."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO
from urllib.parse import urlsplit

from lect.client.entities import Entity
from lect.client.http import Http
from lect.core.errors import InvalidInput, JobError, NotFound, StoreError
from lect.core.files import atomic_write
from lect.core.status import Status

API = "/speechtotext/v3.2"
BEYOND = "/lect/v1"  # what only Lect can do
AWAY = 2.0  # seconds between two looks for a server that does not answer
PATIENCE = 300.0  # seconds that one may need to be there again
_ID = re.compile(r"(base/)?[\w-]+")  # base models and their logs stand one step lower
_UNWRITABLE = re.compile(r"[\x00-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True)
class Work:
    """How far the work behind a resource is."""

    done: float  # 0..1
    message: str  # what is being done
    eta: float | None  # seconds left, estimated; None: not known yet


Told = Callable[[Entity, Work | None], None]  # a resource as it is now, and its work, if the server tells


class Collection:
    """Resources of one noun."""

    def __init__(self, http: Http, noun: str) -> None:
        self.noun = noun
        self._http = http
        self._path = f"{API}/{noun}"
        self._tells_work = True  # until the server shows that it does not
        self._hint = f"A list of the {noun} shows their ids, and with --output url their addresses."

    def at(self, which: Entity | str) -> Entity:
        """The one with this id or address, as what refers to it; the server is not asked.

        Raises:
            InvalidInput: it is no id, or the address of something else or of another server.
        """
        if isinstance(which, Entity):
            return which
        if "://" in which:
            if f"/{self.noun}/" not in urlsplit(which).path:
                raise InvalidInput(f"{which} is no address of one of the {self.noun}", hint=self._hint)
            return Entity({"self": self._http.address(which)})
        if not _ID.fullmatch(which):
            raise InvalidInput(
                f"{which!r} is neither an id nor an address of one of the {self.noun}", hint=self._hint
            )
        return Entity({"self": self._http.address(f"{self._path}/{which}")})

    def create(self, **fields: Any) -> Entity:
        """Make one; fields as in Python (`display_name`), and resources in place of references to them."""
        return self._entity("POST", self._path, json=to_json(fields))

    def get(self, which: Entity | str) -> Entity:
        """One as it is now."""
        return self._entity("GET", self._url(which))

    def update(self, which: Entity | str, **fields: Any) -> Entity:
        """Change some fields."""
        return self._entity("PATCH", self._url(which), json=to_json(fields))

    def cancel(self, which: Entity | str) -> Entity:
        """End the work behind one, within a second; what is told is how it is at that moment.

        Raises:
            Conflict: the work is over.
        """
        found = self.at(which)
        self._http.request("POST", f"{BEYOND}/{self.noun}/{found.id}:cancel")
        return self.get(found)

    def delete(self, which: Entity | str) -> None:
        """Delete it; one that is not there is no error."""
        self._http.request("DELETE", self._url(which))

    def all(
        self,
        *,
        project: Entity | str | None = None,
        filter: str | None = None,
        skip: int = 0,
        top: int | None = None,
    ) -> Iterator[Entity]:
        """All of them, or those of a project, page by page in the order in which they were made; at most `top`."""
        path = self._path
        if project is not None:
            path = Collection(self._http, "projects")._url(project, f"/{self.noun}")
        yield from self._pages(path, filter=filter, skip=skip or None, top=top)

    def languages(self) -> dict[str, list[str]]:
        """The locales there are, each with the kinds of data it takes if the server tells."""
        found = self._http.request("GET", f"{self._path}/locales").json()
        return dict(found) if isinstance(found, dict) else {locale: [] for locale in found}

    def files(self, which: Entity | str) -> Iterator[Entity]:
        """The files of one."""
        yield from self._pages(self._url(which, "/files"))

    def download(self, file: Entity, into: BinaryIO) -> int:
        """Write the bytes of a file; returns how many."""
        return self._http.download(file.links["contentUrl"], into)

    def save(self, which: Entity | str, folder: Path) -> list[Path]:
        """All files of one, written to a folder under their names."""
        return self._save(self.files(which), folder)

    def wait(
        self,
        which: Entity | str,
        *,
        timeout: float | None = None,
        told: Told | None = None,
        away: Callable[[StoreError], None] | None = None,
        patience: float = PATIENCE,
        poll: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] | None = None,
    ) -> Entity:
        """Wait until the work behind one is done. It goes on while the server is started again, and so does the wait.

        Args:
            timeout: seconds
            told: called with each state
            away: called when the server does not answer any more, once until it does
            patience: seconds in which it may not answer
            poll: seconds between two questions

        Raises:
            JobError: it failed, or is not done after `timeout` seconds.
            StoreError: the server does not answer, or did, and then did not for as long as it may.
        """
        start, pause = clock(), sleep or self._http.sleep
        answered: float | None = None  # when, the last time
        is_away = False
        while True:
            try:
                entity = self.get(which)
                work = self.work(entity) if told else None
            except StoreError as error:
                if answered is None or clock() - answered >= patience or _is_over(clock() - start, timeout):
                    raise
                if away and not is_away:
                    away(error)
                is_away = True
                pause(AWAY)
                continue
            answered, is_away = clock(), False
            name = entity.display_name or entity.id
            if told:
                told(entity, work)
            if entity.status is None or entity.status.is_final:
                break
            if _is_over(clock() - start, timeout):
                raise JobError(
                    f"{name}: still {entity.status} after {timeout:g} s",
                    hint="It goes on; ask again later.",
                )
            pause(poll)
        if entity.error:
            raise JobError(f"{name}: {entity.error.message}", reason=entity.error.code)
        if entity.status is Status.FAILED:
            raise JobError(f"{name}: it failed, and the server does not say why")
        return entity

    def work(self, which: Entity) -> Work | None:
        """How far the work behind one is; None: it is done, or this server does not tell."""
        is_ours = urlsplit(which.url).path.endswith(f"/{self.noun}/{which.id}")
        if which.status is None or which.status.is_final or not (is_ours and self._tells_work):
            return None
        try:
            found = self._http.request("GET", f"{BEYOND}/{self.noun}/{which.id}/progress").json()
        except NotFound:
            self._tells_work = False
            return None
        return Work(done=float(found["progress"]), message=found["message"], eta=found.get("eta"))

    def _entity(self, method: str, url: str, **options: Any) -> Entity:
        return Entity(self._http.request(method, url, **options).json())

    def _send(self, url: str, path: Path, fields: Mapping[str, Any]) -> Entity:
        """Make one of a file: a form with the fields beside it."""
        form = {
            name: value if isinstance(value, str) else value["self"] if "self" in value else json.dumps(value)
            for name, value in to_json(fields).items()
        }
        with path.open("rb") as file:
            return self._entity("POST", url, data=form, files={"data": (path.name, file)})

    def _url(self, which: Entity | str, rest: str = "") -> str:
        path, _, query = self.at(which).url.partition("?")
        return path.rstrip("/") + rest + (f"?{query}" if query else "")

    def _save(self, files: Iterator[Entity], folder: Path) -> list[Path]:
        saved: dict[str, Path] = {}
        for file in files:
            name = _free_name(file, saved)
            path = saved[name.casefold()] = folder / name
            with atomic_write(path) as into:
                self.download(file, into)
        return list(saved.values())

    def _pages(self, url: str, *, top: int | None = None, **parameters: Any) -> Iterator[Entity]:
        given = {name: value for name, value in {**parameters, "top": top}.items() if value is not None}
        left = top
        while True:
            page = self._http.request("GET", url, params=given).json()
            for value in page["values"][:left]:
                yield Entity(value)
            if left is not None:
                left -= len(page["values"])
            following = page.get("@nextLink")
            if not following or (left is not None and left <= 0):
                return
            url, given = following, {}  # the link says all that was asked for


def _is_over(seconds: float, timeout: float | None) -> bool:
    return timeout is not None and seconds >= timeout


def require_file(path: Path) -> None:
    """Make sure that there is something to send.

    Raises:
        NotFound: there is no such file.
    """
    if not path.exists():
        raise NotFound(f"{path}: there is no such file", hint="Check the path.")


def to_json(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields in the words of the API: camel case, references for resources, nothing for what is not given."""
    return {_camel(name): _plain(value) for name, value in fields.items() if value is not None}


def _plain(value: Any) -> Any:
    if isinstance(value, Entity):
        return {"self": value.url}
    if isinstance(value, (list, tuple)):
        return [_plain(item) for item in value]
    return value


def _camel(name: str) -> str:
    first, *others = name.split("_")
    return first + "".join(part.capitalize() for part in others)


def _free_name(file: Entity, taken: Mapping[str, Path]) -> str:
    """The last part of a file's name, which stays in any folder; a number before it if another file has it."""
    name = _UNWRITABLE.sub("_", file.display_name).replace("\\", "/").rstrip("/").rpartition("/")[2]
    name = file.id if name in {"", ".", ".."} else name
    return f"{len(taken) + 1}-{name}" if name.casefold() in taken else name
