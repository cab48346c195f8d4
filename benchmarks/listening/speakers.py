"""Whether each phrase of a conversation gets its speaker: conversations joined from recordings of known speakers.

    python -m benchmarks.listening.speakers --data DIR [--part dev] [--json FILE]

Each conversation has two to four speakers of speechocean762 (Mandarin speakers who read English, also children), who take
turns in random order; between two turns lie up to 1.2 s. It is cut into phrases as a live stream is, and each phrase is
named at once. The share of the speech that was named after the right speaker is told, with guests and speakers paired as
fits best, and in how many conversations there were as many guests as speakers.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from itertools import permutations
from pathlib import Path

import numpy as np

from benchmarks.command import write_json
from benchmarks.sets import SPEECHOCEAN, EvaluationSet, part, read
from lect.engines.speakers.encoder import SpeakerEncoder
from lect.models.speakers import speaker_weights
from lect.serving.live.listening import Listening
from lect.serving.live.requests import TurnRequest
from lect.serving.live.speakers import UNKNOWN, Guests
from lect.settings import Settings
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples
from lect.speech.audio.segmenting import Cut, Segmenter

SPEAKERS = (2, 3, 4)
TURNS = 6  # of each speaker, at most
LONGEST_PAUSE = 1.2  # seconds between two turns
STEP = 100  # time is compared in parts of a second


@dataclass(frozen=True, kw_only=True)
class Conversation:
    """Sound, and who speaks when."""

    samples: Samples
    turns: tuple[tuple[str, float, float], ...]  # speaker, from, to; seconds


@dataclass(frozen=True, kw_only=True)
class Phrase:
    """A stretch of a conversation as a live stream is cut. Times are seconds."""

    samples: Samples
    begin: float
    end: float


@dataclass(frozen=True, kw_only=True)
class Found:
    """What became of the conversations with so many speakers. Times are seconds of speech."""

    speakers: int
    conversations: int
    counted: int  # conversations with as many guests as speakers
    speech: float
    right: float
    wrong: float
    unknown: float

    @property
    def missed(self) -> float:
        """In no phrase."""
        return self.speech - self.right - self.wrong - self.unknown


def main() -> None:
    options = _options()
    encoder = SpeakerEncoder(speaker_weights(Settings()))
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder:
        origin = SPEECHOCEAN if options.part == "testing" else part(SPEECHOCEAN, options.part)
        sounds = by_speaker(read(origin, data=options.data, into=Path(folder)))
    found = [
        measured(count, [joined(sounds, count, seed) for seed in range(options.conversations)], encoder)
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
    parser.add_argument("--conversations", type=int, default=10, help="with each number of speakers")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    return parser.parse_args()


def by_speaker(recordings: EvaluationSet) -> dict[str, list[Samples]]:
    """What each speaker says, without the silence around it."""
    sounds = defaultdict(list)
    with AudioDecoder() as decoder:
        for each in recordings.utterances:
            sounds[each.speaker].append(trimmed(decoder.decode(each.audio, name=each.audio.name)))
    return dict(sounds)


def trimmed(samples: Samples) -> Samples:
    """From the first to the last loud sample."""
    loud = np.flatnonzero(np.abs(samples) > 0.05 * np.abs(samples).max())
    return samples[loud[0] : loud[-1] + 1]


def joined(sounds: Mapping[str, Sequence[Samples]], count: int, seed: int) -> Conversation:
    """A conversation of so many speakers, the same for the same seed."""
    chance = random.Random(f"{count} {seed}")
    speakers = chance.sample(sorted(sounds), count)
    order = [(speaker, sound) for speaker in speakers for sound in sounds[speaker][:TURNS]]
    chance.shuffle(order)
    parts, turns, at = [np.zeros(SAMPLE_RATE, np.float32)], [], 1.0
    for speaker, sound in order:
        pause = np.zeros(round(chance.uniform(0, LONGEST_PAUSE) * SAMPLE_RATE), np.float32)
        end = at + len(sound) / SAMPLE_RATE
        turns.append((speaker, at, end))
        parts += [sound, pause]
        at = end + len(pause) / SAMPLE_RATE
    return Conversation(samples=np.concatenate(parts), turns=tuple(turns))


def phrases(samples: Samples) -> Iterator[Phrase]:
    """The phrases of a live stream."""
    options = TurnRequest(is_diarized=True).options
    segmenter = Segmenter(end_silence=options.end_silence, longest=options.longest_segment)
    listening = Listening(segmenter, initial_silence=None)
    listening.feed(samples)
    for mark in listening.marks(is_end=True):
        if isinstance(mark, Cut):
            yield Phrase(
                samples=listening.audio(mark.spoken_from, mark.spoken_to),
                begin=listening.seconds(mark.spoken_from),
                end=listening.seconds(mark.spoken_to),
            )


def measured(count: int, conversations: Sequence[Conversation], encoder: SpeakerEncoder) -> Found:
    """Name the phrases of all conversations and compare with who spoke."""
    counted, totals = 0, np.zeros(4)
    for conversation in conversations:
        guests = Guests(encoder)
        named = [(guests.name(each.samples), each.begin, each.end) for each in phrases(conversation.samples)]
        names = {name for name, _, _ in named} - {UNKNOWN}
        counted += len(names) == count
        totals += compared(conversation.turns, named)
    speech, right, wrong, unknown = (round(float(each), 2) for each in totals)
    return Found(
        speakers=count, conversations=len(conversations), counted=counted,
        speech=speech, right=right, wrong=wrong, unknown=unknown,
    )  # fmt: skip


Spans = Sequence[tuple[str, float, float]]  # name, from, to; seconds


def compared(turns: Spans, named: Spans) -> np.ndarray:
    """Seconds of speech, and of it those with the right, with a wrong and with no name. shape = (4,)"""
    length = round(max(end for _, _, end in [*turns, *named]) * STEP) + 1
    truth, guess = _line(turns, length), _line(named, length)
    speakers, guests = sorted(set(truth) - {""}), sorted(set(guess) - {"", UNKNOWN})
    shared = np.array([[np.sum((truth == s) & (guess == g)) for g in guests] for s in speakers])
    spoken = truth != ""
    unknown = np.sum(spoken & (guess == UNKNOWN))
    right = best_pairs(shared.reshape(len(speakers), len(guests)))
    return np.array([spoken.sum(), right, shared.sum() - right, unknown]) / STEP


def _line(spans: Spans, length: int) -> np.ndarray:
    line = np.full(length, "", dtype=object)
    for name, begin, end in spans:
        line[round(begin * STEP) : round(end * STEP)] = name
    return line


def best_pairs(shared: np.ndarray) -> int:
    """The most that speakers and guests can share if each is paired with one at most."""
    short, long = sorted(shared.shape)
    table = shared if shared.shape[0] == short else shared.T
    rows = range(short)
    return max(
        (
            sum(int(table[i, j]) for i, j in zip(rows, order, strict=True))
            for order in permutations(range(long), short)
        ),
        default=0,
    )


def table(found: Sequence[Found]) -> str:
    """The figures for people."""
    lines = ["speakers  conversations  as many guests  right  wrong  unknown  missed"]
    for each in found:
        shares = [100 * part / each.speech for part in (each.right, each.wrong, each.unknown, each.missed)]
        lines.append(
            f"{each.speakers:8}  {each.conversations:13}  {each.counted:14}"
            + "  ".join(["", *(f"{share:4.1f}%" for share in shares)])
        )
    return "\n".join(lines)


if __name__ == "__main__":
    main()
