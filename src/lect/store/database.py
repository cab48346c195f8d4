"""A database by its URL, SQLite or Postgres, and its units of work."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sqlalchemy import (
    URL,
    Connection,
    DateTime,
    Dialect,
    Engine,
    ExceptionContext,
    TypeDecorator,
    create_engine,
    event,
)
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError, DataError, DBAPIError, IntegrityError
from sqlalchemy.exc import TimeoutError as NoConnection

from lect.core.errors import InvalidInput, StoreError

BUSY_SECONDS = 30  # that a writer waits for another one on SQLite
_FORMS = "Give sqlite:///FILE or postgresql://USER:PASSWORD@HOST/NAME."


class UtcDateTime(TypeDecorator[datetime]):
    """An aware time in UTC on every database: SQLite drops time zones."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        return None if value is None else value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None or value.tzinfo is not None:
            return value
        return value.replace(tzinfo=UTC)


class Database:
    """Connections to one database; safe to share between threads."""

    def __init__(self, url: str) -> None:
        """Open it; `sqlite:///FILE` or `postgresql://...`. Nothing is asked of it yet.

        Raises:
            InvalidInput: it is no URL of such a database.
        """
        self.url = _url(url)
        self.engine = _open(self.url)

    @property
    def is_sqlite(self) -> bool:
        """Whether it is a file."""
        return self.engine.dialect.name == "sqlite"

    @property
    def file(self) -> Path | None:
        """The file that it is; None: it is a server's, or in memory."""
        name = self.url.database
        return Path(name) if self.is_sqlite and name and name != ":memory:" else None

    @contextmanager
    def begin(self, *, foreign_keys: bool = True) -> Iterator[Connection]:
        """A unit of work that writes: all of it is durable when the block ends, or nothing is.

        Args:
            foreign_keys: whether SQLite heeds them; migrations alone go without

        Raises:
            StoreError: the database cannot be reached or written to.
        """
        with _explained(), self.engine.connect() as connection:
            if not foreign_keys:
                self._heed_foreign_keys(connection, "OFF")
            try:
                with connection.begin():
                    if (
                        self.is_sqlite
                    ):  # the lock is taken now, so that two who read and then write do not meet
                        connection.exec_driver_sql("BEGIN IMMEDIATE")
                    yield connection
            finally:
                if not foreign_keys:
                    self._heed_foreign_keys(connection, "ON")

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A unit of work that only reads, from one moment's state.

        Raises:
            StoreError: the database cannot be reached.
        """
        with _explained(), self.engine.connect() as connection:
            if self.is_sqlite:
                connection.exec_driver_sql("BEGIN")
            else:  # by default each statement sees a state of its own
                connection = connection.execution_options(
                    isolation_level="REPEATABLE READ", postgresql_readonly=True
                )
            yield connection

    def _heed_foreign_keys(self, connection: Connection, heed: str) -> None:
        if self.is_sqlite:
            connection.exec_driver_sql(
                f"PRAGMA foreign_keys={heed}"
            )  # within a transaction it would do nothing,
            connection.commit()  # and SQLAlchemy takes it for the beginning of one

    def close(self) -> None:
        """Close all connections."""
        self.engine.dispose()


@contextmanager
def _explained() -> Iterator[None]:
    try:
        yield
    except IntegrityError:  # a row was refused: whoever wrote it knows what that means
        raise
    except DBAPIError as error:
        raise StoreError(
            f"the database failed: {error.orig}",
            hint="Try again in a moment; the database's own log has more.",
        ) from error
    except NoConnection as error:
        raise StoreError(
            "all connections to the database are in use", hint="Try again in a moment."
        ) from error


def _url(text: str) -> URL:
    try:
        url = make_url(text)
    except ArgumentError:
        raise InvalidInput("the database is given by no URL", hint=_FORMS) from None  # it may hold a password
    match url.get_backend_name():
        case "sqlite":
            return url
        case "postgresql" | "postgres":
            return url.set(drivername="postgresql+psycopg")
        case other:
            raise InvalidInput(f"{other} is no database that Lect can use", hint=_FORMS)


def _open(url: URL) -> Engine:
    sqlite = url.get_backend_name() == "sqlite"
    engine = create_engine(
        url, pool_pre_ping=not sqlite, connect_args={"timeout": BUSY_SECONDS} if sqlite else {}
    )
    if sqlite:
        event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "handle_error", _refuse_value)
    return engine


def _refuse_value(failed: ExceptionContext) -> None:
    """Blame the value if there is nothing wrong with the database.

    Raises:
        InvalidInput: it cannot be stored, or compared with what is: NUL in Postgres, half of a surrogate pair, a huge number.
    """
    cause = failed.original_exception
    if isinstance(failed.sqlalchemy_exception, DataError) or isinstance(
        cause, UnicodeEncodeError | OverflowError
    ):
        raise InvalidInput(
            "a text or a number cannot be stored", hint="Leave out control characters."
        ) from cause


def _prepare_sqlite(connection: Any, _record: object) -> None:
    """Durable (`FULL`: NORMAL loses the last commits at a power cut), with foreign keys, and readers beside a writer."""
    connection.isolation_level = None  # begin when we say so, not when the driver thinks so
    for pragma in (
        "journal_mode=WAL",
        f"busy_timeout={BUSY_SECONDS * 1000}",
        "foreign_keys=ON",
        "synchronous=FULL",
    ):
        connection.execute(f"PRAGMA {pragma}")
