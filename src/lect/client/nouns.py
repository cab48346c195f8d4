"""Nouns that can do more than all of them can: datasets, models, endpoints."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from datetime import date
from itertools import chain
from pathlib import Path
from typing import Any

from lect.client.collection import BEYOND, Collection, require_file, to_json
from lect.client.entities import Entity
from lect.core.errors import Conflict, InvalidInput

BLOCK_SIZE = 8 << 20  # bytes, the most that one block of an upload holds
_FORM_LIMIT = 64 << 20  # bytes; larger files are sent in blocks, which can be sent again one by one


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
        require_file(path)
        given = {"display_name": display_name or path.name, "kind": kind, "locale": locale, **fields}
        if path.stat().st_size > _FORM_LIMIT:
            return self.upload_in_blocks(path, **given)
        return self._send(self._path + "/upload", path, given)

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
            raise InvalidInput(f"{path}: the file is empty", hint="Check the path.")
        commit = [{"kind": "Latest", "id": name} for name in blocks]
        self._http.request("POST", dataset.links["commitBlocks"], json=commit)
        return self.get(dataset)

    def report(self, which: Entity | str, **parameters: Any) -> Iterator[dict[str, Any]]:
        """What is wrong with a dataset, problem by problem.

        Args:
            parameters: `severity`, `code`, `file`, `line`: those alone
        """
        url: str | None = f"{BEYOND}/datasets/{self.at(which).id}/report"
        parameters = {name: value for name, value in parameters.items() if value is not None}
        while url:
            page = self._http.request("GET", url, params=parameters).json()
            yield from page["values"]
            url, parameters = page.get("@nextLink"), {}

    def fix(self, which: Entity | str, **fields: Any) -> Entity:
        """Begin to make a repaired copy of a dataset: another dataset, which can be waited for."""
        url = f"{BEYOND}/datasets/{self.at(which).id}:fix"
        return self._entity("POST", url, json=to_json(fields))

    def erase(self, which: Entity | str, file: str) -> Entity:
        """Begin to remove a recording from a dataset and from all that was made of it.

        Returns:
            What can be waited for; when it is done, its document lists the models that have learned from the recording.
        """
        return self._entity("POST", f"{BEYOND}/datasets/{self.at(which).id}:erase", json={"file": file})


class Models(Collection):
    """Custom models, and base models to start from."""

    def base(self, *, filter: str | None = None, skip: int = 0, top: int | None = None) -> Iterator[Entity]:
        """The base models; at most `top`."""
        yield from self._pages(self._path + "/base", filter=filter, skip=skip or None, top=top)

    def save(self, which: Entity | str, folder: Path) -> list[Path]:
        """All files of one, and the model itself, written to a folder under their names."""
        return self._save(chain(self.files(which), self.model_files(which)), folder)

    def model_files(self, which: Entity | str) -> Iterator[Entity]:
        """The model itself, as the files that its manifest names; none if it was not trained."""
        url = self._url(which, "/manifest")
        try:
            manifest = self._http.request("GET", url).json()
        except Conflict:
            return
        for file in manifest["modelFiles"]:
            links = {"contentUrl": file["contentUrl"]}
            yield Entity({"self": url, "name": file["name"], "links": links})

    def plan(self, **fields: Any) -> dict[str, Any]:
        """What the training of a model would do and take; fields as for `create`, nothing is kept."""
        return dict(self._http.request("POST", f"{BEYOND}/models:plan", json=to_json(fields)).json())

    def upload(self, bundle: Path, **fields: Any) -> Entity:
        """Make a custom model of a bundle; it is called like the file unless it has a `display_name`.

        Raises:
            NotFound: there is no such file.
        """
        require_file(bundle)
        return self._send(f"{BEYOND}/models:import", bundle, fields)

    def authorise_copy(self, source: str) -> dict[str, Any]:
        """Allow a model of another server to be copied to this one: what `copy` there asks for.

        Args:
            source: the id of the other server as a resource; for one of ours, its address
        """
        url = self._path + ":authorizecopy"
        return dict(self._http.request("POST", url, json={"sourceResourceId": source}).json())

    def copy(self, which: Entity | str, authorisation: Mapping[str, Any]) -> Entity:
        """Begin to copy a custom model to the server that gave the authorisation.

        Returns:
            What can be waited for; when it is done, its `result` is the address of the copy.
        """
        return self._entity("POST", self._url(which, ":copy"), json=dict(authorisation))


class Endpoints(Collection):
    """Addresses at which models answer. `base/<locale>` is that of the base models of a locale: it has logs alone."""

    def roll_back(self, which: Entity | str) -> Entity:
        """Go back to the model that one served before."""
        return self._entity("POST", f"{BEYOND}/endpoints/{self.at(which).id}:rollback")

    def deployments(self, which: Entity | str, *, top: int | None = None) -> Iterator[dict[str, Any]]:
        """The models that were deployed to one, the oldest first; at most `top`."""
        url = f"{BEYOND}/endpoints/{self.at(which).id}/deployments"
        for each in self._pages(url, top=top):
            yield dict(each.document)

    def logs(self, which: Entity | str, *, top: int | None = None) -> Iterator[Entity]:
        """Files with the audio and the transcriptions of what one was asked, if it keeps them; at most `top`."""
        yield from self._pages(self._url(which, "/files/logs"), top=top)

    def save_logs(self, which: Entity | str, folder: Path) -> list[Path]:
        """All logs of one, written to a folder under their names."""
        return self._save(self.logs(which), folder)

    def logs_to_dataset(self, which: Entity | str, **fields: Any) -> Entity:
        """Begin to make a dataset of the logs of one, which can be waited for in the collection of datasets."""
        address = self.at(which)
        owner = f"base/{address.id}" if "/endpoints/base/" in address.url else address.id
        return self._entity("POST", f"{BEYOND}/endpoints/{owner}/logs:dataset", json=to_json(fields))

    def delete_logs(self, which: Entity | str, *, until: date | None = None) -> None:
        """Delete the logs of one, or those up to a day and of it. The server may take its time."""
        parameters = {"endDate": until.isoformat()} if until else None
        self._http.request("DELETE", self._url(which, "/files/logs"), params=parameters)
