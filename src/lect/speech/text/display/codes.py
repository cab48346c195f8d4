"""What is said sign by sign in English: digits, telephone numbers, letters, part numbers, addresses of the net.

Each rule reads the words from a position on.
"""

from __future__ import annotations

from dataclasses import dataclass

from lect.speech.text.display import attributive
from lect.speech.text.display.numbers import (
    DIGITS,
    TENS,
    UNITS,
    ZEROS,
    Words,
    Written,
    number,
    whole_number,
    word,
)

LABELS = frozenset(
    "apartment building bus channel chapter code episode exit extension figure flight gate grade highway interstate "
    "lane level lot number page phase pin platform question room route row season seat section size step suite "
    "terminal track type unit version volume zone".split()
)
_NOT_PHONES = frozenset(
    "account card case code confirmation id invoice isbn order part pin reference routing serial ticket "
    "tracking".split()
)
_REPEATS = {"double": 2, "triple": 3}
JOINTS = {"dash": "-", "hyphen": "-", "slash": "/", "underscore": "_"}
_LONGEST = 60  # words of one code
_ALPHABET = "abcdefghijklmnopqrstuvwxyz"
_BEHIND_I = frozenset(
    "am was have had will would can could do did don't didn't think mean guess know said want need see like love "
    "got get saw went should".split()
)
HYPHENATED = {
    ("t", "shirt"): "t-shirt", ("t", "shirts"): "t-shirts", ("x", "ray"): "X-ray", ("x", "rays"): "X-rays",
    ("u", "turn"): "U-turn", ("e", "mail"): "email", ("e", "mails"): "emails",
}  # fmt: skip
_DOMAINS = frozenset("com org net edu gov io ai co uk de info dev app ca".split())
_NO_NAMES = frozenset(
    "the a an my your our his her their this that is was me us it i look find found available".split()
)
_LONG_ACRONYMS = frozenset({"ABCD", "ACLU", "AARP", "ASAP", "AWOL"})
_BEHIND_LETTER = frozenset(["", *"and or to in on at is was please for".split()])
_PAPER_SIZES = 9  # A0 to A8
_BEHIND_PAPER = frozenset(["", *"size sizes tray format and or to in on at is was please for".split()])
_LETTER_BEHIND_DIGIT = frozenset("d g k")


@dataclass(frozen=True)
class _Run:
    """Numbers said one after the other."""

    pieces: tuple[str, ...]
    spelled: int  # how many of the first pieces were said digit by digit
    end: int

    @property
    def digits(self) -> str:
        return "".join(self.pieces)

    @property
    def is_code(self) -> bool:
        """Whether it begins digit by digit (one oh five), or is a pair (three fifty one, twelve oh five)."""
        first, rest = self.pieces[0], self.pieces[1:]
        if len(self.digits) > 2 and (self.spelled > 1 or len(first) > 2):
            return True
        is_pair = len("".join(rest)) == 2 and (len(rest) == 1 or rest[0] == "0")
        return is_pair and (self.spelled < 2)


def digits(words: Words, at: int, *, american: bool) -> Written | None:
    """`five five five one two three four` as `555-1234`, `three fifty one` as `351`, `double oh seven` as `007`.

    Args:
        words: The whole text.
        at: Where to read.
        american: Whether telephone numbers are grouped as in North America.
    """
    plus = word(words, at) == "plus"
    run = _run(words, at + plus)
    is_labelled = word(words, at - 1) in LABELS
    if run is None or word(words, run.end) in {"hundred", "thousand", "million", "billion", "point"}:
        return None
    if plus and len(run.digits) < 8:
        return None
    if len(run.pieces) > 2 and not run.spelled and all(len(piece) == 2 for piece in run.pieces):
        return Written(" ".join(run.pieces), run.end)  # ten, twenty, thirty
    is_phone = american and _is_phone(words, at, run)
    if not (is_phone or run.is_code or is_labelled or plus):
        return None
    text = _phone(run.digits) if is_phone else run.digits
    return Written(f"+{text}" if plus else text, run.end)


def labelled(words: Words, at: int) -> Written | None:
    """A number below ten in digits behind a word that takes one: `chapter three` as `chapter 3`."""
    found = number(words, at)
    if found is None or word(words, at - 1) not in LABELS or found.is_article:
        return None
    if found.whole == 1 and word(words, found.end) == "of":
        return None
    text, end = found.written(), found.end
    while word(words, end) in {"point", "dot"} and (more := whole_number(words, end + 1)):
        text, end = f"{text}.{more[0]}", more[1]
    if text.isdigit() and _is_letter_of_label(words, end):  # apartment 4B
        return Written(f"{text}{words[end].upper()}", end + 1)
    return Written(text, end)


def _is_letter_of_label(words: Words, at: int) -> bool:
    """Whether a letter belongs to the number before it; an "a" only where no noun follows."""
    letter, follower = word(words, at), word(words, at + 1)
    if len(letter) != 1 or letter not in _ALPHABET or letter in "io" or len(follower) == 1:
        return False
    return letter != "a" or follower in _BEHIND_LETTER


def versioned(words: Words, at: int) -> Written | None:
    """`v two point one` as `v2.1`, `two point zero point one` as `2.0.1`: with one point only behind a `v`."""
    is_named = word(words, at) == "v"
    end = at + is_named
    parts: list[str] = []
    while end < at + _LONGEST and (part := whole_number(words, end)):
        parts.append(str(part[0]))
        end = part[1]
        if word(words, end) not in {"point", "dot"} or not whole_number(words, end + 1):
            break
        end += 1
    if len(parts) < 3 - is_named:
        return None
    return Written(f"{'v' if is_named else ''}{'.'.join(parts)}", end)


def dotted(words: Words, at: int) -> Written | None:
    """Numbers parted by dots: `one nine two dot one six eight dot one dot one` as `192.168.1.1`."""
    parts: list[str] = []
    end = at
    while True:
        run = _run(words, end)
        single = whole_number(words, end)
        if run:
            part, end = run.digits, run.end
        elif single:
            part, end = str(single[0]), single[1]
        else:
            return None
        parts.append(part)
        if (
            end >= at + _LONGEST
            or word(words, end) != "dot"
            or not (_run(words, end + 1) or whole_number(words, end + 1))
        ):
            break
        end += 1
    return Written(".".join(parts), end) if len(parts) > 1 else None


def spelled(words: Words, at: int) -> Written | None:
    """Letters and what is joined to them: `n a s a` as `NASA`, `a b dash one two three` as `AB-123`, `b twelve` as `B12`."""
    text, end = "", at
    while end < min(len(words), at + _LONGEST):
        joint = JOINTS.get(words[end], "") if text else ""
        piece = _piece(words, end + bool(joint))
        if piece is None or (text.isdigit() and piece.text.isdigit() and not joint):
            break
        text, end = text + joint + piece.text, piece.end
    is_between = word(words, at) == "x" and number(words, at - 1) and number(words, at + 1)  # three x four
    if not text or is_between or not any(char.isalpha() or char in "-/_" for char in text):
        return None
    return _as_code(words, text, end)


def _as_code(words: Words, text: str, end: int) -> Written | None:
    """Letters that are a code and not words of their own."""
    if text.endswith("I") and text[:-1].isalpha() and word(words, end) in _BEHIND_I:
        text, end = text[:-1], end - 1  # "the U.S. I think"
    if text[0] == "A" and len(text) == 4 and text.isalpha() and text not in _LONG_ACRONYMS:
        return None  # "a BMW"
    others = sum(char not in "AI" for char in text if char.isalpha())
    has_digit = any(char.isdigit() for char in text)
    if text.isalpha():
        return Written(text, end) if others > 1 or (len(text) > 2 and text[0] != "I") else None
    if has_digit and text[0].isdigit() and sum(map(str.isalpha, text)) == 1:
        is_short = text[-1].lower() in _LETTER_BEHIND_DIGIT and len(text) == 2
        return Written(text, end) if is_short or "-" in text else None
    return Written(text, end) if has_digit and (others or "-" in text or "/" in text) else None


def _piece(words: Words, at: int) -> Written | None:
    """The next letter, digits or number of a code."""
    sign = word(words, at)
    if len(sign) == 1 and sign in _ALPHABET:
        if tuple(words[at : at + 2]) in HYPHENATED:
            return None
        follows = word(words, at + 1)
        is_article = sign == "a" and len(follows) > 1 and follows not in JOINTS
        return None if is_article else Written(sign.upper(), at + 1)
    if run := _run(words, at):
        return Written(run.digits, run.end)
    found = whole_number(words, at)
    return Written(str(found[0]), found[1]) if found else None


def series_a(words: Words, at: int) -> Written | None:
    """`an a four envelope` as `an A4 envelope`, `a four paper` as `A4 paper`: an "a" that is no article.

    Behind another article it cannot be one, and sizes of paper take none.
    """
    found = number(words, at + 1) if word(words, at) == "a" else None
    if found is None or str(found.whole) != found.written() or word(words, found.end) in attributive.UNITS:
        return None
    is_paper = found.whole < _PAPER_SIZES and word(words, found.end) == "paper"
    if word(words, at - 1) in {"an", "the"} or (is_paper and word(words, found.end + 1) in _BEHIND_PAPER):
        return Written(f"A{found.whole}", found.end)
    return None


def net_address(words: Words, at: int) -> Written | None:
    """`john dot smith at example dot com` as `john.smith@example.com`, `w w w dot example dot org`."""
    name = _dotted_name(words, at)
    if name and word(words, name.end) == "at" and words[at] not in _NO_NAMES:
        host = _dotted_name(words, name.end + 1)
        if host and is_net_address(host.text):
            return Written(f"{name.text}@{host.text}", host.end)
    return name if name and is_net_address(name.text) and words[at] not in _NO_NAMES else None


def is_net_address(text: str) -> bool:
    """Whether a word is a host, with or without a path behind it or a name before it: `john@example.com`."""
    host = text.rpartition("@")[2].split("/", maxsplit=1)[0]
    return "." in host and host.rpartition(".")[2] in _DOMAINS


def _dotted_name(words: Words, at: int) -> Written | None:
    """A name of the net: words and digits joined by dot, dash, underscore or slash."""
    joints = {"dot": ".", **JOINTS}
    first = _name(words, at)
    if first is None or words[at] in joints:
        return None
    text, end = first.text, first.end
    while end < at + _LONGEST and (joint := joints.get(word(words, end))) and (part := _name(words, end + 1)):
        text, end = text + joint + part.text, part.end
    return Written(text, end)


def _name(words: Words, at: int) -> Written | None:
    """One word, letters that are spelled out, or digits."""
    letters = at
    while letters < at + _LONGEST and len(word(words, letters)) == 1 and words[letters] in _ALPHABET:
        letters += 1
    if letters - at > 1:
        return Written("".join(words[at:letters]), letters)
    if run := _run(words, at):
        return Written(run.digits, run.end)
    token = word(words, at)
    if not token or not token.replace("'", "").isalnum():
        return None
    number_behind = _run(words, at + 1) or whole_number(words, at + 1)
    if number_behind is None or token in DIGITS:
        return Written(token, at + 1)
    tail = number_behind if isinstance(number_behind, tuple) else (number_behind.digits, number_behind.end)
    return Written(f"{token}{tail[0]}", tail[1])


def _run(words: Words, at: int) -> _Run | None:
    """Neighbouring numbers below a hundred, ohs and repeats among them: two at least, or `double five`."""
    pieces: list[str] = []
    spelled, end = 0, at
    while end < at + _LONGEST and (piece := _digits_at(words, end, before=len(pieces))):
        is_spelled = words[end] in DIGITS or words[end] in ZEROS or words[end] in _REPEATS
        spelled += is_spelled and spelled == len(pieces)
        pieces.append(piece.text)
        end = piece.end
    if (
        not pieces
        or (len(pieces) < 2 and words[at] not in _REPEATS)
        or (words[at] in ZEROS and len(pieces) < 3)
    ):
        return None
    return _Run(tuple(pieces), spelled, end)


def _digits_at(words: Words, at: int, *, before: int) -> Written | None:
    """The digits of one piece of a run, `before` the number of pieces so far."""
    token, follows = word(words, at), word(words, at + 1)
    if repeat := _REPEATS.get(token):
        digit = "0" if follows in ZEROS else DIGITS.get(follows)
        return Written(digit * repeat, at + 2) if digit else None
    if token in ZEROS:
        is_inside = follows in UNITS or follows in TENS or follows in ZEROS
        return Written("0", at + 1) if is_inside or before > 1 else None
    if token in DIGITS:
        if follows != "hundred":
            return Written(DIGITS[token], at + 1)
        is_inside = all(
            word(words, at + ahead) in DIGITS for ahead in (2, 3, 4)
        )  # eight hundred five five five
        return Written(f"{DIGITS[token]}00", at + 2) if is_inside else None
    found = None if token.isdigit() else whole_number(words, at, least=10)
    return Written(str(found[0]), found[1]) if found else None


def _is_phone(words: Words, at: int, run: _Run) -> bool:
    count = len(run.digits)
    if count not in {7, 10} and not (count == 11 and run.digits[0] == "1"):
        return False
    before = words[max(0, at - 3) : at]
    return sum(len(piece) == 1 for piece in run.pieces) > 3 and _NOT_PHONES.isdisjoint(before)


def _phone(digits: str) -> str:
    """Grouped as in North America."""
    groups = [digits[-10:-7], digits[-7:-4], digits[-4:]]
    return "-".join(group for group in (digits[:-10], *groups) if group)
