"""Datasets: what is wrong with one line by line, a repaired copy, and the data as one file."""

from dataclasses import replace
from functools import partial
from typing import Annotated, Any, Literal
from uuid import uuid4

from fastapi import APIRouter, Depends, Query, Response
from fastapi.responses import StreamingResponse

from lect.api.beyond.addresses import SPOKEN, link
from lect.api.datasets import DATASETS
from lect.api.files import send
from lect.api.making import announcing, answer_created
from lect.api.references import project_of
from lect.api.resources import Route, Skip, Top, find, paginate, read_page, reference
from lect.api.schemas import beyond as schemas
from lect.api.schemas.shared import MAX_NAME
from lect.api.service import Call, caller
from lect.core.entities import Dataset
from lect.core.status import Status
from lect.datasets import uploads
from lect.store.keys import Role

_BYTES: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}
_Text = Annotated[str | None, Query(max_length=MAX_NAME)]


def router() -> APIRouter:
    """The routes."""
    routes = APIRouter(route_class=Route, tags=["datasets"])
    writer, reader = caller(SPOKEN, Role.CONTRIBUTOR), caller(SPOKEN, Role.READER)

    @routes.get("/datasets/{id}/report", name="datasets_report", response_model=schemas.DatasetReport)
    def get_report(
        call: Annotated[Call, Depends(reader)],
        id: str,
        severity: Literal["error", "warning"] | None = None,
        code: _Text = None,
        file: _Text = None,
        line: Annotated[int | None, Query(ge=1)] = None,
        skip: Skip = None,
        top: Top = None,
    ) -> Any:
        """What is wrong with a dataset: the counts, and each problem in the order of files and lines."""
        wanted = {"severity": severity, "code": code, "file": file, "line": line}
        wanted = {name: value for name, value in wanted.items() if value is not None}
        with call.storage.database.read() as connection:
            dataset = find(call, connection, DATASETS, id)
            report = uploads.report_of(call.storage, connection, dataset)
        problems = sorted((each for each in report["lines"] if wanted.items() <= each.items()), key=_place)
        page = read_page(skip, top, None, {})
        address = partial(link, call, f"/datasets/{dataset.id}/report", **wanted)
        return {
            **{name: value for name, value in report.items() if name != "lines"},
            "dataset": reference(call, "datasets", dataset.id),
            **paginate(address, page, problems[page.skip : page.skip + page.top + 1]),
        }

    @routes.post(
        "/datasets/{id}:fix", name="datasets_fix", status_code=201, response_model=SPOKEN.schemas.Dataset
    )
    def fix(
        call: Annotated[Call, Depends(writer)],
        id: str,
        response: Response,
        body: schemas.NewRepair | None = None,
    ) -> Any:
        """Make a repaired copy, as another dataset: what has one right form is mended, what has none is left out."""
        with call.storage.database.begin() as connection:
            dataset = repair(call, connection, id, body or schemas.NewRepair())
            return answer_created(call, connection, DATASETS, dataset, response)

    @routes.get(
        "/datasets/{id}/data", name="datasets_data", response_class=StreamingResponse, responses=_BYTES
    )
    def get_data(call: Annotated[Call, Depends(reader)], id: str) -> StreamingResponse:
        """The data as one file: as it was uploaded, or, of a repaired copy, as it was repaired."""
        with call.storage.database.read() as connection:
            dataset = find(call, connection, DATASETS, id)
            blob = uploads.data_of(connection, dataset)
        name = f"{dataset.id}-{uploads.NAMES[dataset.kind]}"
        return send(call.storage.blobs, blob, name=name, media_type="application/octet-stream")

    return routes


def repair(call: Call, connection: Any, id: str, given: schemas.NewRepair) -> Dataset:
    """Store a dataset that will be a repaired copy of another, and the job that makes it.

    Raises:
        NotFound: there is no such dataset.
        Conflict: its data are not here yet.
    """
    source = find(call, connection, DATASETS, id)
    dataset = _repaired(call, connection, source, given)
    return uploads.create_repaired(call.storage, connection, source, dataset, emit=announcing(call, DATASETS))


def _repaired(call: Call, connection: Any, source: Dataset, given: schemas.NewRepair) -> Dataset:
    """The repaired copy of a dataset, before its work begins: in the same project, unless another is given."""
    now = call.storage.clock()
    return replace(
        source,
        id=str(uuid4()),
        display_name=given.display_name or source.display_name,
        description=given.description,
        custom_properties=given.custom_properties or {},
        project=project_of(call, connection, given.project) if given.project else source.project,
        created=now,
        last_action=now,
        status=Status.NOT_STARTED,
        error=None,
        accepted_lines=0,
        rejected_lines=0,
        duration=None,
        content_url=None,
        awaits_blocks=False,
    )


def _place(problem: dict[str, Any]) -> tuple[str, int, int]:
    return problem["file"], problem["line"] or 0, problem["column"] or 0
