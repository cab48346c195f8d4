"""Lines of text files of any size and any encoding, a line at a time, in bounded memory."""

from __future__ import annotations

import codecs
import io
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Protocol

from lect.core.locale import language_of
from lect.datasets import zips
from lect.datasets.codes import Code
from lect.datasets.report import Problem, excerpt

_HEAD = 4096  # bytes looked at to tell the encoding
_MAGIC = (
    *zips.HEADS,
    b"RIFF",
    b"fLaC",
    b"OggS",
    b"ID3",
    b"%PDF",
    b"\x1f\x8b",
    b"\x89PNG",
    b"7z\xbc\xaf",
)
LONGEST_LINE = 64 << 10  # bytes
_CONTROLS = bytes([*range(9), *range(14, 32)])
_NOT_TEXT = Problem(
    code=Code.BAD_ENCODING,
    column=1,
    message="the file is not text but some binary data; no line of it is used",
    suggestion="Name a file of plain text, a sentence a line.",
)
_WIDE_BOMS = (  # UTF-32 first: its mark begins with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CODE_PAGES = {  # what old Windows programs write, where it is not the Western cp1252
    **dict.fromkeys(("cs", "hr", "hu", "pl", "ro", "sk", "sl"), "cp1250"),
    **dict.fromkeys(("be", "bg", "mk", "ru", "sr", "uk"), "cp1251"),
    **dict.fromkeys(("yue", "zh"), "gb18030"),
    "ar": "cp1256",
    "el": "cp1253",
    "he": "cp1255",
    "ja": "cp932",
    "ko": "cp949",
    "th": "cp874",
    "tr": "cp1254",
}


class ByteSource(Protocol):
    """Anything that bytes can be read from, in order."""

    def read(self, size: int, /) -> bytes: ...


@dataclass(frozen=True, kw_only=True)
class Line:
    """One line, without its end."""

    number: int  # from 1
    text: str
    usable: bool = True  # False: a problem with its bytes was already told
    guessed: bool = False  # the bytes are no UTF-8, and what they mean was guessed


def read_lines(
    stream: ByteSource,
    *,
    name: str,
    locale: str,
    longest: int = LONGEST_LINE,
    tell: Callable[[Problem], None],
    repair: bool = False,
) -> Iterator[Line]:
    """The lines of a file, blank ones too.

    Args:
        stream: The bytes; read once, in small parts.
        name: How the file is called in problems.
        locale: Decides which code page is tried where the bytes are not UTF-8.
        longest: Bytes of a line; a longer one is skipped without being read into memory.
        tell: Takes what is wrong with the bytes.
        repair: Decode whatever the encoding is, and say nothing about it.
    """
    buffered: io.BufferedReader = io.BufferedReader(_Raw(stream), 1 << 16)
    head = buffered.peek(_HEAD)[:_HEAD]
    wide = _wide_encoding(head)
    if wide is None and _is_binary(head):
        tell(_NOT_TEXT.at(name, 1))
        return
    if wide is not None:
        buffered = io.BufferedReader(_Recoded(buffered, wide), 1 << 16)
    elif head.startswith(codecs.BOM_UTF8):
        buffered.read(len(codecs.BOM_UTF8))
    if not repair and (problem := _byte_order_problem(head, wide)):
        tell(problem.at(name, 1))
    reader = _LineReader(name=name, code_page=_code_page(locale), longest=longest, tell=tell, repair=repair)
    for line in reader.lines(buffered):
        yield line if wide is None or repair else Line(number=line.number, text=line.text, usable=False)


@dataclass(kw_only=True)
class _LineReader:
    """Splits bytes into lines and decodes each, so that one bad byte costs one line."""

    name: str
    code_page: str
    longest: int
    tell: Callable[[Problem], None]
    repair: bool

    def lines(self, stream: io.BufferedReader) -> Iterator[Line]:
        number = 0
        while raw := stream.readline(self.longest + 1):
            whole = raw.endswith(b"\n") or len(raw) <= self.longest
            for part in raw.removesuffix(b"\n").removesuffix(b"\r").split(b"\r"):  # a lone CR ends a line too
                number += 1
                yield self._decode(part, number) if whole else self._too_long(part, number)
            while not whole:
                rest = stream.readline(1 << 16)
                whole = not rest or rest.endswith(b"\n")

    def _decode(self, raw: bytes, number: int) -> Line:
        try:
            return Line(number=number, text=raw.decode("utf-8"))
        except UnicodeDecodeError as error:
            text = raw.decode(self.code_page, "replace")
            if not self.repair:
                self.tell(self._bad_byte(error, raw, text, number))
            return Line(number=number, text=text, usable=self.repair, guessed=True)

    def _bad_byte(self, error: UnicodeDecodeError, raw: bytes, text: str, number: int) -> Problem:
        before = raw[: error.start].decode("utf-8")
        return Problem(
            code=Code.BAD_ENCODING,
            message=f"byte 0x{raw[error.start]:02X}, byte {error.start + 1} of the line, is not UTF-8",
            suggestion=f"Save the file as UTF-8 with a byte-order mark. Read as {self.code_page} the line is: "
            f"{excerpt(text, len(before) + 1)}",
            file=self.name,
            line=number,
            column=len(before) + 1,
            excerpt=excerpt(before + raw[error.start :].decode("utf-8", "backslashreplace"), len(before) + 1),
        )

    def _too_long(self, raw: bytes, number: int) -> Line:
        text = raw.decode("utf-8", "replace")
        problem = Problem(
            code=Code.LINE_TOO_LONG,
            column=1,
            message=f"the line is longer than {self.longest:,} bytes and was skipped",
            suggestion="Write one sentence a line. If the file has line ends, are they those of its system?",
        )
        self.tell(problem.at(self.name, number, text=text))
        return Line(number=number, text=text, usable=False)


def _wide_encoding(head: bytes) -> str | None:
    """UTF-16 or UTF-32, by the mark at the beginning or by where the zero bytes are."""
    for mark, encoding in _WIDE_BOMS:
        if head.startswith(mark):
            return encoding
    if not head.startswith(codecs.BOM_UTF8) and len(head) >= 4 and head.count(0) >= len(head) // 4:
        odd, even = head[1::2].count(0), head[::2].count(0)
        if max(odd, even) > 4 * min(odd, even):
            return "utf-16-le" if odd > even else "utf-16-be"
    return None


def _is_binary(head: bytes) -> bool:
    """Whether this is no text at all: the beginning of an archive, a recording, a picture, or full of control codes."""
    if head.startswith(codecs.BOM_UTF8):
        return False
    controls = sum(head.count(byte) for byte in _CONTROLS)
    return head.startswith(_MAGIC) or (len(head) >= 256 and controls > len(head) // 10)


def _byte_order_problem(head: bytes, wide: str | None) -> Problem | None:
    if wide is not None:
        return Problem(
            code=Code.BAD_ENCODING,
            column=1,
            message=f"the file is {wide.upper()[:6]}, not UTF-8; no line of it is used",
            suggestion="Save it as UTF-8 with a byte-order mark, or let `lect check --fix OUT` do so.",
        )
    if head and not head.startswith(codecs.BOM_UTF8):
        return Problem(
            code=Code.MISSING_BOM,
            message="the file has no byte-order mark, which Lect does not need",
            suggestion="Nothing is to be done, unless the file goes to Azure as well: then save it as UTF-8 with a byte-order mark.",
        )
    return None


def _code_page(locale: str) -> str:
    return _CODE_PAGES.get(language_of(locale), "cp1252")


class _Raw(io.RawIOBase):
    """Any binary stream as the raw side of a buffered reader; closing it leaves the stream open."""

    def __init__(self, stream: ByteSource) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        data = self._stream.read(len(buffer))
        buffer[: len(data)] = data
        return len(data)


class _Recoded(io.RawIOBase):
    """UTF-16 or UTF-32 as UTF-8, in small parts."""

    def __init__(self, stream: io.BufferedReader, encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("replace")
        self._ready = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: bytearray | memoryview) -> int:  # type: ignore[override]
        while not self._ready:
            data = self._stream.read(len(buffer))
            self._ready = self._decoder.decode(data, final=not data).encode("utf-8", "replace")
            if not data and not self._ready:
                return 0
        part, self._ready = self._ready[: len(buffer)], self._ready[len(buffer) :]
        buffer[: len(part)] = part
        return len(part)
