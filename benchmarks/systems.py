"""The systems that are compared: Lect, and faster-whisper on the same weights. Both work on one thread."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Protocol

from lect.datasets.recordings import Recording
from lect.serving.pool import Model
from lect.serving.transcriptions import transcribe
from lect.speech.audio import AudioDecoder

BEAM = 5


class System(Protocol):
    """Files in, texts out."""

    @property
    def name(self) -> str: ...

    def transcribe(self, files: Sequence[Path], locale: str) -> list[str]:
        """What is said in each file, in display form."""
        ...


class Lect:
    """Lect as it is by default. Both systems give the text alone, without word times."""

    def __init__(self, model: Model, *, name: str) -> None:
        self.name, self._model = name, model

    def transcribe(self, files: Sequence[Path], locale: str) -> list[str]:
        recordings = map(Recording.of, files)
        with AudioDecoder() as decoder:  # ended here, so that its CPU seconds count
            transcripts = list(
                transcribe(
                    recordings, self._model, decoder=decoder, locale=locale, beam=BEAM, word_times=False
                )
            )
        for transcript in transcripts:
            if transcript.error:
                raise transcript.error
        return [transcript.display for transcript in transcripts]


class FasterWhisper:
    """faster-whisper, int8, beam 5, else as it is by default; with its own means to bring terms in."""

    def __init__(self, loaded: Any, *, name: str, hotwords: str = "", prompt: str = "") -> None:
        """
        Args:
            loaded: what `load_faster_whisper` gives
            hotwords: terms, as its option `hotwords` takes them
            prompt: text that is said to come before, as its option `initial_prompt` takes it
        """
        self.name, self._loaded = name, loaded
        self._options = {"hotwords": hotwords or None, "initial_prompt": prompt or None}

    def transcribe(self, files: Sequence[Path], locale: str) -> list[str]:
        language = locale.partition("-")[0]
        return [self._hear(file, language) for file in files]

    def _hear(self, file: Path, language: str) -> str:
        segments, _ = self._loaded.transcribe(str(file), language=language, beam_size=BEAM, **self._options)
        return "".join(segment.text for segment in segments)


class HotwordsByFile:
    """faster-whisper with other hotwords for each file."""

    def __init__(self, loaded: Any, *, name: str, hotwords: Mapping[Path, str]) -> None:
        self.name, self._loaded, self._hotwords = name, loaded, hotwords

    def transcribe(self, files: Sequence[Path], locale: str) -> list[str]:
        systems = (
            FasterWhisper(self._loaded, name=self.name, hotwords=self._hotwords[file]) for file in files
        )
        pairs = zip(systems, files, strict=True)
        return [text for system, file in pairs for text in system.transcribe([file], locale)]


def load_faster_whisper(folder: Path) -> Any:
    """A CTranslate2 folder as a model of faster-whisper, with what it draws made repeatable."""
    import ctranslate2  # type: ignore[import-untyped]
    import faster_whisper

    ctranslate2.set_random_seed(0)
    return faster_whisper.WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)


def cpu_seconds() -> float:
    """CPU seconds of this process and of its children that ended, user and system."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system
