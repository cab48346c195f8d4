"""What a recogniser hears in known recordings, and how often it errs."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence

from lect.engines.contract import RecogniseOptions, Recogniser, Scorer
from lect.engines.guard import failure_of
from lect.engines.longform import Source, recognise_files
from lect.models.spoken import Utterance
from lect.speech.audio import AudioDecoder
from lect.speech.scoring import ErrorCounts, align
from lect.speech.text import normaliser


def hear(
    recogniser: Recogniser,
    utterances: Sequence[Utterance],
    *,
    locale: str,
    decoder: AudioDecoder,
    threads: int = 1,
    scorer: Scorer | None = None,
) -> Iterator[str]:
    """The texts of recordings, in order, each as soon as it is there.

    Raises:
        InvalidAudio, LimitExceeded, RecognitionFailed: a recording cannot be heard; its errors would not be the model's.
    """
    sources = (Source(name=utterance.file, audio=utterance.source()) for utterance in utterances)
    options = RecogniseOptions(locale=locale, word_times=False)
    for recording in recognise_files(
        recogniser, sources, decoder=decoder, options=options, scorer=scorer, threads=threads
    ):
        if error := failure_of(recording):
            raise error
        yield " ".join(segment.recognition.best.display for segment in recording.segments)


def score(
    texts: Iterator[str],
    references: Sequence[str],
    *,
    locale: str,
    progress: Callable[[float], None],
) -> list[ErrorCounts]:
    """The word errors of each text.

    Args:
        progress: told what share of the texts is scored
    """
    words, counts = normaliser(locale).words, list[ErrorCounts]()
    for text, reference in zip(texts, references, strict=True):
        counts.append(align(words(reference), words(text)).counts)
        progress(len(counts) / len(references))
    return counts


def total(counts: Sequence[ErrorCounts]) -> ErrorCounts:
    """All errors together."""
    return sum(counts, ErrorCounts())
