"""Heavy work of the server, with recognition made up."""

import json
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest

from lect import __version__, tasks
from lect.core.errors import InvalidAudio, RecognitionFailed
from lect.core.progress import silent
from lect.serving import self_test
from lect.serving.diarization import DiarizationOptions
from lect.serving.forms import Writing
from lect.serving.transcriptions import Transcript
from lect.speech.text.display import ProfanityMode, Punctuation


class Lect:
    """The parts, as far as transcribing needs them; who asks is written down."""

    def __init__(self, channels):
        self.heard = []
        self.asked = {}
        self.pool = SimpleNamespace(open=lambda name, progress: name)
        self.decoder = SimpleNamespace(probe=lambda path, name: SimpleNamespace(channels=channels[path.name]))

    def expecting(self, model, phrases, *, locale, progress):
        return (model, locale, {phrase.text for phrase in phrases.phrases}, phrases.strength)

    def transcribe(self, model, recordings, **options):
        self.asked = {"model": model, **options}
        for recording in recordings:
            self.heard.append((recording.name, recording.channel))
            error = InvalidAudio(f"{recording.name}: no") if recording.channel == 7 else None
            nothing = dict.fromkeys(("display", "lexical"), "")
            yield Transcript(
                file=recording.name,
                model="toy",
                locale=options["locale"],
                duration=1.0,
                confidence=0.0,
                segments=(),
                cpu_seconds=0.0,
                error=error,
                **nothing,
            )


def test_the_progress_of_models_one_after_another_never_goes_back():
    told = []
    tell = tasks._one_after_another(lambda what, done: told.append((what, done)), 2)

    for name in "ab":
        for done in (0.0, 0.5, 1.0):
            tell(name, done)

    assert told == [("a", 0.0), ("a", 0.25), ("a", 0.5), ("b", 0.5), ("b", 0.75), ("b", 1.0)]


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
            "profanity": "masked",
            "punctuation": "both",
            "channels": None,
        }
        assert tasks.transcribe(arguments | more, silent) == {"files": 2}
        found = [json.loads((tmp_path / "heard" / f"{n}.json").read_bytes()) for n in range(2)]
        return lect, found

    return run


def test_files_are_heard_under_the_names_that_they_are_given(transcribe):
    lect, found = transcribe()

    assert [each["file"] for each in found] == ["https://a.example/a", "https://a.example/b"]
    assert [list(each["channels"]) for each in found] == [["0"], ["0"]]
    assert lect.asked["speakers"] is lect.asked["languages"] is None


def test_each_channel_that_is_there_is_heard_alone(transcribe):
    lect, found = transcribe(channels=[0, 1])

    assert [channel for _, channel in lect.heard] == [0, 0, 1]
    assert [list(each["channels"]) for each in found] == [["0"], ["0", "1"]]


def test_a_file_of_which_a_channel_cannot_be_heard_has_failed(transcribe):
    _, found = transcribe(channels=[7])

    assert [each["error"]["code"] for each in found] == ["invalid_audio"] * 2
    assert not any("channels" in each for each in found)


def test_speakers_and_phrases_are_passed_on(transcribe):
    lect, _ = transcribe(
        speakers={"fewest": 2, "most": 3}, phrases={"phrases": ["Zindle", "Zindle"], "strength": 1.5}
    )

    assert lect.asked["speakers"] == DiarizationOptions(fewest=2, most=3)
    assert lect.asked["writing"] == Writing(profanity=ProfanityMode.MASKED, punctuation=Punctuation.BOTH)
    assert lect.asked["model"] == ("toy", "en-US", {"Zindle"}, 1.5)


def test_one_file_alone_is_heard_and_those_that_failed_are_not(transcribe, tmp_path):
    error = {"code": "job_error", "message": "the process was ended by SIGKILL", "hint": ""}
    with pytest.raises(FileNotFoundError):  # the other file waits
        transcribe(only=1)

    lect, (first, second) = transcribe(failed={"0": error})

    assert first == {"file": "https://a.example/a", "error": error}
    assert "channels" in second
    assert lect.heard == []


def test_what_an_earlier_attempt_heard_is_not_heard_again(transcribe, tmp_path):
    transcribe(channels=[0, 1])
    (tmp_path / "heard" / "1.json").unlink()

    lect, _ = transcribe(channels=[0, 1])
    idle, _ = transcribe(channels=[0, 1])

    assert lect.heard == [("https://a.example/b", 0), ("https://a.example/b", 1)]
    assert (idle.heard, idle.asked) == ([], {})


class Trainer:
    """The parts, as far as training needs them."""

    def __init__(self):
        self.asked = []
        self.pool = SimpleNamespace(open=lambda name: f"the model at {name}")

    def train(self, output, options, *, base, dev, guard, progress):
        self.asked.append((options, base, dev, guard))
        bundle = SimpleNamespace(manifest=SimpleNamespace(id="7"))
        return SimpleNamespace(bundle=bundle, to_json=lambda: {"kinds": ["text"]})


@pytest.fixture
def trainer(monkeypatch):
    trainer = Trainer()

    @contextmanager
    def parts():
        yield trainer

    monkeypatch.setattr(tasks, "_parts", parts)
    trainer.tested = []
    monkeypatch.setattr(self_test, "self_test", lambda *given, **named: trainer.tested.append((given, named)))
    return trainer


def test_a_training_is_done_as_it_is_asked_for(trainer):
    arguments = {
        "output": "model.lect",
        "base": "toy",
        "locale": "de-DE",
        "weight": 30,
        "seed": 7,
        "deep_text": True,
        "audio_text": False,
        "text": ["a.txt"],
        "audio": ["b.zip", "c.zip"],
        "audio_only": ["d.zip"],
        "times": {"c.zip": 3.0},
        "dev": "dev.zip",
        "guard": "guard.zip",
    }

    assert tasks.train(arguments, silent) == {"kinds": ["text"], "id": "7", "tested": __version__}
    assert trainer.tested == [(("the model at model.lect",), {"locale": "de-DE"})]

    [(options, base, dev, guard)] = trainer.asked
    assert (options.locale, options.weight, options.seed, base) == ("de-DE", 30, 7, "toy")
    assert (options.deep_text, options.audio_text) == (True, False)
    assert (options.audio, options.audio_only) == ((Path("b.zip"), Path("c.zip")), (Path("d.zip"),))
    assert options.times == {Path("c.zip"): 3.0}
    assert options.tuning.resume  # from the checkpoint of an attempt before
    assert options.or_anew  # which may have been made with other settings
    assert (dev, guard) == (Path("dev.zip"), Path("guard.zip"))


def test_a_model_that_fails_its_self_test_is_kept_and_counts_as_untested(trainer, monkeypatch):
    def fail(*_, **__):
        raise RecognitionFailed("it hears nothing")

    monkeypatch.setattr(self_test, "self_test", fail)
    arguments = {"output": "model.lect", "base": "toy", "locale": "en-US", "text": ["a.txt"]}
    assert tasks.train(arguments, silent)["tested"] is None


def test_a_training_without_options_is_that_of_the_command(trainer):
    tasks.train({"output": "model.lect", "base": "toy", "locale": "en-US", "text": ["a.txt"]}, silent)

    [(options, _, dev, guard)] = trainer.asked
    assert (options.deep_text, options.audio_text, options.seed, options.weight) == (False, True, 0, None)
    assert (options.times, dev, guard) == ({}, None, None)
