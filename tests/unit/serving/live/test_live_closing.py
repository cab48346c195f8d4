"""How sessions end after errors."""

import pytest

from lect.core import errors
from lect.core.errors import LectError, NotFound, TooManyRequests
from lect.serving.live.closing import CODES, LONGEST_REASON, close_for

OF_THE_CLIENT = {
    "InvalidInput",
    "InvalidAudio",
    "InvalidTranscript",
    "InvalidDataset",
    "InvalidAddress",
    "UnsupportedLocale",
    "NotFound",
    "Conflict",
    "InUse",
    "AccessError",
    "Unauthenticated",
    "QuotaExceeded",
}
ALL = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, LectError)]


@pytest.mark.parametrize("kind", ALL)
def test_every_error_has_its_code(kind):
    code = close_for(kind()).code

    if kind.__name__ in OF_THE_CLIENT:
        assert code == 1007
    else:
        assert code == {"LimitExceeded": 1009, "TooManyRequests": 4429}.get(kind.__name__, 4000)


@pytest.mark.parametrize("kind", ALL)
def test_the_sdk_for_javascript_is_closed_with_codes_that_it_tells_its_user(kind):
    assert close_for(kind(), language="javascript").code == (1007 if close_for(kind()).code == 1007 else 4000)


def test_no_row_of_the_table_is_hidden_by_one_above():
    kinds = [kind for kind, _ in CODES]

    assert all(not issubclass(later, kind) for at, kind in enumerate(kinds) for later in kinds[at + 1 :])


def test_the_reason_is_the_message_without_the_hint():
    assert close_for(NotFound("Unknown endpoint id", hint="Ask.")).reason == "Unknown endpoint id"


@pytest.mark.parametrize("text", ["a" * 500, "ä" * 500, "你" * 500, "😀" * 500, "a" + "😀" * 500])
def test_a_long_reason_is_cut_between_characters(text):
    reason = close_for(NotFound(text)).reason

    assert len(reason.encode()) <= LONGEST_REASON
    assert text.startswith(reason.removesuffix("..."))
    assert len(reason.encode()) > LONGEST_REASON - 4


def test_a_reason_is_one_line_of_sound_unicode():
    assert close_for(NotFound("one\ntwo")).reason == "one"
    assert close_for(NotFound("a\ud800")).reason == "a?"


@pytest.mark.parametrize("text", ["The server is full", "a" * 500, "😀" * 500])
def test_whoever_may_come_back_is_told_when_however_long_the_reason_is(text):
    reason = close_for(TooManyRequests(text, hint="Wait.", retry_after=30)).reason

    assert reason.endswith(" (try again in 30 s)")
    assert text.startswith(reason.removesuffix(" (try again in 30 s)").removesuffix("..."))
    assert len(reason.encode()) <= LONGEST_REASON
