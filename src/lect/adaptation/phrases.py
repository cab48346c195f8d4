"""Phrases that are expected at any place of any speech, given with a request and not with a model."""

from __future__ import annotations

from collections.abc import Iterable

from lect.adaptation.classes import ClassModel
from lect.adaptation.frames import OpenFrame
from lect.adaptation.items import items_of
from lect.adaptation.language_model import LanguageModel
from lect.adaptation.numbers import NumberForms
from lect.adaptation.variants import weights_of


def expecting(
    phrases: Iterable[tuple[str, float]],
    model: LanguageModel,
    *,
    language: str,
    probability: float,
) -> LanguageModel:
    """A language model that also expects phrases at each word.

    Args:
        phrases: as written, with weights relative to each other; above 0
        model: what is expected besides
        probability: that a word begins a phrase, where the speech is of the phrases at all
    """
    weights = weights_of(phrases, NumberForms(language), {})
    if not weights:
        return model
    return ClassModel(OpenFrame(model, probability), [items_of(weights, language=language)])
