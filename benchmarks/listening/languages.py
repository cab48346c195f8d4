"""How often the language that is spoken is told from its first seconds.

    python -m benchmarks.listening.languages --data DIR [--prompts DIR] [--json FILE]

English, German and Chinese come from the evaluation sets. Spanish, French, Italian and Russian are telephone prompts, one
professional speaker each, of the Debian packages asterisk-core-sounds-{es,fr,it,ru}-wav: `--prompts` names the folder of
sounds, /usr/share/asterisk/sounds once they are installed. Without it three languages are told apart.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TypeVar

import numpy as np

from benchmarks.command import write_json
from benchmarks.listening.speakers import trimmed
from benchmarks.sets import ASTERISK, AZURE_CHINESE, AZURE_GERMAN, BARISTA, SPEECHOCEAN, read
from lect.core.locale import language_of
from lect.engines import registry
from lect.engines.contract import Recogniser
from lect.models import resolver
from lect.settings import Settings
from lect.speech.audio import SAMPLE_RATE, AudioDecoder, Samples

LENGTHS = (1.0, 2.0, 3.0)  # seconds that are heard
SAMPLES = 20  # of each set, evenly chosen
SHORTEST = 3.5  # seconds; shorter prompts are single words
PROMPTS = ("es", "fr", "it", "ru")

Item = TypeVar("Item")


@dataclass(frozen=True, kw_only=True)
class Found:
    """What was told of one language."""

    language: str
    seconds: float
    told: dict[str, int]  # how often each language was told

    @property
    def right(self) -> int:
        return self.told.get(self.language, 0)


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(prefix="lect-bench-") as folder, AudioDecoder() as decoder:
        sounds = dict(_sets(options.data, Path(folder), decoder))
        if options.prompts:
            sounds |= {language: _prompts(options.prompts, language, decoder) for language in PROMPTS}
    recogniser = _base(options.base)
    found = [
        Found(language=language, seconds=seconds, told=_told(recogniser, said, seconds, list(sounds)))
        for seconds in LENGTHS
        for language, said in sounds.items()
    ]
    print(table(found), file=sys.stderr)
    write_json([asdict(each) for each in found], options.json)


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, required=True, help="the folder of evaluation sets")
    parser.add_argument("--prompts", type=Path, help="the folder of the sounds of Asterisk")
    parser.add_argument("--base", default="whisper-base", help="a multilingual base model")
    parser.add_argument("--json", type=Path, help="write the JSON document here instead of to stdout")
    return parser.parse_args()


def _sets(data: Path, folder: Path, decoder: AudioDecoder) -> Iterator[tuple[str, list[Samples]]]:
    """Recordings by language; of the long German and Chinese ones, stretches of three seconds."""
    english: list[Samples] = []
    for origin in (BARISTA, SPEECHOCEAN, ASTERISK):
        said = read(origin, data=data, into=folder / origin.name).utterances
        english += [decoder.decode(each.audio, name=each.audio.name) for each in evenly(said)]
    yield "en", english
    for origin in (AZURE_GERMAN, AZURE_CHINESE):
        said = read(origin, data=data, into=folder / origin.name).utterances
        whole = [decoder.decode(each.audio, name=each.audio.name) for each in said]
        length = round(max(LENGTHS) * SAMPLE_RATE)
        parts = [
            sound[at : at + length] for sound in whole for at in range(0, len(sound) - length, 2 * length)
        ]
        yield language_of(origin.locale), evenly(parts)


def _prompts(folder: Path, language: str, decoder: AudioDecoder) -> list[Samples]:
    files = sorted(folder.glob(f"{language}_*/*.wav"))
    long = [file for file in files if file.stat().st_size > SHORTEST * 16_000]  # 8 kHz, 16 bits
    return [decoder.decode(file, name=file.name) for file in evenly(long)]


def evenly(items: Sequence[Item]) -> list[Item]:
    """Some of them, from all over."""
    count = min(SAMPLES, len(items))
    return [items[number * len(items) // count] for number in range(count)]


def _base(name: str) -> Recogniser:
    settings = Settings()
    base = resolver.resolve(name, settings=settings)
    return registry.load(
        "whisper",
        name=name,
        weights=base.path,
        weights_sha256=base.weights_sha256,
        precision=settings.precision,
        cache=settings.cache,
    )


def _told(
    recogniser: Recogniser, said: Sequence[Samples], seconds: float, languages: Sequence[str]
) -> dict[str, int]:
    beginnings = [trimmed(each)[: round(seconds * SAMPLE_RATE)] for each in said]
    return dict(Counter(next(iter(recogniser.detect_among(each, languages))) for each in beginnings))


def table(found: Sequence[Found]) -> str:
    """The figures for people."""
    lines = []
    for seconds in dict.fromkeys(each.seconds for each in found):
        here = [each for each in found if each.seconds == seconds]
        shares = [each.right / sum(each.told.values()) for each in here]
        parts = [f"{each.language} {each.right}/{sum(each.told.values())}" for each in here]
        lines.append(f"{seconds:.0f} s: {100 * np.mean(shares):.1f} %  ({', '.join(parts)})")
    return "\n".join(lines)


if __name__ == "__main__":
    main()
