"""References and hypotheses brought together from two transcript files."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from lect.core.errors import InvalidTranscript
from lect.speech.scoring import timed
from lect.speech.scoring.formats import Utterance, format_of, read_utterances


@dataclass(frozen=True, kw_only=True)
class Pair:
    """A reference and the hypothesis for it."""

    reference: Utterance
    hypothesis: Utterance


def read_pairs(reference: Path, hypothesis: Path) -> list[Pair]:
    """Bring the utterances of two files together, in the order of the reference.

    Formats are known by suffix, else by the first line. References in stm and ctm go with hypotheses in ctm, whose
    words belong to the first segment that ends behind their middle.

    Raises:
        NotFound: a file is missing.
        InvalidTranscript: a file cannot be read, or the two do not hold the same utterances, or none.
    """
    kinds = format_of(reference), format_of(hypothesis)
    match kinds:
        case "stm", "ctm":
            utterances, heard = timed.read_stm(reference, hypothesis)
        case "ctm", "ctm":
            utterances, heard = timed.read_ctm(reference), timed.read_ctm(hypothesis)
        case (("trn" | "tsv"), ("trn" | "tsv")):
            utterances, heard = read_utterances(reference), read_utterances(hypothesis)
        case _:
            raise InvalidTranscript(
                f"{reference} is {kinds[0]} and {hypothesis} is {kinds[1]}: these do not go together",
                hint="Use trn or tsv for both, ctm for both, or an stm reference with a ctm hypothesis.",
            )
    return _paired(utterances, heard, reference, hypothesis)


def _paired(
    utterances: list[Utterance], heard: list[Utterance], reference: Path, hypothesis: Path
) -> list[Pair]:
    by_id = {each.id: each for each in heard}
    known = {each.id for each in utterances}
    if known and not known & by_id.keys() and _without_folders(known) == _without_folders(by_id):
        raise InvalidTranscript(
            f"{hypothesis} names the files of {reference} in other folders: {utterances[0].id}, {heard[0].id}",
            hint="Write the same folders before the names in both files, or none.",
            ids=[each.id for each in utterances],
        )
    _refuse_strangers([each.id for each in utterances if each.id not in by_id], hypothesis, reference)
    _refuse_strangers([each.id for each in heard if each.id not in known], reference, hypothesis)
    if not utterances:
        raise InvalidTranscript(
            f"{reference}: there is not one utterance in it", hint="Give a line for each utterance."
        )
    return [Pair(reference=each, hypothesis=by_id[each.id]) for each in utterances]


def _without_folders(ids: Iterable[str]) -> list[str]:
    return sorted(re.split(r"[/\\]", id)[-1] for id in ids)


def _refuse_strangers(ids: list[str], missing_in: Path, found_in: Path) -> None:
    if ids:
        listed = ", ".join(ids[:10]) + (f" and {len(ids) - 10} more" if len(ids) > 10 else "")
        raise InvalidTranscript(
            f"{missing_in}: no line for {len(ids)} of the utterances of {found_in}: {listed}",
            hint="Both files must hold the same ids; an utterance without words is a line with an id alone.",
            ids=ids,
        )
