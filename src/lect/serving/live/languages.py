"""Which of several languages is spoken in a stream, and which model recognises it."""

from __future__ import annotations

from collections.abc import Mapping

from lect.serving.languages import Languages
from lect.serving.live.events import Identified
from lect.serving.pool import Model
from lect.speech.audio import SAMPLE_RATE, Samples

ENOUGH = 2.0  # seconds of a phrase that tell its language before it is over


class LanguageChoice:
    """The choice of one stream: made in its first phrase, or in each anew."""

    def __init__(self, models: Mapping[str, Model], *, is_continuous: bool = False) -> None:
        """
        Args:
            models: by locale, one for each language; the first is at work until something was heard
            is_continuous: choose again in each phrase

        Raises:
            InvalidInput: two locales are of one language, or a model is not of its locale's.
            UnsupportedLocale: none of the models knows all languages.
        """
        self._languages = Languages(models, is_continuous=is_continuous)
        self.locale = self._languages.first  # as it was asked for
        self._is_guessed = False  # by the beginning of this phrase
        self.is_settled = False  # for good
        self.identified: Identified | None = None  # None: nothing was heard yet

    @property
    def model(self) -> Model:
        """The model that recognises the language."""
        return self._languages.models[self.locale]

    def hear(self, phrase: Samples, *, is_whole: bool) -> None:
        """Choose by a phrase: for the time being once enough of it was heard, and for good by the whole of it.

        So what is final depends on whole phrases alone, not on how much of one had come when somebody looked.

        Args:
            phrase: what was said of it so far, shape = (n_samples,)
            is_whole: nothing of it will follow
        """
        if self.is_settled:
            return
        if is_whole:
            self._choose(phrase)
            self._is_guessed, self.is_settled = False, not self._languages.is_continuous
        elif not self._is_guessed and len(phrase) >= ENOUGH * SAMPLE_RATE:
            self._choose(phrase)
            self._is_guessed = True

    def _choose(self, phrase: Samples) -> None:
        self.locale, probability = self._languages.tell(phrase)
        self.identified = Identified(locale=self.locale, probability=probability)
