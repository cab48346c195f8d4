"""Whether a training that is to be resumed is the one that was stopped, as far as its command tells: known before any work.

The checkpoint itself knows it wholly, and is asked when all is prepared. What may differ is what judges: dev and guard data,
alpha, the allowed harm, and text that steers alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lect.core.errors import Conflict, LectError
from lect.core.files import json_bytes, write_bytes
from lect.models.manifest import Counted, Dataset
from lect.models.plan import Plan, TrainOptions
from lect.models.ways import AUTO
from lect.models.workplace import command_file

if TYPE_CHECKING:
    from lect.models.audio_training import AudioTraining

Command = Mapping[str, Any]
"""What decides what weights learn, by the option that says it; None: it was left to the data, or cannot be told yet."""


def command_of(training: AudioTraining, planned: Plan, options: TrainOptions) -> Command:
    """What a training is told, with the contents of its data in place of their names."""
    start, data, tuning = training.start, training.data, options.tuning
    learns_sentences = options.deep_text or options.synthetic_speech
    return {
        "--base": [start.base.folder.weights_sha256, start.tuned.sha256 if start.tuned else None],
        "--locale": options.locale,
        "--audio": _contents(data.training),
        "DATA:TIMES of --audio": [data.times_of(each) for each in data.training],
        "--audio-only": _contents(data.audio_only),
        "--noise": _contents(data.noises),
        "--text": _contents(planned.text) if learns_sentences else None,
        "--structured": _contents(planned.structured.files) if learns_sentences else None,
        "--deep-text": options.deep_text,
        "--synthetic-speech": options.synthetic_speech,
        "--dev": data.dev is not None or not data.training,  # without it a part of --audio is held back
        "--method": None if tuning.method == AUTO else tuning.method,
        "--augment": tuning.augment,
        "--epochs": tuning.epochs,
        "--leave-out-suspects": tuning.leave_out_suspects,
        "--per-step": tuning.per_step or training.crew.count,
        "--device": training.device.name,
        "--threads": training.settings.threads,
        "--seed": options.seed,
    }


def keep_command(folder: Path, command: Command) -> None:
    """Note beside the checkpoints what the training was told."""
    write_bytes(command_file(folder), json_bytes(command))


def require_same(folder: Path, command: Command) -> None:
    """Make sure that a training which is to go on is told what it was told before; if nothing is noted, it may be.

    Raises:
        Conflict: it is not; all differences are named.
    """
    try:
        before: dict[str, Any] = json.loads(command_file(folder).read_bytes())
        told = [
            _told(option, before[option], value)
            for option, value in json.loads(json_bytes(command)).items()
            if None not in (before[option], value) and before[option] != value
        ]
    except (OSError, ValueError, LookupError, TypeError):
        return  # what cannot be read tells nothing: the checkpoint itself decides
    if told:
        raise Conflict(
            f"{folder}: this checkpoint is of another training:\n  " + "\n  ".join(told),
            hint="Give the same options and data as before, or begin anew without --resume.",
        )


def _told(option: str, before: Any, now: Any) -> str:
    """What is otherwise in a command, in words."""
    if option == "--base":
        return "another model: --base"
    if isinstance(before, list) or isinstance(now, list):
        return f"other data: {option}" if option.startswith("--") else f"other numbers: {option}"
    return f"it was made {_spelt(option, before)}, this command is {_spelt(option, now)}"


def _spelt(option: str, value: Any) -> str:
    if value is False:
        return f"without {option}"
    return f"with {option}" if value is True else f"with {option} {value}"


def _contents(data: Iterable[Counted]) -> list[str] | None:
    try:
        return [Dataset.of(each).sha256 for each in data]
    except (LectError, OSError):  # such a file is left out later, with its name
        return None
