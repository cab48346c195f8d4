"""Display formats: how results are written. Patterns, rewriting, phrases to mask, and tests of all that.

The syntax is checked; the tests are read, and the report says that they were not run.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from lect.core.locale import language_of
from lect.datasets.codes import Code
from lect.datasets.columns import column_problems, split
from lect.datasets.inspection import Inspection
from lect.datasets.itn import pattern_problems
from lect.datasets.lines import ByteSource, Line
from lect.datasets.repair import FULL_WIDTH, repair_text
from lect.datasets.report import Problem, printable
from lect.datasets.rules import entry_repeated, problems_of, writing_rules
from lect.datasets.textfile import judge, lines_of, tell_if_empty

KIND = "display"

_HEADING = re.compile(r"#\s*(?P<name>.*)")
# What counts as punctuation: of Latin scripts, Chinese and Japanese, Devanagari, Arabic.
_PUNCTUATION = "[.,?!:;¿¡。，、？！：；．｡､।॥،؛؟۔]"
_AT_EDGES = re.compile(rf"(?:(?<=\s)|^){_PUNCTUATION}+|{_PUNCTUATION}+(?=\s|$)")
_ANYWHERE = re.compile(_PUNCTUATION)  # what is full width needs no blank beside it
_LATIN_PHRASE = re.compile(r"[A-Za-z]\s+[A-Za-z]")


class Part(StrEnum):
    """What the lines under a heading are."""

    ITN = "itn"
    REWRITE = "rewrite"
    PROFANITY = "profanity"
    TEST = "test"


def validate(stream: ByteSource, path: Path, walk: Inspection) -> Iterator[Line]:
    """The good lines, headings and comments too, while everything that is wrong goes to the findings."""
    reader = _Reader(path, walk)
    lines = lines_of(
        stream, path, walk, most_bytes=walk.limits.display_bytes, setting="LECT_LIMITS_DISPLAY_BYTES"
    )
    for line in lines:
        if walk.repair:
            mended = "\t".join(repair_text(part, "und") for part in line.text.strip(" ").split("\t"))
            line = Line(number=line.number, text=mended)
        if (line.text.strip() or not line.usable) and reader.take(line):
            yield line
    reader.finish()
    tell_if_empty(path, walk, what="rule", advice="Write patterns under #itn, OLD<TAB>NEW under #rewrite.")


@dataclass(kw_only=True)
class _Rules:
    """The rules of one part so far."""

    seen: dict[str, tuple[int, str]] = field(default_factory=dict)  # what a rule is for -> first line, result
    count: int = 0
    first_line: int = 0


class _Reader:
    """Reads and judges line after line of one file."""

    def __init__(self, path: Path, walk: Inspection) -> None:
        self._path = path
        self._walk = walk
        self._is_full_width = language_of(walk.locale) in FULL_WIDTH
        self._part: Part | None = None
        self._in_unknown_part = False  # its heading was told already
        self._rules = {part: _Rules() for part in Part}
        self._readers = {
            Part.ITN: self._itn,
            Part.REWRITE: self._rewrite,
            Part.PROFANITY: self._profanity,
            Part.TEST: self._test,
        }
        limits = walk.limits
        self._most = {
            Part.ITN: limits.itn_rules,
            Part.REWRITE: limits.rewrite_rules,
            Part.PROFANITY: limits.profanity_phrases,
        }

    def take(self, line: Line) -> bool:
        """Judge a line; whether it is good."""
        text = line.text.strip(" ")
        shift = len(line.text) - len(line.text.lstrip(" "))
        if line.usable and text.startswith("//"):
            return True
        if line.usable and text.startswith("#"):
            return self._begin(line, text, shift)
        return judge(line, self._problems(line, text), self._path, self._walk, shift=shift)

    def finish(self) -> None:
        """Say that the tests were not run."""
        tests = self._rules[Part.TEST]
        if tests.count:
            problem = _tests_not_run(tests.count)
            self._walk.findings.add(problem.at(self._path.name, tests.first_line))

    def _begin(self, line: Line, text: str, shift: int) -> bool:
        match = _HEADING.fullmatch(text.strip())
        name = match["name"].strip().casefold() if match else ""
        self._in_unknown_part = name not in set(Part)
        self._part = None if self._in_unknown_part else Part(name)
        if self._part is None:
            problem = _unknown_part(name).at(self._path.name, line.number, text=line.text, shift=shift)
            self._walk.findings.add(problem)
            self._walk.findings.reject(line.number)
        return self._part is not None

    def _problems(self, line: Line, text: str) -> list[Problem]:
        if not line.usable:
            return []
        if self._part is None:
            return [_nowhere(in_unknown=self._in_unknown_part)]
        rules = self._rules[self._part]
        rules.count += 1
        rules.first_line = rules.first_line or line.number
        problems = [*self._readers[self._part](text, line.number), *problems_of(text, writing_rules())]
        if rules.count > self._most.get(self._part, rules.count):
            problems.append(_too_many(self._part, self._most[self._part]))
        return problems

    def _itn(self, text: str, line: int) -> Iterator[Problem]:
        yield from pattern_problems(text)
        yield from self._repeats(Part.ITN, text, text, line)

    def _rewrite(self, text: str, line: int) -> Iterator[Problem]:
        wrong = list(column_problems(text, left="OLD", right="NEW"))
        yield from wrong
        if wrong:
            return
        columns = split(text)
        old = self._without_punctuation(columns.left)
        if old:
            yield from self._repeats(Part.REWRITE, old, columns.right, line)
        else:
            yield _only_punctuation()

    def _profanity(self, text: str, line: int) -> Iterator[Problem]:
        if match := re.search(rf"{_PUNCTUATION}|\t", text):
            shown = "a tab" if match[0] == "\t" else match[0]
            yield _no_phrase(
                match.start(), f"the phrase holds {shown}", "Write words alone, a phrase a line."
            )
        if self._is_full_width and (match := _LATIN_PHRASE.search(text)):
            yield _no_phrase(
                match.start(), "an English phrase cannot be masked in this language", "Write single words."
            )
        yield from self._repeats(Part.PROFANITY, " ".join(text.casefold().split()), "", line)

    def _test(self, text: str, line: int) -> Iterator[Problem]:
        yield from column_problems(text, left="LEXICAL", right="DISPLAY")

    def _repeats(self, part: Part, key: str, result: str, line: int) -> Iterator[Problem]:
        """The rule stands there already, or another one for the same text."""
        first, other = self._rules[part].seen.setdefault(key, (line, result))
        if first != line:
            yield entry_repeated(first) if other == result else _conflict(key, first, other)

    def _without_punctuation(self, text: str) -> str:
        pattern = _ANYWHERE if self._is_full_width else _AT_EDGES
        return " ".join(pattern.sub(" ", text.casefold()).split())


def _unknown_part(name: str) -> Problem:
    close = difflib.get_close_matches(name, list(Part), n=1)
    known = ", ".join(f"#{part}" for part in Part)
    return Problem(
        code=Code.SECTION_UNKNOWN,
        column=1,
        message=f"there is no section #{printable(name[:40])}; nothing under it is used",
        suggestion=f"Did you mean #{close[0]}?" if close else f"Sections are {known}.",
    )


def _nowhere(*, in_unknown: bool) -> Problem:
    why = "under an unknown heading" if in_unknown else "before any heading"
    return Problem(
        code=Code.BEFORE_SECTION,
        column=1,
        message=f"the line stands {why}, so nobody can tell what it is",
        suggestion="Write #itn, #rewrite, #profanity or #test above it.",
    )


def _too_many(part: Part, most: int) -> Problem:
    setting = {
        Part.ITN: "LECT_LIMITS_ITN_RULES",
        Part.REWRITE: "LECT_LIMITS_REWRITE_RULES",
        Part.PROFANITY: "LECT_LIMITS_PROFANITY_PHRASES",
    }[part]
    return Problem(
        code=Code.TOO_MANY_RULES,
        column=1,
        message=f"there are {most:,} lines under #{part} already, which is the limit",
        suggestion=f"Remove those that are seldom needed, or raise {setting}.",
    )


def _conflict(old: str, first: int, other: str) -> Problem:
    return Problem(
        code=Code.REWRITE_CONFLICT,
        column=1,
        message=f"line {first} rewrites {printable(old[:40])!r} already, as {printable(other[:40])!r}",
        suggestion="Keep one of the two; case and punctuation make no difference on the left.",
    )


def _only_punctuation() -> Problem:
    return Problem(
        code=Code.EMPTY_AFTER_NORMALISATION,
        column=1,
        message="the left side is punctuation alone, which is ignored",
        suggestion="Write the words that are to be rewritten.",
    )


def _no_phrase(at: int, message: str, advice: str) -> Problem:
    return Problem(code=Code.PROFANITY_SYNTAX, column=at + 1, message=message, suggestion=advice)


def _tests_not_run(count: int) -> Problem:
    what = "test was" if count == 1 else "tests were"
    return Problem(
        code=Code.TESTS_NOT_RUN,
        message=f"{count} {what} read but not run: the syntax is checked, the rules are not applied yet",
        suggestion="Look at the results of a recognition yourself until tests are run.",
    )
