"""Display formats: how results are written. Patterns, rewriting, phrases to mask, and tests of all that.

The syntax is checked, and the tests are run with the rules that are good.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from lect.core.locale import UNSPACED, language_of
from lect.datasets.codes import Code
from lect.datasets.columns import column_problems, split
from lect.datasets.display_tests import Test, failures
from lect.datasets.inspection import Inspection, inspection
from lect.datasets.itn import pattern_problems
from lect.datasets.lines import ByteSource, Line
from lect.datasets.repair import FULL_WIDTH, repair_text
from lect.datasets.report import Problem, printable
from lect.datasets.rules import entry_repeated, problems_of, writing_rules
from lect.datasets.textfile import Hashing, ReadFile, judge, lines_of, open_text, report_of, tell_if_empty
from lect.settings import Limits
from lect.speech.text.display import DisplayRules
from lect.speech.text.display.rules.rewriting import LONGEST, PUNCTUATION, Words

KIND = "display"

_HEADING = re.compile(r"#\s*(?P<name>.*)")
_NO_PHRASE = re.compile(f"[{PUNCTUATION}\t]")
_LATIN_PHRASE = re.compile(r"[A-Za-z]\s+[A-Za-z]")


class Part(StrEnum):
    """What the lines under a heading are."""

    ITN = "itn"
    REWRITE = "rewrite"
    PROFANITY = "profanity"
    TEST = "test"


def validate(stream: ByteSource, path: Path, walk: Inspection) -> Iterator[Line]:
    """The good lines, headings and comments too, while everything that is wrong goes to the findings."""
    yield from _read(stream, path, walk)[0]


@dataclass(frozen=True, kw_only=True)
class DisplayFiles:
    """The rules of some files, and what was read and left out of each."""

    rules: DisplayRules = field(default_factory=DisplayRules)
    files: tuple[ReadFile, ...] = ()


def read_display(paths: Sequence[Path], *, locale: str = "en-US", limits: Limits = Limits()) -> DisplayFiles:
    """Read files for training; lines that break a rule are left out and counted, and so are tests that fail.

    Raises:
        NotFound: There is no such file.
        InvalidInput: It is a folder.
    """
    rules, files = DisplayRules(), []
    for path in paths:
        walk = inspection(locale=locale, limits=limits)
        with open_text(path) as file:
            stream = Hashing(file)
            rules |= _read(stream, path, walk)[1]
        files.append(ReadFile(path=path, sha256=stream.sha256, report=report_of(path, KIND, walk)))
    return DisplayFiles(rules=rules, files=tuple(files))


def _read(stream: ByteSource, path: Path, walk: Inspection) -> tuple[list[Line], DisplayRules]:
    """The good lines and their rules. A test is good if it does not fail, which shows when all rules are known."""
    reader, good = _Reader(path, walk), list[Line]()
    lines = lines_of(
        stream, path, walk, most_bytes=walk.limits.display_bytes, setting="LECT_LIMITS_DISPLAY_BYTES"
    )
    for line in lines:
        if walk.repair:
            mended = "\t".join(repair_text(part, "und") for part in line.text.strip(" ").split("\t"))
            line = Line(number=line.number, text=mended)
        if (line.text.strip() or not line.usable) and reader.take(line):
            good.append(line)
    failed = reader.run_tests()
    tell_if_empty(path, walk, what="rule", advice="Write patterns under #itn, OLD<TAB>NEW under #rewrite.")
    return [line for line in good if line.number not in failed], reader.rules


@dataclass(kw_only=True)
class _Rules:
    """The rules of one part so far."""

    seen: dict[str, tuple[int, str]] = field(default_factory=dict)  # what a rule is for -> first line, result
    count: int = 0
    good: list[str] = field(default_factory=list)


class _Reader:
    """Reads and judges line after line of one file."""

    def __init__(self, path: Path, walk: Inspection) -> None:
        self._path = path
        self._walk = walk
        self._is_full_width = language_of(walk.locale) in FULL_WIDTH
        self._words = Words(is_unspaced=language_of(walk.locale) in UNSPACED)
        self._tests: list[Test] = []
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
        is_good = judge(line, self._problems(line, text), self._path, self._walk, shift=shift)
        if is_good and self._part is Part.TEST:
            self._tests.append(Test.of(line))
        elif is_good and self._part:
            self._rules[self._part].good.append(text)
        return is_good

    @property
    def rules(self) -> DisplayRules:
        """All that is good."""
        rewrites = map(split, self._rules[Part.REWRITE].good)
        return DisplayRules(
            itn=tuple(self._rules[Part.ITN].good),
            rewrites=tuple((columns.left, columns.right) for columns in rewrites),
            profanity=tuple(self._rules[Part.PROFANITY].good),
        )

    def run_tests(self) -> set[int]:
        """The lines of tests that fail, which are told and do not count."""
        findings, failed, most = self._walk.findings, set[int](), self._walk.limits.display_tests
        for test, problem in failures(self._tests[:most], self.rules, locale=self._walk.locale):
            findings.add(problem.at(self._path.name, test.line.number, text=test.line.text))
            findings.retract(test.line.number)
            failed.add(test.line.number)
        if more := self._tests[most:]:
            findings.add(_tests_not_run(len(more), most).at(self._path.name, more[0].line.number))
        return failed

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
        if max(len(columns.left), len(columns.right)) > LONGEST:
            yield _too_long()
        if old := self._words.key(columns.left):
            yield from self._repeats(Part.REWRITE, " ".join(old), columns.right, line)
        else:
            yield _only_punctuation()

    def _profanity(self, text: str, line: int) -> Iterator[Problem]:
        if len(text) > LONGEST:
            yield _too_long()
        if match := _NO_PHRASE.search(text):
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
        if len(text) > 2 * LONGEST:
            yield _too_long()
        yield from column_problems(text, left="LEXICAL", right="DISPLAY")

    def _repeats(self, part: Part, key: str, result: str, line: int) -> Iterator[Problem]:
        """The rule stands there already, or another one for the same text."""
        first, other = self._rules[part].seen.setdefault(key, (line, result))
        if first != line:
            yield entry_repeated(first) if other == result else _conflict(key, first, other)


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


def _too_long() -> Problem:
    return Problem(
        code=Code.RULE_TOO_LONG,
        column=LONGEST,
        message=f"there are more than {LONGEST:,} characters on one side",
        suggestion="Write what makes the difference, and leave the rest out.",
    )


def _tests_not_run(count: int, most: int) -> Problem:
    what = "test was" if count == 1 else "tests were"
    return Problem(
        code=Code.TESTS_NOT_RUN,
        message=f"{count:,} {what} not run: there are {most:,} before, which is the limit",
        suggestion="Remove tests that say the same, or raise LECT_LIMITS_DISPLAY_TESTS.",
    )
