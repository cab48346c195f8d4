"""What a client asks of a turn, from the address it connected to and the `speech.context` it sent.

The SDKs put the same wish into different places and spell it differently: names and words are compared whatever their case,
what is unknown or of another type than expected is passed over.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from lect.core.errors import InvalidInput
from lect.core.locale import AUTO, canonicalise
from lect.serving.forms import Writing
from lect.serving.live.address import Address, Mode
from lect.serving.live.events import LiveOptions
from lect.speech.text.display import ProfanityMode, Punctuation
from lect.speech.text.phrases import Phrase, PhraseList

NBEST = 5  # alternatives of a detailed result
_INITIAL_SILENCE = 5.0  # seconds without speech that answer an interactive turn
_END_SILENCE_OF_SPEAKERS = 0.3  # seconds: who answers waits less than who goes on
_SILENCES = (0.1, 5.0)  # seconds that the end of a phrase may wait for more
_INITIAL_SILENCES = (0.5, 60.0)
_SEGMENTS = (2.0, 70.0)  # seconds


@dataclass(frozen=True, kw_only=True)
class TurnRequest:
    """What a client asks of one turn. Times are seconds; None: it said nothing."""

    id: str = ""  # what the client calls it
    mode: Mode = Mode.CONVERSATION
    endpoint_id: str | None = None
    pinned_model: str | None = None  # id of the model to go on with while the endpoint changes
    locale: str | None = None  # canonical; None: that of the endpoint
    languages: tuple[str, ...] = ()  # to choose from by listening
    is_language_continuous: bool = False  # choose again in each phrase
    custom_models: Mapping[str, str] = field(default_factory=dict)  # endpoint ids by locale
    is_detailed: bool = False
    words: bool = False
    word_confidence: bool = False
    profanity: ProfanityMode = ProfanityMode.MASKED
    punctuation: Punctuation = Punctuation.AUTOMATIC
    phrases: PhraseList | None = None
    initial_silence: float | None = None
    end_silence: float | None = None
    longest_segment: float | None = None
    stable: int | None = None
    is_diarized: bool = False
    is_stored: bool = False  # for its owner to listen to later
    is_continuation: bool = False  # of an earlier turn's sound, sent again from its last phrase

    def endpoint_of(self, locale: str) -> str | None:
        """The id of the endpoint that is asked in a language to choose from; None: no endpoint is."""
        return self.custom_models.get(locale, self.endpoint_id)

    @property
    def is_interactive(self) -> bool:
        """Whether the turn is over after one utterance."""
        return self.mode is Mode.INTERACTIVE

    @property
    def options(self) -> LiveOptions:
        """The same, as the recognition takes it."""
        said = {
            "end_silence": self.end_silence or (_END_SILENCE_OF_SPEAKERS if self.is_diarized else None),
            "longest_segment": self.longest_segment,
            "stable": self.stable,
        }
        silence = (self.initial_silence or _INITIAL_SILENCE) if self.is_interactive else None
        return LiveOptions(
            locale=self.locale or (AUTO if self.languages else None),
            initial_silence=silence,
            writing=Writing(profanity=self.profanity, punctuation=self.punctuation),
            words=self.words,
            phrases=self.phrases,
            nbest=NBEST if self.is_detailed else 1,
            **{name: value for name, value in said.items() if value is not None},  # type: ignore[arg-type]
        )


def request_of(address: Address, context: str = "{}", *, id: str = "") -> TurnRequest:
    """What a turn asks for.

    Args:
        context: the body of `speech.context`
        id: what the client calls it

    Raises:
        InvalidInput: the context is no JSON object, or something in it cannot be done; the message says what.
        UnsupportedLocale: a language is none.
    """
    query = {name.lower(): value for name, value in address.query.items()}
    asked = _Part(_document(context))
    detection, output = asked.part("phraseDetection"), asked.part("phraseOutput")
    mode = _mode(detection.text("mode")) or address.mode or Mode.CONVERSATION
    endpoint_id = query.get("cid") or None
    languages = _languages(asked.part("languageId"), query)
    is_detailed = _is(output.text("format") or query.get("format"), "detailed")
    options = {str(option).lower() for option in output.part("detailed").items("options")}
    segmentation = detection.part(mode).part("segmentation")
    return TurnRequest(
        id=id,
        mode=mode,
        endpoint_id=endpoint_id,
        pinned_model=query.get("pinnedmodel") or None,
        locale=None if languages else _locale(query, detection, has_endpoint=endpoint_id is not None),
        languages=languages,
        is_language_continuous=_is(asked.part("languageId").text("mode"), "detectcontinuous"),
        custom_models=dict(_custom_models(detection)),
        is_detailed=is_detailed,
        words="wordtimings" in options or _is(query.get("wordleveltimestamps"), "true"),
        word_confidence="wordconfidence" in options or _is(query.get("wordlevelconfidence"), "true"),
        profanity=_profanity(detection.part("enrichment").text("profanity") or query.get("profanity")),
        punctuation=_punctuation(query.get("punctuation"), mode),
        phrases=_phrases(asked.part("dgi")),
        initial_silence=_seconds(
            _INITIAL_SILENCES, detection["initialSilenceTimeout"], query.get("initialsilencetimeoutms")
        ),
        end_silence=_seconds(
            _SILENCES,
            segmentation["segmentationSilenceTimeoutMs"],
            query.get("segmentationsilencetimeoutms"),
            detection["trailingSilenceTimeout"],
            query.get("endsilencetimeoutms"),
        ),
        longest_segment=_seconds(_SEGMENTS, segmentation["segmentationForcedTimeoutMs"]),
        stable=_stable(
            output.part("interimResults")["stableThreshold"], query.get("stableintermediatethreshold")
        ),
        is_diarized=bool(detection.part("speakerDiarization")),
        is_stored=_is(query.get("storeaudio"), "true"),
        is_continuation=bool(asked.part("continuation").part("audio").part("streams")),
    )


def sdk_language(config: str | bytes) -> str:
    """The programming language of the SDK that wrote the body of `speech.config`, lower case; empty: it does not say."""
    try:
        return _Part(json.loads(config)).part("context").part("system").text("lang").lower()
    except (ValueError, RecursionError):
        return ""


class _Part:
    """A JSON object whose names are found whatever their case; anything else is an empty one."""

    def __init__(self, document: object) -> None:
        self._items = document if isinstance(document, dict) else {}
        self._names = {name.lower(): name for name in self._items}

    def __getitem__(self, name: str) -> object:
        return self._items.get(self._names.get(name.lower(), name))

    def __bool__(self) -> bool:
        return bool(self._items)

    def part(self, name: str) -> _Part:
        return _Part(self[name])

    def items(self, name: str) -> list[object]:
        value = self[name]
        return value if isinstance(value, list) else []

    def text(self, name: str) -> str:
        value = self[name]
        return value if isinstance(value, str) else ""


def _document(context: str) -> dict[str, Any]:
    try:
        document = json.loads(context)
    except (ValueError, RecursionError):
        raise InvalidInput("The body of speech.context is not JSON") from None
    if not isinstance(document, dict):
        raise InvalidInput("The body of speech.context is not a JSON object")
    return document


def _is(value: str | None, wanted: str) -> bool:
    return (value or "").lower() == wanted


def _mode(value: str) -> Mode | None:
    return Mode(value.lower()) if value.lower() in set(Mode) else None


def _locale(query: Mapping[str, str], detection: _Part, *, has_endpoint: bool) -> str | None:
    """The language asked for. Beside an endpoint, what stands in the context alone may be a default of the SDK."""
    asked = query.get("language") or ("" if has_endpoint else detection.text("language"))
    return canonicalise(asked) if asked else None


def _languages(asked: _Part, query: Mapping[str, str]) -> tuple[str, ...]:
    listed = [each for each in asked.items("languages") if isinstance(each, str)]
    listed = listed or [each.strip() for each in query.get("lidenabled", "").split(",")]
    return tuple(canonicalise(each) for each in listed if each.lower() not in ("", "true", "false"))


def _custom_models(detection: _Part) -> Iterator[tuple[str, str]]:
    for each in map(_Part, detection.items("customModels")):
        language, endpoint = each.text("language"), each.text("endpoint")
        if language and endpoint:
            yield canonicalise(language), endpoint


def _profanity(value: str | None) -> ProfanityMode:
    try:
        return ProfanityMode((value or ProfanityMode.MASKED).lower())
    except ValueError:
        raise InvalidInput(f"Unknown profanity option {(value or '')[:20]!r}") from None


def _punctuation(value: str | None, mode: Mode) -> Punctuation:
    """Where marks come from: who dictates says some; `explicit` is what the SDKs call those that are said."""
    if _is(value, "explicit"):
        return Punctuation.DICTATED
    return Punctuation.BOTH if mode is Mode.DICTATION else Punctuation.AUTOMATIC


def _phrases(asked: _Part) -> PhraseList | None:
    """The phrases of a list that the client made; lists that the service would have to know are passed over."""
    texts = {
        text
        for group in map(_Part, asked.items("groups"))
        for item in map(_Part, group.items("items"))
        if _is(group.text("type") or "generic", "generic") and (text := item.text("text").strip())
    }
    if not texts:
        return None
    strength = _number(asked["bias"])
    return PhraseList(
        phrases=frozenset(Phrase(text=text) for text in texts),
        strength=1.0 if strength is None else strength,
    )


def _stable(*values: object) -> int | None:
    """How many times a word must be heard before it is shown: the first of the values that is a number."""
    found = next((number for value in values if (number := _number(value)) is not None), None)
    return None if found is None else min(max(int(found), 1), 20)


def _seconds(limits: tuple[float, float], *values: object) -> float | None:
    """The first of the values that is a number above 0, milliseconds, within the limits."""
    found = next((number for value in values if (number := _number(value) or 0) > 0), None)
    return None if found is None else min(max(found / 1000, limits[0]), limits[1])


def _number(value: object) -> float | None:
    """A number, or a text that is one; None if it is neither or not finite."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
    except (ValueError, OverflowError):
        return None
    return number if abs(number) < 1e12 else None
