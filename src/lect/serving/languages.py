"""The language that speech is recognised in: the one that was asked for, or one of several that are told apart."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

from lect.core.errors import InvalidInput, UnsupportedLocale
from lect.core.locale import canonicalise, language_of
from lect.engines.contract import RecogniseOptions
from lect.engines.longform import Choose, Way
from lect.serving.pool import Model
from lect.speech.audio import SAMPLE_RATE, Samples

DEFAULT_LOCALE = "en-US"
SHORTEST = 1.5  # seconds of a phrase, the silence around it included, that tell its language; a shorter one is of the one before


def settle_locale(model: Model, locale: str | None) -> str:
    """The locale to recognise in: the one asked for, the model's own, or en-US.

    Raises:
        InvalidInput: the model's text is of another language.
        UnsupportedLocale: it is not a locale.
    """
    settled = canonicalise(locale or model.locale or DEFAULT_LOCALE)
    if model.locale is None or language_of(settled) == language_of(model.locale):
        return settled
    raise InvalidInput(
        f"{model.name}: this model was made for {model.locale}, not for {locale}",
        hint="Leave the language out, or name a base model.",
    )


class Languages:
    """Locales to choose from, and the model of each."""

    def __init__(self, models: Mapping[str, Model], *, is_continuous: bool = False) -> None:
        """
        Args:
            models: by locale, one for each language
            is_continuous: choose again in each phrase

        Raises:
            InvalidInput: two locales are of one language, or a model is not of its locale's.
            UnsupportedLocale: none of the models knows all languages.
        """
        self._locales = {language_of(locale): settle_locale(models[locale], locale) for locale in models}
        if len(self._locales) < len(models):
            raise InvalidInput("Languages to choose from must differ by more than their region")
        for locale, model in models.items():
            model.recogniser.require(locale)
        self.models = {self._locales[language_of(locale)]: model for locale, model in models.items()}
        self.is_continuous = is_continuous
        self.detector = _detector(models)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages."""
        return tuple(self._locales)

    @property
    def first(self) -> str:
        """The locale that was named first."""
        return next(iter(self.models))

    def tell(self, samples: Samples) -> tuple[str, float]:
        """The locale of what is spoken, and how probable it is among all."""
        return self.likeliest(self.detector.recogniser.detect_among(samples, self.languages))

    def likeliest(self, heard: Mapping[str, float]) -> tuple[str, float]:
        """The locale of the first of the languages, and its probability.

        Args:
            heard: how probable each language is, the most probable first
        """
        language, probability = next(iter(heard.items()))
        return self._locales[language], probability

    def choosing(self, options: RecogniseOptions) -> Choose:
        """How each chunk of a recording is recognised: all as its first one, or each in its own language."""

        def choose(samples: Samples, before: Way | None) -> Way:
            if before and (not self.is_continuous or len(samples) < SHORTEST * SAMPLE_RATE):
                return before
            locale, _ = self.tell(samples)
            model = self.models[locale]
            return Way(
                recogniser=model.recogniser,
                options=replace(options, locale=locale),
                scorer=model.scorer,
            )

        return choose


def _detector(models: Mapping[str, Model]) -> Model:
    """The first whose recogniser knows all languages."""
    languages = {language_of(locale) for locale in models}
    for model in models.values():
        if languages <= set(model.recogniser.languages):
            return model
    raise UnsupportedLocale(
        f"no model knows all the languages to choose from: {', '.join(models)}",
        hint="One of the models must be made on a multilingual base, such as whisper-base.",
    )
