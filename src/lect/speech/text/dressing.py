"""Plain text written as a recogniser writes: with capitals, marks and figures, though nobody has heard it.

As in `recasing`, what a text has of its own stays: who writes "Take Zyrtec twice a day." means it so.
"""

from __future__ import annotations

from lect.core.locale import UNSPACED, language_of
from lect.speech.text.display import DisplayForms
from lect.speech.text.normalise import normaliser
from lect.speech.text.recasing import is_cased, is_marked
from lect.speech.text.sentences import ENDS


class Dresser:
    """Dresses the lines of one locale."""

    def __init__(self, locale: str) -> None:
        """Choose the rules.

        Raises:
            UnsupportedLocale: It is not a locale.
        """
        self._forms = DisplayForms(locale)
        self._language, self._words = language_of(locale), normaliser(locale).words

    def dressed(self, line: str) -> str:
        """The line as a sentence.

        English that has neither capitals nor marks gets the figures of a display form, too. Elsewhere a first capital and
        a full stop are added where the line lacks such things. Scripts without blanks stay as they are. The words that the
        normaliser sees never change.

        >>> Dresser("en-US").dressed("can I get a sixteen ounce latte")
        'Can I get a 16 oz latte?'
        >>> Dresser("de-DE").dressed("zwei Brezeln bitte")
        'zwei Brezeln bitte.'
        """
        line = " ".join(line.split())
        if not line or self._language in UNSPACED:
            return line
        if self._language == "en" and not (is_cased(line) or is_marked(line)):
            display = self._forms.forms_of_lexical(line).display
            if self._words(display) == self._words(line):
                return display
        first = line[0] if is_cased(line) else line[0].upper()
        return first + line[1:] + ("" if line[-1] in ENDS else ".")
