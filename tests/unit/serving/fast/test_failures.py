"""Why a file cannot be heard, as it may be told."""

import errno

import pytest

from lect.core.errors import InvalidInput, ModelLoadFailed, RecognitionFailed, StoreError, TooManyRequests
from lect.jobs.children import error_from_json
from lect.serving.fast.failures import explained, told


@pytest.mark.parametrize(
    ("error", "kind", "text"),
    [
        (OSError(errno.ENOSPC, "No space left", "/secret"), StoreError, "the disk of the server is full"),
        (MemoryError(), RecognitionFailed, "the memory of the server ran out"),
        (OSError(errno.EIO, "Input/output error", "/secret"), RecognitionFailed, "nobody foresaw: OSError"),
        (ValueError("/secret"), RecognitionFailed, "nobody foresaw: ValueError"),
    ],
)
def test_whatever_went_wrong_has_a_kind_and_says_what_to_do(error, kind, text):
    found = explained(error)

    assert type(found) is kind
    assert text in found.message
    assert found.hint
    assert "secret" not in str(found)


def test_what_we_raise_ourselves_is_told_as_it_is():
    error = ModelLoadFailed("it is damaged")

    assert explained(error) is error


@pytest.mark.parametrize(
    ("error", "details"),
    [
        (TooManyRequests("later", retry_after=7, stderr="private"), {"retry_after": 7}),
        (InvalidInput("no", hint="Do.", detailed_code="InvalidLocale", target="model"),
         {"detailed_code": "InvalidLocale", "target": "model"}),
        (InvalidInput("no"), {}),
    ],
)  # fmt: skip
def test_an_error_comes_through_another_process_with_its_facts(error, details):
    found = error_from_json(told(error))

    assert (type(found), str(found), found.details) == (type(error), str(error), details)
