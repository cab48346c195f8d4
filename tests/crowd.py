"""Many who ask a server for imports, trainings and evaluations, and note what was acknowledged to them."""

from __future__ import annotations

import base64
import hashlib
import io
import random
import tempfile
import threading
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from lect.client import Client
from lect.client.entities import Entity
from lect.core.errors import Conflict, InvalidInput, NotFound, StoreError
from lect.core.status import Status
from servers import LOCALE, base_of

OPEN = {"datasets": 4, "models": 2, "evaluations": 2}  # that are asked for before others have ended
API = "/speechtotext/v3.2"


@dataclass(kw_only=True)
class Promise:
    """A resource whose making was acknowledged with 201."""

    noun: str
    id: str
    kind: str  # how it was made
    ends: Status | None = Status.SUCCEEDED  # None: it waits for blocks, and its import may have begun or not
    sha256: str | None = None  # of the data that were sent
    deletion: bool | None = None  # was asked for; True: and acknowledged
    is_over: bool = False


class Crowd(threading.Thread):
    """Asks in a thread of its own until it is told to stop. A server that does not answer is asked again later."""

    def __init__(self, address: str, *, seed: int, sample: Path, files: dict[str, bytes], place: str) -> None:
        """
        Args:
            files: that are served at `place`, by path; for data that the server fetches
        """
        super().__init__(daemon=True)
        self.promises: list[Promise] = []
        self.failure: BaseException | None = None
        self._address = address
        self._chance = random.Random(seed)
        self._files, self._place = files, place
        self._recordings = _archive(sample)
        self._number = 0
        self._stopped = threading.Event()

    def stop(self) -> None:
        """Ask for nothing more."""
        self._stopped.set()
        self.join()
        if self.failure:
            raise self.failure

    def run(self) -> None:
        try:
            with Client(self._address, timeout=30, sleep=self._stopped.wait) as client:
                self._base = base_of(client)
                while not self._stopped.wait(self._chance.uniform(0.0, 0.4)):
                    self._turn(client)
        except BaseException as failure:
            self.failure = failure

    def _turn(self, client: Client) -> None:
        asks = [
            self._fetched, self._sent, self._in_blocks, self._spoken, self._bad, self._trained_on_text,
            self._trained_on_data, self._evaluated, self._evaluated, self._deleted,
        ]  # fmt: skip
        with suppress(NoAnswer):
            self._look(client)
            self._chance.choice(asks)(client)

    def _look(self, client: Client) -> None:
        """See what has ended; whatever is listed as done has to be whole at that moment."""
        for promise in self.promises:
            if not promise.is_over and promise.ends and promise.deletion is None:
                entity = self._asked(getattr(client, promise.noun).get, promise.id)
                promise.is_over = entity.status.is_final
                assert not promise.is_over or entity.status is promise.ends, entity.document
                if promise.noun == "models" and entity.status is Status.SUCCEEDED:
                    self._require_bundle(client, entity)

    def _require_bundle(self, client: Client, model: Entity) -> None:
        size = self._asked(client.http.download, f"/lect/v1/models/{model.id}/bundle", io.BytesIO())
        assert size, "a model is listed before its bundle is there"

    # What is asked for.

    def _fetched(self, client: Client) -> None:
        data = self._text()
        self._files[f"/{self._number}.txt"] = data
        self._dataset(client, "fetched", data, content_url=f"{self._place}/{self._number}.txt?sig=secret")

    def _sent(self, client: Client) -> None:
        self._upload(client, "sent", self._text(), "data.txt", "Language")

    def _spoken(self, client: Client) -> None:
        self._upload(client, "spoken", self._chance.choice(self._recordings), "data.zip", "Acoustic")

    def _bad(self, client: Client) -> None:
        data = f"http://example.org/{self._number}\n".encode()
        self._upload(client, "bad", data, "data.txt", "Language", ends=Status.FAILED)

    def _in_blocks(self, client: Client) -> None:
        data = self._text()
        promise = self._dataset(client, "in blocks", data, ends=None)
        if promise is None:
            return
        names, half = [], len(data) // 2
        for part in (data[:half], data[half:]):
            names.append(base64.urlsafe_b64encode(f"{len(names):08d}".encode()).decode())
            url = f"{API}/datasets/{promise.id}/blocks"
            self._asked(
                client.http.request, "PUT", url, params={"blockid": names[-1]}, content=part,
                headers={"Content-Type": "application/octet-stream"},
            )  # fmt: skip
        commit = [{"kind": "Latest", "id": name} for name in names]
        self._asked(client.http.request, "POST", f"{API}/datasets/{promise.id}/blocks:commit", json=commit)
        promise.ends = Status.SUCCEEDED

    def _trained_on_text(self, client: Client) -> None:
        self._model(client, "trained on text", text=self._text().decode())

    def _trained_on_data(self, client: Client) -> None:
        if chosen := self._done("fetched", "sent", "in blocks"):
            self._model(client, "trained on data", datasets=[client.datasets.at(chosen.id)])

    def _evaluated(self, client: Client) -> None:
        heard, model = self._done("spoken"), self._done("trained on text", "trained on data")
        if heard and self._has_room("evaluations"):
            other = client.models.at(model.id) if model and self._chance.random() < 0.5 else self._base
            made = self._asked(
                client.evaluations.create, display_name="e", locale=LOCALE,
                dataset=client.datasets.at(heard.id), model1=self._base, model2=other,
            )  # fmt: skip
            self._note(made, "evaluations", "evaluated")

    def _deleted(self, client: Client) -> None:
        if chosen := self._done("evaluated"):
            chosen.deletion = False
            self._asked(client.evaluations.delete, chosen.id)
            chosen.deletion = True

    def _dataset(self, client: Client, kind: str, data: bytes, **fields: object) -> Promise | None:
        if not self._has_room("datasets"):
            return None
        ends = fields.pop("ends", Status.SUCCEEDED)
        made = self._asked(client.datasets.create, display_name="d", kind="Language", locale=LOCALE, **fields)
        return self._note(made, "datasets", kind, ends=ends, sha256=hashlib.sha256(data).hexdigest())

    def _upload(
        self, client: Client, kind: str, data: bytes, name: str, data_kind: str, **facts: object
    ) -> None:
        if self._has_room("datasets"):
            form = {"displayName": "d", "kind": data_kind, "locale": LOCALE}
            url = f"{API}/datasets/upload"
            answer = self._asked(client.http.request, "POST", url, data=form, files={"data": (name, data)})
            sha256 = hashlib.sha256(data).hexdigest()
            self._note(Entity(answer.json()), "datasets", kind, sha256=sha256, **facts)

    def _model(self, client: Client, kind: str, **fields: object) -> None:
        if self._has_room("models"):
            made = self._asked(
                client.models.create, display_name="m", locale=LOCALE, base_model=self._base, **fields
            )
            self._note(made, "models", kind)

    # What is known.

    def _note(self, made: Entity, noun: str, kind: str, **facts: object) -> Promise:
        self.promises.append(Promise(noun=noun, id=made.id, kind=kind, **facts))
        return self.promises[-1]

    def _asked(self, ask, *arguments: object, **options: object):
        """What the server answers; that it fails by itself is none of its deaths."""
        try:
            return ask(*arguments, **options)
        except StoreError as error:
            assert "status" not in error.details, f"the server answers with an error of its own: {error}"
            raise NoAnswer from None
        except (Conflict, InvalidInput, NotFound) as error:
            raise AssertionError(f"what is right was refused: {error}") from error

    def _has_room(self, noun: str) -> bool:
        waiting = [each for each in self.promises if each.noun == noun and each.ends and not each.is_over]
        return len(waiting) < OPEN[noun]

    def _done(self, *kinds: str) -> Promise | None:
        done = [e for e in self.promises if e.kind in kinds and e.is_over and e.deletion is None]
        return self._chance.choice(done) if done else None

    def _text(self) -> bytes:
        self._number += 1
        orders = ("two large coffees", "a small tea with milk", "three scones", "one mocha without cream")
        return "".join(f"{self._chance.choice(orders)} for table {self._number}\n" for _ in range(4)).encode()


class NoAnswer(Exception):
    """Nobody knows whether the server did what it was asked for."""


@contextmanager
def downloaded(client: Client, url: str) -> Iterator[Path]:
    """What a link leads to, as a file; it needs no key."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "downloaded"
        with path.open("wb") as file:
            client.http.download(url, file)
        yield path


def _archive(sample: Path) -> list[bytes]:
    """Two archives of one short recording each, of which the same bytes come again and again."""
    folder = sample / "testing" / "audio-and-trans"
    lines = (folder / "trans.txt").read_text("utf-8").splitlines()[:2]
    archives = []
    for line in lines:
        name = line.split("\t")[0]
        with io.BytesIO() as file:
            with zipfile.ZipFile(file, "w") as archive:
                archive.write(folder / name, name)
                archive.writestr("trans.txt", line + "\n")
            archives.append(file.getvalue())
    return archives
