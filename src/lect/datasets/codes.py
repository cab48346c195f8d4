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
    MISSING_BOM = (
        "missing_bom",
        _WARNING,
        "The text has no byte-order mark. Lect needs none; Azure asks for it.",
    )
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
    MOJIBAKE = "mojibake", _WARNING, "UTF-8 that was read as another encoding and saved again: `pokÃ©mon`."
    CHARACTER_WIDTH = "character_width", _WARNING, "Half-width punctuation, or full-width letters or digits."

    # Transcripts
    TRANSCRIPT_MISSING = "transcript_missing", _ERROR, "No transcript was found."
    TRANSCRIPT_AMBIGUOUS = "transcript_ambiguous", _ERROR, "Several files could be the transcript."
    NO_TAB = "no_tab", _ERROR, "No tab between the two columns."
    SEVERAL_TABS = "several_tabs", _ERROR, "More than one tab in a line of two columns."
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

    # Structured text
    BEFORE_SECTION = "before_section", _ERROR, "A line that stands before any heading."
    DASH_MISSING = "dash_missing", _ERROR, "An item or sentence that does not begin with a dash."
    HEADING_SYNTAX = "heading_syntax", _ERROR, "A line with @ that begins neither a list nor the lexicon."
    SECTION_NAME = (
        "section_name",
        _ERROR,
        "A name with other characters than letters, digits and underscores.",
    )
    LIST_REPEATED = "list_repeated", _ERROR, "Two lists share a name."
    LIST_EMPTY = "list_empty", _ERROR, "A list without an item."
    LIST_TOO_LARGE = "list_too_large", _ERROR, "A list has more items than the limit."
    LIST_UNDEFINED = "list_undefined", _ERROR, "A sentence refers to a list that is not there."
    LIST_UNUSED = "list_unused", _WARNING, "No sentence that can be used refers to the list."
    LISTS_ALONE = "lists_alone", _ERROR, "Lists, but neither a sentence nor a lexicon entry that can be used."
    TOO_MANY_LISTS = "too_many_lists", _ERROR, "More lists than the limit."
    BRACES = "braces", _ERROR, "A brace without its partner."
    REFERENCE_SYNTAX = "reference_syntax", _ERROR, "Braces that hold no reference such as {@name}."
    LEXICON_SYNTAX = "lexicon_syntax", _ERROR, "A lexicon entry that is not WORD/PHONES."
    PHONE_UNKNOWN = "phone_unknown", _ERROR, "A phone that is not of the Universal Phone Set."
    PHONE_ARPABET = "phone_arpabet", _WARNING, "A phone as ARPAbet writes it."
    PRONS_OVER_TWO = "prons_over_two", _ERROR, "A word has more pronunciations than the limit, which is two."
    TOO_MANY_ENTRIES = "too_many_entries", _ERROR, "The lexicon has more entries than the limit."

    # Pronunciations and display formats
    EMPTY_COLUMN = "empty_column", _ERROR, "There is nothing on one side of the tab."
    ENTRY_REPEATED = "entry_repeated", _WARNING, "The same entry stands there already."
    SPOKEN_SHARED = (
        "spoken_shared",
        _WARNING,
        "Two written forms are said alike, so only one of them is ever written.",
    )
    COLUMNS_SWAPPED = (
        "columns_swapped",
        _WARNING,
        "The spoken form looks written, and the written one spoken.",
    )
    SAID_EVERYWHERE = "said_everywhere", _WARNING, "The spoken form is a word of every sentence."
    LETTERS_AS_WORD = (
        "letters_as_word",
        _WARNING,
        "An abbreviation in capitals whose spoken form is a word: its letters are not expected.",
    )
    PHONES_IN_SPOKEN = "phones_in_spoken", _WARNING, "Phones, or the phonetic alphabet, in a spoken form."
    TERM_TOO_LONG = "term_too_long", _WARNING, "More than 200 letters in a display form or a spoken form."
    SECTION_UNKNOWN = "section_unknown", _ERROR, "A heading other than #itn, #rewrite, #profanity and #test."
    ITN_SYNTAX = "itn_syntax", _ERROR, "A pattern that cannot be read."
    REWRITE_CONFLICT = "rewrite_conflict", _ERROR, "Two rules rewrite the same text in different ways."
    PROFANITY_SYNTAX = "profanity_syntax", _ERROR, "Something that a phrase to mask must not hold."
    TOO_MANY_RULES = "too_many_rules", _ERROR, "More rules of one kind than the limit."
    RULE_TOO_LONG = "rule_too_long", _ERROR, "A rule with more characters than anybody says at a time."
    TEST_FAILED = "test_failed", _ERROR, "Something else comes out than a test of the file expects."
    TESTS_NOT_RUN = "tests_not_run", _WARNING, "There are more tests in the file than are run."

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
