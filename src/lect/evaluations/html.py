"""An evaluation as one HTML page that holds all it needs: no script, no outside request, every text escaped."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterable, Mapping
from html import escape
from pathlib import Path, PurePath
from typing import Final

from lect.datasets.archive import MEDIA_TYPES
from lect.evaluations.report import COLUMNS, model_cells, verdicts, worst_utterances
from lect.evaluations.results import EvaluatedUtterance, Evaluation
from lect.speech.scoring import Edit, Kind

AUDIO_BYTES: Final = 30 << 20  # of recordings inside one page
_STYLE: Final = """
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif }
body { max-width: 70rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; font-variant-numeric: tabular-nums }
th, td { padding: .3rem .8rem; border-bottom: 1px solid #8886; text-align: right }
th:first-child, td:first-child { text-align: left }
.verdict { font-size: 1.15rem; margin: 1rem 0 }
article { border-top: 1px solid #8886; padding: .8rem 0 }
article h3 { margin: 0; font-size: 1rem; overflow-wrap: anywhere }
article p { margin: .3rem 0 }
small { opacity: .75 }
del { color: #c0262d } ins { color: #16803c; text-decoration: none } mark { background: #f5c34266; color: inherit }
audio { height: 2rem; max-width: 100% }
"""
_POLICY: Final = (
    "default-src 'none'; style-src 'sha256-{style}'; media-src data:; base-uri 'none'; form-action 'none'"
)


def render(evaluation: Evaluation, *, audio: Mapping[str, tuple[str, bytes]] | None = None) -> str:
    """The page.

    Args:
        evaluation: what was found.
        audio: for a file, its media type (`audio/flac`) and its bytes, which become part of the page.
    """
    digest = base64.b64encode(hashlib.sha256(_STYLE.encode()).digest()).decode()
    wrong = worst_utterances(evaluation)
    right = [each for each in evaluation.utterances if not each.errors]
    title = escape(f"Evaluation on {evaluation.dataset}")
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{_POLICY.format(style=digest)}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{title}</title>
<style>{_STYLE}</style>
</head>
<body>
<h1>{title}</h1>
<p>{_summary(evaluation)}</p>
{_table(evaluation)}
{"".join(f'<p class="verdict">{escape(line)}</p>' for line in verdicts(evaluation))}
<h2>Utterances with errors ({len(wrong)})</h2>
<p><small><del>deleted</del> <ins>+inserted</ins> <mark><del>was</del> is</mark>, after normalisation</small></p>
{_articles(evaluation, wrong, audio or {})}
<details><summary>Utterances without errors ({len(right)})</summary>
{_articles(evaluation, right, audio or {})}
</details>
</body>
</html>
"""


def gather_audio(
    evaluation: Evaluation, sources: Mapping[str, Callable[[], Path | bytes]]
) -> dict[str, tuple[str, bytes]]:
    """The recordings of utterances with errors, most errors first, until the page would grow too large.

    Args:
        sources: for a file, what gives its audio.
    """
    audio: dict[str, tuple[str, bytes]] = {}
    left = AUDIO_BYTES
    for utterance in worst_utterances(evaluation):
        media_type = MEDIA_TYPES.get(PurePath(utterance.file).suffix.lower())
        if not media_type:
            continue
        source = sources[utterance.file]()
        size = len(source) if isinstance(source, bytes) else source.stat().st_size
        if size <= left:
            left -= size
            audio[utterance.file] = media_type, source if isinstance(source, bytes) else source.read_bytes()
    return audio


def _summary(evaluation: Evaluation) -> str:
    words = evaluation.models[0].totals.words.words
    return escape(
        f"{len(evaluation.utterances)} utterances, {words} words, normaliser {evaluation.normaliser}. "
        "Counts as NIST sclite counts; intervals by block bootstrap."
    )


def _table(evaluation: Evaluation) -> str:
    head = "".join(f"<th>{escape(name)}</th>" for name in COLUMNS)
    rows = ("".join(f"<td>{escape(cell)}</td>" for cell in model_cells(model)) for model in evaluation.models)
    body = "".join(f"<tr>{row}</tr>" for row in rows)
    return f"<table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"


def _articles(
    evaluation: Evaluation,
    utterances: Iterable[EvaluatedUtterance],
    audio: Mapping[str, tuple[str, bytes]],
) -> str:
    return "\n".join(_article(evaluation, each, audio.get(each.file)) for each in utterances)


def _article(evaluation: Evaluation, utterance: EvaluatedUtterance, audio: tuple[str, bytes] | None) -> str:
    speaker = f" <small>{escape(utterance.speaker)}</small>" if utterance.speaker else ""
    models = "".join(
        f"<p><small>{escape(model.model)}</small> {_words(score.alignment.edits)}"
        f"<br><small>{escape(score.hypothesis)}</small></p>"
        for model, score in zip(evaluation.models, utterance.models, strict=True)
    )
    heading = f"<h3>{escape(utterance.file)}{speaker}</h3>"
    return f"<article>{heading}{_player(audio)}<p>{escape(utterance.reference)}</p>{models}</article>"


def _player(audio: tuple[str, bytes] | None) -> str:
    if audio is None:
        return ""
    media_type, data = audio
    source = f"data:{media_type};base64,{base64.b64encode(data).decode()}"
    return f'<audio controls preload="none" src="{escape(source)}"></audio>'


def _words(edits: Iterable[Edit]) -> str:
    return " ".join(map(_word, edits))


def _word(edit: Edit) -> str:
    reference, hypothesis = escape(edit.reference or ""), escape(edit.hypothesis or "")
    match edit.kind:
        case Kind.CORRECT:
            return reference
        case Kind.DELETION:
            return f"<del>{reference}</del>"
        case Kind.INSERTION:
            return f"<ins>+{hypothesis}</ins>"
        case Kind.SUBSTITUTION:
            return f"<mark><del>{reference}</del> {hypothesis}</mark>"
