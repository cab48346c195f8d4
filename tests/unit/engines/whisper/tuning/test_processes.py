"""Two processes train what one would."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file

torch = pytest.importorskip("torch")

from lect.engines.whisper.tuning.processes import Processes, join  # noqa: E402 - it needs torch

CHILD = """
import sys
from dataclasses import replace
from pathlib import Path

import conftest
import whisper_makers
from lect.core.errors import InvalidInput
from lect.engines.whisper.tuning.loop import tune
from lect.engines.whisper.tuning.options import TuneOptions
from lect.engines.whisper.tuning.plan import BatchOptions
from lect.engines.whisper.tuning.processes import join

small = whisper_makers.weights(size=conftest.SIZE)
tones = [conftest.tone(f"{hertz}.wav", hertz, [hertz // 100, 7], 0.3 + hertz / 4000) for hertz in range(300, 1200, 100)]
batches = BatchOptions(frames=120, padded=0, per_step=3)
told, folder = [], Path(sys.argv[1])
for name, part, rank in (("full", "all", 0), ("kept", "decoder", 4)):
    options = TuneOptions(part=part, rank=rank, learning_rate=1e-3, epochs=4, batches=batches, precision="fp32")
    tuned = tune(small, tones, options=options, checkpoint=folder / f"{name}.state", progress=told.append)
    again = tune(small, tones, options=options, checkpoint=folder / f"{name}.state", resume=True)
    assert again.delta.to_bytes() == tuned.delta.to_bytes()
    path = folder / f"{name}-{1 if told else 0}.safetensors"
    path.write_bytes(tuned.delta.to_bytes())
if len(sys.argv) > 2:
    processes = join("cpu")
    for said in (b"learn this", b""):
        print(processes.say(said if processes.rank == 0 else b"not heard"))
    try:
        tune(small, tones, options=replace(options, batches=BatchOptions(per_step=1)))
    except InvalidInput as error:
        print(error)
"""


def run(folder, *launcher):
    folder.mkdir()
    script = folder / "child.py"
    script.write_text(CHILD)
    here = Path(__file__).parent
    path = [here, here.parent, Path("src").resolve(), *filter(None, sys.path)]
    return subprocess.run(
        [sys.executable, *launcher, script, folder, *(["two"] if launcher else [])],
        env={"PYTHONPATH": ":".join(map(str, path)), "OMP_NUM_THREADS": "1"},
        check=True,
        timeout=600,
        capture_output=True,
        text=True,
    ).stdout


def test_two_processes_end_with_the_weights_of_one(tmp_path):
    run(tmp_path / "one")
    said = run(
        tmp_path / "two",
        "-m",
        "torch.distributed.run",
        "--standalone",
        "--nproc-per-node=2",
        "--no-python",
        sys.executable,
    )

    assert said.count("b'learn this'") == said.count("b''") == 2
    assert said.count("2 processes cannot share steps of 1 batches") == 2
    for name in ("full", "kept"):
        first, second, alone = (
            load_file(tmp_path / folder / f"{name}-{told}.safetensors")
            for folder, told in (("two", 1), ("two", 0), ("one", 1))
        )
        assert first.keys() == second.keys() == alone.keys()
        for key, array in alone.items():
            assert np.array_equal(first[key], second[key])
            assert np.allclose(first[key], array, atol=2e-4)
            assert np.abs(array).max() > 1e-3


def test_without_torchrun_a_process_is_alone():
    processes, loss = join("cpu"), torch.tensor(3.0)
    processes.add_up([loss])
    processes.meet()

    assert processes.say(b"to myself") == b"to myself"
    assert processes == Processes(rank=0, count=1)
    assert loss == 3
