"""The tables, the same on SQLite and Postgres; `migrations` makes them.

A column that refers to another resource is a foreign key that refuses: what is in use cannot be deleted. What only belongs to a
resource (files, blocks, deliveries) goes with it.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Column,
    Float,
    ForeignKey,
    ForeignKeyConstraint,
    Index,
    Integer,
    MetaData,
    String,
    Table,
    Text,
    UniqueConstraint,
)
from sqlalchemy.types import JSON

from lect.store.database import UtcDateTime

metadata = MetaData(
    naming_convention={  # names that a later migration can find again
        "ix": "ix_%(column_0_N_label)s",
        "uq": "uq_%(table_name)s_%(column_0_N_name)s",
        "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
        "pk": "pk_%(table_name)s",
    }
)

_ID = String(36)
_SHA256 = String(64)


def _reference(name: str, table: str, *, nullable: bool = True) -> Column[str]:
    """A reference that keeps what it refers to from being deleted."""
    return Column(name, _ID, ForeignKey(f"{table}.id", ondelete="RESTRICT"), nullable=nullable, index=True)


def _part_of(name: str, table: str) -> Column[str]:
    """A reference of a part, which goes with the whole."""
    return Column(name, _ID, ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


def _resource(name: str, *columns: Column[Any]) -> Table:
    table = Table(
        name,
        metadata,
        Column("id", _ID, primary_key=True),
        Column("display_name", Text, nullable=False),
        Column("description", Text),
        Column("custom_properties", JSON, nullable=False),
        Column("created", UtcDateTime, nullable=False),
        *columns,
    )
    Index(None, table.c.created, table.c.id)  # the order of lists
    return table


def _task(name: str, *columns: Column[Any]) -> Table:
    return _resource(
        name,
        Column("status", String(16), nullable=False, index=True),
        Column("last_action", UtcDateTime, nullable=False),
        Column("error", JSON(none_as_null=True)),
        *columns,
    )


projects = _resource("projects", Column("locale", Text, nullable=False))

datasets = _task(
    "datasets",
    Column("locale", Text, nullable=False),
    Column("kind", String(16), nullable=False),
    _reference("project", "projects"),
    Column("content_url", Text),
    Column("awaits_blocks", Boolean, nullable=False),
    Column("is_normalised", Boolean, nullable=False),
    Column("accepted_lines", Integer, nullable=False),
    Column("rejected_lines", Integer, nullable=False),
    Column("duration", Float),
    Column("made_of", _ID, index=True),  # no foreign key: what it was made of may be deleted
)

models = _task(
    "models",
    Column("locale", Text, nullable=False),
    Column("is_base", Boolean, nullable=False, index=True),
    Column("name", Text),
    _reference("base", "models"),
    _reference("project", "projects"),
    Column("text", Text),
    Column("weight", Integer),
    Column("bundle", _SHA256, index=True),
    Column("properties", JSON, nullable=False),
    Column("bundle_size", BigInteger),
    Column("training", JSON(none_as_null=True)),  # None: as a rule, or of a version that knew no other way
    Column("tested", Text),
)

model_datasets = Table(
    "model_datasets",
    metadata,
    Column("model", _ID, ForeignKey("models.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    _reference("dataset", "datasets", nullable=False),
)

evaluations = _task(
    "evaluations",
    Column("locale", Text, nullable=False),
    _reference("dataset", "datasets", nullable=False),
    _reference("project", "projects"),
    Column("scores", JSON, nullable=False),
)

evaluation_models = Table(
    "evaluation_models",
    metadata,
    Column("evaluation", _ID, ForeignKey("evaluations.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    _reference("model", "models", nullable=False),
)

endpoints = _task(
    "endpoints",
    Column("locale", Text, nullable=False),
    _reference("model", "models", nullable=False),
    _reference("project", "projects"),
    Column("logs_content", Boolean, nullable=False),
    Column("time_to_live", Float),
    Column("deployed", UtcDateTime),
    Column("expires", UtcDateTime, index=True),  # None: never, or its work is not done
)

endpoint_models = Table(  # what an endpoint served before: kept, so that it can be rolled back
    "endpoint_models",
    metadata,
    Column("endpoint", _ID, ForeignKey("endpoints.id", ondelete="CASCADE"), primary_key=True),
    Column("place", Integer, primary_key=True),
    _reference("model", "models", nullable=False),
)

deployments = Table(
    "deployments",
    metadata,
    Column("id", _ID, primary_key=True),
    _part_of("endpoint", "endpoints"),
    Column("model", _ID, nullable=False),  # no foreign key: what was served long ago may be deleted
    Column("reason", String(16), nullable=False),
    Column("key", _ID),
    Column("created", UtcDateTime, nullable=False),
    Column("status", String(16), nullable=False),
    Column("finished", UtcDateTime),
    Column("error", JSON(none_as_null=True)),
    Index(None, "endpoint", "created", "id"),
)

endpoint_metrics = Table(  # what was counted there, a row an hour
    "endpoint_metrics",
    metadata,
    Column("endpoint", _ID, ForeignKey("endpoints.id", ondelete="CASCADE"), primary_key=True),
    Column("hour", UtcDateTime, primary_key=True, index=True),
    Column("outcomes", JSON, nullable=False),
    Column("finals", JSON, nullable=False),
    Column("first_partials", JSON, nullable=False),
)

transcriptions = _task(
    "transcriptions",
    Column("locale", Text, nullable=False),
    _reference("model", "models"),
    _reference("dataset", "datasets"),
    _reference("project", "projects"),
    Column("content_urls", JSON, nullable=False),
    Column("container_url", Text),
    Column("options", JSON, nullable=False),
    Column("time_to_live", Float),
    Column("duration", Float),
    Column("expires", UtcDateTime, index=True),  # None: never, or its work is not done
)

corrections = _task(
    "corrections",
    Column("locale", Text, nullable=False),
    _reference("dataset", "datasets", nullable=False),
    _reference("model", "models"),
    _reference("project", "projects"),
)

drafts = Table(
    "drafts",
    metadata,
    Column("correction", _ID, ForeignKey("corrections.id", ondelete="CASCADE"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("file", Text, nullable=False),
    Column("duration", Float, nullable=False),
    Column("segments", JSON, nullable=False),
    Column("text", Text, nullable=False),  # of all segments, for lists
    Column("confidence", Float),
    Column("is_done", Boolean, nullable=False),
    Column("revision", Integer, nullable=False),
    Column("changed", UtcDateTime, nullable=False),
    Column("key", _ID),
    Column("outline_begin", BigInteger, nullable=False),
    Column("outline_size", Integer, nullable=False),
    Index(None, "correction", "is_done", "number"),
)

revisions = Table(  # of drafts, as they were
    "revisions",
    metadata,
    Column("correction", _ID, primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("revision", Integer, primary_key=True, autoincrement=False),
    Column("segments", JSON, nullable=False),
    Column("is_done", Boolean, nullable=False),
    Column("changed", UtcDateTime, nullable=False),
    Column("key", _ID),
    ForeignKeyConstraint(
        ["correction", "number"], ["drafts.correction", "drafts.number"], ondelete="CASCADE"
    ),
)

model_copies = _task(
    "model_copies",
    _reference("model", "models", nullable=False),
    Column("target", Text, nullable=False),
    Column("result", Text),
)

erasures = _task(
    "erasures",
    Column("dataset", _ID, nullable=False, index=True),  # no foreign key: an erasure outlives its dataset
    Column("file", Text, nullable=False),
    Column("project", _ID, index=True),
    Column("found", JSON, nullable=False),
)

arrivals = Table(  # models that other servers sent: each authorisation is used once
    "arrivals",
    metadata,
    Column("id", _ID, primary_key=True),  # of the authorisation and of the model, which may be gone
    Column("bundle", _SHA256, nullable=False),
    Column("expires", UtcDateTime, nullable=False),  # the authorisation: after that nobody asks
)

web_hooks = _task(
    "web_hooks",
    Column("web_url", Text, nullable=False),
    Column("events", JSON, nullable=False),
    Column("secret", Text),
    Column("api_version", Text),
)

deliveries = Table(
    "deliveries",
    metadata,
    Column("id", _ID, primary_key=True),
    _part_of("web_hook", "web_hooks"),
    Column("event", Text, nullable=False),
    Column("resource", Text, nullable=False),  # its path below the API's prefix
    Column("created", UtcDateTime, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("delivered", UtcDateTime),
    Column("outcome", Text),  # of the last attempt
    Column("tried", UtcDateTime),  # when that was
    Column("due", UtcDateTime),  # the next attempt; None: there is none
    Index(None, "web_hook", "created"),
)

files = Table(
    "files",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("owner", _ID, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("blob", _SHA256, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("created", UtcDateTime, nullable=False),
    Column("duration", Float),
    Column("media_type", Text, nullable=False),
    Index(None, "owner", "created", "id"),
    Index(None, "owner", "name", "created", "id"),  # those of a name, in the order of lists
)

blocks = Table(
    "blocks",
    metadata,
    _part_of("dataset", "datasets"),
    Column("name", String(128), nullable=False),
    Column("place", Integer),  # in what was committed; None: uncommitted
    Column("blob", _SHA256, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("number", Integer, primary_key=True, autoincrement=True),
    UniqueConstraint("dataset", "name", "place"),
)

logs = Table(  # a row for each of the two files of a logged turn
    "logs",
    metadata,
    Column("id", String(80), primary_key=True),
    Column("turn", _ID, nullable=False, index=True),
    Column("endpoint", _ID, ForeignKey("endpoints.id", ondelete="CASCADE")),
    Column("locale", Text, nullable=False),
    Column("project", _ID, index=True),
    Column("model", _ID, nullable=False),
    Column("kind", String(32), nullable=False),
    Column("name", Text, nullable=False),
    Column("blob", _SHA256, nullable=False, index=True),
    Column("size", BigInteger, nullable=False),
    Column("created", UtcDateTime, nullable=False, index=True),
    Column("duration", Float, nullable=False),
    Index(None, "endpoint", "locale", "id"),
)

keys = Table(
    "keys",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("name", Text, nullable=False),
    Column("role", String(16), nullable=False),
    Column("project", _ID, ForeignKey("projects.id", ondelete="CASCADE")),
    Column("hash", _SHA256, nullable=False, unique=True),
    Column("created", UtcDateTime, nullable=False),
    Column("revoked", UtcDateTime),
)

audit = Table(
    "audit",
    metadata,
    Column("number", Integer, primary_key=True, autoincrement=True),
    Column("time", UtcDateTime, nullable=False, index=True),
    Column("key", _ID),  # None: nobody had to show one
    Column("action", Text, nullable=False),
    Column("resource", Text, nullable=False),
)

secrets = Table(  # of the installation, shared by its processes
    "secrets",
    metadata,
    Column("name", String(32), primary_key=True),
    Column("value", Text, nullable=False),
    Column("created", UtcDateTime, nullable=False),
)

workers = Table(
    "workers",
    metadata,
    Column("id", _ID, primary_key=True),
    Column("process", Text, nullable=False),  # what tells on its machine whether it still runs
    Column("beat", Integer, nullable=False),  # grows as long as it lives
)

jobs = Table(
    "jobs",
    metadata,
    Column("id", Text, primary_key=True),
    Column("kind", Text, nullable=False),
    Column("resource", _ID, index=True),
    Column("arguments", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("is_cancelling", Boolean, nullable=False),
    Column("attempt", Integer, nullable=False),
    Column("deaths", Integer, nullable=False),
    Column("lease", Integer, nullable=False),
    _reference("worker", "workers"),
    Column("progress", Float, nullable=False),
    Column("message", Text, nullable=False),
    Column("eta", Float),
    Column("error", JSON(none_as_null=True)),
    Column("created", UtcDateTime, nullable=False),
    Column("due", UtcDateTime, nullable=False),
    Column("started", UtcDateTime),
    Column("finished", UtcDateTime),
    Column("project", _ID, index=True),  # whose quota it counts in, as long as it is not over
    Column("key", _ID, index=True),  # same
    Index(None, "state", "kind", "due"),
)

job_steps = Table(  # those that are done
    "job_steps",
    metadata,
    Column("job", Text, ForeignKey("jobs.id", ondelete="CASCADE"), primary_key=True),
    Column("name", Text, primary_key=True),
    Column("result", JSON, nullable=False),
)
