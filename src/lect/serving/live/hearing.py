"""How a live recognition has its audio recognised: at once by itself, or in turn with others (`batching`)."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Future
from enum import IntEnum
from typing import Protocol

from lect.engines.contract import RecogniseOptions, Recognition, go_on
from lect.serving.pool import Model
from lect.speech.audio import Samples

Answer = Future[Recognition | None]
"""What was heard; None: there was no time for it, which happens to nothing that is final or of a file. Cancel it to give up."""

Told = Future[dict[str, float] | None]
"""How probable each of several languages is, the most probable first; None and `cancel` as above."""


class Urgency(IntEnum):
    """Who goes first."""

    FINAL = 0  # somebody waits for it
    FILE = 1  # of a recording that is there already: it is begun before drafts, and stands still while others are heard
    AHEAD = 2  # a final that will be needed in a moment, unless speech goes on
    DRAFT = 3  # of speech that goes on: worth little when it is late

    @property
    def is_live(self) -> bool:
        """Whether it is speech that is being said."""
        return self is not Urgency.FILE


class Hearing(Protocol):
    """What recognises for one stream."""

    def ask(
        self,
        model: Model,
        samples: Samples,
        options: RecogniseOptions,
        *,
        urgency: Urgency,
        on_step: Callable[[], None] = go_on,
    ) -> Answer:
        """Have a stretch of audio recognised. Comes back at once or when it is done, as it likes.

        Args:
            on_step: called often while the engine works, from whatever thread; what it raises ends the work and is
                raised by the answer
        """
        ...

    def detect(
        self,
        model: Model,
        samples: Samples,
        languages: Sequence[str],
        *,
        urgency: Urgency,
        on_step: Callable[[], None] = go_on,
    ) -> Told:
        """Have it told which of several languages is spoken in a stretch of audio. As `ask` otherwise.

        Args:
            model: the one that tells
            languages: that it knows
        """
        ...

    def hasten(self, answer: Answer) -> None:
        """What was asked for ahead is waited for now: from here on it is as urgent as a final, and is not left undone if it still waits."""
        ...

    def close(self) -> None:
        """Nothing more will be asked. From any thread."""
        ...


class AtOnce:
    """Recognises at once, in the caller's thread, and nothing that may not be needed."""

    def ask(
        self,
        model: Model,
        samples: Samples,
        options: RecogniseOptions,
        *,
        urgency: Urgency,
        on_step: Callable[[], None] = go_on,
    ) -> Answer:
        """An answer that is there already."""
        answer = Answer()
        if urgency == Urgency.AHEAD:
            answer.set_result(None)
            return answer
        (recognition,) = model.recogniser.recognise(
            [samples], options=options, scorers=[model.scorer], on_step=on_step
        )
        answer.set_result(recognition)
        return answer

    def detect(
        self,
        model: Model,
        samples: Samples,
        languages: Sequence[str],
        *,
        urgency: Urgency,
        on_step: Callable[[], None] = go_on,
    ) -> Told:
        """An answer that is there already."""
        on_step()
        told = Told()
        told.set_result(model.recogniser.detect_among(samples, languages))
        return told

    def hasten(self, answer: Answer) -> None:
        """It is there already."""

    def close(self) -> None:
        """Nothing is held."""
