"""Logging: a constant sentence with fields, one line each, to stderr.

    log = get_log(__name__).bind(model="whisper-base")
    log.info("Model loaded.", action="load", seconds=0.2)

    2026-01-31T12:00:00Z INFO lect.serving Model loaded. action=load model=whisper-base seconds=0.2

The sentence never changes, so that lines can be counted; what changes stands in the fields.
Fields never hold audio or transcripts. Imports `lect.core` and the standard library alone.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from typing import Literal, TextIO

Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]

_ROOT = "lect"
_FIELDS = "lect_fields"


class Log:
    """Writes records of one part of Lect, with fields that are bound once."""

    def __init__(self, name: str, **fields: object) -> None:
        self._logger = logging.getLogger(name)
        self._fields = fields

    def bind(self, **fields: object) -> Log:
        """The same log with more fields on each line."""
        return Log(self._logger.name, **{**self._fields, **fields})

    def debug(self, sentence: str, *, action: str, **fields: object) -> None:
        """Something for whoever looks for a fault."""
        self._write(logging.DEBUG, sentence, action, fields)

    def info(self, sentence: str, *, action: str, **fields: object) -> None:
        """Something that happened as it should."""
        self._write(logging.INFO, sentence, action, fields)

    def warning(self, sentence: str, *, action: str, **fields: object) -> None:
        """Something that was survived and should be looked at."""
        self._write(logging.WARNING, sentence, action, fields)

    def error(self, sentence: str, *, action: str, **fields: object) -> None:
        """Something that failed."""
        self._write(logging.ERROR, sentence, action, fields)

    def _write(self, level: int, sentence: str, action: str, fields: dict[str, object]) -> None:
        merged = {"action": action, **self._fields, **fields}
        self._logger.log(level, "%s", sentence, extra={_FIELDS: merged})


class FieldFormatter(logging.Formatter):
    """One line a record: time in UTC, level, logger, sentence, `key=value` fields."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", "%Y-%m-%dT%H:%M:%SZ")
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """The line, with the fields after the sentence."""
        fields: dict[str, object] = getattr(record, _FIELDS, {})
        return " ".join([super().formatMessage(record), *(f"{key}={_plain(v)}" for key, v in fields.items())])


def get_log(name: str) -> Log:
    """The log of a module; pass `__name__`."""
    return Log(name)


def configure_logging(*, level: Level = "WARNING", stream: TextIO | None = None) -> None:
    """Send Lect's records to a stream (stderr if none is given). Calling it again replaces the former set-up."""
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.setFormatter(FieldFormatter())
    logger = logging.getLogger(_ROOT)
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(level)


def _plain(value: object) -> str:
    """The value as one word; as JSON if it would not be one."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if text.isprintable() and text and not set(text) & set(' "=') else json.dumps(text)
