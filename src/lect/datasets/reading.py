"""Acoustic data as training and evaluation use it: the good utterances, and what was left out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from lect.core.closing import Closing
from lect.core.errors import InvalidDataset, InvalidInput
from lect.datasets.acoustic import KIND, Utterance, validate
from lect.datasets.archive import Archive, content_hash, open_archive
from lect.datasets.inspection import Decoder, inspection
from lect.datasets.report import Judged, summarise
from lect.datasets.speakers import read_speakers
from lect.settings import Limits

__all__ = ["AcousticDataset", "Utterance", "read_acoustic"]


@dataclass(frozen=True, kw_only=True)
class AcousticDataset(Judged, Closing):
    """Recordings with transcripts, in the order of the transcript. A context manager: it holds the zip open."""

    name: str
    path: Path
    utterances: tuple[Utterance, ...]
    archive: Archive = field(repr=False)

    def require_utterances(self) -> None:
        """Make sure that there is something to hear.

        Raises:
            InvalidDataset: There is not one utterance that can be used.
        """
        if not self.utterances:
            raise InvalidDataset(
                f"{self.name}: no utterance can be used",
                hint=f"What is wrong, line by line: `{self.report.command(self.path)}`",
            )

    @cached_property
    def sha256(self) -> str:
        """Over the names and contents of all files: the same for a zip and for the folder it was made from."""
        return content_hash(self.archive, self.archive.members)

    def __iter__(self) -> Iterator[Utterance]:
        return iter(self.utterances)

    def __len__(self) -> int:
        return len(self.utterances)

    def close(self) -> None:
        """Close the zip; the utterances cannot be heard any more."""
        self.archive.close()


def read_acoustic(
    path: Path,
    *,
    locale: str = "en-US",
    decoder: Decoder | None = None,
    speakers: Path | None = None,
    limits: Limits = Limits(),
) -> AcousticDataset:
    """Open a zip or folder and judge it; what breaks a rule is left out and counted.

    Args:
        path: Audio files with `trans.txt`.
        locale: Of the transcripts.
        decoder: Decodes every file once to leave out those that are damaged or silent; None trusts them.
        speakers: A table `file<TAB>speaker`, in place of the dataset's own `speakers.tsv`.
        limits: How large it may be.

    Raises:
        NotFound: There is no such file or folder.
        InvalidDataset: The zip is damaged.
        LimitExceeded: There is too much in it.
        InvalidInput: `speakers` names none of the recordings.
    """
    table = None if speakers is None else read_speakers(speakers)
    walk = inspection(locale=locale, limits=limits, decoder=decoder)
    archive = open_archive(path, limits)
    try:
        utterances = validate(archive, walk, speakers=table)
        if speakers is not None:
            _require_known(utterances, speakers)
    except BaseException:
        archive.close()
        raise
    return AcousticDataset(
        name=archive.name,
        path=path,
        utterances=tuple(utterances),
        report=summarise(walk.findings, dataset=archive.name, kind=KIND, locale=locale),
        archive=archive,
    )


def _require_known(utterances: Sequence[Utterance], speakers: Path) -> None:
    """Make sure that a table of speakers is one of these recordings."""
    if utterances and not any(utterance.speaker for utterance in utterances):
        raise InvalidInput(
            f"{speakers}: none of the recordings is in it",
            hint=f"Write FILE<TAB>SPEAKER a line, FILE as in the transcript: {utterances[0].file}, for instance.",
        )
