"""The repositories of all nouns: which table each has, what lists are filtered by, and who may refer to it."""

from __future__ import annotations

from typing import Any

from lect.core.entities import (
    Correction,
    Dataset,
    Endpoint,
    Erasure,
    Evaluation,
    Model,
    ModelCopy,
    Project,
    Transcription,
    WebHook,
)
from lect.store import tables
from lect.store.members import Members
from lect.store.resources import Repository, TaskRepository

_NAMES = frozenset({"display_name", "description", "created"})
_TASK = _NAMES | {"last_action", "status", "locale"}

PROJECTS = Repository(
    noun="project",
    entity=Project,
    table=tables.projects,
    filters=_NAMES | {"locale"},
    users={
        "dataset": (tables.datasets, "project"),
        "model": (tables.models, "project"),
        "evaluation": (tables.evaluations, "project"),
        "endpoint": (tables.endpoints, "project"),
        "transcription": (tables.transcriptions, "project"),
        "correction": (tables.corrections, "project"),
    },
)

DATASETS = TaskRepository(
    noun="dataset",
    entity=Dataset,
    table=tables.datasets,
    filters=_TASK | {"kind"},
    users={
        "model": (tables.model_datasets, "dataset"),
        "evaluation": (tables.evaluations, "dataset"),
        "transcription": (tables.transcriptions, "dataset"),
        "correction": (tables.corrections, "dataset"),
    },
)

MODELS = TaskRepository(
    noun="model",
    entity=Model,
    table=tables.models,
    filters=_TASK,
    users={
        "model": (tables.models, "base"),
        "evaluation": (tables.evaluation_models, "model"),
        "endpoint": (tables.endpoints, "model"),
        "earlier deployment": (tables.endpoint_models, "model"),
        "transcription": (tables.transcriptions, "model"),
        "correction": (tables.corrections, "model"),
        "copy": (tables.model_copies, "model"),
    },
    members=Members(field="datasets", table=tables.model_datasets, owner="model", member="dataset"),
)

EVALUATIONS = TaskRepository(
    noun="evaluation",
    entity=Evaluation,
    table=tables.evaluations,
    filters=_TASK,
    users={},
    members=Members(field="models", table=tables.evaluation_models, owner="evaluation", member="model"),
)

ENDPOINTS = TaskRepository(
    noun="endpoint",
    entity=Endpoint,
    table=tables.endpoints,
    filters=_TASK,
    users={},
    members=Members(field="previous_models", table=tables.endpoint_models, owner="endpoint", member="model"),
)

TRANSCRIPTIONS = TaskRepository(
    noun="transcription",
    entity=Transcription,
    table=tables.transcriptions,
    filters=_TASK,
    users={},
)

CORRECTIONS = TaskRepository(
    noun="correction",
    entity=Correction,
    table=tables.corrections,
    filters=_TASK,
    users={},
)

WORKED: tuple[TaskRepository[Any], ...] = (  # the nouns that jobs work for, and web hooks are told of
    DATASETS,
    MODELS,
    EVALUATIONS,
    ENDPOINTS,
    TRANSCRIPTIONS,
)

MODEL_COPIES = TaskRepository(
    noun="operation",
    entity=ModelCopy,
    table=tables.model_copies,
    filters=_NAMES,
    users={},
)

ERASURES = TaskRepository(
    noun="erasure",
    entity=Erasure,
    table=tables.erasures,
    filters=_TASK - {"locale"},
    users={},
)

WEB_HOOKS = TaskRepository(
    noun="web hook",
    entity=WebHook,
    table=tables.web_hooks,
    filters=(_TASK - {"locale"}) | {"web_url"},
    users={},
)
