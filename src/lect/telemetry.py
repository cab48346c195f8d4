"""Logging: a constant sentence with fields, one line each, to stderr.

    log = get_log(__name__, action="build", precision="int8")
    log.info("Graphs built.", seconds=1.2)

    2026-01-31T12:00:00Z INFO lect.engines.whisper.build Graphs built. action=build precision=int8 seconds=1.2

The sentence never changes, so that lines can be counted; what changes stands in the fields. `bound` adds fields to all that is
logged in a block, such as the id of the request that it is done for. With `format="json"` a line is a JSON object.
Fields never hold audio or transcripts. The command line sends the records to stderr, from the level of `LECT_LOG` on; a program
of your own calls `configure_logging`, or sets up the logger `lect` of the standard library as any other. Imports the standard
library alone.
"""

from __future__ import annotations

import json
import logging
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from types import MappingProxyType
from typing import Literal, TextIO

LogFormat = Literal["text", "json"]

_ROOT = "lect"
_FIELDS = "lect_fields"
_TIME = "%Y-%m-%dT%H:%M:%SZ"
_bound: ContextVar[Mapping[str, object]] = ContextVar("lect_bound", default=MappingProxyType({}))


@contextmanager
def bound(**fields: object) -> Iterator[None]:
    """Add fields to all that is logged in this block, by this thread or task and by those that it starts with its context."""
    token = _bound.set({**_bound.get(), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


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
        self._logger.log(level, "%s", sentence, extra={_FIELDS: {**_bound.get(), **self._fields, **fields}})


class FieldFormatter(logging.Formatter):
    """One line a record: time in UTC, level, logger, sentence, `key=value` fields."""

    def __init__(self) -> None:
        super().__init__("%(asctime)s %(levelname)s %(name)s %(message)s", _TIME)
        self.converter = time.gmtime

    def formatMessage(self, record: logging.LogRecord) -> str:  # noqa: N802 - logging's own name
        """The line, with the fields after the sentence."""
        fields: dict[str, object] = getattr(record, _FIELDS, {})
        return " ".join([super().formatMessage(record), *(f"{key}={_plain(v)}" for key, v in fields.items())])


class JsonFormatter(logging.Formatter):
    """One JSON object a line: `time`, `level`, `logger`, `message`, and the fields beside them."""

    def __init__(self) -> None:
        super().__init__(datefmt=_TIME)
        self.converter = time.gmtime

    def format(self, record: logging.LogRecord) -> str:
        """The line; a field of the name of one of the four stands under `field_NAME`."""
        line: dict[str, object] = {
            "time": self.formatTime(record, self.datefmt),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        fields: dict[str, object] = getattr(record, _FIELDS, {})
        line |= {f"field_{name}" if name in line else name: value for name, value in fields.items()}
        return json.dumps(line, ensure_ascii=False, default=str)


class _StandardError(logging.StreamHandler[TextIO]):
    """Writes to what standard error is at the time: progress bars put themselves in its place while they are shown."""

    def emit(self, record: logging.LogRecord) -> None:
        self.stream = sys.stderr
        super().emit(record)


def get_log(name: str, *, action: str, **fields: object) -> Log:
    """The log of a module (pass `__name__`) for one of the things it does."""
    return Log(name, action=action, **fields)


def configure_logging(
    *, level: str = "WARNING", format: LogFormat = "text", stream: TextIO | None = None
) -> None:
    """Send Lect's records to a stream (stderr if none is given). Calling it again replaces the former set-up."""
    handler = logging.StreamHandler(stream) if stream else _StandardError()
    handler.setFormatter(JsonFormatter() if format == "json" else FieldFormatter())
    logger = logging.getLogger(_ROOT)
    logger.handlers = [handler]
    logger.propagate = False
    logger.setLevel(level)


def _plain(value: object) -> str:
    """The value as one word; as JSON if it would not be one."""
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if text.isprintable() and text and not set(text) & set(' "=') else json.dumps(text)
