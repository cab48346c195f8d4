"""How a model is to be trained, as a request says it: in `properties.training`, or in custom properties that begin with `lect.`.

Clients that were generated from the document of the compatible API know no `training`, so they say the same in texts:

    "customProperties": {"lect.deepText": "true", "lect.dev": "http://.../datasets/ID", "lect.times": "3, 1", "lect.seed": "7"}
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from lect.api.links import parse_reference
from lect.api.resources import reference
from lect.api.schemas.shared import Augmentation, TrainingOptions, TuningMethod
from lect.api.service import Call
from lect.core.entities import HEARD, Training
from lect.core.errors import InvalidInput

PREFIX = "lect."
_NO = Training()


def read_training(given: Any, datasets: Sequence[str]) -> Training:
    """How a new model is to be trained.

    Args:
        given: what was sent, with `properties` and `custom_properties`
        datasets: ids of those that it is trained on, in the order of the request

    Raises:
        InvalidInput: something cannot be read, or is said twice.
    """
    options: TrainingOptions | None = given.properties.training if given.properties else None
    texts = {
        name.removeprefix(PREFIX): text
        for name, text in (given.custom_properties or {}).items()
        if name.startswith(PREFIX)
    }
    if options is None:
        return _of_texts(texts, datasets)
    if texts:
        raise InvalidInput(
            "how to train is said in properties.training and in customProperties",
            hint=f"Say it in one of them: {', '.join(PREFIX + name for name in texts)}.",
            target="properties.training",
        )
    return _of_options(options)


def show_training(call: Call, training: Training) -> dict[str, Any] | None:
    """How a model is trained, as it goes over the wire; None: as a rule."""
    if training == _NO:
        return None
    return {
        **training.options,
        **{name: reference(call, "datasets", getattr(training, name)) for name in HEARD},
        "times": [
            {"dataset": reference(call, "datasets", id), "times": often}
            for id, often in training.times.items()
        ]
        or None,
    }


def _of_options(options: TrainingOptions) -> Training:
    def named(what: str) -> str | None:
        return parse_reference(getattr(options, what), "datasets", target=f"training.{what}")

    given: dict[str, Any] = {name: getattr(options, name) for name in _NO.options}
    given |= {name: named(name) for name in HEARD}
    return Training(
        **{name: value for name, value in given.items() if value is not None},
        times={
            str(parse_reference(each.dataset, "datasets", target="training.times")): each.times
            for each in options.times or ()
        },
    )


def _of_texts(texts: Mapping[str, str], datasets: Sequence[str]) -> Training:
    fields: dict[str, Any] = {}
    for name, text in texts.items():
        if name not in _READ:
            raise InvalidInput(
                f"customProperties: there is no {PREFIX}{name}",
                hint=f"There are {', '.join(PREFIX + each for each in _READ)}.",
                target=f"customProperties.{PREFIX}{name}",
            )
        field, read, wanted = _READ[name]
        try:
            fields[field] = read(text.strip())
        except ValueError:
            raise InvalidInput(
                f"customProperties: {PREFIX}{name} is {text!r}",
                hint=f"Write {wanted}.",
                target=f"customProperties.{PREFIX}{name}",
            ) from None
    if "times" in fields:
        fields["times"] = _times_of(fields["times"], datasets)
    return Training(**fields)


def _times_of(times: Sequence[float], datasets: Sequence[str]) -> dict[str, float]:
    if len(times) != len(datasets):
        raise InvalidInput(
            f"customProperties: {PREFIX}times holds {len(times)} numbers for {len(datasets)} datasets",
            hint="Write a number for each dataset, in their order, with commas between them; 1 is the rule.",
            target=f"customProperties.{PREFIX}times",
        )
    return {id: often for id, often in zip(datasets, times, strict=True) if often != 1}


def _yes(text: str) -> bool:
    return ("false", "true").index(text.lower()) == 1


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal() or len(text) > 10:
        raise ValueError
    return int(text)


def _numbers(text: str) -> list[float]:
    return [float(part) for part in text.split(",")]


def _dataset(text: str) -> str:
    return str(parse_reference({"self": text}, "datasets", target="customProperties"))


_BOOLEAN = "true or false"
_ADDRESS = "the `self` of a dataset"
_READ: dict[str, tuple[str, Callable[[str], Any], str]] = {
    "deepText": ("deep_text", _yes, _BOOLEAN),
    "syntheticSpeech": ("synthetic_speech", _yes, _BOOLEAN),
    "audioText": ("audio_text", _yes, _BOOLEAN),
    "leaveOutSuspects": ("leave_out_suspects", _yes, _BOOLEAN),
    "method": ("method", str.lower, ", ".join(TuningMethod)),
    "augment": ("augment", str.lower, ", ".join(Augmentation)),
    "epochs": ("epochs", _number, "a number"),
    "alpha": ("alpha", float, "a number above 0, up to 1"),
    "allowHarm": ("allow_harm", float, "points of WER, such as 0.5"),
    "noise": ("noise", _dataset, _ADDRESS),
    "dev": ("dev", _dataset, _ADDRESS),
    "guard": ("guard", _dataset, _ADDRESS),
    "seed": ("seed", _number, "a number from 0 to 4294967295"),
    "times": ("times", _numbers, "numbers with commas between them, one for each dataset"),
}
