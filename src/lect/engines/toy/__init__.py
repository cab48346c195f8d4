"""A toy engine: exact, instant, without weights, and it can be told to fail.

`speak` makes audio of a text, a tone for each letter; `ToyRecogniser` hears that audio. Texts mixed by adding their audio are
ambiguous, and a scorer decides between them as it does with a real engine. For tests of all that stands around an engine.
May import: engines.contract, speech, core.
"""

from __future__ import annotations

from .recogniser import ToyRecogniser
from .tones import speak

__all__ = ["ToyRecogniser", "speak"]
