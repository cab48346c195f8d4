"""Transcript files: trn and tsv.

    trn   words (speaker_utterance)
    tsv   file<TAB>text

Words are compared in lower case, as sclite does. In NIST's notation (trn, ctm, stm) alternations `{ a / b }` are
refused rather than half understood; an optional word `(uh)` is a plain word and a tag behind `;` is dropped, as in
sclite without options.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from lect.core.errors import InvalidTranscript, NotFound

FORMATS = frozenset({"trn", "tsv", "ctm", "stm"})
_ALTERNATION = re.compile(r"(^|\s)[{}](\s|$)")
_OPTIONAL = re.compile(r"^\((.+)\)$")
_HEAD = 4096  # bytes by which data that is no text is told, before there is a gigabyte of it in memory
_BREAK = re.compile(r"\r\n|\n|\r")
_ID = re.compile(r"\((?P<id>(?:(?P<speaker>[^()\s_-]+)[_-])?[^()\s]+)\)$")  # at the end of a trn line


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One utterance of a transcript file."""

    id: str
    text: str  # as it stands there
    words: tuple[str, ...]  # as they are compared: lower case
    speaker: str | None = None


@dataclass(frozen=True)
class Line:
    """A line that can say where it stands."""

    path: Path
    number: int
    text: str

    def refuse(self, why: str, hint: str) -> InvalidTranscript:
        return InvalidTranscript(f"{self.path}:{self.number}: {why}", hint=hint, line=self.number)

    def words(self, text: str) -> tuple[str, ...]:
        """The words of a text in NIST's notation."""
        if _ALTERNATION.search(text):
            raise self.refuse("alternations such as { a / b } are not supported", "Keep one of the readings.")
        return sclite_words(text)


def sclite_words(text: str) -> tuple[str, ...]:
    """The words that sclite compares: lower case, `(uh)` as uh, `cat;noun` as cat, nothing for `@`."""
    plain = (_OPTIONAL.sub(r"\1", part).split(";")[0] for part in text.lower().split())
    return tuple(word for word in plain if word and word != "@")


def read_utterances(path: Path) -> list[Utterance]:
    """Read a trn or tsv file.

    Raises:
        NotFound: there is no such file.
        InvalidTranscript: it is not such a file; the message names the line.
    """
    parse = {"trn": _parse_trn, "tsv": _parse_tsv}.get(format_of(path))
    if parse is None:
        raise InvalidTranscript(
            f"{path}: neither trn nor tsv", hint="Give `words (id)` or `file<TAB>text` lines."
        )
    found: dict[str, Utterance] = {}
    for line in lines(path):
        utterance = parse(line)
        if utterance.id in found:
            raise line.refuse(f"{utterance.id!r} stands there twice", "Keep one line for each utterance.")
        found[utterance.id] = utterance
    return list(found.values())


def write_trn(utterances: Iterable[Utterance]) -> str:
    """The text of a trn file that sclite reads with `-i spu_id`."""
    return "".join(f"{' '.join(each.words)} ({each.id})\n".lstrip() for each in utterances)


def format_of(path: Path) -> str:
    """`trn`, `tsv`, `ctm` or `stm`: by the suffix, else by the first line.

    Raises:
        InvalidTranscript: by neither.
    """
    suffix = path.suffix.lower().removeprefix(".")
    if suffix in FORMATS:
        return suffix
    first = next(lines(path), None)
    if first is None:
        raise InvalidTranscript(f"{path}: there is nothing in it", hint="Give a line for each utterance.")
    if "\t" in first.text:
        return "tsv"
    if _ID.search(first.text.rstrip()):
        return "trn"
    raise InvalidTranscript(
        f"{path}: the format is not clear",
        hint="Name it .trn (words (id)), .tsv (file<TAB>text), .ctm or .stm.",
    )


def lines(path: Path) -> Iterator[Line]:
    """The lines that say something; comments begin with `;;`."""
    try:
        text = _bytes(path).decode("utf-8-sig")
    except FileNotFoundError as error:
        raise NotFound(f"{path}: no such file", hint="Check the path.") from error
    except UnicodeDecodeError as error:
        raise InvalidTranscript(f"{path}: not UTF-8", hint="Save it as UTF-8.") from error
    except OSError as error:
        raise InvalidTranscript(f"{path}: {error.strerror}", hint="Give a file that can be read.") from error
    for number, line in enumerate(_BREAK.split(text), start=1):
        if line.strip() and not line.startswith(";;"):
            yield Line(path, number, line)


def _bytes(path: Path) -> bytes:
    if path.is_fifo() or path.is_char_device():
        raise InvalidTranscript(
            f"{path}: this is a pipe or a device, and the file is read more than once",
            hint="Save it as a file, and name that.",
        )
    with path.open("rb") as file:
        data = file.read(_HEAD)
        if b"\0" not in data:
            data += file.read()
    if b"\0" in data:
        raise InvalidTranscript(f"{path}: no text, or not UTF-8", hint="Save it as text in UTF-8.")
    return data


def _parse_trn(line: Line) -> Utterance:
    match = _ID.search(line.text.rstrip())
    if match is None:
        raise line.refuse("no id in parentheses at the end", "Write lines as `words (speaker_utterance)`.")
    text = line.text[: match.start()].strip()
    return Utterance(id=match["id"], text=text, words=line.words(text), speaker=match["speaker"])


def _parse_tsv(line: Line) -> Utterance:
    name, tab, text = line.text.partition("\t")
    if not tab:
        raise line.refuse("no tab", "Write lines as `file<TAB>text`.")
    return Utterance(id=name.strip(), text=text, words=tuple(text.lower().split()))
