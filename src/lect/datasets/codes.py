"""Every kind of problem that a check can report: one table for reports, documents and tests."""

from __future__ import annotations

from enum import StrEnum
from typing import Self


class Severity(StrEnum):
    """An error costs the line or the file; a warning costs nothing here but is worth a look."""

    ERROR = "error"
    WARNING = "warning"


_ERROR, _WARNING = Severity.ERROR, Severity.WARNING


class Code(StrEnum):
    """A kind of problem: its stable name, how grave it is unless softened, and what it means."""

    severity: Severity
    meaning: str

    def __new__(cls, name: str, severity: Severity, meaning: str) -> Self:
        code = str.__new__(cls, name)
        code._value_ = name
        code.severity = severity
        code.meaning = meaning
        return code

    # The archive
    ZIP_INVALID = "zip_invalid", _ERROR, "The zip is damaged, or is none."
    ZIP_TOO_LARGE = (
        "zip_too_large",
        _ERROR,
        "The archive holds more bytes or files than the limits allow.",
    )
    EMPTY = "empty", _ERROR, "There is nothing in it."
    UNSAFE_NAME = "unsafe_name", _ERROR, "A name leads out of the dataset, or is no plain relative name."
    NOT_A_FILE = "not_a_file", _ERROR, "A link that leads out of the dataset, or a device."
    ENCRYPTED = "encrypted", _ERROR, "A file in the zip is locked with a password."
    PACKING_UNKNOWN = "packing_unknown", _ERROR, "A file is packed in a way other than stored or deflated."
    DUPLICATE_NAME = "duplicate_name", _ERROR, "Two files, or two transcript lines, share a name."
    ZIP_NESTED = "zip_nested", _ERROR, "An archive inside the archive."
    ZIP_NESTED_DIR = "zip_nested_dir", _WARNING, "A file in a folder of the zip; Azure wants all at the top."
    FILE_IGNORED = "file_ignored", _WARNING, "A file that is neither audio nor the transcript."

    # Text as bytes
    MISSING_BOM = "missing_bom", _WARNING, "The text lacks the byte-order mark that Azure asks for."
    BAD_ENCODING = "bad_encoding", _ERROR, "The text is not UTF-8."
    TOO_LARGE = "too_large", _ERROR, "The text file is larger than the limit."
    LINE_TOO_LONG = "line_too_long", _ERROR, "A line is longer than any sentence."

    # Text as language
    EMPTY_AFTER_NORMALISATION = "empty_after_normalisation", _ERROR, "The line holds no word."
    TOO_MANY_REPEATS = (
        "too_many_repeats",
        _ERROR,
        "A letter, word or phrase comes more than three times in a row.",
    )
    BAD_CHARACTER = "bad_character", _ERROR, "A character that has no place in text of this language."
    INVISIBLE_CHARACTER = "invisible_character", _WARNING, "A character that nobody sees."
    URL_IN_LINE = "url_in_line", _ERROR, "A web address, which nobody speaks as it is written."
    SENTENCE_TOO_LONG = "sentence_too_long", _ERROR, "A Japanese sentence of more than 90 characters."
    CHARACTER_WIDTH = "character_width", _WARNING, "Half-width punctuation, or full-width letters or digits."

    # Transcripts
    TRANSCRIPT_MISSING = "transcript_missing", _ERROR, "No transcript was found."
    TRANSCRIPT_AMBIGUOUS = "transcript_ambiguous", _ERROR, "Several files could be the transcript."
    NO_TAB = "no_tab", _ERROR, "No tab between file name and transcript."
    SEVERAL_TABS = "several_tabs", _ERROR, "More than one tab in a transcript line."
    AUDIO_MISSING = "audio_missing", _ERROR, "A transcript line names a file that is not there."
    AUDIO_UNREFERENCED = "audio_unreferenced", _WARNING, "An audio file that no transcript line names."
    AMBIGUOUS_NUMBER = (
        "ambiguous_number",
        _WARNING,
        "A number or code that can be read aloud in several ways.",
    )
    SYMBOL = "symbol", _WARNING, "A symbol that can be read aloud in several ways, or not at all."
    CAPITALS = "capitals", _WARNING, "Transcripts are written in capitals."
    TRANSCRIPT_REPEATED = "transcript_repeated", _WARNING, "Several files have the same transcript."
    SPEAKER_UNKNOWN = "speaker_unknown", _WARNING, "The speaker table is incomplete, or names other files."

    # Audio
    NO_AUDIO = "no_audio", _ERROR, "There is no audio file."
    AUDIO_UNREADABLE = "audio_unreadable", _ERROR, "The file holds no audio that can be decoded."
    AUDIO_EMPTY = "audio_empty", _ERROR, "The audio is too short to hold a word."
    AUDIO_SILENT = "audio_silent", _WARNING, "Nothing can be heard."
    AUDIO_CLIPPED = "audio_clipped", _WARNING, "The recording was too loud and is cut off at full scale."
    DUPLICATE_AUDIO = "duplicate_audio", _WARNING, "Two files hold the same bytes."
    TOO_LONG = "too_long", _ERROR, "The audio is longer than the limit."
    TOO_LONG_FOR_TRAINING = (
        "too_long_for_training",
        _WARNING,
        "Too long an utterance to train the acoustic part.",
    )
    SPEAKING_RATE = "speaking_rate", _WARNING, "Too many or too few words for so much audio."
    WAV_NOT_PCM16 = (
        "wav_not_pcm16",
        _WARNING,
        "Not WAV with 16-bit PCM; Azure would refuse it, Lect does not.",
    )
    WAV_RATE = "wav_rate", _WARNING, "Not 8 or 16 kHz; Azure would refuse it, Lect does not."
    WAV_NOT_MONO = "wav_not_mono", _WARNING, "More than one channel; Azure would refuse it, Lect mixes them."
