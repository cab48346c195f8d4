"""Heavy work in child processes of the server: each function takes a JSON document and returns one.

They do what the commands of the same names do, on plain files, and know no database: whoever starts them puts the files in
place and stores what comes back. Paths are made by the server, never by its clients.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lect.core.files import json_bytes, write_bytes
from lect.core.progress import Progress

if TYPE_CHECKING:
    from lect.bootstrap import Parts
    from lect.datasets.recordings import Recording
    from lect.models.plan import TrainOptions
    from lect.speech.audio import AudioDecoder

Json = dict[str, Any]


def check(arguments: Json, progress: Progress) -> Json:
    """Check an upload: `{path, kind, locale}` to the document of `lect check --json`."""
    with _parts() as lect:
        report = lect.check(
            Path(arguments["path"]), kind=arguments["kind"], locale=arguments["locale"], progress=progress
        )
    return report.to_json()


def fix(arguments: Json, progress: Progress) -> Json:
    """Write a repaired copy of an upload to `output`: `{path, kind, locale, output}` to the `fix` part of the report.

    Raises:
        InvalidDataset: nothing of it can be saved.
    """
    from lect.core.errors import InvalidDataset

    with _parts() as lect:
        report = lect.check(
            Path(arguments["path"]),
            kind=arguments["kind"],
            locale=arguments["locale"],
            fix=Path(arguments["output"]),
            progress=progress,
        )
    if report.fixed is None or report.fixed.path is None:
        raise InvalidDataset("nothing of it can be saved", hint="Its report says what is wrong with it.")
    return {name: value for name, value in report.fixed.to_json().items() if name != "path"}


def erase(arguments: Json, progress: Progress) -> Json:
    """Write recordings without one of them, and check the copy: `{path, kind, locale, file, output}`.

    Returns:
        `{files, lines, hashes, report}`; see `lect.datasets.erasing`
    """
    from lect.datasets.erasing import copy_without

    output = Path(arguments["output"])
    with _parts() as lect:
        erased = copy_without(Path(arguments["path"]), output, arguments["file"], limits=lect.settings.limits)
        report = lect.check(output, kind=arguments["kind"], locale=arguments["locale"], progress=progress)
    return {
        "files": list(erased.files),
        "lines": erased.lines,
        "hashes": list(erased.hashes),
        "report": report.to_json(),
    }


def train(arguments: Json, progress: Progress) -> Json:
    """Train a model; the bundle is at `output`.

    Args:
        arguments: `{output, base, locale}`, and of these what is there: `weight, seed, deep_text, audio_text`; files of `text,
            structured, pronunciation, display, audio, audio_only`; `times` of such files; `dev, guard`

    Returns:
        The document of `lect train --json`, and the bundle's `id`.
    """
    with _parts() as lect:
        trained = lect.train(
            Path(arguments["output"]),
            _options(arguments),
            base=arguments["base"],
            dev=_path(arguments, "dev"),
            guard=_path(arguments, "guard"),
            progress=progress,
        )
    return {**trained.to_json(), "id": trained.bundle.manifest.id}


def plan(arguments: Json, progress: Progress) -> Json:
    """Foretell a training: the arguments of `train` to the document of `lect train --dry-run --json`."""
    with _parts() as lect:
        planned = lect.plan(
            Path(arguments["output"]),
            _options(arguments),
            base=arguments["base"],
            dev=_path(arguments, "dev"),
            guard=_path(arguments, "guard"),
            progress=progress,
        )
    return planned.to_json()


_TUNING = ("method", "epochs", "alpha", "allow_harm", "leave_out_suspects")


def _path(arguments: Json, name: str) -> Path | None:
    return Path(arguments[name]) if arguments.get(name) else None


def _options(arguments: Json) -> TrainOptions:
    from lect.models.methods import AudioOptions
    from lect.models.plan import TrainOptions

    def files(kind: str) -> tuple[Path, ...]:
        return tuple(map(Path, arguments.get(kind, ())))

    return TrainOptions(
        locale=arguments["locale"],
        weight=arguments.get("weight"),
        seed=arguments.get("seed", 0),
        text=files("text"),
        structured=files("structured"),
        pronunciation=files("pronunciation"),
        display=files("display"),
        audio=files("audio"),
        audio_only=files("audio_only"),
        times={Path(path): often for path, often in arguments.get("times", {}).items()},
        deep_text=arguments.get("deep_text", False),
        synthetic_speech=arguments.get("synthetic_speech", False),
        audio_text=arguments.get("audio_text", True),
        noise=tuple(filter(None, [_path(arguments, "noise")])),
        tuning=AudioOptions(
            **{name: arguments[name] for name in _TUNING if arguments.get(name) is not None},
            resume=True,  # from the checkpoint of an attempt that was broken off
        ),
    )


def evaluate(arguments: Json, progress: Progress) -> Json:
    """Score models.

    Args:
        arguments: `{data, models, names, locale, output}`; the whole document of `lect evaluate --json` is written to `output`

    Returns:
        That document without its utterances.
    """
    from lect.evaluations.running import EvaluateOptions

    with _parts() as lect:
        models = [lect.pool.open(name, progress=progress) for name in arguments["models"]]
        dataset = lect.read_acoustic(Path(arguments["data"]), locale=arguments["locale"])
        dataset.require_utterances()
        options = EvaluateOptions(locale=arguments["locale"], names=tuple(arguments["names"]))
        document = lect.evaluate(dataset, models, options=options, progress=progress).to_json()
    write_bytes(Path(arguments["output"]), json_bytes(document))
    return {name: value for name, value in document.items() if name != "utterances"}


def transcribe(arguments: Json, progress: Progress) -> Json:
    """Transcribe files.

    Of the file number N (from 0) what a line of `lect transcribe --format jsonl` says is written to `output`/N.json, with the words as
    they were heard. One that is there already, of an attempt that was broken off, is not heard again.

    Args:
        arguments: `{files, model, locale, output, word_times, profanity, one_channel}`; `files` holds `[name, path]` for each, or else
            `archive` is the path of a zip with all of them. With `one_channel` a file that has more cannot be used

    Returns:
        `{files}`: how many.
    """
    from lect.serving.forms import Profanity
    from lect.speech.text.display import ProfanityMode

    output = Path(arguments["output"])
    with _parts() as lect:
        model = lect.pool.open(arguments["model"], progress=progress)
        recordings = _recordings(lect, arguments)
        left = {
            path: recording
            for number, recording in enumerate(recordings)
            if not (path := output / f"{number}.json").exists()
        }
        transcripts = lect.transcribe(
            model,
            list(left.values()),
            locale=arguments["locale"],
            word_times=arguments["word_times"],
            profanity=Profanity(mode=ProfanityMode(arguments["profanity"])),
            progress=progress,
        )
        for path, transcript in zip(left, transcripts, strict=True):
            write_bytes(path, json_bytes(transcript.to_json(heard=True)))
    return {"files": len(recordings)}


def _recordings(lect: Parts, arguments: Json) -> list[Recording]:
    from lect.datasets.recordings import Recording

    if archive := arguments.get("archive"):
        recordings = lect.recordings([Path(archive)])
    else:  # whatever they hold: a zip among them is no recording
        recordings = [replace(Recording.of(Path(path)), name=name) for name, path in arguments["files"]]
    if not arguments.get("one_channel"):
        return recordings
    return [replace(each, open=partial(_open_mono, each, lect.decoder)) for each in recordings]


def _open_mono(recording: Recording, decoder: AudioDecoder) -> Path | bytes:
    from lect.core.errors import InvalidAudio

    source = recording.open()
    channels = decoder.probe(source, name=recording.name).channels
    if channels > 1:
        raise InvalidAudio(
            f"{recording.name}: it has {channels} channels, and one of them alone cannot be heard yet",
            hint="Leave `channels` out: all of them are heard together then.",
        )
    return source


def self_test(arguments: Json, progress: Progress) -> Json:
    """Open a model as an endpoint would and let it recognise a sentence: `{model, locale}`.

    Whatever is wrong with it is an error here, not at a request.
    """
    from lect.serving.self_test import self_test as tested

    with _parts() as lect:
        model = lect.pool.open(arguments["model"], progress=progress)
        return {"model": model.id, "heard": tested(model, locale=arguments["locale"], decoder=lect.decoder)}


@contextmanager
def _parts() -> Iterator[Parts]:
    from lect.bootstrap import parts

    with parts() as lect:
        yield lect
