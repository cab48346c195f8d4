"""Recordings with references: the sets that everything is measured on.

Each set is one or several folders with `audio-and-trans.zip` (audio and `trans.txt`: file, tab, transcript), beside it
perhaps a table of speakers.
"""

from __future__ import annotations

import csv
import zipfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path, PurePosixPath

ARCHIVE = "audio-and-trans.zip"


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One recording and what is said in it."""

    audio: Path
    reference: str
    speaker: str  # or the file, where nobody says who speaks


@dataclass(frozen=True, kw_only=True)
class EvaluationSet:
    """Recordings of one domain."""

    name: str
    locale: str
    utterances: tuple[Utterance, ...]

    @property
    def unit(self) -> str:
        """What the rate counts."""
        return "CER" if self.locale.split("-")[0] in {"zh", "ja", "ko"} else "WER"


@dataclass(frozen=True, kw_only=True)
class Origin:
    """Where a set lies below the data folder, and the text of its domain."""

    name: str
    folders: tuple[str, ...]
    text: str
    locale: str = "en-US"


BARISTA = Origin(name="barista", folders=("barista/testing",), text="barista/training/related-text.txt")
SPEECHOCEAN = Origin(
    name="speechocean762",
    folders=("speechocean762/testing",),
    text="speechocean762/training/related-text.txt",
)
ASTERISK = Origin(
    name="asterisk-prompts",
    folders=("asterisk-prompts/testing",),
    text="asterisk-prompts/training/related-text.txt",
)


def _azure(name: str, folder: str, locale: str) -> Origin:
    """The official samples hold three recordings: both parts are needed to say anything at all."""
    root = f"azure-custom-speech/{folder}"
    return Origin(
        name=name,
        folders=(f"{root}/testing", f"{root}/training"),
        text=f"{root}/training/related-text.txt",
        locale=locale,
    )


AZURE = _azure("azure en-US", "en-US/general", "en-US")
AZURE_GERMAN = _azure("azure de-DE", "de-DE", "de-DE")
AZURE_CHINESE = _azure("azure zh-CN", "zh-CN", "zh-CN")

ENGLISH = (BARISTA, SPEECHOCEAN, ASTERISK, AZURE)
GENERAL = (SPEECHOCEAN, ASTERISK, AZURE)  # not of the barista's domain
OTHER_LANGUAGES = (AZURE_GERMAN, AZURE_CHINESE)


def part(origin: Origin, name: str) -> Origin:
    """Another part of a set: training or dev."""
    folders = tuple(str(PurePosixPath(folder).with_name(name)) for folder in origin.folders)
    return replace(origin, name=f"{origin.name} {name}", folders=folders)


def read(origin: Origin, *, data: Path, into: Path) -> EvaluationSet:
    """Unpack a set.

    Args:
        data: the folder that holds all sets
        into: a folder for the unpacked audio
    """
    utterances = [
        utterance for folder in origin.folders for utterance in _read_folder(data / folder, into / folder)
    ]
    return EvaluationSet(name=origin.name, locale=origin.locale, utterances=tuple(utterances))


def pool(name: str, sets: Sequence[EvaluationSet]) -> EvaluationSet:
    """Several sets of one locale as one."""
    utterances = tuple(utterance for one in sets for utterance in one.utterances)
    return EvaluationSet(name=name, locale=sets[0].locale, utterances=utterances)


def _read_folder(folder: Path, into: Path) -> list[Utterance]:
    with zipfile.ZipFile(folder / ARCHIVE) as archive:
        archive.extractall(into)
    speakers = _speakers(folder)
    lines = next(into.rglob("trans.txt")).read_text("utf-8-sig").splitlines()
    utterances = []
    for line in filter(None, lines):
        file, _, reference = line.partition("\t")
        audio = next(into.rglob(file))
        speaker = speakers.get(audio.stem, str(audio.relative_to(into.parent)))
        utterances.append(
            Utterance(audio=audio, reference=reference, speaker=f"{folder.parent.name}/{speaker}")
        )
    return utterances


def _speakers(folder: Path) -> dict[str, str]:
    """Who speaks in which file: the first two columns of the tables beside the archive."""
    speakers = {}
    for table in sorted(folder.glob("*.tsv")):
        with table.open(encoding="utf-8", newline="") as lines:
            speakers.update({Path(row[0]).stem: row[1] for row in csv.reader(lines, delimiter="\t")})
    return speakers
