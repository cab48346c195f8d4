"""The elements of structured text (items, sentences, pronunciations), each judged where it stands."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

from lect.datasets import structure_problems as wrong
from lect.datasets.headings import UNKNOWN, Heading, Kind, is_heading, parse_heading
from lect.datasets.inspection import Inspection
from lect.datasets.lexicon import parse_entry
from lect.datasets.lines import ByteSource, Line
from lect.datasets.references import brace_problems, mend_references, pieces, references, without_references
from lect.datasets.repair import repair_text
from lect.datasets.report import Problem
from lect.datasets.rules import problems_of, structured_rules, writing_rules
from lect.datasets.textfile import judge, lines_of, tell_if_empty
from lect.speech.text.pronunciation import Pronunciation
from lect.speech.text.structured import Piece

_DASH = re.compile(r"\s*-\s*")
_OTHER_BULLET = re.compile(r"\s*[*+\u2022\u2010-\u2015]?\s*")


@dataclass(eq=False, kw_only=True)
class Section:
    """A heading, and how many items stand under it if it is one of a list."""

    heading: Heading
    line: int  # 0: what stands before any heading
    items: int = 0
    is_rejected: bool = False  # the heading was told to be wrong


class Element(NamedTuple):
    """A good line."""

    number: int
    section: Section
    text: str  # as a repaired copy has it
    value: str | tuple[Piece, ...] | Pronunciation | None  # an item, a sentence, an entry, or a comment


@dataclass(kw_only=True, slots=True)
class _Entry:
    """A line with its dash taken off."""

    line: Line
    section: Section
    text: str
    shift: int  # how far into the line it begins
    problems: list[Problem]


def elements(stream: ByteSource, path: Path, walk: Inspection) -> Iterator[Element]:
    """The good lines, while everything that is wrong goes to the findings.

    They come in order, but a sentence above a list that it refers to comes at the end, and items come only when a sentence
    or lexicon entry does: lists alone do not say what is spoken.
    """
    reader = _Reader(path, walk)
    lines = lines_of(stream, path, walk, most_bytes=walk.limits.text_bytes, setting="LECT_LIMITS_TEXT_BYTES")
    for line in lines:
        if not line.usable:
            walk.findings.reject(line.number)
        elif line.text.strip():
            yield from reader.take(line)
    yield from reader.finish()
    tell_if_empty(
        path, walk, what="item or sentence", advice="Write sentences under # NAME, a line each: - SENTENCE"
    )


class _Reader:
    """Reads line after line of one file."""

    def __init__(self, path: Path, walk: Inspection) -> None:
        self._path = path
        self._walk = walk
        self._limits = walk.limits
        self._rules = structured_rules(walk.locale)
        self._section = Section(heading=UNKNOWN, line=0)
        self._lists: dict[str, Section] = {}
        self._left_out: set[str] = set()  # lists over the limit
        self._referred: set[str] = set()
        self._waiting: list[_Entry] = []  # sentences above a list that they refer to, or without one
        self._items: list[Element] | None = []  # good ones, held until a sentence or entry is good; then None
        self._pronunciations: Counter[str] = Counter()
        self._entries = 0  # of the lexicon
        self._readers = {
            Kind.LIST: self._item,
            Kind.SENTENCES: self._sentence,
            Kind.LEXICON: self._pronunciation,
            Kind.UNKNOWN: self._lost,
        }

    def take(self, line: Line) -> Iterator[Element]:
        """The element of a line, if it is good and nothing of it is still to come."""
        if self._walk.repair:
            line = Line(number=line.number, text=repair_text(line.text, self._walk.locale))
        text = line.text.strip()
        if text.startswith("//"):
            yield Element(line.number, self._section, text, None)
        elif is_heading(text):
            self._begin(line, text)
        else:
            yield from self._readers[self._section.heading.kind](self._entry(line))

    def finish(self) -> Iterator[Element]:
        """The sentences that waited for a list; and what is wrong with lists as a whole."""
        for entry in self._waiting:
            entry.problems.extend(self._undefined(entry.text))
            if self._judge(entry):
                yield from self._said(entry)
        self._refuse_lists_alone()
        for name, section in self._lists.items():
            self._judge_list(name, section)

    def _begin(self, line: Line, text: str) -> None:
        """Go on under a new heading."""
        heading, problem = parse_heading(text)
        problems = [] if problem is None or (self._walk.repair and heading is not UNKNOWN) else [problem]
        self._section = section = Section(heading=heading, line=line.number)
        if heading.kind is Kind.LIST:
            problems += self._begin_list(heading.name)
        section.is_rejected = bool(problems)
        shift = len(line.text) - len(line.text.lstrip())
        for each in problems:
            self._walk.findings.add(each.at(self._path.name, line.number, text=line.text, shift=shift))
        if problems:
            self._walk.findings.reject(line.number)

    def _begin_list(self, name: str) -> Iterator[Problem]:
        first = self._lists.get(name)
        if first is not None:
            self._section = first
            if not self._walk.repair:
                yield wrong.list_repeated(name, first.line)
        elif len(self._lists) >= self._limits.lists:
            self._section = Section(heading=UNKNOWN, line=self._section.line)
            self._left_out.add(name)
            yield wrong.too_many_lists(self._limits.lists)
        else:
            self._lists[name] = self._section

    def _entry(self, line: Line) -> _Entry:
        dash = _DASH.match(line.text)
        match = dash or _OTHER_BULLET.match(line.text)
        shift = match.end() if match else 0
        text = line.text[shift:].rstrip()
        problems = [] if dash or self._walk.repair else [wrong.dash_missing(text)]
        return _Entry(line=line, section=self._section, text=text, shift=shift, problems=problems)

    def _item(self, entry: _Entry) -> Iterator[Element]:
        entry.problems.extend(problems_of(entry.text, self._rules))
        if "{@" in entry.text:
            entry.problems.append(wrong.nested(entry.text))
        if entry.section.items >= self._limits.list_items:
            entry.problems.append(wrong.list_too_large(self._limits.list_items))
        if self._judge(entry):
            entry.section.items += 1
            item = Element(entry.line.number, entry.section, f"- {entry.text}", entry.text)
            if self._items is None:
                yield item
            else:
                self._items.append(item)

    def _sentence(self, entry: _Entry) -> Iterator[Element]:
        if "{" in entry.text or "}" in entry.text:
            self._read_references(entry)
        entry.problems.extend(problems_of(without_references(entry.text), self._rules))
        if any(self._is_missing(name) for name, _ in references(entry.text)):
            self._waiting.append(entry)
        elif self._judge(entry):
            yield from self._said(entry)

    def _said(self, entry: _Entry) -> Iterator[Element]:
        """A good sentence, behind the items that waited for one."""
        self._referred.update(name for name, _ in references(entry.text))
        yield from self._held_items()
        yield _sentence_of(entry)

    def _held_items(self) -> Iterator[Element]:
        held, self._items = self._items, None
        yield from held or ()

    def _refuse_lists_alone(self) -> None:
        for item in self._items or ():
            self._walk.findings.retract(item.number)
        if self._items:
            first = self._items[0].section
            problem = wrong.lists_alone().at(self._path.name, first.line, text=str(first.heading))
            self._walk.findings.add(problem)

    def _read_references(self, entry: _Entry) -> None:
        if self._walk.repair:
            entry.text = mend_references(entry.text)
        entry.problems.extend(brace_problems(entry.text))

    def _pronunciation(self, entry: _Entry) -> Iterator[Element]:
        said, problems = parse_entry(entry.text, self._walk.locale)
        entry.problems.extend([*problems, *problems_of(entry.text, writing_rules())])
        if said is not None:
            entry.problems.extend(self._too_many_pronunciations(said.display))
        if self._judge(entry) and said is not None:
            self._pronunciations[said.display] += 1
            self._entries += 1
            yield from self._held_items()
            yield Element(entry.line.number, entry.section, f"- {entry.text}", said)

    def _too_many_pronunciations(self, word: str) -> Iterator[Problem]:
        if self._pronunciations[word] >= self._limits.pronunciations_per_word:
            yield wrong.too_many_pronunciations(word, self._limits.pronunciations_per_word)
        if self._entries >= self._limits.lexicon_entries:
            yield wrong.too_many_entries(self._limits.lexicon_entries)

    def _lost(self, entry: _Entry) -> Iterator[Element]:
        """Reject a line of which nobody can tell what it is; of a wrong heading, that was told already."""
        if entry.section.line == 0:
            entry.problems[:] = [wrong.before_section()]
            self._judge(entry)
        else:
            self._walk.findings.reject(entry.line.number)
        yield from ()

    def _judge(self, entry: _Entry) -> bool:
        return judge(entry.line, entry.problems, self._path, self._walk, shift=entry.shift)

    def _is_missing(self, name: str) -> bool:
        return name not in self._lists or not self._lists[name].items

    def _undefined(self, text: str) -> Iterator[Problem]:
        for name, column in references(text):
            if name in self._left_out:
                yield wrong.list_left_out(name, column, self._limits.lists)
            elif self._is_missing(name):
                yield wrong.list_undefined(name, column, self._lists)

    def _judge_list(self, name: str, section: Section) -> None:
        if section.items and (name in self._referred or self._items):  # of lists alone that was told
            return
        problem = wrong.list_unused(name) if section.items else wrong.list_empty(name)
        self._walk.findings.add(problem.at(self._path.name, section.line, text=str(section.heading)))
        if not section.items and not section.is_rejected:
            self._walk.findings.reject(section.line)


def _sentence_of(entry: _Entry) -> Element:
    return Element(entry.line.number, entry.section, f"- {entry.text}", pieces(entry.text))
