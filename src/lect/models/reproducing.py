"""The command that makes a model of a server again, of the files as they are downloaded from it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from lect.core.entities import Dataset, Model, Training
from lect.datasets.uploads import saved_name
from lect.models.bundles import SUFFIX
from lect.models.customs import LEARNT
from lect.models.needs import option_of, without_idle

TYPED = "sentences.txt"  # of a model that was given sentences in its request


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
    model = without_idle(model, {dataset.kind for dataset in datasets})  # the command refuses them
    parts = {part: dataset for part, dataset in heard.items() if getattr(model.training, part)}
    return [
        *("lect", "train", "-o", f"{model.id}{SUFFIX}", "--base", start, "--locale", model.locale),
        *_data(model, datasets),
        *(word for part, dataset in parts.items() for word in (f"--{part}", saved_name(dataset))),
        *settings_of(model),
    ]


def _data(model: Model, datasets: Iterable[Dataset]) -> list[str]:
    words = []
    for dataset in datasets:
        times = model.training.times.get(dataset.id, 1)
        name = saved_name(dataset)
        words += [f"--{LEARNT[dataset.kind].replace('_', '-')}", name if times == 1 else f"{name}:{times:g}"]
    return [*words, "--text", TYPED] if model.text else words


def settings_of(model: Model) -> list[str]:
    """The words of the command for what it would not do by itself."""
    training, usual = model.training, Training()
    switches = ("deep_text", "synthetic_speech", "audio_text", "leave_out_suspects")
    words = [option_of(name) for name in switches if getattr(training, name) != getattr(usual, name)]
    for name in ("method", "augment", "epochs", "alpha", "allow_harm"):
        value = getattr(training, name)
        if value != getattr(usual, name):
            words += [option_of(name), value if isinstance(value, str) else f"{value:g}"]
    words += ["--weight", str(model.weight)] if model.weight is not None else []
    return [*words, "--seed", str(training.seed)] if training.seed else words
