"""Audio in: from any file to mono 16 kHz samples, and from samples to stretches of speech.

Entry points:

- `decode.AudioDecoder` probes and decodes files in a limited child process.
- `vad.speech_spans` says where speech is; `vad.chunks` cuts audio of any length at silences.
- `waveform` says what samples are: `SAMPLE_RATE`, `Samples`.

Imports `lect.core` and `lect.telemetry` at most. `av` and `soxr` load in the child process alone, `onnxruntime` when speech is
first looked for.
"""

from __future__ import annotations

from lect.speech.audio.decode import AudioDecoder, AudioInfo, DecodeLimits
from lect.speech.audio.vad import Chunk, Span, VadOptions, chunks, speech_spans
from lect.speech.audio.waveform import SAMPLE_RATE, Samples

__all__ = [
    "SAMPLE_RATE",
    "AudioDecoder",
    "AudioInfo",
    "Chunk",
    "DecodeLimits",
    "Samples",
    "Span",
    "VadOptions",
    "chunks",
    "speech_spans",
]
