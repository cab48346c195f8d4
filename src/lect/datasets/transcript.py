"""The transcript of a dataset: a line `file<TAB>transcript` for each recording."""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lect.datasets.archive import Archive, Member
from lect.datasets.codes import Code
from lect.datasets.inspection import Inspection
from lect.datasets.lines import Line, read_lines
from lect.datasets.repair import repair_text
from lect.datasets.report import Problem
from lect.datasets.rules import empty_after_normalisation, problems_of, transcript_rules
from lect.datasets.speakers import find_table
from lect.speech.text import normaliser

_NAMES = frozenset({"trans.txt", "trans.tsv"})
_OTHER_TEXTS = ("changelog", "copying", "licence", "license", "notice", "readme", "sources", "speakers.")
_MOST_GUESSED = 1000  # files among which a misspelt name is looked for


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A good line."""

    line: int  # from 1
    file: str  # as the archive calls it
    text: str


@dataclass(kw_only=True)
class Transcript:
    """The good lines, and what all lines together name."""

    name: str
    entries: list[Entry] = field(default_factory=list)
    named: dict[str, int] = field(default_factory=dict)  # audio file -> the first line that names it


def find(archive: Archive) -> list[Member]:
    """The files that could be the transcript: one, in a sound dataset."""
    speakers = find_table(archive)
    texts = [
        member
        for member in archive.members.values()
        if member.is_text and member != speakers and not member.base_name.lower().startswith(_OTHER_TEXTS)
    ]
    return [member for member in texts if member.base_name.lower() in _NAMES] or texts


def read(archive: Archive, member: Member, walk: Inspection) -> Transcript:
    """Read and judge every line. Bad ones are counted as rejected; whether the audio is good will show.

    Raises:
        InvalidDataset: The file cannot be unpacked.
    """
    transcript = Transcript(name=member.name)
    judge = _Judge(archive, transcript, walk)
    blank = True
    with archive.open(member.name) as file:
        lines = read_lines(
            file,
            name=member.name,
            locale=walk.locale,
            tell=walk.findings.add,
            repair=walk.repair,
        )
        for line in lines:
            if line.text.strip() or not line.usable:
                blank = False
                judge.take(line)
    if blank:
        empty = Problem(
            code=Code.EMPTY,
            message="there is no line in the transcript",
            suggestion="Write FILE<TAB>TRANSCRIPT, a line for each audio file.",
        )
        walk.findings.add(empty.at(member.name))
    return transcript


class _Judge:
    """Judges line after line of one transcript."""

    def __init__(self, archive: Archive, transcript: Transcript, walk: Inspection) -> None:
        self._transcript = transcript
        self._walk = walk
        self._files = _index(archive)
        self._rules = transcript_rules(walk.locale)
        self._normalise = normaliser(walk.locale)

    def take(self, line: Line) -> None:
        text = self._mended(line.text) if self._walk.repair else line.text
        name, tab, spoken = text.partition("\t")
        problems = list(self._problems(name, tab, spoken, line.number)) if line.usable else []
        for problem in problems:
            self._walk.findings.add(problem.at(self._transcript.name, line.number, text=text))
        if line.usable and not any(problem.is_error for problem in problems):
            entry = Entry(line=line.number, file=self._files[name.strip()], text=spoken.strip())
            self._transcript.entries.append(entry)
        else:
            self._walk.findings.reject(line.number)

    def _problems(self, name: str, tab: str, spoken: str, line: int) -> Iterator[Problem]:
        if not tab:
            yield self._no_tab(name)
            return
        yield from self._problems_of_name(name.strip(), line)
        shift = len(name) + len(tab) + len(spoken) - len(spoken.lstrip())
        for problem in self._problems_of_text(spoken.strip()):
            yield replace(problem, column=(problem.column or 1) + shift)

    def _problems_of_name(self, name: str, line: int) -> Iterator[Problem]:
        file = self._files.get(name)
        if file is None:
            yield _outside(name) if _leads_out(name) else self._missing(name)
        elif (first := self._transcript.named.setdefault(file, line)) != line:
            yield Problem(
                code=Code.DUPLICATE_NAME,
                column=1,
                message=f"{name} has a transcript already, in line {first}",
                suggestion="Keep one of the two lines.",
            )

    def _problems_of_text(self, text: str) -> Iterator[Problem]:
        if "\t" in text:
            yield Problem(
                code=Code.SEVERAL_TABS,
                column=text.index("\t") + 1,
                message="there is a second tab in the line",
                suggestion="Put blanks in place of the tabs inside the transcript.",
            )
        problems = problems_of(text, self._rules)
        yield from problems
        is_empty = any(problem.code is Code.EMPTY_AFTER_NORMALISATION for problem in problems)
        if not is_empty and not (normalised := self._normalise(text)):
            yield empty_after_normalisation(normalised)

    def _no_tab(self, text: str) -> Problem:
        first = (text.split(maxsplit=1) or [""])[0]
        known = first in self._files
        return Problem(
            code=Code.NO_TAB,
            column=len(text) - len(text.lstrip()) + len(first) + 1 if known else 1,
            message="there is no tab between file name and transcript",
            suggestion=f"Put a tab in place of the blanks after {first}."
            if known
            else "Write FILE<TAB>TRANSCRIPT, with one tab between.",
        )

    def _missing(self, name: str) -> Problem:
        worth_guessing = not self._walk.findings.is_full(Code.AUDIO_MISSING)
        near = self._nearest(name) if worth_guessing else None
        return Problem(
            code=Code.AUDIO_MISSING,
            column=1,
            message=f"there is no audio file {name!r} in the dataset",
            suggestion=f"Did you mean {near}?" if near else "Add the file, or remove the line.",
        )

    def _nearest(self, name: str) -> str | None:
        wanted = name.casefold()
        known = {file.casefold(): file for file in self._files}
        stems = {file.rpartition(".")[0].casefold(): file for file in self._files}
        if wanted in known or wanted in stems or len(known) > _MOST_GUESSED:
            return known.get(wanted) or stems.get(wanted)
        return next((known[near] for near in difflib.get_close_matches(wanted, known, n=1, cutoff=0.8)), None)

    def _mended(self, text: str) -> str:
        name, tab, spoken = text.strip(" ").partition("\t")
        if not tab:  # blanks in its place are clear if they follow the name of a file
            first, *rest = name.split(maxsplit=1)
            if rest and first in self._files:
                name, tab, spoken = first, "\t", rest[0]
        return name + tab + repair_text(spoken, self._walk.locale)


def _index(archive: Archive) -> dict[str, str]:
    """Names as a line may write them: whole, or without folders where that is clear."""
    audio = [member for member in archive.members.values() if member.is_audio]
    alike = Counter(member.base_name for member in audio)
    bare = {member.base_name: member.name for member in audio if alike[member.base_name] == 1}
    return bare | {member.name: member.name for member in audio}


def _leads_out(name: str) -> bool:
    parts = name.replace("\\", "/").split("/")
    return ".." in parts or not parts[0] or parts[0].endswith(":")


def _outside(name: str) -> Problem:
    return Problem(
        code=Code.UNSAFE_NAME,
        column=1,
        message=f"{name!r} leads out of the dataset",
        suggestion="Put the audio file beside the transcript and write its bare name.",
    )
