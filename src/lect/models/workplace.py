"""Where a long training keeps what it needs meanwhile, and how much memory it takes."""

from __future__ import annotations

import resource
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_CHECKPOINT = "checkpoint-"  # what the names of all begin with, and of what belongs to them
_CHECKPOINTS = f"{_CHECKPOINT}*.safetensors"


@contextmanager
def workplace(output: Path) -> Iterator[Path]:
    """A folder beside the output for what training keeps meanwhile. After a failure its checkpoints stay, for resuming."""
    folder = _place(output)
    folder.mkdir(parents=True, exist_ok=True)
    try:
        yield folder
    except BaseException:
        begun = any(folder.glob(_CHECKPOINTS))  # else nothing belongs to a checkpoint
        for path in list(folder.iterdir()):
            if not (begun and path.name.startswith(_CHECKPOINT)):
                shutil.rmtree(path) if path.is_dir() else path.unlink()
        if not any(folder.iterdir()):
            folder.rmdir()
        raise
    shutil.rmtree(folder)


def is_begun(output: Path) -> bool:
    """Whether a training of this output left a checkpoint, from which it can go on."""
    return any(_place(output).glob(_CHECKPOINTS))


def _place(output: Path) -> Path:
    return output.with_name(f".{output.name}-training")


def checkpoint(folder: Path, lesson: str) -> Path:
    """Where the state of a lesson is kept."""
    return folder / f"{_CHECKPOINT}{lesson}.safetensors"


def forget(folder: Path) -> None:
    """Remove what an earlier training left to go on from: beside those of another, its checkpoints would be taken for theirs."""
    for path in folder.glob(f"{_CHECKPOINT}*"):
        path.unlink()


def command_file(folder: Path) -> Path:
    """Where it is noted what the training of the checkpoints was told; it stays as long as they do."""
    return folder / f"{_CHECKPOINT}command.json"


@contextmanager
def scratch(output: Path) -> Iterator[Path]:
    """A folder beside where the output would be, for a trial: it is gone afterwards, and checkpoints stay as they are."""
    nearest = next(folder for folder in output.absolute().parents if folder.exists())
    with tempfile.TemporaryDirectory(prefix=f".{output.name}-", dir=nearest) as folder:
        yield Path(folder)


def peak_memory() -> float:
    """The most memory that this process has held, MB."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak / (1 << 20) if sys.platform == "darwin" else peak / (1 << 10)
