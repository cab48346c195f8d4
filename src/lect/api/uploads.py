"""Forms with one file, which goes to the disk as it comes: nothing of it is kept in memory, however large it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import AsyncIterator
from pathlib import Path
from typing import BinaryIO, Self

from python_multipart.exceptions import FormParserError
from python_multipart.multipart import MultipartParser, parse_options_header
from starlette.concurrency import run_in_threadpool

from lect.core.errors import InvalidInput, LimitExceeded

FIELD_BYTES = 8 << 20  # of all fields together, so that a list of 20,000 phrases has room
MOST_FIELDS = 1_000


class Form:
    """The fields of a form by name, each as often as it came, and what its file was called."""

    def __init__(self) -> None:
        self.fields: dict[str, list[str]] = defaultdict(list)
        self.filename: str | None = None  # None: there was no file

    def text(self, name: str) -> str:
        """A field that may come once; empty if it did not.

        Raises:
            InvalidInput: it came again.
        """
        values = self.fields.get(name, [""])
        if len(values) > 1:
            raise InvalidInput(f"{name}: given {len(values)} times", target=name)
        return values[0].strip()

    def texts(self, name: str) -> list[str]:
        """A field that may come often, written with or without brackets behind its name."""
        return [*self.fields.get(name, []), *self.fields.get(f"{name}[]", [])]


async def receive(body: AsyncIterator[bytes], content_type: str, *, file: str, into: Path) -> Form:
    """Read a form.

    Args:
        file: the name of the field that holds the file
        into: where the file is written

    Raises:
        InvalidInput: it is no form, or holds other files.
        LimitExceeded: its fields are too large or too many.
    """
    with into.open("wb") as output, _Reader(_boundary(content_type), file, output) as reader:
        async for piece in body:
            await run_in_threadpool(reader.feed, piece)
        return reader.form


def _boundary(content_type: str) -> bytes:
    kind, options = parse_options_header(content_type)
    if kind != b"multipart/form-data" or not options.get(b"boundary"):
        raise InvalidInput("The body is no form", hint="Send it as multipart/form-data.")
    return options[b"boundary"]


class _Reader:
    """Takes a body in pieces and sorts out its parts."""

    def __init__(self, boundary: bytes, file: str, output: BinaryIO) -> None:
        self.form = Form()
        self._file, self._output = file, output
        self._header = [b"", b""]  # name and value of the one that is coming
        self._disposition = b""
        self._name = ""
        self._field: bytearray | None = None  # None: the file is coming
        self._bytes = self._fields = 0  # of fields
        self._is_whole = False
        self._parser = MultipartParser(
            boundary,
            {
                "on_part_begin": self._begin,
                "on_header_field": lambda data, start, end: self._add_header(0, data[start:end]),
                "on_header_value": lambda data, start, end: self._add_header(1, data[start:end]),
                "on_header_end": self._end_header,
                "on_headers_finished": self._open,
                "on_part_data": lambda data, start, end: self._take(data[start:end]),
                "on_part_end": self._end,
                "on_end": self._finish,
            },
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        if kind is None and not self._is_whole:
            raise InvalidInput("The form ends in the middle")

    def feed(self, piece: bytes) -> None:
        """Take the next piece."""
        try:
            self._parser.write(piece)
        except FormParserError as error:
            raise InvalidInput(f"The form cannot be read: {error}") from None

    def _begin(self) -> None:
        self._disposition = b""

    def _add_header(self, part: int, data: bytes) -> None:
        self._header[part] += data

    def _end_header(self) -> None:
        name, value = self._header
        if name.lower() == b"content-disposition":
            self._disposition = value
        self._header = [b"", b""]

    def _open(self) -> None:
        _, options = parse_options_header(self._disposition)
        self._name = _text(options.get(b"name", b""))
        is_file = b"filename" in options
        self._field = None if is_file else bytearray()
        if not is_file:
            self._fields += 1
        elif self._name != self._file or self.form.filename is not None:
            raise InvalidInput(f"{self._name}: one file is wanted, as {self._file}", target=self._file)
        else:
            self.form.filename = _text(options[b"filename"])

    def _take(self, data: bytes) -> None:
        if self._field is None:
            self._output.write(data)
            return
        self._bytes += len(data)
        self._field += data
        if self._bytes > FIELD_BYTES or self._fields > MOST_FIELDS:
            raise LimitExceeded("The fields of the form are too large or too many", target=self._name)

    def _end(self) -> None:
        if self._field is not None:
            self.form.fields[self._name].append(_text(bytes(self._field)))

    def _finish(self) -> None:
        self._is_whole = True


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        raise InvalidInput("The form holds text that is not UTF-8") from None
