"""The command `lect train` in a process of its own, and what it costs there."""

from __future__ import annotations

import inspect
import json
import multiprocessing
import resource
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from benchmarks.trainings import Outcome
from lect.cli import train as command

LECT = (sys.executable, "-c", "from lect.cli.main import run; run()")
REFUSALS = {"training_refused", "invalid_dataset"}  # other errors are none of the data's


def has_option(option: str) -> bool:
    """Whether this version's command has an option; what does not begin with two dashes is a value."""
    name = option.removeprefix("--").replace("-", "_")
    return not option.startswith("--") or name in inspect.signature(command.train).parameters


def train(bundle: Path, base: str, options: Sequence[str], *, audio_seconds: float, speakers: int) -> Outcome:
    """Train a model; that it is refused is a result, too.

    Args:
        audio_seconds: that are learned from
        speakers: in them

    Raises:
        RuntimeError: the command failed for another reason.
    """
    bundle.parent.mkdir(parents=True, exist_ok=True)
    arguments = ["train", "-o", str(bundle), "--base", base, *options, "--threads", "1", "--json"]
    exit_code, out, err, cpu_seconds, peak_mb = _run_alone(arguments)
    document = _document(exit_code, out)
    if document is None:
        raise _failure(arguments, exit_code, err)
    for unwanted in (
        "bundle",
        "left_out",
        "suspects",
    ):  # a path of this machine, and lists that quote what was said
        document.pop(unwanted, None)
    return Outcome(
        exit_code=exit_code,
        cpu_seconds=round(cpu_seconds, 2),
        peak_mb=round(peak_mb, 1),
        audio_seconds=round(audio_seconds, 1),
        speakers=speakers,
        bundle_mb=bundle.stat().st_size / 1e6 if exit_code == 0 else None,
        document=document,
    )


def foretell(base: str, options: Sequence[str], folder: Path) -> dict[str, Any]:
    """What a dry run says of the training of weights.

    Args:
        folder: where the bundle would be

    Raises:
        RuntimeError: the command failed.
    """
    bundle = folder / "foretold.lect"
    arguments = [
        "train",
        "-o",
        str(bundle),
        "--base",
        base,
        *options,
        "--threads",
        "1",
        "--json",
        "--dry-run",
    ]
    exit_code, out, err, _, _ = _run_alone(arguments)
    if exit_code:
        raise _failure(arguments, exit_code, err)
    found: dict[str, Any] = json.loads(out)["audio"]
    return found


def _failure(arguments: Sequence[str], exit_code: int, err: str) -> RuntimeError:
    return RuntimeError(f"`lect {' '.join(arguments)}` ended with {exit_code}:\n{err[-2000:]}")


def _run_alone(arguments: Sequence[str]) -> tuple[int, str, str, float, float]:
    with multiprocessing.get_context("spawn").Pool(1) as pool:
        return pool.apply(_run, ([*LECT, *arguments],))


def _document(exit_code: int, out: str) -> dict[str, Any] | None:
    """What the command printed, if it trained or refused to."""
    if exit_code not in {0, 1} or not out.strip():
        return None
    document: dict[str, Any] = json.loads(out)
    return document if exit_code == 0 or document["error"]["code"] in REFUSALS else None


def _run(arguments: list[str]) -> tuple[int, str, str, float, float]:
    """Run a command from a small process: Linux counts the memory of whoever starts a program as the program's own."""
    ran = subprocess.run(arguments, capture_output=True, text=True, check=False)
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    per_mb = 1 << 20 if sys.platform == "darwin" else 1 << 10
    return ran.returncode, ran.stdout, ran.stderr, used.ru_utime + used.ru_stime, used.ru_maxrss / per_mb
