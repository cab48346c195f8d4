"""Puts the parts together: the one place that chooses which collaborator serves whom."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from lect.engines.longform import Source
from lect.serving.pool import Model, Pool
from lect.serving.transcriptions import Transcript, transcribe
from lect.settings import Settings
from lect.speech.audio import AudioDecoder, DecodeLimits


@dataclass(frozen=True, kw_only=True)
class Parts:
    """What one process works with. Each part is made when it is first asked for."""

    settings: Settings

    @cached_property
    def pool(self) -> Pool:
        """Loaded models."""
        return Pool(self.settings)

    @cached_property
    def decoder(self) -> AudioDecoder:
        """Audio files to samples."""
        limits = self.settings.limits
        return AudioDecoder(
            DecodeLimits(input_bytes=limits.audio_bytes, audio_seconds=limits.audio_seconds)
        )

    def transcribe(
        self,
        model: Model,
        files: Sequence[Path],
        *,
        locale: str | None = None,
        beam: int = 5,
        word_times: bool = True,
        progress: Callable[[float], None] = lambda done: None,
    ) -> Iterator[Transcript]:
        """Transcribe files with a model, in order."""
        sources = (Source(name=str(path), audio=path) for path in files)
        transcripts = transcribe(
            sources,
            model,
            decoder=self.decoder,
            locale=locale,
            beam=beam,
            word_times=word_times,
            threads=self.settings.threads,
        )
        for done, transcript in enumerate(transcripts, start=1):
            progress(done / len(files))
            yield transcript

    def close(self) -> None:
        """End the child processes."""
        if "decoder" in self.__dict__:
            self.decoder.close()

    def __enter__(self) -> Parts:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


def parts(settings: Settings | None = None) -> Parts:
    """The parts for these settings, by default those of the environment."""
    return Parts(settings=settings or Settings())
