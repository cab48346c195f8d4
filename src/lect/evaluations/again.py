"""An evaluation from its document: what the models heard is scored again, which takes no model and gives the same."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from lect.evaluations.scoring import Evaluation, ModelRun, score_models
from lect.speech.text import normaliser

Json = dict[str, Any]


@dataclass(frozen=True, kw_only=True)
class _Reference:
    """An utterance as the document tells it."""

    file: str
    transcript: str
    speaker: str | None


def restore(document: Json, *, locale: str) -> Evaluation:
    """The evaluation that a document of `lect evaluate --json` tells; failures are left out.

    Args:
        locale: in which it was made
    """
    utterances = document["utterances"]
    return score_models(
        document["dataset"],
        [
            _Reference(file=each["file"], transcript=each["reference"], speaker=each["speaker"])
            for each in utterances
        ],
        [
            ModelRun(
                model=model["model"],
                hypotheses=[each["models"][place]["hypothesis"] for each in utterances],
                cpu_seconds=model["cpu_seconds"],
                audio_seconds=model["audio_seconds"],
            )
            for place, model in enumerate(document["models"])
        ],
        normaliser=normaliser(locale),
    )
