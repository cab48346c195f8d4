"""Heavy work in child processes of the server: each function takes a JSON document and returns one.

They do what the commands of the same names do, on plain files, and know no database: whoever starts them puts the files in
place and stores what comes back. Paths are made by the server, never by its clients.
"""

from __future__ import annotations

import json
import zipfile
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from lect.core.errors import LectError
from lect.core.files import json_bytes, write_bytes
from lect.core.progress import Progress

if TYPE_CHECKING:
    from lect.bootstrap import Parts
    from lect.datasets.recordings import Recording
    from lect.models.plan import TrainOptions
    from lect.serving.languages import Languages
    from lect.serving.pool import Model

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


def utterances(arguments: Json, progress: Progress) -> Json:
    """The good utterances of recordings with transcripts, as far as the text tells: `{path, locale}`.

    Returns:
        `{utterances}`: of each `file, transcript, speaker` and `line`.
    """
    from lect.datasets.reading import read_acoustic

    progress("Reading the transcript", 0.0)
    with read_acoustic(Path(arguments["path"]), locale=arguments["locale"]) as dataset:
        fields = ("file", "transcript", "speaker", "line")
        return {"utterances": [{name: getattr(each, name) for name in fields} for each in dataset]}


def train(arguments: Json, progress: Progress) -> Json:
    """Train a model; the bundle is at `output`.

    Args:
        arguments: `{output, base, locale}`, and of these what is there: `weight, seed, deep_text, audio_text`; files of `text,
            structured, pronunciation, display, audio, audio_only`; `times` of such files; `dev, guard`

    Returns:
        The document of `lect train --json`, the bundle's `id`, and the version of Lect in which it passed its self-test: an endpoint
        need not wait for one.
    """
    from lect import __version__
    from lect.serving.self_test import self_test as test

    with _parts() as lect:
        trained = lect.train(
            Path(arguments["output"]),
            _options(arguments),
            base=arguments["base"],
            dev=_path(arguments, "dev"),
            guard=_path(arguments, "guard"),
            progress=progress,
        )
        tested = None
        with suppress(
            LectError
        ):  # what does not pass is tested again where it is deployed, and refused there
            test(lect.pool.open(arguments["output"]), locale=arguments["locale"])
            tested = __version__
    return {**trained.to_json(), "id": trained.bundle.manifest.id, "tested": tested}


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


_TUNING = ("method", "augment", "epochs", "alpha", "allow_harm", "leave_out_suspects")


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
        or_anew=True,  # it may have run with other settings or another release, and nobody is there to begin anew
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
        options = EvaluateOptions(
            locale=arguments["locale"], word_times=True, names=tuple(arguments["names"])
        )
        told = _one_after_another(progress, len(models))
        document = lect.evaluate(dataset, models, options=options, progress=told).to_json()
    write_bytes(Path(arguments["output"]), json_bytes(document))
    return {name: value for name, value in document.items() if name != "utterances"}


def _one_after_another(progress: Progress, models: int) -> Progress:
    """The progress of all models together, of that of each, which begins at 0 and ends at 1."""
    over, last = 0, 0.0

    def tell(what: str, done: float) -> None:
        nonlocal over, last
        over += done < last
        last = done
        progress(what, (over + done) / models)

    return tell


def render_evaluation(arguments: Json, progress: Progress) -> Json:
    """Write an evaluation as a page or as files for sclite.

    Args:
        arguments: `{document, data, locale, form, output}`; `form` is `html`, or `sclite` for a zip

    Returns:
        Nothing.
    """
    from lect.datasets.reading import read_acoustic
    from lect.evaluations import html, sclite
    from lect.evaluations.again import restore

    progress("Scoring again", 0.0)
    output = Path(arguments["output"])
    evaluation = restore(json.loads(Path(arguments["document"]).read_bytes()), locale=arguments["locale"])
    if arguments["form"] == "html":
        with read_acoustic(Path(arguments["data"]), locale=arguments["locale"]) as dataset:
            audio = html.gather_audio(evaluation, {each.file: each.source for each in dataset})
        write_bytes(output, html.render(evaluation, audio=audio).encode())
        return {}
    folder = output.with_suffix("")
    sclite.write(evaluation, folder)
    with zipfile.ZipFile(output, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return {}


def transcribe(arguments: Json, progress: Progress) -> Json:
    """Transcribe files.

    Of the file number N (from 0) `{file, channels: {channel: transcript}}` is written to `output`/N.json, or `{file, error}`; a
    transcript is what a line of `lect transcribe --format jsonl` says, with the words as they were heard. A file that is there already, of an
    attempt that was broken off, is not heard again.

    Args:
        arguments: `{files, model, locale, output, word_times, profanity, punctuation, channels, speakers, languages, phrases}`; `files` holds `[name, path]` for
            each, or else `archive` is the path of a zip with all of them. Each of `channels` that a file has is heard alone; without
            them all are heard together. What is not there is not asked for:
            `speakers`: `{fewest, most}` to tell apart;
            `languages`: `{models, is_continuous}` to choose from, the models by locale;
            `phrases`: `{phrases, strength}` to expect;
            `only`: the number of a file that is heard alone;
            `failed`: errors by the numbers of files that are not heard again

    Returns:
        `{files}`: how many.
    """
    output = Path(arguments["output"])
    only, failed = arguments.get("only"), arguments.get("failed", {})
    with _parts() as lect:
        recordings = _recordings(lect, arguments)
        for number, error in failed.items():
            document = {"file": recordings[int(number)].name, "error": error}
            write_bytes(output / f"{number}.json", json_bytes(document))
        left = {
            number: recording
            for number, recording in enumerate(recordings)
            if only in (None, number) and not (output / f"{number}.json").exists()
        }
        heard = _transcripts(lect, arguments, left, progress, total=len(recordings)) if left else iter(())
        for number, document in heard:
            write_bytes(output / f"{number}.json", json_bytes(document))
    return {"files": len(recordings)}


def _counting(progress: Progress, left: Collection[int], total: int) -> Progress:
    """Progress over all files, those that an earlier attempt heard included."""

    def count(_: str, share: float) -> None:
        done = total - len(left) + share * len(left)
        progress(f"Transcribed {round(done):,} of {total:,} files", done / total)

    return count


def _transcripts(
    lect: Parts, arguments: Json, recordings: Mapping[int, Recording], progress: Progress, *, total: int
) -> Iterator[tuple[int, Json]]:
    """The document of each recording by its number, each as soon as all its channels were heard."""
    from lect.serving.diarization import DiarizationOptions
    from lect.serving.forms import Writing
    from lect.speech.text.display import ProfanityMode, Punctuation

    channels = [
        (number, alone)
        for number, recording in recordings.items()
        for alone in _channels(lect, recording, arguments["channels"])
    ]
    speakers = arguments.get("speakers")
    transcripts = lect.transcribe(
        _model(lect, arguments["model"], arguments["locale"], arguments, progress),
        [alone for _, alone in channels],
        locale=arguments["locale"],
        word_times=arguments["word_times"],
        writing=Writing(
            profanity=ProfanityMode(arguments["profanity"]),
            punctuation=Punctuation(arguments["punctuation"]),
        ),
        speakers=DiarizationOptions(**speakers) if speakers else None,
        languages=_languages(lect, arguments, progress),
        progress=_counting(progress, recordings, total),
    )
    pairs = zip(channels, transcripts, strict=True)
    for number, together in groupby(pairs, key=lambda pair: pair[0][0]):
        heard = {alone.channel or 0: transcript.to_json(heard=True) for (_, alone), transcript in together}
        errors = [each["error"] for each in heard.values() if "error" in each]
        name = recordings[number].name
        yield number, {"file": name, "error": errors[0]} if errors else {"file": name, "channels": heard}


def _channels(lect: Parts, recording: Recording, wanted: Sequence[int] | None) -> list[Recording]:
    """The recording once for each channel that is to be heard alone; once if nothing can be heard, which is told then."""
    if wanted is None:
        return [recording]
    try:
        count = lect.decoder.probe(recording.open(), name=recording.name).channels
    except LectError:
        count = 0
    there = [channel for channel in wanted if channel < count] or wanted[:1]
    return [replace(recording, channel=channel) for channel in there]


def _model(lect: Parts, name: str, locale: str, arguments: Json, progress: Progress) -> Model:
    """A model that expects the phrases of the request."""
    from lect.speech.text.phrases import Phrase, PhraseList

    model = lect.pool.open(name, progress=progress)
    if not (given := arguments.get("phrases")):
        return model
    phrases = frozenset(Phrase(text=text) for text in given["phrases"])
    listed = PhraseList(phrases=phrases, strength=given["strength"])
    return lect.expecting(model, listed, locale=locale, progress=progress)


def _languages(lect: Parts, arguments: Json, progress: Progress) -> Languages | None:
    from lect.serving.languages import Languages

    if not (given := arguments.get("languages")):
        return None
    models = {
        locale: _model(lect, name, locale, arguments, progress) for locale, name in given["models"].items()
    }
    return Languages(models, is_continuous=given["is_continuous"])


def _recordings(lect: Parts, arguments: Json) -> list[Recording]:
    from lect.datasets.recordings import Recording

    if archive := arguments.get("archive"):
        return lect.recordings([Path(archive)])
    # whatever they hold: a zip among them is no recording
    return [replace(Recording.of(Path(path)), name=name) for name, path in arguments["files"]]


def outline(arguments: Json, progress: Progress) -> Json:
    """Decode recordings for their outlines, and say what is known of each.

    Of the recording number N (from 0, in the order of `transcribe`) `{file, duration, transcript, speaker}` is written to
    `output`/N.json, or `{file, error}`, and its outline to `output`/N.outline. One that is there already is not decoded again.

    Args:
        arguments: `{path, kind, locale, output}`; of a zip

    Returns:
        `{recordings}`: how many.
    """
    from lect.datasets.reading import read_acoustic
    from lect.speech.audio.outline import outline as outlined

    output, known = Path(arguments["output"]), {}
    if arguments["kind"] == "acoustic":
        with read_acoustic(Path(arguments["path"]), locale=arguments["locale"]) as dataset:
            known = {each.file: {"transcript": each.transcript, "speaker": each.speaker} for each in dataset}
    nothing = {"transcript": None, "speaker": None}
    with _parts() as lect:
        recordings = lect.recordings([Path(arguments["path"])])
        for number, recording in enumerate(recordings):
            if not (output / f"{number}.json").exists():
                said: Json = {"file": recording.name}
                try:
                    blocks = lect.decoder.stream(recording.open(), name=recording.name)
                    data, duration = outlined(blocks)
                    write_bytes(output / f"{number}.outline", data)
                    said |= {"duration": round(duration, 3), **known.get(recording.name, nothing)}
                except LectError as error:
                    said["error"] = error.to_json()
                write_bytes(output / f"{number}.json", json_bytes(said))
            progress(
                f"Decoded {number + 1:,} of {len(recordings):,} recordings", (number + 1) / len(recordings)
            )
    return {"recordings": len(recordings)}


def correct(arguments: Json, progress: Progress) -> Json:
    """Write recordings with corrected transcripts as an upload: `{path, transcripts, output}`; see `lect.datasets.corrected`.

    Returns:
        `{utterances}`: how many it holds.
    """
    from lect.datasets.corrected import write_corrected

    with _parts() as lect:
        count = write_corrected(
            Path(arguments["path"]),
            Path(arguments["output"]),
            json.loads(Path(arguments["transcripts"]).read_bytes()),
            decoder=lect.decoder,
            limits=lect.settings.limits,
            progress=progress,
        )
    return {"utterances": count}


def self_test(arguments: Json, progress: Progress) -> Json:
    """Open a model as an endpoint would and let it recognise a sentence: `{model, locale}`.

    Whatever is wrong with it is an error here, not at a request.
    """
    # The pool alone: an endpoint waits, and all parts take longer to import than this takes.
    from lect.serving.pool import Pool
    from lect.serving.self_test import self_test as test
    from lect.settings import Settings
    from lect.telemetry import configure_logging

    settings = Settings()
    configure_logging(level=settings.log, format=settings.log_format)
    model = Pool(settings).open(arguments["model"], progress=progress)
    return {"model": model.id, "heard": test(model, locale=arguments["locale"])}


@contextmanager
def _parts() -> Iterator[Parts]:
    from lect.bootstrap import parts

    with parts() as lect:
        yield lect
