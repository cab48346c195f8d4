"""Heavy work of the server, with recognition made up."""

import json
from contextlib import contextmanager
from types import SimpleNamespace

import pytest

from lect import tasks
from lect.core.errors import LectError
from lect.core.progress import silent
from lect.serving.transcriptions import Transcript


class Lect:
    """The parts, as far as transcribing needs them; who asks is written down."""

    def __init__(self, channels):
        self.heard = []
        self.pool = SimpleNamespace(open=lambda name, progress: name)
        self.decoder = SimpleNamespace(probe=lambda path, name: SimpleNamespace(channels=channels[path.name]))

    def transcribe(self, model, recordings, **options):
        for recording in recordings:
            self.heard.append(recording.name)
            error = None
            try:
                recording.open()
            except LectError as caught:
                error = caught
            nothing = dict.fromkeys(("display", "lexical"), "")
            yield Transcript(
                file=recording.name,
                model=model,
                locale=options["locale"],
                duration=1.0,
                confidence=0.0,
                segments=(),
                cpu_seconds=0.0,
                error=error,
                **nothing,
            )


@pytest.fixture
def transcribe(tmp_path, monkeypatch):
    def run(**more):
        lect = Lect({"a": 1, "b": 2})

        @contextmanager
        def parts():
            yield lect

        monkeypatch.setattr(tasks, "_parts", parts)
        arguments = {
            "files": [[f"https://a.example/{name}", str(tmp_path / name)] for name in "ab"],
            "model": "toy",
            "locale": "en-US",
            "output": str(tmp_path / "heard"),
            "word_times": False,
        }
        assert tasks.transcribe(arguments | more, silent) == {"files": 2}
        found = [json.loads((tmp_path / "heard" / f"{n}.json").read_bytes()) for n in range(2)]
        return lect, found

    return run


def test_files_are_heard_under_the_names_that_they_are_given(transcribe):
    _, found = transcribe()

    assert [each["file"] for each in found] == ["https://a.example/a", "https://a.example/b"]
    assert not any("error" in each for each in found)


def test_one_channel_of_several_is_not_heard_in_place_of_all(transcribe):
    _, found = transcribe(one_channel=True)

    assert "error" not in found[0]
    assert found[1]["error"]["message"].startswith("https://a.example/b: it has 2 channels")


def test_what_an_earlier_attempt_heard_is_not_heard_again(transcribe, tmp_path):
    transcribe()
    (tmp_path / "heard" / "1.json").unlink()

    lect, _ = transcribe()

    assert lect.heard == ["https://a.example/b"]
