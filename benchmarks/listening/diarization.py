"""Whether each word of a recording gets its speaker: conversations joined from recordings of known speakers.

    python -m benchmarks.listening.diarization --data DIR [--part dev] [--model whisper-tiny.en] [--json FILE]

The conversations are those of `benchmarks.listening.speakers`, each transcribed as one file with speakers. A word that was
recognised belongs to the turn in which most of it lies; it is wrong if it got another speaker, where speakers and numbers
are paired as fits best. Of the time in which somebody speaks, what was given to a wrong one is told, too (the confusion in a
diarization error rate; pauses inside a turn, which count as speech there, are missed).
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import soundfile as sf

from benchmarks.command import write_json
from benchmarks.listening.speakers import (
    SPEAKERS,
    Conversation,
    best_pairs,
    by_speaker,
    compared,
    joined,
)
from benchmarks.sets import SPEECHOCEAN, part, read
from lect.bootstrap import Parts, parts
from lect.datasets.recordings import Recording
from lect.engines.contract import Word
from lect.serving.diarization import DiarizationOptions
from lect.serving.pool import Model
from lect.serving.transcriptions import Transcript
from lect.speech.audio import SAMPLE_RATE


@dataclass(frozen=True, kw_only=True)
class Found:
    """What became of the conversations with so many speakers. Times are seconds."""

    speakers: int
    conversations: int
    counted: int  # conversations in which as many were found as speak
    words: int
    wrong_words: int
    speech: float
    wrong: float
    missed: float
    cpu_seconds: float  # of diarization alone
    seconds: float


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, parts() as lect:
        place = Path(folder)
        origin = SPEECHOCEAN if options.part == "testing" else part(SPEECHOCEAN, options.part)
        sounds = by_speaker(read(origin, data=options.data, into=place))
        model = lect.pool.open(options.model)
        found = [
            measured(
                lect,
                model,
                count,
                [joined(sounds, count, seed) for seed in range(options.conversations)],
                place,
            )
            for count in SPEAKERS
        ]
    print(table(found), file=sys.stderr)
    write_json([asdict(each) for each in found], options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of evaluation sets")
    parser.add_argument("--part", choices=("training", "dev", "testing"), default="testing")
    parser.add_argument("--model", default="whisper-tiny.en")
    parser.add_argument("--conversations", type=int, default=10, help="with each number of speakers")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    return parser.parse_args()


def measured(
    lect: Parts,
    model: Model,
    count: int,
    conversations: Sequence[Conversation],
    folder: Path,
) -> Found:
    """Transcribe all conversations with speakers, and compare with who spoke."""
    files = [_written(each, folder / f"{count}-{number}.wav") for number, each in enumerate(conversations)]
    transcripts = list(lect.transcribe(model, files, speakers=DiarizationOptions()))
    began = time.process_time()
    turns = [lect.turns(file) for file in files]
    cpu_seconds = time.process_time() - began
    words = np.array([compared_words(*pair) for pair in zip(conversations, transcripts, strict=True)]).sum(
        axis=0
    )
    times = sum(
        compared(one.turns, [(str(turn.speaker), turn.start, turn.end) for turn in found])
        for one, found in zip(conversations, turns, strict=True)
    )
    speech, right, wrong, _ = (float(each) for each in times)
    return Found(
        speakers=count,
        conversations=len(conversations),
        counted=sum(len({turn.speaker for turn in found}) == count for found in turns),
        words=int(words[0]),
        wrong_words=int(words[1]),
        speech=round(speech, 2),
        wrong=round(wrong, 2),
        missed=round(speech - right - wrong, 2),
        cpu_seconds=round(cpu_seconds, 2),
        seconds=round(sum(len(each.samples) for each in conversations) / SAMPLE_RATE, 2),
    )


def _written(conversation: Conversation, path: Path) -> Recording:
    sf.write(path, conversation.samples, SAMPLE_RATE)
    return Recording.of(path)


def compared_words(conversation: Conversation, transcript: Transcript) -> tuple[int, int]:
    """Words that were recognised, and of them those with a wrong speaker."""
    pairs = Counter(
        (_who(word, conversation), segment.speaker)
        for segment in transcript.segments
        for word in segment.words
    )
    speakers, numbers = (sorted(set(each)) for each in zip(*pairs, strict=True))
    shared = np.array([[pairs[speaker, number] for number in numbers] for speaker in speakers])
    return int(shared.sum()), int(shared.sum()) - best_pairs(shared)


def _who(word: Word, conversation: Conversation) -> str:
    end = word.offset + word.duration
    return max(conversation.turns, key=lambda turn: min(end, turn[2]) - max(word.offset, turn[1]))[0]


def table(found: Sequence[Found]) -> str:
    """The figures for people."""
    lines = ["speakers  as many found   words  wrong words  wrong time  missed time  CPU"]
    lines += [
        f"{each.speakers:8}  {each.counted:6} of {each.conversations:3}  {each.words:7}"
        f"  {100 * each.wrong_words / each.words:10.2f}%  {100 * each.wrong / each.speech:9.2f}%"
        f"  {100 * each.missed / each.speech:10.2f}%  {100 * each.cpu_seconds / each.seconds:.1f}%"
        for each in found
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    main()
