"""What a text says over again: tokens in, places out."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from string import punctuation

REPEAT_TOKENS = 4  # fewer of them are how people speak: "no, no", "New York, New York"

REPEAT_FRAMES = 25  # frames of 20 ms: tokens said again with the attention this near to where it was are of the same audio

MARK = 0  # what marks of punctuation fold to: they are not said
_MARKS = frozenset(punctuation.encode())


def fold_pieces(pieces: Sequence[bytes]) -> list[int]:
    """Number tokens so that those which differ only in case and outer blanks get the same number."""
    numbers: dict[bytes, int] = {}
    return [_number(numbers, piece.strip().lower()) for piece in pieces]


def _number(numbers: dict[bytes, int], piece: bytes) -> int:
    return MARK if _MARKS.issuperset(piece) else numbers.setdefault(piece, MARK + 1 + len(numbers))


def repeats(folded: Sequence[int], frames: Sequence[int]) -> bool:
    """Whether the last `REPEAT_TOKENS` tokens of a text stand in it before and attended to the same audio.

    Whisper's usual failure on windows that are not padded to 30 s. Text alone would not tell: people repeat themselves ("it
    was the age of ..."), but not within the same half second of audio. The attention may stray at one of the tokens.

    Args:
        folded: tokens, as `fold_pieces` numbers them
        frames: where the attention was at each, frames of 20 ms
    """
    width = REPEAT_TOKENS
    last = len(folded) - width
    tail = folded[last:]
    for at in range(last - width + 1):
        if folded[at] == tail[0] and folded[at : at + width] == tail:
            near = sum(abs(frames[at + i] - frames[last + i]) <= REPEAT_FRAMES for i in range(width))
            if near >= width - 1:
                return True
    return False


def said_once(folded: Sequence[int]) -> list[int]:
    """The places of a text without what only says again, one or more times, what stands right before it.

    Args:
        folded: tokens, as `fold_pieces` numbers them
    """
    kept = list(range(len(folded)))
    while again := max(_repeats(kept, folded), key=len, default=None):
        kept = [place for place in kept if place not in again]
    return kept


def _repeats(kept: Sequence[int], folded: Sequence[int]) -> Iterator[range]:
    """The stretches of places that say again what stands before them."""
    said = [place for place in kept if folded[place] != MARK]
    for period in range(1, len(said) // 2 + 1):
        same = 0
        for at in range(period, len(said) + 1):
            if at < len(said) and folded[said[at]] == folded[said[at - period]]:
                same += 1
                continue
            if length := same // period * period:
                again = range(said[at - same], said[at - same + length - 1] + 1)
                if sum(place in again for place in kept) >= REPEAT_TOKENS:
                    yield again
            same = 0
