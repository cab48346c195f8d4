"""How the files of a transcription are to be transcribed: as a request says it, as it is stored, and as it is shown."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from lect.api.models import show_reference
from lect.api.references import model_of
from lect.api.schemas.shared import (
    MAX_SPEAKERS,
    LanguageIdentificationMode,
    ProfanityFilterMode,
    PunctuationMode,
)
from lect.api.service import Call
from lect.core.errors import InvalidInput
from lect.core.locale import canonicalise_known, language_of
from lect.speech.text.display import ProfanityMode, Punctuation
from lect.speech.text.display.marks import MARKS
from lect.speech.text.phrases import Phrase, PhraseList

PROFANITY = {
    ProfanityFilterMode.NONE: ProfanityMode.RAW,
    ProfanityFilterMode.REMOVED: ProfanityMode.REMOVED,
    ProfanityFilterMode.TAGS: ProfanityMode.TAGGED,
    ProfanityFilterMode.MASKED: ProfanityMode.MASKED,
}
PUNCTUATION = {
    PunctuationMode.NONE: Punctuation.NONE,
    PunctuationMode.DICTATED: Punctuation.DICTATED,
    PunctuationMode.AUTOMATIC: Punctuation.AUTOMATIC,
    PunctuationMode.DICTATED_AND_AUTOMATIC: Punctuation.BOTH,
}
_WIRE_PUNCTUATION = {str(ours): theirs for theirs, ours in PUNCTUATION.items()}
_WIRE_PROFANITY = {str(ours): theirs for theirs, ours in PROFANITY.items()}
MOST_LOCALES = 10  # to choose from in each phrase
MOST_CHANNELS = 64  # of a file, as many as are decoded
BASIC_SPEAKERS = 2  # that are told apart where nobody says how many there are, in v3


def read_options(call: Call, connection: Any, properties: Any, *, locale: str) -> dict[str, Any]:
    """How files are to be transcribed.

    Args:
        locale: of the transcription

    Raises:
        InvalidInput: something is asked for that Lect cannot do, or that cannot be meant.
        NotFound: a model is not there.
    """
    punctuation = PUNCTUATION[properties.punctuation_mode or PunctuationMode.AUTOMATIC]
    require_dictation(punctuation, [locale], target="properties.punctuationMode")
    options: dict[str, Any] = {
        "words": bool(properties.word_level_timestamps_enabled),
        "display_words": bool(properties.display_form_word_level_timestamps_enabled),
        "punctuation": str(punctuation),
        "profanity": str(PROFANITY[properties.profanity_filter_mode or ProfanityFilterMode.MASKED]),
    }
    more = {
        "channels": _channels(properties.channels),
        "speakers": _speakers(properties),
        "languages": _languages(call, connection, properties.language_identification),
        "phrases": _phrases(properties.phrase_list),
        "destination": properties.destination_container_url or None,
    }
    return options | {name: value for name, value in more.items() if value is not None}


def require_dictation(punctuation: Punctuation, locales: Iterable[str], *, target: str) -> None:
    """Make sure that marks which are to come from the speaker alone can be told in these locales.

    Raises:
        InvalidInput: they cannot.
    """
    unknown = [locale for locale in locales if language_of(canonicalise_known(locale)) not in MARKS]
    if punctuation is Punctuation.DICTATED and unknown:
        raise InvalidInput(
            f"{target}: nobody knows here how marks are said in {unknown[0]}",
            hint="Take Automatic or None.",
            detailed_code="InvalidParameterValue",
            target=target,
        )


def show_options(call: Call, connection: Any, options: Any) -> dict[str, Any]:
    """The options as they go over the wire; neither the destination nor the phrases, which may be names of people."""
    return {
        "word_level_timestamps_enabled": options.get("words", False),
        "display_form_word_level_timestamps_enabled": options.get("display_words", False),
        "channels": options.get("channels"),
        "punctuation_mode": _WIRE_PUNCTUATION[options.get("punctuation", Punctuation.AUTOMATIC)],
        "profanity_filter_mode": _WIRE_PROFANITY[options.get("profanity", ProfanityMode.MASKED)],
        **_shown_speakers(call, options.get("speakers")),
        **_shown_languages(call, connection, options.get("languages")),
    }


def _channels(given: list[int] | None) -> list[int] | None:
    if given is None:
        return None
    if not given or not all(0 <= channel < MOST_CHANNELS for channel in given):
        raise _refused(
            "channels",
            f"{given} names no channels of a file",
            f"They are counted from 0, at most {MOST_CHANNELS - 1}; left out, channels 0 and 1 are transcribed.",
            "InvalidChannels",
        )
    return sorted(set(given))


def _speakers(properties: Any) -> dict[str, int] | None:
    """The fewest and most speakers to tell apart; None: nobody asks for that."""
    given = properties.diarization
    is_enabled = getattr(given, "enabled", getattr(properties, "diarization_enabled", None))
    if is_enabled is False or (is_enabled is None and given is None):
        return None
    if given is None:
        return {"fewest": 1, "most": BASIC_SPEAKERS}
    counts = getattr(given, "speakers", None)
    fewest = (counts and counts.min_count) or 1
    most = (counts.max_count if counts else getattr(given, "max_speakers", None)) or MAX_SPEAKERS
    if not fewest <= most <= MAX_SPEAKERS:
        raise _refused(
            "diarization",
            f"{fewest} to {most} speakers cannot be told apart",
            f"At most {MAX_SPEAKERS}, and no more at the least than at the most.",
        )
    return {"fewest": fewest, "most": most}


def _shown_speakers(call: Call, speakers: Any) -> dict[str, Any]:
    if not speakers:
        return {"diarization_enabled": False} if call.version.is_v3 else {}
    fewest, most = speakers["fewest"], speakers["most"]
    if call.version.is_v3:
        counts = {"min_count": fewest, "max_count": most}
        return {"diarization_enabled": True, "diarization": {"speakers": counts}}
    return {"diarization": {"enabled": True, "max_speakers": max(most, BASIC_SPEAKERS)}}


def _languages(call: Call, connection: Any, given: Any) -> dict[str, Any] | None:
    """The locales to choose from with the models that were named; `batches.create` chooses the others."""
    if given is None:
        return None
    target = "languageIdentification"
    is_continuous = given.mode is not LanguageIdentificationMode.SINGLE
    locales = [canonicalise_known(locale) for locale in given.candidate_locales]
    if len(locales) < 2 or len(set(locales)) < len(locales):
        raise _refused(
            target, "there is nothing to choose from", "Name two different candidateLocales or more."
        )
    if is_continuous and len(locales) > MOST_LOCALES:
        raise _refused(
            target,
            f"{len(locales)} locales are too many",
            f"At most {MOST_LOCALES}, or take the mode Single.",
        )
    named = {
        canonicalise_known(locale): model for locale, model in (given.speech_model_mapping or {}).items()
    }
    if stray := sorted(set(named) - set(locales)):
        raise _refused(
            target, f"speechModelMapping has a model for {stray[0]}", "It is none of the candidateLocales."
        )
    models = {
        locale: model_of(call, connection, named.get(locale), target="speechModelMapping")
        for locale in locales
    }
    return {"is_continuous": is_continuous, "models": models}


def _shown_languages(call: Call, connection: Any, languages: Any) -> dict[str, Any]:
    if not languages:
        return {}
    modes = LanguageIdentificationMode
    shown = {
        "mode": modes.CONTINUOUS if languages["is_continuous"] else modes.SINGLE,
        "candidate_locales": list(languages["models"]),
        "speech_model_mapping": {
            locale: show_reference(call, connection, model) for locale, model in languages["models"].items()
        },
    }
    return {"language_identification": shown}


def _phrases(given: Any) -> dict[str, Any] | None:
    if given is None:
        return None
    strength = 1.0 if given.strength is None else given.strength
    try:
        PhraseList(phrases=frozenset(Phrase(text=text) for text in given.phrases), strength=strength)
    except InvalidInput as error:
        raise _refused("phraseList", error.message, error.hint) from None
    return {"phrases": list(given.phrases), "strength": strength}


def _refused(target: str, message: str, hint: str, code: str = "InvalidParameterValue") -> InvalidInput:
    where = f"properties.{target}"
    return InvalidInput(f"{where}: {message}", hint=hint, detailed_code=code, target=where)
