"""The client: a collection for each noun of the API."""

from __future__ import annotations

import base64
import json
import time
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any, BinaryIO

from lect.client.entities import Entity
from lect.client.http import Http
from lect.core.closing import Closing
from lect.core.errors import InvalidInput, JobError
from lect.core.files import atomic_write

API = "/speechtotext/v3.2"
BLOCK_SIZE = 8 << 20  # bytes, the most that one block of an upload holds
_FORM_LIMIT = 64 << 20  # bytes; larger files are sent in blocks, which can be sent again one by one

Told = Callable[
    [Entity, float | None], None
]  # a resource as it is now, and how far its work is (0..1), if that is known


class Collection:
    """Resources of one noun."""

    def __init__(self, http: Http, noun: str) -> None:
        self._http = http
        self._path = f"{API}/{noun}"

    def create(self, **fields: Any) -> Entity:
        """Make one; fields as in Python (`display_name`), and resources in place of references to them."""
        return self._entity("POST", self._path, json=_to_json(fields))

    def get(self, which: Entity | str) -> Entity:
        """One as it is now."""
        return self._entity("GET", self._url(which))

    def update(self, which: Entity | str, **fields: Any) -> Entity:
        """Change some fields."""
        return self._entity("PATCH", self._url(which), json=_to_json(fields))

    def delete(self, which: Entity | str) -> None:
        """Delete it; one that is not there is no error."""
        self._http.request("DELETE", self._url(which))

    def all(
        self,
        *,
        filter: str | None = None,
        skip: int = 0,
        top: int | None = None,
    ) -> Iterator[Entity]:
        """All of them, page by page, in the order in which they were made; at most `top`."""
        yield from self._pages(self._path, filter=filter, skip=skip or None, top=top)

    def files(self, which: Entity | str) -> Iterator[Entity]:
        """The files of one."""
        yield from self._pages(self._url(which, "/files"))

    def download(self, file: Entity, into: BinaryIO) -> int:
        """Write the bytes of a file; returns how many."""
        return self._http.download(file.links["contentUrl"], into)

    def save(self, which: Entity | str, folder: Path) -> list[Path]:
        """All files of one, written to a folder under their names."""
        saved = []
        for file in self.files(which):
            path = folder / Path(file.display_name.replace("\\", "/")).name
            with atomic_write(path) as into:
                self.download(file, into)
            saved.append(path)
        return saved

    def wait(
        self,
        which: Entity | str,
        *,
        timeout: float | None = None,
        told: Told | None = None,
        poll: float = 0.5,
        clock: Callable[[], float] = time.monotonic,
        sleep: Callable[[float], None] = time.sleep,
    ) -> Entity:
        """Wait until the work behind one is done.

        Raises:
            JobError: it failed, or is not done after `timeout` seconds.
        """
        start = clock()
        while True:
            entity = self.get(which)
            if told:
                told(entity, self.progress(entity))
            if entity.status is None or entity.status.is_final:
                break
            if timeout is not None and clock() - start >= timeout:
                raise JobError(
                    f"{entity.display_name}: still {entity.status} after {timeout:g} s",
                    hint="It goes on; ask again later.",
                )
            sleep(poll)
        if entity.error:
            raise JobError(f"{entity.display_name}: {entity.error.message}", reason=entity.error.code)
        return entity

    def progress(self, which: Entity) -> float | None:
        """How far the work behind one is, 0 to 1; None: this server does not tell."""
        found = which.document.get("progress")
        return None if found is None else float(found)

    def _entity(self, method: str, url: str, **options: Any) -> Entity:
        return Entity(self._http.request(method, url, **options).json())

    def _url(self, which: Entity | str, rest: str = "") -> str:
        if isinstance(which, Entity):
            path, _, query = which.url.partition("?")
            return path + rest + (f"?{query}" if query else "")
        if "://" in which:
            return which + rest
        return f"{self._path}/{which}{rest}"

    def _pages(self, url: str, *, top: int | None = None, **parameters: Any) -> Iterator[Entity]:
        given: Mapping[str, Any] = {name: value for name, value in parameters.items() if value is not None}
        left = top
        while True:
            if left is not None:
                given = {**given, "top": left}
            page = self._http.request("GET", url, params=given or None).json()
            for value in page["values"][:left]:
                yield Entity(value)
            if left is not None:
                left -= len(page["values"])
            following = page.get("@nextLink")
            if not following or (left is not None and left <= 0):
                return
            url, given = following, {}


class Datasets(Collection):
    """Uploads."""

    def upload(
        self, path: Path, *, kind: str, locale: str, display_name: str | None = None, **fields: Any
    ) -> Entity:
        """Upload a file, in one request if it is small, else in blocks.

        Args:
            kind: such as `Acoustic`, as the API calls it

        Raises:
            NotFound: there is no such file.
        """
        given = {"display_name": display_name or path.name, "kind": kind, "locale": locale, **fields}
        if path.stat().st_size > _FORM_LIMIT:
            return self.upload_in_blocks(path, **given)
        form = {
            name: value if isinstance(value, str) else value["self"] if "self" in value else json.dumps(value)
            for name, value in _to_json(given).items()
        }
        with path.open("rb") as file:
            return self._entity("POST", self._path + "/upload", data=form, files={"data": (path.name, file)})

    def upload_in_blocks(self, path: Path, *, block_size: int = BLOCK_SIZE, **fields: Any) -> Entity:
        """Upload a file of any size; a block that fails is sent again."""
        dataset = self.create(**fields)
        blocks: list[str] = []
        with path.open("rb") as file:
            while block := file.read(block_size):
                name = base64.urlsafe_b64encode(f"{len(blocks):08d}".encode()).decode()
                self._http.request(
                    "PUT",
                    dataset.links["uploadBlocks"],
                    params={"blockid": name},
                    content=block,
                    headers={"Content-Type": "application/octet-stream"},
                )
                blocks.append(name)
        if not blocks:
            raise InvalidInput(f"{path}: the file is empty")
        commit = [{"kind": "Latest", "id": name} for name in blocks]
        self._http.request("POST", dataset.links["commitBlocks"], json=commit)
        return self.get(dataset)


class Models(Collection):
    """Custom models, and base models to start from."""

    def base(self, *, filter: str | None = None) -> Iterator[Entity]:
        """The base models."""
        yield from self._pages(self._path + "/base", filter=filter)


class Client(Closing):
    """A server, by noun."""

    def __init__(self, server: str, *, key: str | None = None, **options: Any) -> None:
        """Take the server's address, such as `http://localhost:8080`, and a key if it wants one.

        Args:
            options: see `lect.client.http.Http`
        """
        self.http = Http(server, key=key, **options)
        self.projects = Collection(self.http, "projects")
        self.datasets = Datasets(self.http, "datasets")
        self.models = Models(self.http, "models")
        self.evaluations = Collection(self.http, "evaluations")
        self.endpoints = Collection(self.http, "endpoints")
        self.transcriptions = Collection(self.http, "transcriptions")
        self.web_hooks = Collection(self.http, "webhooks")

    def close(self) -> None:
        """Close the connections."""
        self.http.close()


def _to_json(fields: Mapping[str, Any]) -> dict[str, Any]:
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
