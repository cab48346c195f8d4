"""Audio with human-labelled transcripts: what a model is trained on and tested with."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from lect.core.errors import InvalidDataset, InvalidTranscript
from lect.datasets import transcript as transcripts
from lect.datasets.archive import Archive, Member
from lect.datasets.audio import no_audio, same_bytes
from lect.datasets.codes import Code
from lect.datasets.inspection import Inspection
from lect.datasets.lines import read_lines
from lect.datasets.report import Problem
from lect.datasets.sound import Sound, listen, rate_problem
from lect.datasets.speakers import find_table, parse_speakers, speaker_of
from lect.datasets.transcript import Entry, Transcript

KIND = "acoustic"
TRAINING_SECONDS = 40.0  # the longest utterance that can train the acoustic part


@dataclass(frozen=True, kw_only=True)
class Utterance:
    """One recording with its transcript."""

    file: str
    transcript: str
    speaker: str | None = None
    line: int  # of the transcript file, from 1
    archive: Archive = field(repr=False, compare=False)

    def source(self) -> Path | bytes:
        """The recording, as the audio decoder takes it."""
        return self.archive.source(self.file)


def validate(
    archive: Archive, walk: Inspection, *, speakers: Mapping[str, str] | None = None
) -> list[Utterance]:
    """The good utterances in the order of the transcript, while all that is wrong goes to the findings.

    Args:
        archive: The files; it must stay open as long as the utterances are used.
        walk: Without a decoder the recordings are not opened, and only the text is judged.
        speakers: Who speaks in which file; by default what the dataset's own `speakers.tsv` says.
    """
    for problem in archive.problems:
        walk.findings.add(problem)
    transcript = _read_transcript(archive, walk)
    if transcript is None:
        return []
    if speakers is None:
        speakers = _own_speakers(archive, walk)
    _judge_together(transcript, archive, walk)
    return [
        Utterance(
            file=entry.file,
            transcript=entry.text,
            speaker=speaker_of(entry.file, speakers),
            line=entry.line,
            archive=archive,
        )
        for entry in _with_good_audio(transcript, archive, walk)
    ]


def _read_transcript(archive: Archive, walk: Inspection) -> Transcript | None:
    candidates = transcripts.find(archive)
    if not any(member.is_audio for member in archive.members.values()):
        walk.findings.add(no_audio(archive))
    if len(candidates) != 1:
        walk.findings.add(_no_transcript(candidates).at(archive.name))
        return None
    (member,) = candidates
    if member.size > walk.limits.text_bytes:
        walk.findings.add(_too_large(member, walk.limits.text_bytes).at(member.name))
        return None
    try:
        return transcripts.read(archive, member, walk)
    except InvalidDataset as error:
        damaged = Problem(code=Code.ZIP_INVALID, message=error.message, suggestion=error.hint)
        walk.findings.add(damaged.at(member.name))
        return None


def _with_good_audio(transcript: Transcript, archive: Archive, walk: Inspection) -> Iterator[Entry]:
    """The entries whose recordings are good too."""
    for done, entry in enumerate(transcript.entries, start=1):
        if walk.decoder is None:
            walk.findings.accept()
            yield entry
        elif sound := listen(archive.members[entry.file], archive, walk):
            _judge_pair(entry, sound, transcript.name, walk)
            walk.findings.accept()
            yield entry
        else:
            walk.findings.reject(entry.line)
        walk.progress(done / len(transcript.entries))


def _judge_pair(entry: Entry, sound: Sound, name: str, walk: Inspection) -> None:
    if problem := rate_problem(entry.text, sound, walk.locale):
        walk.findings.add(problem.at(name, entry.line, text=entry.text))
    longest = TRAINING_SECONDS
    if longest < sound.seconds:
        problem = Problem(
            code=Code.TOO_LONG_FOR_TRAINING,
            message=f"{sound.seconds:.1f} s; of audio above {longest:g} s (Whisper: 30 s) only the text is learned",
            suggestion="Cut it at pauses, with a transcript for each part. For testing it may stay.",
        )
        walk.findings.add(problem.at(entry.file))


def _judge_together(transcript: Transcript, archive: Archive, walk: Inspection) -> None:
    """What shows only when all utterances are seen together."""
    tell = walk.findings.add
    for member in archive.members.values():
        if member.is_audio and member.name not in transcript.named:
            tell(_unreferenced().at(member.name))
    for problem in same_bytes(archive, sorted({entry.file for entry in transcript.entries})):
        tell(problem)
    first: dict[str, Entry] = {}
    for entry in transcript.entries:
        if (before := first.setdefault(entry.text, entry)) is not entry:
            tell(_repeated(before.line).at(transcript.name, entry.line, text=entry.text))
    capitals = [entry for entry in transcript.entries if entry.text.isupper() and " " in entry.text]
    if capitals:
        problem = _capitals(len(capitals), len(transcript.entries))
        tell(problem.at(transcript.name, capitals[0].line, text=capitals[0].text))


def _own_speakers(archive: Archive, walk: Inspection) -> dict[str, str]:
    """What the dataset's table of speakers says, if it has one."""
    member = find_table(archive)
    if member is None:
        return {}
    try:
        with archive.open(member.name) as file:
            lines = read_lines(file, name=member.name, locale=walk.locale, tell=walk.findings.add)
            return parse_speakers(lines, member.name)
    except (InvalidDataset, InvalidTranscript) as error:
        unknown = Problem(code=Code.SPEAKER_UNKNOWN, message=error.message, suggestion=error.hint)
        walk.findings.add(unknown.at(member.name))
        return {}


def _no_transcript(candidates: list[Member]) -> Problem:
    if not candidates:
        return Problem(
            code=Code.TRANSCRIPT_MISSING,
            message="there is no transcript in the dataset",
            suggestion="Add trans.txt with a line FILE<TAB>TRANSCRIPT for each audio file.",
        )
    names = ", ".join(member.name for member in candidates[:5])
    return Problem(
        code=Code.TRANSCRIPT_AMBIGUOUS,
        message=f"{len(candidates)} files could be the transcript: {names}",
        suggestion="Call the transcript trans.txt, or leave the other text files out.",
    )


def _too_large(member: Member, limit: int) -> Problem:
    return Problem(
        code=Code.TOO_LARGE,
        message=f"{member.size:,} bytes of transcript, the limit is {limit:,}",
        suggestion="Split the data into several datasets.",
    )


def _unreferenced() -> Problem:
    return Problem(
        code=Code.AUDIO_UNREFERENCED,
        message="no line of the transcript names this file; it is not used",
        suggestion="Add a line for it, or leave it out.",
    )


def _repeated(line: int) -> Problem:
    return Problem(
        code=Code.TRANSCRIPT_REPEATED,
        column=1,
        message=f"the transcript is that of line {line} as well",
        suggestion="Right if the sentence was spoken twice; else one of the two is wrong.",
    )


def _capitals(count: int, of: int) -> Problem:
    return Problem(
        code=Code.CAPITALS,
        column=1,
        message=f"{count:,} of {of:,} transcripts are in capitals; a model learns to write as it is taught",
        suggestion="Write them as you want to read them. Word error rates are not touched by it.",
    )
