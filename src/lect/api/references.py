"""What references in requests lead to, as far as the caller may see it."""

from typing import Any

from lect.api.links import parse_reference
from lect.api.service import Call
from lect.core.entities import Model
from lect.core.errors import InvalidInput, NotFound
from lect.store.repositories import DATASETS, MODELS, PROJECTS


def project_of(call: Call, connection: Any, reference: Any) -> str | None:
    """The project that a new resource belongs to: the one that was named, or the only one that the caller sees.

    Raises:
        InvalidInput: it is none, or none that the caller may see.
    """
    named = parse_reference(reference, "projects", target="project")
    if named is None:
        return call.project
    try:
        return str(PROJECTS.get(connection, named, project=call.project).id)
    except NotFound as error:
        raise InvalidInput(
            error.message, hint=error.hint, detailed_code="InvalidProject", target="project"
        ) from None


def dataset_of(call: Call, connection: Any, reference: Any, *, target: str = "dataset") -> str | None:
    """The id of the dataset that a reference in a request leads to; None: there is no reference.

    Raises:
        InvalidInput: it leads to something else.
        NotFound: it leads to nothing, or to nothing that the caller may see.
    """
    id = parse_reference(reference, "datasets", target=target)
    return id and str(DATASETS.get(connection, id, project=call.project).id)


def model_of(call: Call, connection: Any, reference: Any, *, target: str = "model") -> str | None:
    """The id of the base or custom model that a reference in a request leads to; None: there is no reference.

    Raises:
        InvalidInput: it leads to something else.
        NotFound: it leads to nothing, or to nothing that the caller may see.
    """
    id = parse_reference(reference, "models", target=target)
    return id and require_usable(call, connection, id).id


def require_usable(call: Call, connection: Any, id: str) -> Model:
    """A model that the caller may use: a base, or a custom model that it sees.

    Raises:
        NotFound: there is none of this id, or none that it sees.
    """
    model = MODELS.get(connection, id)
    return model if model.is_base else MODELS.get(connection, id, project=call.project)
