"""`lect train`: data to a custom model."""

from __future__ import annotations

import shlex
from collections.abc import Iterable, Iterator, Mapping, Sequence
from functools import partial
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from lect.cli.options import locale_of_text, split_times, usage
from lect.core.entities import DatasetKind
from lect.core.words import counted, size
from lect.models.catalogue import DEFAULT
from lect.models.needs import Material, option_of, unmet

if TYPE_CHECKING:
    from lect.models.audio_data import DecodedData
    from lect.models.audio_training import Ready
    from lect.models.gate import Court, Judgement, Trial
    from lect.models.measuring import Heard
    from lect.models.plan import Plan
    from lect.models.suspects import Suspect
    from lect.models.training import Trained
    from lect.models.tuned import TunedModel
    from lect.models.tuning import Choice

_SHOWN = 5  # recordings that are not trained on
_SUSPECTS = 20  # transcripts that are probably wrong
_MARKED_UP = frozenset({"structured", "pronunciation", "display"})  # kinds with an option of their own


def train(
    *,
    output: Annotated[
        Path,
        typer.Option("-o", "--output", metavar="OUT.lect", help="The bundle to write.", show_default=False),
    ],
    base: Annotated[
        str,
        typer.Option(
            metavar="NAME|OLD.lect",
            help="The base model to adapt; with --audio perhaps a custom model trained on audio, to go on from.",
        ),
    ] = DEFAULT,
    locale: Annotated[
        str, typer.Option(metavar="LOCALE", help="Of the data, such as en-US.", callback=locale_of_text)
    ] = "en-US",
    text: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE", help="Plain text, a sentence a line. May be given again.", show_default=False
        ),
    ] = None,
    structured: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Lists, and sentences in which they stand for any of their items. May be given again.",
            show_default=False,
        ),
    ] = None,
    pronunciation: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="Terms that are not said as they are written: DISPLAY, a tab, what is said. May be given again.",
            show_default=False,
        ),
    ] = None,
    display: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FILE",
            help="How results are written: patterns, rewriting, phrases to mask, and tests of all that. May be given again.",
            show_default=False,
        ),
    ] = None,
    audio: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATA[:TIMES]",
            help="A zip or folder of audio with trans.txt to train the weights on; the transcripts are text, too. "
            "May be given again. DATA:3 is heard three times as often, DATA:0.5 half as often.",
            show_default=False,
        ),
    ] = None,
    audio_only: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="DATA",
            help="Recordings without transcripts: an audio file, or a folder or zip of them. What the base recognises in them "
            "with confidence is learned (self-training). Needs --dev. May be given again.",
            show_default=False,
        ),
    ] = None,
    no_audio_text: Annotated[
        bool, typer.Option("--no-audio-text", help="Do not learn the transcripts of --audio as text.")
    ] = False,
    deep_text: Annotated[
        bool,
        typer.Option(
            "--deep-text",
            help="Let the decoder's weights learn the sentences of --text and --structured, too: minutes, with torch.",
        ),
    ] = False,
    synthetic_speech: Annotated[
        bool,
        typer.Option(
            "--synthetic-speech",
            help="Let voices of this machine (espeak-ng, flite, Piper) speak up to 400 sentences of --text and --structured, "
            "which the decoder's weights learn. Needs --dev or --audio.",
        ),
    ] = False,
    dev: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA",
            help="Audio with transcripts on which weight and alpha are chosen. Default with --audio: about 12 % of its "
            "speakers, or of its files where speakers are unknown, and six recordings at least; they are then not trained on.",
            show_default=False,
        ),
    ] = None,
    guard: Annotated[
        Path | None,
        typer.Option(
            metavar="DATA",
            help="Audio with transcripts of other domains, on which a change of the weights may do no harm.",
            show_default=False,
        ),
    ] = None,
    noise: Annotated[
        list[Path] | None,
        typer.Option(
            metavar="FOLDER",
            help="Recordings of noise to mix behind speech that is learned, besides made-up noise. May be given again.",
            show_default=False,
        ),
    ] = None,
    allow_harm: Annotated[
        float | None,
        typer.Option(
            metavar="POINTS",
            min=0,
            help="How much worse the WER on the guard may become. Default: 0.5.",
            show_default=False,
        ),
    ] = None,
    method: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What of the weights is trained on recordings: auto, lora, full or decoder. Default: auto; --dry-run says which.",
            show_default=False,
        ),
    ] = None,
    augment: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="How recordings are changed each time they are heard: careful (speed, noise) or full (more noise, rooms, and parts "
            "hidden, too: SpecAugment). Default: careful.",
            show_default=False,
        ),
    ] = None,
    epochs: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="How often the audio is heard and deep text is read. Default: as its amount asks for, 1 to 8 times.",
        ),
    ] = None,
    alpha: Annotated[
        float | None,
        typer.Option(
            help="How much of what the weights learned is kept, up to 1. Default: chosen on dev and guard data, and without --guard "
            "0.5 at most; a number that is given here is tried alone, however large."
        ),
    ] = None,
    leave_out_suspects: Annotated[
        bool,
        typer.Option(
            "--leave-out-suspects", help="Do not train on utterances whose transcripts are probably wrong."
        ),
    ] = False,
    resume: Annotated[
        bool, typer.Option("--resume", help="Go on with a training of the weights that was stopped.")
    ] = False,
    per_step: Annotated[
        int | None,
        typer.Option(
            min=1,
            help="Batches whose gradients make a step. Default: one for each process that torchrun starts.",
        ),
    ] = None,
    device: Annotated[
        str | None,
        typer.Option(
            metavar="NAME",
            help="What weights are trained on: auto, cpu or cuda. Default: LECT_DEVICE, else a graphics card if torch can use one.",
            show_default=False,
        ),
    ] = None,
    threads: Annotated[
        int | None,
        typer.Option(min=1, help="Processor threads to use. Default: LECT_THREADS, else all cores."),
    ] = None,
    weight: Annotated[
        int | None,
        typer.Option(
            min=1,
            max=100,
            help="How far the text may steer, percent. Default: 40, or chosen on --dev.",
        ),
    ] = None,
    seed: Annotated[
        int,
        typer.Option(
            help="Decides what is drawn at random where weights are trained: batches, noise, what LoRA begins with, sentences and "
            "voices. Noted in the bundle. Training on text alone draws nothing at random."
        ),
    ] = 0,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Load the base and read the data, but train nothing.")
    ] = False,
    json: Annotated[bool, typer.Option("--json", help="Print one JSON document.")] = False,
) -> None:
    """Train a custom model from text in seconds, and from audio with transcripts in minutes.

    Text steers the search and leaves the base's weights as they are. Audio and deep text change the weights: what is kept of it
    is chosen so that word errors on dev data fall and those on the guard do not rise; if nothing passes, there is no bundle.

    A table says of each candidate how much of what was learned is kept (alpha), whether recordings are heard at their own length
    (window: cut), the WER on dev data and on the guard, and what speaks against it. The built-in guard, which stands in for --guard,
    counts what its synthetic voices are heard to say otherwise: there six times the allowed harm may change.

    Lines that break a rule are dropped; how many, and the first of them, is said on standard error. The same data gives the
    same bundle, byte for byte; weights trained on a graphics card are the same but for rounding.

    Under torchrun several processes train the weights together, each with a graphics card if there is one; the first of them
    does all the rest.

    Examples:
      lect train -o coffee.lect --text orders.txt

      lect train -o coffee.lect --text menu.txt --text orders.txt --dev dev.zip --base whisper-tiny.en

      lect train -o parts.lect --pronunciation part-numbers.txt --text tickets.txt

      lect train -o directory.lect --structured staff.md

      lect train -o parts.lect --text tickets.txt --display display.txt

      lect train -o counter.lect --audio recordings.zip --text orders.txt --dev dev.zip --guard meetings.zip

      lect train -o orders.lect --text orders.txt --deep-text --dev dev.zip --guard meetings.zip

      lect train -o orders.lect --text orders.txt --synthetic-speech --dev dev.zip --guard meetings.zip

      lect train -o counter.lect --audio recordings.zip --audio-only calls/ --dev dev.zip

      lect train -o counter2.lect --base counter.lect --audio new.zip --resume

      torchrun --nproc-per-node 2 -m lect train -o counter.lect --audio recordings.zip
    """
    from lect.bootstrap import parts
    from lect.cli import console
    from lect.models.methods import AudioOptions
    from lect.models.plan import TrainOptions
    from lect.models.workplace import is_begun
    from lect.settings import Settings

    if output.suffix != ".lect":
        raise typer.BadParameter("the name of a bundle ends in .lect", param_hint="--output")
    datasets = [split_times(path) for path in audio or ()]
    data = {
        DatasetKind.TEXT: tuple(text or ()),
        DatasetKind.STRUCTURED: tuple(structured or ()),
        DatasetKind.PRONUNCIATION: tuple(pronunciation or ()),
        DatasetKind.DISPLAY: tuple(display or ()),
        DatasetKind.ACOUSTIC: tuple(path for path, _ in datasets),
        DatasetKind.AUDIO: tuple(audio_only or ()),
    }
    files = list(chain.from_iterable(data.values()))
    if not files:
        raise typer.BadParameter(
            "name the data to train on: --text, --structured, --pronunciation or --display FILE, or --audio DATA"
        )
    _require_use(
        {
            "deep_text": deep_text,
            "synthetic_speech": synthetic_speech,
            "leave_out_suspects": leave_out_suspects,
            "audio_text": no_audio_text,
            "guard": guard is not None,
            "resume": resume,
            "epochs": epochs is not None,
            "alpha": alpha is not None,
            "allow_harm": allow_harm is not None,
            "per_step": per_step is not None,
            "device": device is not None,
            "noise": bool(noise),
            "augment": augment is not None,
            "method": method is not None,
            "dev": dev is not None,
            "weight": weight is not None,
        },
        Material(
            kinds=[kind for kind, files in data.items() if files],
            deep_text=deep_text,
            synthetic_speech=synthetic_speech,
            audio_text=not no_audio_text,
        ),
    )
    console.require_files([*files, *(each for each in (dev, guard, *(noise or ())) if each)])
    console.require_apart(output, [*files, dev, guard, Path(base)])
    _warn_of_markup(text or ())
    defaults = AudioOptions()
    with usage():
        options = TrainOptions(
            locale=locale,
            text=data[DatasetKind.TEXT],
            structured=data[DatasetKind.STRUCTURED],
            pronunciation=data[DatasetKind.PRONUNCIATION],
            display=data[DatasetKind.DISPLAY],
            audio=data[DatasetKind.ACOUSTIC],
            times={path: times for path, times in datasets if times != 1},
            audio_only=data[DatasetKind.AUDIO],
            noise=tuple(noise or ()),
            audio_text=not no_audio_text,
            deep_text=deep_text,
            synthetic_speech=synthetic_speech,
            tuning=AudioOptions(
                method=method or defaults.method,
                augment=augment or defaults.augment,
                epochs=epochs,
                alpha=alpha,
                allow_harm=defaults.allow_harm if allow_harm is None else allow_harm,
                leave_out_suspects=leave_out_suspects,
                resume=resume,
                per_step=per_step,
            ),
            weight=weight,
            seed=seed,
        )
    told = {"threads": threads, "device": device}
    settings = Settings(**{name: value for name, value in told.items() if value})
    with parts(settings) as lect, console.progress(quiet=json) as progress:
        if not dry_run and lect.follow(options, base=base):
            return None
        if dry_run:
            planned = lect.plan(output, options, base=base, dev=dev, guard=guard, progress=progress)
            _warn_of_rejected(planned)
            return console.print_json(planned.to_json()) if json else _tell_plan(planned, output)
        if resume and not is_begun(output):
            typer.echo("There is nothing to go on from: the training begins anew.", err=True)
        try:
            trained = lect.train(
                output,
                options,
                base=base,
                dev=dev,
                guard=guard,
                on_plan=_warn_of_rejected,
                on_ready=partial(_warn_of_audio, audio=options.audio, locale=locale),
                progress=progress,
            )
        except KeyboardInterrupt:
            if is_begun(output):
                typer.echo(
                    "What was learned is kept: the same command with --resume goes on from there.", err=True
                )
            raise
    if trained.tuned:
        _warn_of_weights(trained.tuned)
    if trained.choice:
        _warn_of_text(trained.choice)
    return console.print_json(trained.to_json()) if json else _tell(trained)


def _require_use(options: Mapping[str, bool], material: Material) -> None:
    """Refuse options that were given and would do nothing."""
    idle = unmet([name for name, is_given in options.items() if is_given], material)
    if idle:
        raise typer.BadParameter(
            "\n\n".join(
                f"{' and '.join(map(option_of, names))} {'are' if names[1:] else 'is'} for {need.purpose}: {need.in_command}"
                for need, names in idle
            )
        )


def _warn_of_markup(files: Iterable[Path]) -> None:
    """Say which files of plain text look like another kind: their markup would be learned as if it were spoken."""
    from lect.datasets.kinds import guess_kind

    for path in files:
        if path.is_file() and (kind := guess_kind(path)) in _MARKED_UP:  # a pipe can be read only once
            typer.echo(
                f"{path}: learned as plain text, but it looks like {kind} data; if it is, use --{kind} instead of --text.",
                err=True,
            )


def _warn_of_rejected(planned: Plan) -> None:
    """Say which data was left out, and which lists stand in no sentence."""
    from lect.cli import console
    from lect.datasets.codes import Code

    for file in planned.files:
        console.warn_of_rejected(file.path, file)
        if not (file.accepted or file.rejected):
            typer.echo(f"{file.path.name}: it is empty, so nothing is learned from it.", err=True)
        for problem in file.report.problems:
            if problem.code is Code.LIST_UNUSED:
                typer.echo(f"{problem.file}:{problem.line}: {problem.message}.", err=True)


def _warn_of_audio(ready: Ready, *, audio: Sequence[Path], locale: str) -> None:
    """Say before anything is trained which recordings are not, and what the choice will rest on.

    Args:
        audio: the datasets with transcripts, for the command that says more
    """
    if ready.left_out:
        shown = ready.left_out[:_SHOWN]
        typer.echo(f"{counted(len(ready.left_out), 'recording')} not trained on:", err=True)
        for each in shown:
            typer.echo(f"  {each.file}: {each.reason}", err=True)
        if len(ready.left_out) > len(shown):
            typer.echo(f"  and {len(ready.left_out) - len(shown):,} more", err=True)
        for at in sorted({each.dataset for each in ready.left_out if each.dataset is not None}):
            told = shlex.join(["lect", "check", str(audio[at]), "--kind", "acoustic", "--locale", locale])
            typer.echo(f"  `{told}` says what is wrong with recordings.", err=True)
    if ready.suspects:
        _warn_of_suspects(
            ready.suspects,
            "Trained on all the same (--leave-out-suspects leaves them out)",
            listed="suspects",
        )
    if ready.dev_suspects:
        _warn_of_suspects(ready.dev_suspects, "Dev data, which judge all the same", listed="dev_suspects")
    if ready.own.pieces:
        typer.echo(f"{ready.own}.", err=True)
    if ready.data.by_speaker is not None:
        _warn_of_held_back(ready.data)


def _warn_of_suspects(suspects: Sequence[Suspect], which: str, *, listed: str) -> None:
    """Say which transcripts are probably wrong, those first that most speaks against.

    Args:
        which: they are, and what becomes of them
        listed: where the document of `--json` holds them all
    """
    from lect.models.suspects import worst

    shown = worst(suspects, _SUSPECTS)
    typer.echo(f"{which}: {counted(len(suspects), 'transcript')} probably wrong", err=True)
    for each in shown:
        typer.echo(f"  {each.name}: {each.reason}", err=True)
    if len(suspects) > len(shown):
        typer.echo(
            f"  and {len(suspects) - len(shown):,} more; with --json, `{listed}` has them all", err=True
        )


def _warn_of_held_back(data: DecodedData) -> None:
    """Say how much judges instead of being trained on, and where that is too easy an exam."""
    from lect.speech.scoring.intervals import FEWEST_BLOCKS

    n, of = len(data.dev), len(data.dev) + len(data.training)
    held_back = f"{n:,} of {of:,} recordings ({n / of:.0%}) are held back as dev data"
    if data.by_file is None:
        speakers = len({each.speaker for each in data.dev})
        typer.echo(f"{held_back}: those of {counted(speakers, 'speaker')}.", err=True)
        return
    few = f" Fewer than {FEWEST_BLOCKS} recordings would tell nothing." if n == FEWEST_BLOCKS else ""
    typer.echo(
        f"{data.by_file.reason.capitalize()}, so {held_back} by file: "
        f"speakers may be on both sides, and dev WER is then too good. {data.by_file.hint}{few}",
        err=True,
    )


def _warn_of_weights(tuned: TunedModel) -> None:
    """Say what was not learned, and where nobody knows what it is good for."""
    if tuned.too_long:
        typer.echo(f"{counted(tuned.too_long, 'sentence')} left out: too long to be learned.", err=True)
    if not tuned.dev:
        typer.echo(
            "Without dev data nobody knows what deep text is good for: "
            f"{tuned.judgement.taken.alpha:.0%} of what was learned is kept, because the guard does not object. Use --dev.",
            err=True,
        )


def _warn_of_text(choice: Choice) -> None:
    """Say where the text does not help, and where nobody can tell."""
    if choice.text.is_all_shared:
        typer.echo(
            "Dev speakers say whatever the transcripts say, so that the weight of the text could not be chosen: it is the "
            "default, and dev WER is that of sentences which the text holds word for word.",
            err=True,
        )
    objections = "; ".join(choice.best.objections)
    compared = (
        f"dev WER {choice.before.wer:.1%} without it, {choice.best.dev.wer:.1%} with it at the best weight"
    )
    if choice.taken is None:
        typer.echo(f"The text was left out of the bundle: {objections} ({compared}).", err=True)
    elif objections and choice.taken is choice.best:
        typer.echo(f"The text does harm: {objections} ({compared}).", err=True)


def _tell(trained: Trained) -> None:
    learned = [counted(trained.plan.accepted, "line")] if trained.plan.accepted else []
    if trained.tuned and trained.tuned.training:
        learned.append(f"{trained.tuned.seconds / 60:.1f} minutes of audio")
    typer.echo(
        f"{trained.bundle.path}: learned from {' and '.join(learned)} in {trained.seconds:.1f} s "
        f"({trained.cpu_seconds:.1f} CPU seconds), {size(trained.bundle.path.stat().st_size)} large"
    )
    if trained.tuned:
        _tell_trials(trained.tuned.judgement, trained.tuned.court)
    if dev := trained.scores.dev:
        text = trained.choice.taken if trained.choice else None
        weight = f", weight {text.mixture.weight:.0%}" if text else ""
        typer.echo(
            f"dev data: {_rate(dev.before)} WER before, {_rate(dev.after)} after{weight} "
            f"(chosen on this data: report another set's WER)"
        )
    if guard := trained.scores.guard:
        typer.echo(f"guard: {_rate(guard.before)} WER of the base, {_rate(guard.after)} after")
    typer.echo(f"Next: lect evaluate DATA -m {trained.bundle.manifest.base.name} -m {trained.bundle.path}")


def _tell_trials(judgement: Judgement, court: Court) -> None:
    """A table of the candidates beside what they are compared with: the start on dev data, the base on the guard."""
    from rich.table import Table

    from lect.cli import console

    table = Table("alpha", "window", "dev WER", "guard WER", "", box=None)
    table.add_row(
        "0", "", _rate(judgement.dev_before), _rate(judgement.guard_before), "before (guard: the base)"
    )
    for trial in judgement.trials:
        verdict = "; ".join(trial.objections) or ("taken" if trial is judgement.chosen else "")
        window = "" if trial.shortest_window is None else "cut"
        table.add_row(f"{trial.alpha:g}", window, _rate(trial.dev), _rate(trial.guard), verdict)
    console.screen().print(table)
    for line in _legend(judgement, court):
        typer.echo(line)


def _part(trial: Trial) -> str:
    return f"alpha {trial.alpha:g}" + ("" if trial.shortest_window is None else " in cut windows")


def _legend(judgement: Judgement, court: Court) -> Iterator[str]:
    """What the columns of the table mean, where they do not say it themselves."""
    if any(trial.shortest_window is not None for trial in judgement.trials):
        yield "window: cut is as long as each recording, which is cheaper to hear; else the base's own"
    if judgement.given_up:
        yield f"with text, {_part(judgement.taken)} is taken in place of {_part(judgement.given_up)}, with which text does harm"
    guard = judgement.guard
    if guard and guard.synthetic:
        yield (
            f"guard WER: what is heard otherwise than by the base in built-in synthetic voices; {court.allowed:g} points are allowed "
            f"there, as {court.allow_harm:g} of real speech (--guard)"
        )
    elif guard:
        yield f"guard WER: {court.allowed:g} points above the base's are allowed (--allow-harm)"
        if judgement.doubt:
            yield f"guard: {judgement.doubt}"


def _rate(heard: Heard | None) -> str:
    """Such as `5.8% (3.1%-8.9%)`, with its interval where there are speakers or files enough to tell."""
    if heard is None or not heard.counts:
        return "-"
    interval = heard.interval
    return f"{heard.wer:.1%}" + (f" ({interval.low:.1%}-{interval.high:.1%})" if interval else "")


def _tell_plan(planned: Plan, output: Path) -> None:
    typer.echo(f"{planned.base}: the base model is ready")
    for file in planned.files:
        typer.echo(f"{file.name}: {counted(file.accepted, 'line')} to learn from, {file.rejected:,} rejected")
    for path, times in planned.times.items():
        typer.echo(f"{path.name}: heard {times:g} times an epoch")
    for recordings in planned.audio_only:
        typer.echo(f"{recordings.name}: {counted(recordings.accepted, 'recording')} without transcripts")
    if planned.estimate:
        _tell_estimate(planned.estimate)
        if judges := planned.estimate["dev_utterances"]:
            held_back = ", held back" if planned.dev_utterances is None else ""
            typer.echo(f"dev data: {counted(judges, 'utterance')} to choose on{held_back}")
    elif planned.dev_utterances is not None:
        typer.echo(f"dev data: {counted(planned.dev_utterances, 'utterance')} to choose the weight on")
    typer.echo(f"about {_cost(planned.cpu_seconds or 0.0)} and {planned.peak_memory_mb:,.0f} MB of memory")
    typer.echo(f"{output} would be written.")


def _cost(cpu_seconds: float) -> str:
    return "a CPU second" if cpu_seconds < 1.5 else f"{cpu_seconds:,.0f} CPU seconds"


def _tell_estimate(audio: dict[str, Any]) -> None:
    if audio["self_trained"]:
        typer.echo(
            f"self-training: about {counted(audio['self_trained'], 'piece')} recognised with confidence enough"
        )
    for what, name in (("deep text", "sentences"), ("synthetic speech", "spoken")):
        if audio[name]:
            sentences, epochs = counted(audio[name], "sentence"), counted(audio[f"{name}_epochs"], "time")
            typer.echo(
                f"{what}: {sentences} for the decoder to learn, {epochs}, amid as many of the base's own"
            )
    if audio["too_long"]:
        typer.echo(f"{counted(audio['too_long'], 'sentence')} would be left out: too long to be learned")
    if audio["method"]:
        typer.echo(
            f"audio: {counted(audio['utterances'], 'utterance')}, {audio['audio_seconds'] / 60:.1f} minutes, "
            f"{counted(audio['epochs'], 'time')} by {audio['method']} ({audio['why']})"
        )
    for each in audio["left_out"]:
        typer.echo(f"{each['file']}: would not be trained on: {each['reason']}")
