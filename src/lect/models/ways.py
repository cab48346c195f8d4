"""Whether a model can be trained in the way that is asked for: with such data, and with something to judge it by."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from importlib.util import find_spec
from typing import Literal, get_args

from lect.core.entities import Dataset, DatasetKind, Model, Training
from lect.core.errors import InvalidInput
from lect.core.locale import language_of
from lect.core.status import Status
from lect.core.words import counted
from lect.models.needs import SPEECH, Material, given_in, unmet

MOST_TIMES = 100  # that an epoch may hold a dataset
MOST_EPOCHS = 1_000
MOST_SEED = 2**32 - 1
# Recordings that can tell a gain of trained weights from chance: `FEWEST_BLOCKS` of scoring, whose arrays a server at rest does not load.
FEWEST_DEV = 6
Method = Literal["lora", "full", "decoder"]  # what of the weights may be trained
AUTO = "auto"  # whatever suits the data
METHODS = (AUTO, *get_args(Method))
CAREFUL, FULL = "careful", "full"  # how recordings may be changed each time they are heard
AUGMENTATIONS = (CAREFUL, FULL)


def can_change_weights() -> bool:
    """Whether what trains weights is installed. Without it nothing can be learned from audio, and of text only what is no weight."""
    return find_spec("torch") is not None


def require_ways(model: Model, datasets: Collection[Dataset], heard: Mapping[str, Dataset]) -> None:
    """Make sure that a model can be trained as it says.

    Args:
        datasets: that it is trained on
        heard: those that it hears without learning them, by their ids

    Raises:
        InvalidInput: its data do not fit, an option would do nothing with them, or nothing would tell whether it does harm.
    """
    training, kinds = model.training, {dataset.kind for dataset in datasets}
    for name, id in (("dev", training.dev), ("guard", training.guard)):
        if id:
            _require_judge(name, heard[id], model)
    if training.dev and Material.of(model, kinds).changes_weights:
        _require_enough(heard[training.dev])
    if not 0 <= training.seed <= MOST_SEED:
        raise _wrong("seed", f"the seed is {training.seed}", f"Give a number from 0 to {MOST_SEED}.")
    if DatasetKind.AUDIO in kinds and not training.dev:
        raise _wrong(
            "dev",
            "self-training on audio without transcripts repeats what the model hears, and nothing would tell whether that helps",
            "Name a dataset of audio with transcripts of the same domain as `dev`.",
        )
    _require_tuning(training)
    _require_use(training, Material.of(model, kinds))
    if training.synthetic_speech and not (training.dev or DatasetKind.ACOUSTIC in kinds):
        raise _wrong(
            "syntheticSpeech",
            "voices of a machine are not the speech that will come, and nothing would tell whether they help",
            "Name a dataset of audio with transcripts of the same domain as `dev`.",
        )
    if training.deep_text and not (training.dev or training.guard or DatasetKind.ACOUSTIC in kinds):
        raise _wrong(
            "deepText",
            "deep text changes the weights, and nothing would tell whether it does harm",
            "Name datasets of audio with transcripts to judge it by: `dev`, and `guard` for speech of other domains.",
        )
    if training.noise:
        _require_noise(heard[training.noise])
    _require_times(training.times, datasets)
    if Material.of(model, kinds).changes_weights:
        _require_torch(training, kinds)


def _require_use(training: Training, material: Material) -> None:
    """Make sure that no option would do nothing. The weight of text is none: other servers take it with all data."""
    idle = unmet(given_in(training), material)
    if not idle:
        return
    told = [
        f"{' and '.join(map(_spelt, names))} {'are' if names[1:] else 'is'} for {need.purpose}. {need.in_request}"
        for need, names in idle
    ]
    is_one = len(told) == len(idle[0][1]) == 1
    raise _wrong(_spelt(idle[0][1][0]), "\n".join(told), f"Or leave {'it' if is_one else 'them'} out.")


def _spelt(name: str) -> str:
    """What a request calls an option."""
    first, *others = name.split("_")
    return first + "".join(map(str.capitalize, others))


def _require_torch(training: Training, kinds: Collection[DatasetKind]) -> None:
    if can_change_weights():
        return
    hint = "Torch is not installed on the server: pip install 'lect[train]'"
    if spoken := sorted(SPEECH & set(kinds)):
        raise InvalidInput(f"no {spoken[0]} data can be trained on here", hint=hint, target="datasets")
    raise _wrong(
        "deepText" if training.deep_text else "syntheticSpeech", "weights cannot be trained here", hint
    )


def _require_judge(name: str, judge: Dataset, model: Model) -> None:
    problem = ""
    if judge.kind is not DatasetKind.ACOUSTIC:
        problem = f"it holds {judge.kind} data, and a judge is audio with transcripts"
    elif judge.status is not Status.SUCCEEDED:
        problem = f"it is {judge.status}"
    elif language_of(judge.locale) != language_of(model.locale):
        problem = f"it is for {judge.locale}, the model for {model.locale}"
    elif judge.id in model.datasets:
        problem = "the model is trained on it, so it cannot judge"
    if problem:
        raise _wrong(
            name, f"dataset {judge.id}: {problem}", "Name another dataset of audio with transcripts."
        )


def _require_enough(dev: Dataset) -> None:
    if dev.accepted_lines < FEWEST_DEV:
        raise _wrong(
            "dev",
            f"dataset {dev.id}: {counted(dev.accepted_lines, 'recording')} that can be used cannot tell a gain from chance, so "
            f"whatever the weights learn would be refused; at least {FEWEST_DEV} are needed",
            "Name a dataset of more recordings.",
        )


def _require_noise(noise: Dataset) -> None:
    problem = ""
    if noise.kind is not DatasetKind.AUDIO:
        problem = f"it holds {noise.kind} data, and noise is audio without transcripts"
    elif noise.status is not Status.SUCCEEDED:
        problem = f"it is {noise.status}"
    if problem:
        raise _wrong("noise", f"dataset {noise.id}: {problem}", "Name audio without transcripts.")


def _require_tuning(training: Training) -> None:
    """Make sure of the same as `lect.models.methods`, whose arrays a server at rest does not load."""
    if training.method not in METHODS:
        raise _wrong("method", f"there is no method {training.method!r}", f"Known: {', '.join(METHODS)}.")
    if training.augment not in AUGMENTATIONS:
        raise _wrong(
            "augment",
            f"there is no way to augment {training.augment!r}",
            f"Known: {', '.join(AUGMENTATIONS)}.",
        )
    if training.epochs is not None and not 1 <= training.epochs <= MOST_EPOCHS:
        raise _wrong("epochs", f"{training.epochs} epochs", f"Give 1 to {MOST_EPOCHS:,}.")
    if training.alpha is not None and not 0 < training.alpha <= 1:  # NaN is no such number
        raise _wrong("alpha", f"alpha is {training.alpha:g}", "Give a number above 0, up to 1.")
    if training.allow_harm is not None and not 0 <= training.allow_harm <= 100:
        raise _wrong("allowHarm", f"allowed harm is {training.allow_harm:g} points", "Give 0 to 100.")


def _require_times(times: Mapping[str, float], datasets: Collection[Dataset]) -> None:
    heard = {dataset.id for dataset in datasets if dataset.kind is DatasetKind.ACOUSTIC}
    for id, often in times.items():
        if id not in heard:
            raise _wrong(
                "times",
                f"dataset {id} is none of the audio with transcripts that the model is trained on",
                "How often it is heard can be said of such datasets alone.",
            )
        if not 0 < often <= MOST_TIMES:  # NaN is no such number
            raise _wrong(
                "times",
                f"dataset {id}: {often:g} times an epoch",
                f"Give a number above 0, up to {MOST_TIMES}.",
            )


def _wrong(field: str, message: str, hint: str) -> InvalidInput:
    return InvalidInput(message, hint=hint, target=f"training.{field}")
