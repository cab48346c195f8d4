"""Logging: a constant sentence with fields, one line each, to stderr.

    log = get_log(__name__, action="build", precision="int8")
    log.info("Graphs built.", seconds=1.2)

    2026-01-31T12:00:00Z INFO lect.engines.whisper.build Graphs built. action=build precision=int8 seconds=1.2

The sentence never changes, so that lines can be counted; what changes stands in the fields.
Fields never hold audio or transcripts. The command line sends the records to stderr, from the level of `LECT_LOG` on; a program
of your own calls `configure_logging`, or sets up the logger `lect` of the standard library as any other. Imports the standard
library alone.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import TextIO

_ROOT = "lect"
_FIELDS = "lect_fields"


class Log:
    """Writes records of one part of Lect, with fields that are bound once; `action` is always one of them."""

    def __init__(self, name: str, **fields: object) -> None:
        self._logger = logging.getLogger(name)
        self._fields = fields

    def debug(self, sentence: str, **fields: object) -> None:
        """Something that happens often and tells little by itself."""
        self._write(logging.DEBUG, sentence, fields)

    def info(self, sentence: str, **fields: object) -> None:
        """Something that happened as it should."""
        self._write(logging.INFO, sentence, fields)

    def warning(self, sentence: str, **fields: object) -> None:
        """Something that was survived and should be looked at."""
        self._write(logging.WARNING, sentence, fields)

    def _write(self, level: int, sentence: str, fields: dict[str, object]) -> None:
        self._logger.log(level, "%s", sentence, extra={_FIELDS: {**self._fields, **fields}})


class FieldFormatter(logging.Formatter):
    """One line a record: time in UTC, level, logger, sentence, `key=value` fields."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """The line, with the fields after the sentence."""
        fields: dict[str, object] = getattr(record, _FIELDS, {})
        return " ".join([super().formatMessage(record), *(f"{key}={_plain(v)}" for key, v in fields.items())])


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the time: progress bars put themselves in its place while they are shown."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def get_log(name: str, *, action: str, **fields: object) -> Log:
    """The log of a module (pass `__name__`) for one of the things it does."""
    return Log(name, action=action, **fields)


def configure_logging(*, level: str = "WARNING", stream: TextIO | None = None) -> None:
    """Send Lect's records to a stream (stderr if none is given). Calling it again replaces the former set-up."""
    handler = logging.StreamHandler(stream) if stream else _StandardError()
    handler.setFormatter(FieldFormatter())
    logger = logging.getLogger(_ROOT)
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(level)


def _plain(value: object) -> str:
    """The value as one word; as JSON if it would not be one."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if text.isprintable() and text and not set(text) & set(' "=') else json.dumps(text)
