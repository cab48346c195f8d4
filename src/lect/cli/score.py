"""`lect score`: how many errors a transcript has, counted as NIST sclite counts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from lect.cli.options import locale_of_text
from lect.core.words import counted

if TYPE_CHECKING:
    from lect.speech.scoring.totals import Totals


def score(
    reference: Annotated[
        Path, typer.Argument(metavar="REF", help="What was said: trn, tsv, ctm or stm.", show_default=False)
    ],
    hypothesis: Annotated[
        Path, typer.Argument(metavar="HYP", help="What was recognised: trn, tsv or ctm.", show_default=False)
    ],
    *,
    normalise: Annotated[
        str | None,
        typer.Option(
            metavar="LOCALE",
            help="Normalise both sides first, by the rules of a locale such as en-US.",
            callback=locale_of_text,
        ),
    ] = None,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Count the word errors of a transcript, as NIST sclite does.

    Words count as given, in lower case. Utterances are matched by their ids, which must be the same in both files.

    Examples:
      lect score ref.trn hyp.trn

      lect score trans.txt hyp.tsv --normalise en-US

      lect score ref.stm hyp.ctm --json
    """
    from lect.cli import console

    totals = _totals(reference, hypothesis, normalise)
    if json:
        console.print_json(_document(totals))
    else:
        typer.echo(_summary(totals, normalise))


def _totals(reference: Path, hypothesis: Path, locale: str | None) -> Totals:
    from lect.speech.scoring import align
    from lect.speech.scoring.pairs import read_pairs
    from lect.speech.scoring.totals import Totals, count
    from lect.speech.text import normaliser

    rules = normaliser(locale) if locale else None
    totals = Totals()
    for pair in read_pairs(reference, hypothesis):
        sides = [
            rules.words(each.text) if rules else each.words for each in (pair.reference, pair.hypothesis)
        ]
        totals += count(align(*sides))
    return totals


def _document(totals: Totals) -> dict[str, float | int | None]:
    from math import isfinite

    words = totals.words
    return {
        "wer": round(totals.wer, 6) if isfinite(totals.wer) else None,
        "words": words.words,
        "correct": words.correct,
        "substitutions": words.substitutions,
        "deletions": words.deletions,
        "insertions": words.insertions,
        "sentences": totals.sentences,
        "sentence_errors": totals.sentence_errors,
        "cer": round(totals.cer, 6) if isfinite(totals.cer) else None,
    }


def _summary(totals: Totals, locale: str | None) -> str:
    from lect.evaluations.report import percent

    words = totals.words
    rules = f"normalised as {locale}" if locale else "as given, in lower case"
    kinds = f"{words.correct} correct, {words.substitutions} substituted, {words.deletions} deleted, {words.insertions} inserted"
    return "\n".join(
        (
            f"WER {percent(totals.wer)} %  {counted(words.errors, 'error')} in {counted(words.words, 'word')}, {rules}",
            f"       {kinds}",
            f"CER {percent(totals.cer)} %",
            f"SER {percent(totals.ser)} %  {totals.sentence_errors} of {counted(totals.sentences, 'utterance')} with errors",
        )
    )
