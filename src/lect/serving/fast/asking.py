"""What is asked of a file that somebody waits for, as one process tells another."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any, Self

from lect.speech.text.display import ProfanityMode, Punctuation
from lect.speech.text.phrases import Phrase, PhraseList

PATH = "/lect/files"  # that it is posted to


@dataclass(frozen=True, kw_only=True)
class FileRequest:
    """A file, and how it is to be heard. It is heard by the model of a name, or else by what its languages begin with."""

    path: str
    model: str | None = None  # as a client names it, see `finding.named`
    locales: tuple[
        str, ...
    ] = ()  # canonical. None: the model's own, or told by listening; several: told in each stretch
    models: Mapping[str, str] = field(
        default_factory=dict
    )  # ids by locale, in place of what a language begins with
    phrases: tuple[str, ...] = ()  # that are expected
    strength: float = 1.0  # of the phrases
    profanity: ProfanityMode = ProfanityMode.RAW
    punctuation: Punctuation = Punctuation.AUTOMATIC
    words: bool = False  # with their times, by which stretches are cut into sentences
    channels: tuple[int, ...] = ()  # that are heard one by one, from 0; none: all together
    speakers: int | None = None  # the most that are told apart; None: they are not

    @property
    def phrase_list(self) -> PhraseList | None:
        """The phrases as models expect them.

        Raises:
            InvalidInput, LimitExceeded: they are none, or too many.
        """
        if not self.phrases:
            return None
        return PhraseList(
            phrases=frozenset(Phrase(text=text) for text in self.phrases), strength=self.strength
        )

    def to_json(self) -> dict[str, Any]:
        """The request as a document."""
        return asdict(self)

    @classmethod
    def from_json(cls, document: Mapping[str, Any]) -> Self:
        """The request of a document."""
        lists = {name: tuple(document[name]) for name in ("locales", "phrases", "channels")}
        modes = {
            "profanity": ProfanityMode(document["profanity"]),
            "punctuation": Punctuation(document["punctuation"]),
        }
        return cls(**{**document, **lists, **modes})
