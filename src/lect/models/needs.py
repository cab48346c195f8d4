"""What each option of a training needs of the data: where that is missing, the option would do nothing, and doors refuse it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any

from lect.core.entities import DatasetKind, Model, Training

SPEECH = {DatasetKind.ACOUSTIC, DatasetKind.AUDIO}
_SENTENCES = {DatasetKind.TEXT, DatasetKind.STRUCTURED}
_TEXT = _SENTENCES | {DatasetKind.PRONUNCIATION}


@dataclass(frozen=True, kw_only=True)
class Material:
    """What is learned, as far as options depend on it."""

    kinds: Collection[DatasetKind]  # of the data; sentences that were typed are text
    deep_text: bool = False
    synthetic_speech: bool = False
    audio_text: bool = True

    @classmethod
    def of(cls, model: Model, kinds: Collection[DatasetKind]) -> Material:
        """What a model learns from data of such kinds, and from sentences that it was given besides."""
        training, typed = model.training, {DatasetKind.TEXT} if model.text else set()
        return cls(
            kinds={*kinds, *typed},
            deep_text=training.deep_text,
            synthetic_speech=training.synthetic_speech,
            audio_text=training.audio_text,
        )

    def has(self, kinds: Collection[DatasetKind]) -> bool:
        """Whether there is data of one of some kinds."""
        return not set(kinds).isdisjoint(self.kinds)

    @property
    def is_heard(self) -> bool:
        """Whether there is speech to learn from, of people or of voices."""
        return self.has(SPEECH) or self.synthetic_speech

    @property
    def changes_weights(self) -> bool:
        """Whether the weights of the base are trained."""
        return self.is_heard or self.deep_text

    @property
    def is_read(self) -> bool:
        """Whether anything is learned as text, so that it steers the search."""
        return self.has(_TEXT) or (self.has({DatasetKind.ACOUSTIC}) and self.audio_text)


@dataclass(frozen=True, kw_only=True)
class Need:
    """What options are for, and what to do where the data has no use of them."""

    purpose: str
    in_command: str
    in_request: str
    is_met: Callable[[Material], bool]


_SENTENCES_TO_LEARN = Need(
    purpose="sentences",
    in_command="add --text or --structured FILE",
    in_request="Name plain or structured text.",
    is_met=lambda material: material.has(_SENTENCES),
)
_TRANSCRIPTS = Need(
    purpose="recordings with transcripts",
    in_command="add --audio DATA",
    in_request="Name a dataset of audio with transcripts.",
    is_met=lambda material: material.has({DatasetKind.ACOUSTIC}),
)
_WEIGHTS = Need(
    purpose="training the weights",
    in_command="add --audio or --audio-only DATA, or --deep-text or --synthetic-speech",
    in_request="Name a dataset of audio, or say deepText or syntheticSpeech.",
    is_met=lambda material: material.changes_weights,
)
_HEARD = Need(
    purpose="training on recordings",
    in_command="add --audio or --audio-only DATA, or --synthetic-speech",
    in_request="Name a dataset of audio, or say syntheticSpeech.",
    is_met=lambda material: material.is_heard,
)
_RECORDINGS = Need(
    purpose="training on recordings of people",
    in_command="add --audio or --audio-only DATA",
    in_request="Name a dataset of audio.",
    is_met=lambda material: material.has(SPEECH),
)
_CHOICE = Need(
    purpose="choosing how far text steers or weights change",
    in_command="add --text, --structured or --pronunciation FILE, or --audio or --audio-only DATA",
    in_request="Name text, pronunciations or audio.",
    is_met=lambda material: material.is_read or material.changes_weights,
)
_STEERING = Need(
    purpose="text that steers the search",
    in_command="add --text, --structured or --pronunciation FILE, or --audio DATA without --no-audio-text",
    in_request="Name text, pronunciations, or audio with transcripts.",
    is_met=lambda material: material.is_read,
)

NEEDS: Mapping[str, Need] = {  # those on which others depend come first
    "deep_text": _SENTENCES_TO_LEARN,
    "synthetic_speech": _SENTENCES_TO_LEARN,
    "leave_out_suspects": _TRANSCRIPTS,
    "audio_text": _TRANSCRIPTS,
    "guard": _WEIGHTS,
    "resume": _WEIGHTS,  # like the two last of these an option of the command alone
    "epochs": _WEIGHTS,
    "alpha": _WEIGHTS,
    "allow_harm": _WEIGHTS,
    "per_step": _WEIGHTS,
    "device": _WEIGHTS,
    "noise": _HEARD,
    "augment": _HEARD,
    "method": _RECORDINGS,
    "dev": _CHOICE,
    "weight": _STEERING,
}
"""The options that do nothing without some data. `seed` is none of them: it is noted in every bundle; nor is `times`, which is
said of a dataset."""

_NO = Training()


def option_of(name: str) -> str:
    """What the command calls an option."""
    return "--no-audio-text" if name == "audio_text" else f"--{name.replace('_', '-')}"


def unmet(given: Collection[str], material: Material) -> list[tuple[Need, list[str]]]:
    """The needs of options that were given which the data does not meet, each with the options that have it."""
    found: dict[Need, list[str]] = {}
    for name, need in NEEDS.items():
        if name in given and not need.is_met(material):
            found.setdefault(need, []).append(name)
            if need is _SENTENCES_TO_LEARN:  # it would do nothing, so it is no material for others
                nothing: dict[str, Any] = {name: False}
                material = replace(material, **nothing)
    return list(found.items())


def given_in(training: Training) -> list[str]:
    """The options that a training does not leave as they usually are."""
    return [name for name in NEEDS if hasattr(_NO, name) and getattr(training, name) != getattr(_NO, name)]


def without_idle(model: Model, kinds: Collection[DatasetKind]) -> Model:
    """The same without options that do nothing with data of such kinds."""
    for name, need in NEEDS.items():
        if need.is_met(Material.of(model, kinds)):
            continue
        if hasattr(_NO, name):
            usual: dict[str, Any] = {name: getattr(_NO, name)}
            model = replace(model, training=replace(model.training, **usual))
        elif name == "weight":
            model = replace(model, weight=None)
    return model
