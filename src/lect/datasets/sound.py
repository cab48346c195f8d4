"""What a recording must be like: heard once, block by block, then judged."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from lect.core.errors import InvalidAudio, InvalidDataset, LectError, LimitExceeded
from lect.core.locale import UNSPACED, language_of
from lect.datasets.archive import Archive, Member
from lect.datasets.codes import Code
from lect.datasets.inspection import Decoder, Inspection
from lect.datasets.report import Problem, printable
from lect.settings import Limits
from lect.speech.audio.decode import AudioInfo
from lect.speech.audio.waveform import SAMPLE_RATE

SHORTEST = 0.1  # seconds; no word is shorter
SILENT_PEAK = 1e-3  # -60 dBFS
FULL_SCALE = 0.999
CLIPPED_SHARE = 1e-3  # of all samples
AZURE_RATES = (8_000, 16_000)
AZURE_SECONDS = 2 * 3600.0  # the longest file that Azure takes
FASTEST = 30.0  # letters a second; half of it is already fast speech
FASTEST_UNSPACED = 12.0  # where a character is about a syllable


@dataclass(frozen=True, kw_only=True)
class Sound:
    """What was measured of a recording."""

    info: AudioInfo
    seconds: float
    peak: float  # full scale = 1
    clipped: float  # share of samples at full scale


def listen(member: Member, archive: Archive, inspection: Inspection) -> Sound | None:
    """Decode an audio file and tell what is wrong with it; None if it cannot be used."""
    findings, decoder = inspection.findings, inspection.decoder
    if decoder is None:
        raise ValueError("a decoder is needed to listen")
    try:
        sound = _measure(decoder, archive.source(member.name), member.name, inspection.limits)
    except (InvalidAudio, InvalidDataset, LimitExceeded) as error:
        findings.add(_unheard(error, member.name))
        return None
    findings.files += 1
    findings.audio_seconds += sound.seconds
    problems = list(_judge(sound))
    for problem in problems:
        findings.add(problem.at(member.name))
    return None if any(problem.is_error for problem in problems) else sound


def rate_problem(transcript: str, sound: Sound, locale: str) -> Problem | None:
    """A transcript that is too long or too short for its recording."""
    fastest = FASTEST_UNSPACED if language_of(locale) in UNSPACED else FASTEST
    letters = sum(map(str.isalnum, transcript))
    if letters > 10 + fastest * sound.seconds:
        what, advice = (
            "more than anybody can say",
            "Is it the transcript of another file, or is the file cut?",
        )
    elif sound.seconds > 5 and letters < sound.seconds:
        what, advice = "very little", "Is part of the transcript missing, or is the file mostly silence?"
    else:
        return None
    return Problem(
        code=Code.SPEAKING_RATE,
        column=1,
        message=f"{letters} letters in {sound.seconds:.1f} s: {what}",
        suggestion=advice,
    )


def _unheard(error: LectError, name: str) -> Problem:
    problem = Problem(
        code=Code.TOO_LONG if isinstance(error, LimitExceeded) else Code.AUDIO_UNREADABLE,
        message=printable(error.message.removeprefix(f"{name}: ")),
        suggestion=error.hint,
    )
    return problem.at(name)


def _measure(decoder: Decoder, source: Path | bytes, name: str, limits: Limits) -> Sound:
    info = decoder.probe(source, name=name)
    samples = clipped = 0
    peak = 0.0
    for block in decoder.stream(source, name=name):
        loudness = np.abs(block)
        samples += len(block)
        peak = max(peak, float(loudness.max(initial=0.0)))
        clipped += int(np.count_nonzero(loudness >= FULL_SCALE))
        if samples > limits.audio_seconds * SAMPLE_RATE:
            raise LimitExceeded(
                f"longer than {limits.audio_seconds / 3600:g} h", hint="Cut the recording into parts."
            )
    return Sound(info=info, seconds=samples / SAMPLE_RATE, peak=peak, clipped=clipped / max(samples, 1))


def _judge(sound: Sound) -> Iterator[Problem]:
    yield from _judge_format(sound.info)
    if sound.seconds < SHORTEST:
        yield Problem(
            code=Code.AUDIO_EMPTY,
            message=f"{sound.seconds:.2f} s of audio",
            suggestion="Remove the file and its line, or record it again.",
        )
    elif sound.peak < SILENT_PEAK:
        yield Problem(
            code=Code.AUDIO_SILENT,
            message="nothing can be heard: it never rises above -60 dB of full scale",
            suggestion="Remove the file and its line, unless it shall show that a model keeps quiet on silence.",
        )
    if sound.clipped > CLIPPED_SHARE:
        yield Problem(
            code=Code.AUDIO_CLIPPED,
            message=f"{sound.clipped:.1%} of the samples are at full scale: it was recorded too loud",
            suggestion="Record with less gain; turning the volume down afterwards does not help.",
        )
    if sound.seconds > AZURE_SECONDS:
        yield Problem(
            code=Code.TOO_LONG,
            message=f"{sound.seconds / 3600:.1f} h; Azure takes {AZURE_SECONDS / 3600:g} h, Lect more",
            suggestion="Cut the recording at a pause if it goes to Azure as well.",
            softened=True,
        )


def _format(info: AudioInfo) -> str:
    return info.codec if info.codec == info.container else f"{info.codec} in {info.container}"


def _judge_format(info: AudioInfo) -> Iterator[Problem]:
    if (info.container, info.codec) != ("wav", "pcm_s16le"):
        yield Problem(
            code=Code.WAV_NOT_PCM16,
            message=f"{_format(info)}; Azure takes WAV with 16-bit PCM alone, Lect takes it as it is",
            suggestion="`lect check --fix OUT` writes a copy that Azure takes.",
        )
    if info.rate not in AZURE_RATES:
        yield Problem(
            code=Code.WAV_RATE,
            message=f"{info.rate:,} Hz; Azure takes 8 or 16 kHz alone, Lect resamples",
            suggestion="`lect check --fix OUT` writes a copy that Azure takes.",
        )
    if info.channels != 1:
        yield Problem(
            code=Code.WAV_NOT_MONO,
            message=f"{info.channels} channels; Azure takes one, Lect mixes them",
            suggestion="If each speaker has a channel, write a file for each.",
        )
