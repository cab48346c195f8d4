"""How the weights are trained: the rule that picks the method, and what it will cost roughly."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import get_args

from lect.core.errors import InvalidInput
from lect.engines.whisper.tuning.augment import AugmentOptions
from lect.engines.whisper.tuning.plan import BatchOptions
from lect.engines.whisper.weights import Dimensions
from lect.models.gate import ALLOWED_HARM
from lect.models.ways import AUGMENTATIONS, AUTO, CAREFUL, FULL, METHODS, Method

# How recordings are changed each time they are heard. The rule is careful: rooms and masks (SpecAugment) made models worse on
# speech of other domains, however far from the base, and no better on dev data.
AUGMENT_OPTIONS: Mapping[str, AugmentOptions] = {
    CAREFUL: AugmentOptions(reverberant=0.0, masks=0, noisy=0.3),
    FULL: AugmentOptions(),
}

PATIENCE = 4 * 3600.0  # CPU seconds that training may take before its cheapest form is chosen
PLENTY = 20 * 3600.0  # seconds of audio that more than low-rank matrices can make use of
ENOUGH = 20 * 60.0  # seconds of audio to hear in all, where epochs are not given
MOST_EPOCHS = 8

FEWEST_STEPS = 200  # larger batches may not leave fewer; Whisper's own recipes take thousands
MOST_FRAMES = 48_000  # mel frames of a batch: sixteen windows of 30 s
# Bytes for each encoder position and unit of width, in every layer: 34 in 16 bits (https://arxiv.org/abs/2205.05198),
# and as much again to be safe.
_ACTIVATIONS = 68
_CARD = 0.5  # share of a card's memory for them; full tuning must find room in the rest
# Bytes for each parameter that is trained whole: the weight, its gradient and two moments of Adam, all of them float32.
_TRAINED = 16

# Measured on tiny.en and base (one thread, true-length windows, batches of some 32 s): seconds for each parameter and
# second of audio in which a LoRA step is made.
_COST = 7e-10


@dataclass(frozen=True, kw_only=True)
class Recipe:
    """How to train."""

    method: Method
    epochs: int
    why: str


@dataclass(frozen=True, kw_only=True)
class AudioOptions:
    """How the weights are trained on recordings."""

    method: str = AUTO  # or another of `METHODS`
    augment: str = CAREFUL  # or another of `AUGMENTATIONS`
    epochs: int | None = None  # None: so many as the amount of audio asks for
    alpha: float | None = None  # how much of what was learned is kept; None: the gate chooses
    allow_harm: float = ALLOWED_HARM  # points of guard WER
    leave_out_suspects: bool = False  # utterances whose transcripts are probably wrong
    per_step: int | None = None  # batches whose gradients make a step; None: one for each process
    resume: bool = False

    def __post_init__(self) -> None:
        if self.method not in METHODS:
            raise InvalidInput(f"there is no method {self.method!r}", hint=f"Known: {', '.join(METHODS)}.")
        if self.augment not in AUGMENTATIONS:
            raise InvalidInput(
                f"there is no way to augment {self.augment!r}", hint=f"Known: {', '.join(AUGMENTATIONS)}."
            )
        if self.epochs is not None and self.epochs < 1:
            raise InvalidInput(f"{self.epochs} epochs", hint="Give at least one.")
        if self.per_step is not None and self.per_step < 1:
            raise InvalidInput(f"{self.per_step} batches in a step", hint="Give at least one.")
        if not 0 <= self.allow_harm <= 100:  # NaN is no such number
            raise InvalidInput(f"allowed harm is {self.allow_harm:g} points", hint="Give 0 to 100.")
        if self.alpha is not None and not 0 < self.alpha <= 1:
            raise InvalidInput(f"alpha is {self.alpha:g}", hint="Give a number above 0, up to 1.")


def choose_method(
    *, audio_seconds: float, parameters: int, card: int = 0, options: AudioOptions = AudioOptions()
) -> Recipe:
    """The method for so much audio, this base and this machine.

    - `lora` (small matrices beside every linear layer) as a rule: as good as training all weights on minutes to hours of
      audio, with a third of the work saved and a bundle of a few MB.
    - `full` (all weights) from 20 hours of audio on, on a graphics card with half its memory for weights, gradients and
      moments: then low rank is what limits.
    - `decoder` (the encoder stays as it is) where LoRA would take a processor more than four hours.

    Epochs, if not given, are as many as hear some 20 minutes in all, and at most eight: more was not better on
    dev data, and did more harm elsewhere.

    Args:
        audio_seconds: that are heard in an epoch
        parameters: of the base
        card: bytes of the graphics card's memory; 0: there is none
    """
    epochs = choose_epochs(audio_seconds=audio_seconds, options=options)
    for known in get_args(Method):
        if options.method == known:
            return Recipe(method=known, epochs=epochs, why="as told")
    hours = audio_seconds / 3600
    if card and audio_seconds >= PLENTY:
        return _for_plenty(hours, epochs, needed=_TRAINED * parameters, room=(1 - _CARD) * card)
    predicted = _COST * parameters * audio_seconds * epochs
    if not card and predicted > PATIENCE:
        why = f"all layers would take some {predicted / 3600:.0f} hours of one processor thread"
        return Recipe(method="decoder", epochs=epochs, why=why)
    why = f"less than {PLENTY / 3600:.0f} hours of audio" if audio_seconds < PLENTY else "no graphics card"
    return Recipe(method="lora", epochs=epochs, why=why)


def _for_plenty(hours: float, epochs: int, *, needed: float, room: float) -> Recipe:
    """The method for more audio than low rank can make use of, on a graphics card.

    Args:
        needed: bytes that full tuning takes beside what batches take
        room: bytes that there are for it
    """
    if needed <= room:
        return Recipe(method="full", epochs=epochs, why=f"{hours:.0f} hours of audio and a graphics card")
    why = (
        f"{hours:.0f} hours of audio, but beside batches the graphics card has {room / 1e9:.1f} GB, and training all weights "
        f"takes {needed / 1e9:.1f}"
    )
    return Recipe(method="lora", epochs=epochs, why=why)


def choose_epochs(*, audio_seconds: float, options: AudioOptions) -> int:
    """How often so much audio is heard, if nobody says it: as often as hears some 20 minutes in all, and at most eight times."""
    if options.epochs is not None:
        return options.epochs
    return min(max(math.ceil(ENOUGH / max(audio_seconds, 1.0)), 1), MOST_EPOCHS)


def choose_batches(
    *, audio_seconds: float, size: Dimensions, card: int, processes: int, options: AudioOptions, epochs: int
) -> BatchOptions:
    """What is learned from at once: on a graphics card more, as its memory and the amount of audio allow.

    Args:
        audio_seconds: of all recordings, once
        size: of the base
        card: bytes of the graphics card's memory; 0: there is none
        processes: that share a step
    """
    usual = BatchOptions(per_step=options.per_step or processes)
    if not card:
        return usual
    wanted = 100 * audio_seconds * epochs / (FEWEST_STEPS * usual.per_step)
    fitting = (
        2 * _CARD * card / (_ACTIVATIONS * size.width * size.encoder_layers)
    )  # two frames are a position
    larger = max(min(wanted, fitting, MOST_FRAMES) / usual.frames, 1.0)
    return replace(
        usual,
        frames=int(larger * usual.frames),
        tokens=int(larger * usual.tokens),
        utterances=int(larger * usual.utterances),
    )
