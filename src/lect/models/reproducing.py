"""The command that makes a model of a server again, of the files as they are downloaded from it."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace

from lect.core.entities import Dataset, DatasetKind, Model, Training
from lect.datasets.uploads import saved_name
from lect.models.bundles import SUFFIX
from lect.models.customs import LEARNT
from lect.models.ways import SPEECH

TYPED = "sentences.txt"  # of a model that was given sentences in its request
_SWITCHES = {"deep_text": "--deep-text", "synthetic_speech": "--synthetic-speech"}
_VALUES = {"epochs": "--epochs", "alpha": "--alpha", "allow_harm": "--allow-harm"}


def train_command(
    model: Model, base: Model, datasets: Iterable[Dataset], heard: Mapping[str, Dataset]
) -> Sequence[str]:
    """The words of the command.

    Args:
        datasets: what it was trained on
        heard: what was heard without being learned, by its part
    """
    start = base.name if base.is_base and base.name else f"{base.id}{SUFFIX}"
    datasets = list(datasets)
    model = _without_idle(model, {dataset.kind for dataset in datasets})
    parts = {part: dataset for part, dataset in heard.items() if getattr(model.training, part)}
    return [
        *("lect", "train", "-o", f"{model.id}{SUFFIX}", "--base", start, "--locale", model.locale),
        *_data(model, datasets),
        *(word for part, dataset in parts.items() for word in (f"--{part}", saved_name(dataset))),
        *settings_of(model),
    ]


def _without_idle(model: Model, kinds: Collection[DatasetKind]) -> Model:
    """The same without settings that had no effect on such data: the command refuses them."""
    training, idle = model.training, set[str]()
    if not (SPEECH & set(kinds) or training.deep_text or training.synthetic_speech):
        idle |= {"guard", *_VALUES}
    if not (SPEECH & set(kinds) or training.synthetic_speech):
        idle |= {"noise", "augment"}
    if not SPEECH & set(kinds):
        idle.add("method")
    if DatasetKind.ACOUSTIC not in kinds:
        idle |= {"leave_out_suspects", "audio_text"}
    usual = Training()
    return replace(model, training=replace(training, **{name: getattr(usual, name) for name in idle}))


def _data(model: Model, datasets: Iterable[Dataset]) -> list[str]:
    words = []
    for dataset in datasets:
        times = model.training.times.get(dataset.id, 1)
        name = saved_name(dataset)
        words += [f"--{LEARNT[dataset.kind].replace('_', '-')}", name if times == 1 else f"{name}:{times:g}"]
    return [*words, "--text", TYPED] if model.text else words


def settings_of(model: Model) -> list[str]:
    """The words of the command for what it would not do by itself."""
    training = model.training
    words = [option for name, option in _SWITCHES.items() if getattr(training, name)]
    words += [] if training.audio_text else ["--no-audio-text"]
    words += ["--leave-out-suspects"] if training.leave_out_suspects else []
    words += [] if training.method == "auto" else ["--method", training.method]
    words += [] if training.augment == "careful" else ["--augment", training.augment]
    for name, option in _VALUES.items():
        if (value := getattr(training, name)) is not None:
            words += [option, f"{value:g}"]
    words += ["--weight", str(model.weight)] if model.weight is not None else []
    return [*words, "--seed", str(training.seed)] if training.seed else words
