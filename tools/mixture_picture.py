"""Draw the bounded mixture at work, word by word, as `docs/images/mixture.svg`.

python tools/mixture_picture.py

Calculated by the code that recognises, for one sentence: the domain is the text of the sample, the general language that
of the default base.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from html import escape
from math import log
from pathlib import Path

from lect import sample
from lect.adaptation import ngram, text
from lect.adaptation.inflection import Inflecting
from lect.adaptation.lm import NGram
from lect.adaptation.mixture import BoundedMixture
from lect.adaptation.options import MixtureOptions
from lect.adaptation.pieces import PieceTable
from lect.adaptation.spelling import Spelling
from lect.bootstrap import parts
from lect.models.catalogue import DEFAULT

PICTURE = Path(__file__).parents[1] / "docs" / "images" / "mixture.svg"
SENTENCE = (
    "My sister called about dinner on Friday, and the Talvero dropped a Karnelo in the Velmora "
    "while I was on the phone."
)
LETTERS = PieceTable(
    [bytes([byte]) for byte in range(256)]
)  # the bonus does not depend on the cutting into tokens

# Pixels.
WIDTH, HEAD, ROW, FOOT, MARGIN = 760, 92, 26, 56, 24
DOMAIN, DOMAIN_WIDTH = 140, 150  # where the probability of the domain is drawn
ZERO, NAT = 532, 14  # where a bonus of zero lies, and how long one nat is
LEGEND = 350

STYLE = """
text { font: 14px system-ui, -apple-system, "Segoe UI", Helvetica, Arial, sans-serif; fill: #24313d }
.card { fill: #fbfcfd; stroke: #d5dde4 } .rule { stroke: #d5dde4 }
.name { font-weight: 700 } .small { font-size: 12px; fill: #5b6b79 } .number { font-size: 12px; font-weight: 600 }
.axis { stroke: #8a99a6 } .band { fill: #eef3f6 }
.domain { fill: #3d7fc4; fill-opacity: .28 } .edge { fill: none; stroke: #3d7fc4; stroke-width: 2 }
.mixture { fill: #0f8a6d } .plain { fill: #d9803f; fill-opacity: .55 }
.of-mixture { fill: #0b7159 } .of-plain { fill: #a9581c }
@media (prefers-color-scheme: dark) {
  text { fill: #dce5ec } .card { fill: #141b22; stroke: #2f3b46 } .rule { stroke: #2f3b46 }
  .small { fill: #97a7b4 } .axis { stroke: #65747f } .band { fill: #1b252e }
  .domain { fill: #5b9fe6 } .edge { stroke: #6fb0f2 }
  .mixture { fill: #2fc09c } .plain { fill: #e8934f } .of-mixture { fill: #4fd6b4 } .of-plain { fill: #f0a76b }
}
"""


@dataclass(frozen=True, kw_only=True)
class Said:
    """A word, and what the text makes of it."""

    word: str
    domain: float  # probability of the domain before it
    mixture: float  # bonus of the bounded mixture, nats
    plain: float  # bonus of plain fusion, nats
    is_name: bool  # the general model does not know it


def calculate(sentence: str, domain: NGram, general: NGram) -> Iterator[Said]:
    """What the mixture and plain fusion give for each word of a sentence."""
    scorer = BoundedMixture(domain, general, pieces=LETTERS)
    state, total = scorer.start(), 0.0
    for word, plain in zip(sentence.split(), _plain(sentence, domain, general), strict=True):
        for byte in f" {word}".encode():
            state = scorer.extend(state, byte)
        before, total = total, scorer.finish(state)
        is_name = text.words_of(word)[0] not in general.vocabulary
        domain_before = state.before.inside + state.before.outside
        yield Said(word=word, domain=domain_before, mixture=total - before, plain=plain, is_name=is_name)


def _plain(sentence: str, domain: NGram, general: NGram) -> Iterator[float]:
    """`weight * log(P_domain/P_general)`, with the weight of the mixture and its guess at unseen words."""
    options, spelling = MixtureOptions(), Spelling()
    models = domain, Inflecting(general)
    histories = [model.start() for model in models]
    for word in text.words_of(sentence):
        unseen = options.unseen * spelling.word(word)
        of_domain, of_general = (
            (1 - options.unseen) * model.word(history, word) + unseen
            for model, history in zip(models, histories, strict=True)
        )
        yield options.weight * log(of_domain / of_general)
        histories = [model.after(history, word) for model, history in zip(models, histories, strict=True)]


def draw(rows: Sequence[Said]) -> str:
    """The picture."""
    bottom = HEAD + len(rows) * ROW
    height = bottom + FOOT
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">',
        f"<title>The bounded mixture, word by word</title><style>{STYLE}</style>",
        f'<rect class="card" x=".5" y=".5" width="{WIDTH - 1}" height="{height - 1}" rx="10"/>',
        *_head(),
        *(_band(number) for number, row in enumerate(rows) if row.is_name),
        *_grid(bottom),
        _probability(rows),
        *(part for number, row in enumerate(rows) for part in _row(number, row)),
        *_foot(rows, bottom),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def _head() -> Iterator[str]:
    yield _text(MARGIN, 34, "What is said", "name")
    yield _text(DOMAIN, 34, "Is it the domain?", "name")
    yield _text(DOMAIN, 54, "probability, before the word", "small")
    yield _text(LEGEND, 34, "What the text adds, in nats", "name")
    for kind, words, x in (("mixture", "bounded mixture", LEGEND), ("plain", "plain fusion", LEGEND + 146)):
        yield f'<rect class="{kind}" x="{x}" y="46" width="22" height="9" rx="2"/>'
        yield _text(x + 28, 54, words, "small")


def _grid(bottom: int) -> Iterator[str]:
    """Thin lines with their values, and strong ones at zero."""
    scales = (
        *((DOMAIN + share * DOMAIN_WIDTH, f"{share:g}") for share in (0, 0.5, 1)),
        *((ZERO + nats * NAT, _signed(nats, 0)) for nats in (-10, -5, 0, 5, 10)),
    )
    for x, value in scales:
        kind = "axis" if value == "0" else "rule"
        yield f'<path class="{kind}" d="M{x:g} {HEAD - 5}V{bottom + 3}"/>'
        yield _text(x, HEAD - 10, value, "small", anchor="middle")


def _band(number: int) -> str:
    return f'<rect class="band" x="{MARGIN - 10}" y="{HEAD + number * ROW}" width="{WIDTH - 2 * MARGIN + 20}" height="{ROW}" rx="4"/>'


def _probability(rows: Sequence[Said]) -> str:
    """The probability of the domain as steps from top to bottom."""
    steps = "".join(f"H{DOMAIN + row.domain * DOMAIN_WIDTH:.1f}v{ROW}" for row in rows)
    start = f"M{DOMAIN + rows[0].domain * DOMAIN_WIDTH:.1f} {HEAD}"
    area = f'<path class="domain" d="M{DOMAIN} {HEAD}{steps}H{DOMAIN}z"/>'
    return f'{area}<path class="edge" d="{start}{steps}"/>'


def _row(number: int, row: Said) -> Iterator[str]:
    top = HEAD + number * ROW
    yield _text(MARGIN, top + 18, row.word, "name" if row.is_name else "")
    yield _bar("mixture", row.mixture, top + 5)
    yield _bar("plain", row.plain, top + 14)


def _bar(kind: str, bonus: float, top: int) -> str:
    length = max(abs(bonus) * NAT, 1)
    return f'<rect class="{kind}" x="{ZERO + min(0, bonus) * NAT:.1f}" y="{top}" width="{length:.1f}" height="8" rx="1.5"/>'


def _foot(rows: Sequence[Said], bottom: int) -> Iterator[str]:
    mixture, plain = sum(row.mixture for row in rows), sum(row.plain for row in rows)
    yield f'<path class="rule" d="M{MARGIN} {bottom + 14}H{WIDTH - MARGIN}"/>'
    yield _text(MARGIN, bottom + 38, "The whole sentence", "name")
    yield _text(ZERO - 10, bottom + 38, f"plain fusion {_signed(plain)}", "number of-plain", anchor="end")
    yield _text(ZERO + 10, bottom + 38, f"bounded mixture {_signed(mixture)}", "number of-mixture")


def _signed(nats: float, digits: int = 1) -> str:
    return f"{nats:+.{digits}f}".replace("-", "\N{MINUS SIGN}") if nats else "0"


def _text(x: float, y: float, words: str, kind: str = "", *, anchor: str = "start") -> str:
    return f'<text x="{x:g}" y="{y:g}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>'


def main() -> None:
    """Calculate and write the picture."""
    lines = (sample.folder() / "training" / "related-text.txt").read_text("utf-8").splitlines()
    domain = ngram.train(lines, language="en").model
    with parts() as lect:
        general = lect.pool.base(DEFAULT).general("en")
        rows = list(calculate(SENTENCE, domain, general))
    PICTURE.parent.mkdir(parents=True, exist_ok=True)
    PICTURE.write_text(draw(rows), "utf-8")


if __name__ == "__main__":
    main()
