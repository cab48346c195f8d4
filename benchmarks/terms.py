"""A text as the prompts that faster-whisper takes: it has no language model to train, so its best terms or lines."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from typing import Any

HOTWORDS = 26
HOTWORD_TOKENS = 223  # faster-whisper cuts hotwords off there
PROMPT_TOKENS = 200  # of the 223 that Whisper looks back to

# English words that carry grammar rather than a domain.
_FUNCTION_WORDS = frozenset(
    """a about above after again all also am an and any are as at be because been before being below between both but by
    can could did do does doing down during each few for from further get give had has have having he her here hers him
    his how i i'd if in into is it its just let like lot lots made make many may me more most much must my no nor not of
    off on once one only or other our out over own please same she should so some such than that the their them then
    there these they this those through to too two under until up us very want was we were what when where whereas which
    while who whom why will with would you your""".split()
)


def has_meaning(word: str) -> bool:
    """Whether a word, in lower case, belongs to a domain rather than to grammar."""
    return len(word) > 2 and word not in _FUNCTION_WORDS


def frequent_words(text: Path, *, count: int = HOTWORDS) -> str:
    """The content words that a text uses most."""
    words = re.findall(r"[^\W\d_]+(?:'[^\W\d_]+)?", text.read_text("utf-8-sig").lower())
    counts = Counter(filter(has_meaning, words))
    return ", ".join(word for word, _ in counts.most_common(count))


def first_lines(text: Path, tokenizer: Any, *, tokens: int = PROMPT_TOKENS) -> str:
    """The first lines of a text that fit, as sentences."""
    prompt = ""
    for line in filter(None, map(str.strip, text.read_text("utf-8-sig").splitlines())):
        sentence = line if line[-1] in ".?!" else f"{line}."
        longer = f"{prompt} {sentence}".strip()
        if len(tokenizer.encode(longer, add_special_tokens=False).ids) > tokens:
            break
        prompt = longer
    return prompt


def fitting(items: Iterable[str], tokenizer: Any, *, tokens: int = HOTWORD_TOKENS) -> list[str]:
    """As many of the items, in their order, as fit into a prompt when they are joined by commas."""
    fit = []
    for item in items:
        tokens -= len(tokenizer.encode(f" {item},", add_special_tokens=False).ids)
        if tokens < 0:
            break
        fit.append(item)
    return fit
