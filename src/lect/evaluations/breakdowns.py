"""Where the errors of an evaluation are, from its document: by speaker, by length, and which words are taken for which. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

Json = dict[str, Any]

SLICES = 50  # of speakers, the most that are told apart
CONFUSIONS = 12  # the most frequent
_SECONDS = (2.0, 5.0, 10.0, 20.0, 30.0)  # where stretches of length end
_WORDS = (3, 8, 15, 30)


@dataclass(frozen=True, kw_only=True)
class Slice:
    """A part of the utterances, and how many of its words each model has wrong."""

    name: str
    utterances: int
    words: int  # of the references
    errors: Sequence[int]  # of each model

    @property
    def rates(self) -> list[float | None]:
        """The word error rate of each model; None: nothing is said in them."""
        return [each / self.words if self.words else None for each in self.errors]


@dataclass(frozen=True, kw_only=True)
class Confusion:
    """A word that was left out, added, or taken for another."""

    kind: str
    reference: str | None  # None: the word was added
    hypothesis: str | None  # None: it was left out
    counts: Sequence[int]  # of each model

    @property
    def word(self) -> str:
        """The word by which its utterances are found."""
        return self.reference or self.hypothesis or ""


@dataclass(frozen=True, kw_only=True)
class Breakdown:
    """Where the errors are."""

    speakers: Sequence[Slice]  # those with most words first; none: nobody says who speaks, or it is one alone
    lengths: Sequence[Slice]  # the shortest first
    has_seconds: bool  # lengths are of audio; else of references, in words
    confusions: Sequence[Confusion]  # the most frequent first


def break_down(document: Json) -> Breakdown:
    """Where the errors are in a document of `lect evaluate --json`."""
    utterances = document["utterances"]
    has_seconds = bool(utterances) and all(each.get("duration") is not None for each in utterances)
    named = [each for each in utterances if each["speaker"] is not None]
    speakers = _slices(named, lambda each: each["speaker"])
    return Breakdown(
        speakers=sorted(speakers, key=lambda each: -each.words)[:SLICES] if len(speakers) > 1 else [],
        lengths=_lengths(utterances, has_seconds=has_seconds),
        has_seconds=has_seconds,
        confusions=_confusions(utterances),
    )


def words_of(utterance: Json) -> int:
    """How many words the reference of an utterance has, as they are counted."""
    return sum(edit["kind"] != "insertion" for edit in utterance["models"][0]["alignment"])


def _lengths(utterances: Sequence[Json], *, has_seconds: bool) -> list[Slice]:
    if has_seconds:
        found = _slices(utterances, lambda each: _stretch(each["duration"], _SECONDS))
        names = _names(_SECONDS, "s")
    else:
        found = _slices(utterances, lambda each: _stretch(words_of(each), _WORDS))
        names = _names(_WORDS, "words")
    return [
        Slice(name=names[int(each.name)], utterances=each.utterances, words=each.words, errors=each.errors)
        for each in sorted(found, key=lambda each: int(each.name))
    ]


def _stretch(length: float, ends: Sequence[float]) -> int:
    return next((at for at, end in enumerate(ends) if length <= end), len(ends))


def _names(ends: Sequence[float], unit: str) -> list[str]:
    """What stretches of length are called."""
    between = [f"{low:g} to {high:g} {unit}" for low, high in pairwise(ends)]
    return [f"up to {ends[0]:g} {unit}", *between, f"over {ends[-1]:g} {unit}"]


def _slices(utterances: Sequence[Json], key: Callable[[Json], Hashable]) -> list[Slice]:
    parts: dict[str, list[Json]] = {}
    for each in utterances:
        parts.setdefault(str(key(each)), []).append(each)
    return [
        Slice(
            name=name,
            utterances=len(part),
            words=sum(map(words_of, part)),
            errors=[sum(column) for column in zip(*map(_errors, part), strict=True)],
        )
        for name, part in parts.items()
    ]


def _errors(utterance: Json) -> list[int]:
    return [model["errors"] for model in utterance["models"]]


def _confusions(utterances: Sequence[Json]) -> list[Confusion]:
    counted: list[Counter[tuple[str, str | None, str | None]]] = [
        Counter() for _ in (utterances[0]["models"] if utterances else ())
    ]
    for utterance in utterances:
        for counts, model in zip(counted, utterance["models"], strict=True):
            counts.update(
                (edit["kind"], edit["reference"], edit["hypothesis"]) for edit in wrong_edits(model)
            )
    together = sum(counted, Counter[tuple[str, str | None, str | None]]())
    return [
        Confusion(
            kind=kind, reference=reference, hypothesis=hypothesis, counts=[each[found] for each in counted]
        )
        for found, _ in together.most_common(CONFUSIONS)
        for kind, reference, hypothesis in [found]
    ]


def wrong_edits(model: Mapping[str, Any]) -> Iterator[Json]:
    """What a model has wrong in an utterance."""
    return (edit for edit in model["alignment"] if edit["kind"] != "correct")
