"""The recogniser for tests of doors: its app on a Unix socket, in a thread, with the toy engine in place of every model."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import uvicorn

from lect.engines.toy import ToyRecogniser
from lect.server.files import FilesDoor
from lect.server.recogniser import create_recogniser
from lect.serving.live.batching import Batcher
from live_clients import toy_model

PATIENCE = 60.0  # seconds


class Slow(ToyRecogniser):
    """Tells that a call began, and goes on when it is let or its work ends."""

    def __init__(self):
        super().__init__()
        self.begun, self.go, self.ended = threading.Event(), threading.Event(), threading.Event()

    def recognise(self, audio, *, on_step, **rest):
        self.begun.set()
        try:
            while not self.go.wait(0.01):
                on_step()
            return super().recognise(audio, on_step=on_step, **rest)
        finally:
            self.ended.set()


@dataclass
class Opened:
    """Stands for an opener: every model is the toy's; `rows` are those that were asked for."""

    folder: Path
    recogniser: ToyRecogniser
    rows: list = field(default_factory=list)

    def open(self, row):
        self.rows.append(row)
        return toy_model(self.folder, self.recogniser)


@dataclass
class Listening:
    """A recogniser that runs."""

    path: Path
    opened: Opened
    batcher: Batcher

    async def socket(self):
        return self.path


@contextmanager
def running_recogniser(storage, folder, recogniser=None, **options):
    """A recogniser over a storage; `options` are those of its door for files."""
    opened = Opened(folder, recogniser or ToyRecogniser())
    with Batcher() as batcher:
        app = create_recogniser(
            None, files=lambda executor: FilesDoor(storage, opened, batcher, executor=executor, **options)
        )
        path = folder / "recogniser.sock"
        server = uvicorn.Server(uvicorn.Config(app, uds=str(path), log_level="error", ws="none"))
        thread = threading.Thread(target=server.run)
        thread.start()
        try:
            wait_until(lambda: server.started)
            yield Listening(path, opened, batcher)
        finally:
            server.should_exit = True
            thread.join()


def wait_until(is_so):
    """Wait for something that comes about soon."""
    tick = threading.Event()
    for _ in range(int(PATIENCE * 100)):
        if is_so():
            return
        tick.wait(0.01)
    raise AssertionError("it did not come about")
