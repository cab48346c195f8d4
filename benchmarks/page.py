"""The page of results, from figures alone: every sentence with a number in it is computed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from string import Formatter
from typing import Any

from benchmarks import aims, recall, recordings, remarks, tables
from benchmarks.bench import Results
from benchmarks.memory import many_endpoints, many_models, serve_idle
from benchmarks.memory.many_endpoints import ManyEndpoints
from benchmarks.memory.many_models import ManyModels
from benchmarks.memory.serve_idle import ServeIdle
from benchmarks.recall import TermResults
from benchmarks.speed import batch, deployments, estimate, live, paint, server, structured_training, tuning
from benchmarks.speed import recognition as speed
from benchmarks.speed.batch import Throughput
from benchmarks.speed.deployments import Deployments
from benchmarks.speed.estimate import Foretold
from benchmarks.speed.live import Loads
from benchmarks.speed.paint import Paint
from benchmarks.speed.recognition import Costs
from benchmarks.speed.server import Pace
from benchmarks.speed.structured_training import ListTraining
from benchmarks.speed.tuning import Passes
from benchmarks.trainings import Row
from benchmarks.wer import adaptation, new_sentences, phrases, precision, recognition
from benchmarks.wer.phrases import PhraseCosts


@dataclass(frozen=True, kw_only=True)
class Figures:
    """What was measured. None: not this time."""

    recognition: Results | None = None
    adaptation: Results | None = None
    new_sentences: Results | None = None
    entities: TermResults | None = None
    phrases: TermResults | None = None
    phrase_costs: PhraseCosts | None = None
    spoken_forms: TermResults | None = None
    costs: Costs | None = None
    batch: Throughput | None = None
    live: tuple[Loads, ...] = ()
    training: list[dict[str, Any]] | None = None
    lists: ListTraining | None = None
    many_models: ManyModels | None = None
    many_endpoints: ManyEndpoints | None = None
    deployments: Deployments | None = None
    recordings: tuple[Row, ...] | None = None
    estimates: tuple[Foretold, ...] = ()
    precision: Results | None = None
    tuning: Passes | None = None
    serve_idle: ServeIdle | None = None
    server: Pace | None = None
    paint: Paint | None = None


def write(figures: Figures, before: str = "") -> str:
    """The page as Markdown.

    Args:
        before: the page so far, whose sections stay where their figures were not measured
    """
    values, old = _values(figures), _by_heading(before)
    sections = [
        section.format(**values) if _placeholders(section) <= values.keys() else old.get(heading, "")
        for heading, section in _by_heading(_PAGE).items()
    ]
    return "\n\n".join(stripped for section in sections if (stripped := section.strip("\n"))) + "\n"


def _by_heading(page: str) -> dict[str, str]:
    """The sections of a page, each from its heading on."""
    sections = re.split(r"\n(?=## )", page)
    return {section.partition("\n")[0]: section for section in sections}


def _placeholders(section: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(section) if name}


def _values(figures: Figures) -> dict[str, object]:
    """What stands in the place of each name in braces, as far as it was measured."""
    values: dict[str, object] = {"count": len(new_sentences.read("testing"))}
    if found := figures.recognition:
        values |= {"recognition": recognition.table(found)}
    if found := figures.adaptation:
        values |= {
            "adaptation": adaptation.table(found),
            "adaptation_remarks": remarks.on_errors(found),
            "slots": adaptation.slot_table(found),
        }
    if found := figures.new_sentences:
        values |= {
            "new_sentences": adaptation.table(found),
            "new_sentences_remarks": remarks.on_errors(found),
        }
    if lists := figures.entities:
        values |= {
            "entities": recall.table(lists),
            "entities_across": _across(lists),
            "entities_remarks": remarks.on_terms(lists),
        }
    if figures.phrases and figures.phrase_costs:
        values |= {
            **_of_terms("phrases", figures.phrases),
            "phrases_costs": phrases.cost_table(figures.phrase_costs),
            "phrases_price": remarks.on_longest_list(figures.phrases, figures.phrase_costs),
        }
    if figures.spoken_forms:
        values |= _of_terms("spoken_forms", figures.spoken_forms)
        values |= {"spoken_forms_aim": remarks.on_aim(figures.spoken_forms, _AIM)}
    if figures.costs:
        values |= {"speed": speed.table(figures.costs), "memory": speed.memory_table(figures.costs)}
    if figures.batch:
        values |= {
            "batch": batch.table(figures.batch.found),
            "batch_remarks": batch.remarks(figures.batch.found),
            "batch_loads": " and ".join(f"{load:.1f}" for load in figures.batch.loads),
        }
    if figures.live:
        values |= {
            "live": live.section(figures.live),
            "live_aim": live.aim(figures.live, streams=8, seconds=0.4),
            "live_loads": live.loads_before(figures.live),
            "live_apart": " and ".join(sorted({f"{one.apart:g}" for one in figures.live})),
            "live_threads": " and ".join(sorted({str(one.threads) for one in figures.live})),
        }
    if figures.training is not None:
        values |= {"training": _training_table(figures.training)}
    if figures.lists:
        values |= {"lists": structured_training.table(figures.lists)}
    if figures.recordings is not None:
        values |= {
            "recordings": recordings.section(figures.recordings)
            if figures.recordings
            else recordings.NOT_MEASURED,
            "training_aims": aims.lines(figures.recordings or (), figures.adaptation),
            "estimates": estimate.table(figures.estimates) if figures.estimates else "Not measured.",
            "estimates_remark": estimate.remark(figures.estimates) if figures.estimates else "",
            "precision": precision.table(figures.precision) if figures.precision else "Not measured.",
            "precision_remark": precision.remark(figures.precision) if figures.precision else "",
        }
    if figures.tuning:
        values |= {"tuning": tuning.section(figures.tuning) if figures.tuning.passes else tuning.NOT_MEASURED}
    if figures.many_models:
        values |= {
            "many_models": many_models.memory_table(figures.many_models),
            "many_models_times": many_models.time_table(figures.many_models),
        }
    if figures.many_endpoints:
        values |= {
            "many_endpoints": many_endpoints.memory_table(figures.many_endpoints),
            "many_endpoints_turns": many_endpoints.turn_table(figures.many_endpoints),
            "many_endpoints_base": figures.many_endpoints.base,
        }
    if figures.deployments:
        values |= {
            "deployments": deployments.table(figures.deployments),
            "deployments_base": figures.deployments.base,
            "deployments_aim": deployments.aim(figures.deployments),
            "deployments_load": deployments.loads(figures.deployments),
        }
    if figures.serve_idle:
        values |= {
            "serve_idle": serve_idle.memory_table(figures.serve_idle),
            "serve_idle_starts": serve_idle.start_table(figures.serve_idle),
            "serve_idle_loads": serve_idle.loads(figures.serve_idle),
        }
    if figures.server:
        values |= {
            "server": server.table(figures.server),
            "server_loads": server.loads(figures.server),
            "server_rows": server.ROWS,
            "server_warm_up": server.WARM_UP,
        }
    if figures.paint:
        values |= {
            "paint": paint.table(figures.paint),
            "paint_aim": paint.aim(figures.paint),
            "paint_load": paint.load(figures.paint),
            "paint_loads": paint.LOADS,
        }
    return values | _without_gain(figures)


def _of_terms(name: str, found: TermResults) -> dict[str, str]:
    return {
        name: recall.table(found),
        f"{name}_remarks": remarks.on_terms(found),
        f"{name}_insertions": recall.insertion_table(found),
        f"{name}_errors": recall.error_table(found),
    }


def _across(results: TermResults) -> str:
    """Comparisons of the ways to give a recogniser lists, and of the recognisers."""
    across = tuple(each for each in results.changes if not recall.adds(each))
    return recall.change_table(TermResults(changes=across))


def _without_gain(figures: Figures) -> dict[str, str]:
    """Changes of Lect for which nobody can say that they help: in the domain, in terms found, on other speech."""
    if not (
        figures.entities
        and figures.phrases
        and figures.spoken_forms
        and figures.adaptation
        and figures.new_sentences
    ):
        return {}
    lists = (figures.entities, figures.phrases, figures.spoken_forms)
    texts = figures.adaptation.comparisons + figures.new_sentences.comparisons
    return {
        "no_gain": remarks.without_gain(
            [
                *(each for each in texts if each.set != adaptation.OUTSIDE),
                *(each for one in lists for each in remarks.errors(one, listed=True)),
            ]
        ),
        "no_gain_terms": remarks.without_gain(each for one in lists for each in one.changes),
        "no_gain_elsewhere": remarks.without_gain(
            [
                *(each for each in texts if each.set == adaptation.OUTSIDE),
                *(each for one in lists for each in remarks.errors(one, listed=False)),
            ]
        ),
    }


def _training_table(rows: list[dict[str, Any]]) -> str:
    return tables.markdown(
        ["text, MB", "words", "CPU s", "peak memory, MB", "model, MB"],
        [
            [
                f"{row['text_mb']:.3g}",
                f"{row['words']:,}",
                f"{row['cpu_seconds']:.1f}",
                f"{row['peak_memory_mb']:.0f}",
                f"{row['lm_mb']:.1f}",
            ]
            for row in rows
        ],
    )


_AIM = 0.9  # of terms with spoken forms in synthetic sentences

_PAGE = """\
# Results

`make bench` measures and writes this page; do not edit it by hand. Both recognisers use the same Whisper weights in
8-bit integers, beam 5 and one thread, and are told the language; all else is as it is by default, Lect's settings and
faster-whisper's. Nothing was tuned on these recordings.

Rates are in percent, differences in percentage points. In brackets: 95 % intervals, drawn by speaker, or by file or
sentence where speakers are not known (see [Honest numbers](honest-numbers.md)). A set with fewer than six of them has
no interval: it shows that nothing is broken, not who is better. The machine was a 2-core x86-64 with AVX-512 VNNI that
had other work as well, so trust ratios of CPU seconds more than the seconds.

## Without adaptation

CPU seconds are those of decoding the files and recognising, without loading the models. Chinese counts characters, in
the script of the locale; faster-whisper may write a recording in the other script, and each such character is wrong.

{recognition}

## With text

Each set comes with a text of its domain. The texts hold none of the test sentences, except that of azure en-US, which
holds them all: there the gain shows only that text acts. faster-whisper gets the same text its own ways: as `hotwords`
the 26 content words that are most frequent, as `prompt` the first lines, as many as fit. "Change" is against the same
recogniser without text. "Other speech" is all English sets but the barista's together, heard with the barista's text:
what a text costs where it does not fit. The last rows of each base take the other two sets whose texts hold no test
sentence together, each heard with its own text: more speakers and files can show a smaller change.

{adaptation}

What the text did to Lect:

{adaptation_remarks}

All slots right is the share of coffee orders whose every labelled value (size, drink, milk and so on) is in the
recognised text. People labelled them, so this depends on no transcript.

{slots}

## New sentences

{count} sentences, written for this benchmark around Latin names from a text on biology that holds none of them. Synthetic
voices speak them, each engine all of them, and read Latin as if it were English. Those of espeak-ng are so unlike a
person that the base models miss ordinary words as well, which no text about names can mend. Real recordings would give
other rates than either.

{new_sentences}

{new_sentences_remarks}

## Lists of names

Titles from the list of a structured text, each said once by a synthetic voice inside a sentence of the text that refers
to the list. One is found if it stands in the recognised text word for word, after normalisation. Lect is given them in
several ways: `expanded` is plain lines, each title in some sentences, none of them a tested one; `held out` is the same,
but each tested title is only a line of its own; `classes` is the structured text as it is. faster-whisper gets as many
titles as fit as hotwords, once from the list alone and once with the right one among them ("the item and" so many
others), which nobody can do who does not know what will be said. "Change" is against the same recogniser without a list;
for terms found, plus is better.

{entities}

What the lists did to the titles that Lect finds:

{entities_remarks}

The ways next to each other:

{entities_across}

## Phrases of a request

The names of the new sentences once more, but brought by the request, to a base that learned no text. Each list holds
all of the shorter ones: first the names, then titles, words and pairs of words of other texts. The rows of a list count
the sentences whose name is on it, so compare the two rows of one list, not those of different lists.

{phrases}

What the lists did to the names that Lect finds:

{phrases_remarks}

False insertions are phrases in the text of recordings that have little to do with the list, more often than they were
said. Without the list they are what the recogniser mishears as one of its phrases anyhow: the list is to blame for the
difference.

{phrases_insertions}

{phrases_errors}

CPU seconds are of the same recordings without and with the list, in turn, several times over: the least of each, and the
ratio of the middle pair, in brackets the extreme ones. Preparation is for a list that was not seen before;
that of the first list, here the shortest, opens the base's own language model as well.

{phrases_costs}

{phrases_price}

## Terms that are not said as they are written

Part numbers, versions, initials and the like, such as AX-40B, said "a x forty b". Lect learns each term and how it is said
from a pronunciation file; faster-whisper gets as many terms as fit as hotwords. Synthetic voices read sentences with the
spoken forms. A term is found only if the text has it exactly as it is written, capitals and signs included; the WER, after
normalisation, is less strict. False insertions and the last table are of recordings in which none of the terms is said.

{spoken_forms_aim} In brackets stand the shares by base: tiny.en, then base. What limits them is what the base model hears, as its
WER on the same sentences shows: it mishears the ordinary words of the plainer voices, too, and a list of terms does not mend
those.

{spoken_forms}

What the list did to the terms that Lect finds:

{spoken_forms_remarks}

{spoken_forms_insertions}

{spoken_forms_errors}

## Where text does not help

Every set and base of the sections above where the interval of Lect's change, with a text or a list, includes zero or lies
on the wrong side. No detectable change is not no change: more recordings might show one. Sets without an interval are
left out.

Word errors, where the text or the list is of the domain:

{no_gain}

Terms found:

{no_gain_terms}

Word errors on other speech, where there is nothing to gain and nothing should be lost:

{no_gain_elsewhere}

## With recordings

{recordings}
What it was to bring:

{training_aims}

What `lect train --dry-run` foretold of these trainings, on the same data:

{estimates}

{estimates_remark}

Served are graphs of 8-bit integers. The same models in 32-bit floats, on all English sets together; a change above zero is an error
that 8 bits made:

{precision}

{precision_remark}

## Speed and memory

Lect with the barista's text and faster-whisper without text heard the same files in turn, three times. The ratio is that
of the middle pair, in brackets those of the other two; the CPU seconds are the fewest.

{speed}

Peak memory of a fresh process and its children:

{memory}

## Many files at once

Files for batches: the first twelve of each English set, and then the same joined to one file with a second of silence between
two, heard on two threads by Lect as `lect transcribe` hears a folder, by faster-whisper file by file and by its
`BatchedInferencePipeline`, and by whisper.cpp as `pip install pywhispercpp` brings it, all with the same weights in 8 bits and
beam 5. Systems came one after the other, once each. whisper.cpp's threads wait busily for each other, which counts as CPU seconds.
So few words tell by their WER that nothing is lost, not who is better.

{batch}

{batch_remarks}

Load of the machine, which had other work as well: {batch_loads} before and after. So trust the CPU seconds more than the time on
the clock.

## Live streams

Clients that speak in real time, so many at once, each recordings one after the other with a second of silence between two: how
long after speech begins the first partial is told, and how long after it ends the final. Streams begin {live_apart} s apart, in an
order of their own each; Lect is heard in the process of the clients, without a socket, with {live_threads} engine threads for all of them.
Percentiles are those of a run, the
middle one of all runs. A final waits for the silence that shows that a phrase is over, so it is told how long after that
silence it came, too; what is below zero came before, since it was heard while the silence lasted. WhisperLive, a server
for the same weights, tells a final only when more speech comes or its own time is up. Clients and recogniser share the
machine; memory is that of both.

{live}

{live_aim}

Load of the machine, which had other work as well, before each base: {live_loads}.

## Training on text

On made text, each size in its own process.

{training}

## Training on lists

On lists of made names of two words, none of which stands twice, and a sentence for each list, in a process of its own: nothing is
multiplied out, so a list costs its text.

{lists}

## A pass over recordings

{tuning}

## Many models in one process

Models that were each trained on 100 kB of made text share one loaded base. One process opened them one after the other
and heard two recordings with each; another did the same with a bound on what models may take (`LECT_MODEL_MEMORY`). The
first models also fill what all share. Pages of files, which the language models are, can be dropped at any time.

{many_models}

{many_models_times}

## Many endpoints in one server

Each endpoint of a server has a model of its own, trained on 100 kB of made text over {many_endpoints_base}. The server was started
again, the base model was asked, and then each endpoint heard one short recording, sent at once, and all of them once more. The
first time its model is opened and every byte of it checked, before the turn starts.

{many_endpoints}

{many_endpoints_turns}

## A model deployed

From the request that gives an endpoint a model until a turn begins with it, text models over {deployments_base}, which was loaded.
A model that was never tested, such as one that was uploaded, is first opened by a process of its own and recognises a sentence. One
that passed before, as each does at the end of its training on the server, needs no such test. Each time includes the request itself, and of a model that nobody had asked the check of every byte of it.

{deployments}

{deployments_aim}

{deployments_load}

## A server at rest

`lect serve` before anybody asked it for anything. Memory is the proportional set size: pages that several processes share count
once. What is heavy loads in children, when there is work, and goes with them.

{serve_idle}

It is ready when its database and a worker are there and a base model passed its self-test. On an empty folder a child does that
first; later starts load no model.

{serve_idle_starts}

{serve_idle_loads}

## A server at work

A server on SQLite with {server_rows} is asked for
pages of 100, ten a second, on one connection: while nothing else happens, and while two models are trained on recordings, each
on one thread. {server_warm_up} answers for each list come before and do not count. The client and the trainings share the
machine with the server. A request that was late because of the one before
it counts from when it was due.

{server}

{server_loads}

## Pages of the studio

How soon a page shows something: the first contentful paint as Chromium tells it, headless on the same machine, from the start of the
navigation. Each page was opened {paint_loads} times by browsers that had nothing of the studio yet, and {paint_loads} times by one that
had its scripts and styles, once the server had answered for it before. The middle load, in brackets the slowest. The server holds the
sample.

{paint}

{paint_aim}

{paint_load}

## Reproduce

`make bench DATA=DIR`, where DIR holds the sets (`benchmarks/sets.py` names the files). It takes about 2 hours. The
figures stand in `benchmarks/figures/` as JSON, a file for each benchmark; `make bench DATA=DIR KEEP=1` measures only those
that are not there: a run that was broken off goes on, and one benchmark can be measured again when its file is deleted.

Trainings on recordings take hours, so `make bench` leaves them to `python -m benchmarks.wer.training --data DIR`, what is told of them
to `benchmarks.speed.estimate` and `benchmarks.wer.precision`, and live streams to `benchmarks.speed.live`, which wants another server
beside it. The page tells of what is there of each. Piper's voice speaks where `benchmarks/wer/voices.py` finds it. A pass over
recordings is measured where torch, transformers and PEFT are installed; elsewhere its figures stay as they are.
"""
