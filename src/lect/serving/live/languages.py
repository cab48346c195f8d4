"""Which of several languages is spoken in a stream, and which model recognises it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from lect.core.locale import language_of
from lect.engines.contract import go_on
from lect.serving.languages import Languages
from lect.serving.live.events import Identified
from lect.serving.live.hearing import Hearing, Told, Urgency
from lect.serving.pool import Model
from lect.speech.audio import SAMPLE_RATE, Samples

ENOUGH = 2.0  # seconds of a phrase that tell its language before it is over


class LanguageChoice:
    """The choice of one stream: made in its first phrase, or in each anew. A single language is chosen from the beginning."""

    def __init__(
        self,
        models: Mapping[str, Model],
        *,
        ids: Mapping[str, str] | None = None,
        is_continuous: bool = False,
    ) -> None:
        """
        Args:
            models: by locale, one for each language; the first is at work until something was heard
            ids: what they are called in results, by the same locales; None: by ids of their own
            is_continuous: choose again in each phrase

        Raises:
            InvalidInput: two locales are of one language, or a model is not of its locale's.
            UnsupportedLocale: none of the models knows all languages.
        """
        self._languages = Languages(models, is_continuous=is_continuous)
        self._ids = {language_of(locale): id for locale, id in (ids or {}).items()}
        self.locale = self._languages.first  # as it was asked for
        self._is_guessed = False  # by the beginning of this phrase
        self._asked: Told | None = None  # which language that is in
        self.is_settled = len(models) == 1  # for good
        self.identified: Identified | None = None  # None: nothing was heard yet
        if self.is_settled:
            self.identified = Identified(locale=self.locale, probability=1.0)

    @property
    def model(self) -> Model:
        """The model that recognises the language."""
        return self._languages.models[self.locale]

    @property
    def model_id(self) -> str:
        """What this model is called in results."""
        return self._ids.get(language_of(self.locale)) or self.model.id

    def guess(self, phrase: Samples, hearing: Hearing, on_step: Callable[[], None] = go_on) -> None:
        """Choose for the time being, once enough of a phrase was heard. Nobody waits for it: it may be chosen in a later call.

        Args:
            phrase: what was said of it so far, shape = (n_samples,)
            hearing: has the language told
            on_step: called often; what it raises ends the work
        """
        if self.is_settled or self._is_guessed:
            return
        if self._asked is None and len(phrase) >= ENOUGH * SAMPLE_RATE:
            self._asked = self._ask(phrase, hearing, Urgency.DRAFT, on_step)
        if self._asked is not None and self._asked.done():
            heard, self._asked = self._asked.result(), None
            if heard is not None:  # else there was no time: it is asked again
                self._choose(heard)
                self._is_guessed = True

    def settle(self, phrase: Samples, hearing: Hearing, on_step: Callable[[], None] = go_on) -> None:
        """Choose by the whole of a phrase.

        So what is final depends on whole phrases alone, not on how much of one had come when somebody looked.

        Args:
            phrase, hearing, on_step: as in `guess`
        """
        self.give_up()
        self._is_guessed = False
        if self.is_settled:
            return
        heard = self._ask(phrase, hearing, Urgency.FINAL, on_step).result()
        assert heard is not None  # only what is not final is left undone
        self._choose(heard)
        self.is_settled = not self._languages.is_continuous

    def give_up(self) -> None:
        """Nobody wants to know any more what was asked for. From any thread."""
        asked, self._asked = self._asked, None
        if asked:
            asked.cancel()

    def _ask(self, phrase: Samples, hearing: Hearing, urgency: Urgency, on_step: Callable[[], None]) -> Told:
        languages = self._languages
        return hearing.detect(
            languages.detector, phrase, languages.languages, urgency=urgency, on_step=on_step
        )

    def _choose(self, heard: Mapping[str, float]) -> None:
        self.locale, probability = self._languages.likeliest(heard)
        self.identified = Identified(locale=self.locale, probability=probability)
