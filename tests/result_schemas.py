"""What result and report of a batch transcription look like: the published JSON schemas in our own words, and nothing besides.

The published ones (`transcriptionresult_v3`, `_v3_1`, `_v3_2` and `_v2024-11-15.schema.json` beside Microsoft's samples) allow
any further field; these allow none, so that a field of ours that no client knows is noticed.
"""

import jsonschema_rs

TEXT = {"type": "string"}
COUNT = {"type": "integer", "minimum": 0}
LENGTH = {"type": "string", "pattern": r"^PT(\d+H)?(\d+M)?(\d+(\.\d+)?S)?$"}  # ISO 8601
SHARE = {"type": "number", "minimum": 0, "maximum": 1}
FORMS = dict.fromkeys(("lexical", "itn", "maskedITN", "display"), TEXT)
TIMES = {
    "offset": LENGTH,
    "duration": LENGTH,
    "offsetInTicks": COUNT,
    "durationInTicks": COUNT,
    "offsetMilliseconds": COUNT,
    "durationMilliseconds": COUNT,
}
SPEAKER = {"type": "integer", "minimum": 1}


def exactly(fields, **optional):
    """An object with these fields, perhaps some more, and no others."""
    return {
        "type": "object",
        "properties": {**fields, **optional},
        "required": list(fields),
        "additionalProperties": False,
    }


def each(items):
    return {"type": "array", "items": items}


BEST = exactly(
    {"confidence": SHARE, **FORMS},
    speaker=SPEAKER,
    words=each(exactly({"word": TEXT, **TIMES, "confidence": SHARE})),
    displayWords=each(exactly({"displayText": TEXT, **TIMES})),
)
PHRASE = exactly(
    {
        "recognitionStatus": {"const": "Success"},
        "channel": COUNT,
        **TIMES,
        "nBest": each(BEST) | {"minItems": 1},
    },
    speaker=SPEAKER,
    locale={"type": "string", "pattern": "^[a-z]{2}-[A-Z]{2}$"},
)
RESULT = exactly(
    {
        "source": TEXT,
        "timestamp": {"type": "string", "pattern": r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ$"},
        "durationInTicks": COUNT,
        "durationMilliseconds": COUNT,
        "duration": LENGTH,
        "combinedRecognizedPhrases": each(exactly({"channel": COUNT, **FORMS})),
        "recognizedPhrases": each(PHRASE),
    }
)
REPORT = exactly(
    {
        "successfulTranscriptionsCount": COUNT,
        "failedTranscriptionsCount": COUNT,
        "details": each(
            {
                "oneOf": [
                    exactly({"source": TEXT, "status": {"const": "Succeeded"}}),
                    exactly(
                        {
                            "source": TEXT,
                            "status": {"const": "Failed"},
                            "errorKind": {"type": "string", "pattern": "^[A-Z][A-Za-z]+$"},
                            "errorMessage": {"type": "string", "minLength": 1},
                        }
                    ),
                ]
            }
        ),
    }
)


def require_result(document):
    """Fail with what is wrong with a result."""
    jsonschema_rs.validate(RESULT, document)


def require_report(document):
    """Fail with what is wrong with a report."""
    jsonschema_rs.validate(REPORT, document)
