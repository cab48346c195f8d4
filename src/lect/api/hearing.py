"""Files that clients wait for: taken to the disk, given to the recogniser, and answered phrase by phrase."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Awaitable
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

from fastapi import Request
from starlette.requests import ClientDisconnect

from lect.api import uploads
from lect.api.places import Places
from lect.api.scratch import scratch
from lect.api.service import Principal, recogniser_of, service_of
from lect.api.speech import headers_for, in_time
from lect.api.uploads import Form
from lect.core.errors import InvalidInput, Unreachable
from lect.jobs.children import error_from_json
from lect.serving.fast.asking import PATH, FileRequest
from lect.serving.fast.failures import explained
from lect.serving.fast.spoken import Spoken
from lect.web.local import ask

FORM_BYTES = 16 << 20  # that a form may have beside its file
LONGEST_UPLOAD = 3600.0  # seconds
_NOBODY = ""  # whoever asks a server without keys

Result = TypeVar("Result")


@asynccontextmanager
async def received(request: Request, principal: Principal, *, file: str) -> AsyncIterator[tuple[Form, Path]]:
    """The form of a request and its file, which is gone afterwards. Before it is read, there must be a place for it.

    Args:
        principal: who asks, and whose turn it is
        file: the name of the field that holds the file

    Raises:
        TooManyRequests: there is no place.
        InvalidInput, LimitExceeded: it is no such form; see `uploads.receive`.
        StoreError: the disk is full.
    """
    places: Places = request.app.state.places
    async with places.place(principal.key or _NOBODY):
        with scratch(service_of(request)) as folder:
            path = folder / "audio"
            body = in_time(request.stream(), longest=LONGEST_UPLOAD)
            kind = request.headers.get("Content-Type", "")
            try:
                form = await uploads.receive(body, kind, file=file, into=path)
            except OSError as error:
                raise explained(error) from error
            if form.filename is None:
                raise InvalidInput(f"{file}: there is no file", target=file)
            yield form, path


@dataclass
class Hearing:
    """A file that is being heard."""

    model: str  # that hears it
    lines: AsyncGenerator[dict[str, Any] | None]
    seconds: float | None = None  # of the file, once it is over

    async def close(self) -> None:
        """Nobody waits any more."""
        await self.lines.aclose()

    async def whole(self) -> list[Spoken]:
        """All phrases.

        Raises:
            LectError: it cannot be heard to its end.
        """
        return [phrase async for phrase in self.phrases() if phrase is not None]

    async def phrases(self) -> AsyncIterator[Spoken | None]:
        """Each phrase as soon as it is known; None every now and then while there is none.

        Raises:
            LectError: it cannot be heard to its end.
        """
        async for line in self.lines:
            if line is None:
                yield None
            elif "phrase" in line:
                yield Spoken.from_json(line["phrase"])
            else:
                self.seconds = float(_checked(line)["seconds"])


async def begin(request: Request, principal: Principal, asked: FileRequest) -> Hearing:
    """Have a file heard.

    Raises:
        LectError: the model cannot be had.
    """
    socket = await recogniser_of(request).socket()
    lines = ask(socket, target=PATH, headers=headers_for(request, principal), document=asked.to_json())
    async for line in lines:
        if line is not None:
            return Hearing(model=str(_checked(line)["model"]), lines=lines)
    raise Unreachable("the recogniser ended without an answer", hint="Try again in a moment.")


async def while_there(request: Request, work: Awaitable[Result]) -> Result:
    """What comes of work that ends when the client goes.

    Raises:
        ClientDisconnect: it has gone.
    """
    working, gone = asyncio.ensure_future(work), asyncio.ensure_future(_gone(request))
    try:
        await asyncio.wait({working, gone}, return_when=asyncio.FIRST_COMPLETED)
        if working.done():
            return working.result()
        raise ClientDisconnect
    finally:
        for each in (working, gone):
            each.cancel()
        await asyncio.gather(working, gone, return_exceptions=True)


async def _gone(request: Request) -> None:
    while (await request.receive())["type"] != "http.disconnect":
        pass


def _checked(line: dict[str, Any]) -> dict[str, Any]:
    if "error" in line:
        raise error_from_json(line["error"])
    return line
