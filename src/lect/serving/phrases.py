"""Models that also expect the phrases of a request."""

from __future__ import annotations

from dataclasses import replace

from lect.adaptation.casing import beyond, casing_of
from lect.adaptation.inflection import Inflecting
from lect.adaptation.mixture import BoundedMixture
from lect.adaptation.options import MixtureOptions
from lect.adaptation.phrases import expecting
from lect.adaptation.variants import codes
from lect.core.errors import InvalidInput
from lect.core.locale import AUTO, language_of
from lect.core.locks import Locks
from lect.core.progress import Progress, silent
from lect.serving.casing import Casing
from lect.serving.pool import Model
from lect.serving.recent import Recent
from lect.speech.text.phrases import PhraseList
from lect.speech.text.written import WrittenForms

# Beside phrases a base expects just what it would without them, so there is nothing to lose by expecting them half the time.
_PRIOR = 0.5
_MAX_RATIO = (
    1e4  # a phrase has no sentence around it to vouch for it, so it may gain less than a word of a text
)
_PROBABILITY = 0.02  # that a word begins a phrase, at strength 1; at 0.1 a long list of common words is heard everywhere ...
_STEP = 5.0  # ... and how many times that for each 1 more
_REMEMBERED = 16  # lists


class PhraseLists:
    """Models with phrases, prepared once for the same model and the same phrases, by several threads too.

    Weights of a model are not kept for them: they are large, and those of whoever asks are the same.
    """

    def __init__(self) -> None:
        self._locks = Locks[tuple[str, ...]]()
        self._known = Recent[tuple[str, ...], Model](most=_REMEMBERED)

    def on(self, model: Model, phrases: PhraseList, *, language: str, progress: Progress = silent) -> Model:
        """The model that expects the phrases, see `with_phrases`."""
        key = (model.name, model.id, language, phrases.digest)
        with self._locks[key]:
            found = self._known.get(key)
            if found is None:
                made = with_phrases(model, phrases, language=language, progress=progress)
                found = replace(made, tuned=None) if made.tuned else made
                self._known.put(key, found)
            return replace(found, tuned=model.tuned) if model.tuned else found


def phrase_language(locale: str) -> str:
    """The language of phrases for speech in a locale.

    Raises:
        InvalidInput: the language is to be detected.
    """
    if locale == AUTO:
        raise InvalidInput(
            "phrases need a language, and the locale is to be detected",
            hint="Name the locale of the speech, such as en-US, or leave the phrases out.",
        )
    return language_of(locale)


def with_phrases(model: Model, phrases: PhraseList, *, language: str, progress: Progress = silent) -> Model:
    """The model that expects phrases besides what it knows; the model itself if there are none.

    Args:
        language: of the speech, such as "en"
        progress: told how far the base's general language model is, if that must be made first
    """
    if not phrases:
        return model
    general = model.base.general(language, progress=progress)
    listed = sorted({(phrase.text, phrase.weight) for phrase in phrases.phrases})
    known = model.known.domain if model.known else Inflecting(general)
    domain = expecting(
        listed, known, language=language, probability=_PROBABILITY * _STEP ** (phrases.strength - 1)
    )
    if domain is known:
        return model  # not a word in all the phrases
    casing = beyond(casing_of(phrase for phrase, _ in listed), general.vocabulary)
    return replace(
        model,
        scorer=BoundedMixture(
            domain,
            general,
            pieces=model.base.pieces,
            options=model.known.mixture
            if model.known
            else MixtureOptions(prior=_PRIOR, max_ratio=_MAX_RATIO),
        ),
        casing=Casing({**casing, **model.casing.forms}),
        written=WrittenForms(
            model.known.terms if model.known else (),
            codes=[
                *(model.known.codes if model.known else ()),
                *codes((phrase for phrase, _ in listed), language=language),
            ],
            language=language,
            ordinary=general.vocabulary,
        ),
    )
