"""What is true of sound and of words, whatever recogniser is used.

- `lect.speech.audio`: decoding files to samples, finding speech in them.
- `lect.speech.text`: per-locale rules that make texts comparable.
- `lect.speech.scoring`: alignment, error counts and intervals.

Imports `lect.core`, `lect.settings` and `lect.telemetry` at most.
"""
