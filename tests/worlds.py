"""What servers hold, put into their stores without work: one of each noun, all with the worst of names."""

import io
import zipfile
from datetime import UTC, datetime
from types import SimpleNamespace
from uuid import uuid4

from api_services import BASE
from lect.core.entities import (
    Correction,
    Dataset,
    DatasetKind,
    Delivery,
    Draft,
    Endpoint,
    Evaluation,
    FileKind,
    Model,
    Segment,
    WebHook,
)
from lect.core.files import json_bytes
from lect.core.status import Status
from lect.datasets import uploads
from lect.models.locales import id_of
from lect.store import deliveries, drafts, files
from lect.store.repositories import CORRECTIONS, DATASETS, ENDPOINTS, EVALUATIONS, MODELS, WEB_HOOKS

NOW = datetime(2026, 1, 2, tzinfo=UTC)
HOSTILE = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>=1+1\u202e"


def make_world(storage):
    """One of each noun, finished, all with the worst of names."""
    base = id_of(BASE, "en-US")
    done = {
        "created": NOW,
        "last_action": NOW,
        "status": Status.SUCCEEDED,
        "display_name": HOSTILE,
        "locale": "en-US",
    }
    heard = Dataset(id=str(uuid4()), kind=DatasetKind.ACOUSTIC, accepted_lines=1, duration=3.0, **done)
    lines = Dataset(id=str(uuid4()), kind=DatasetKind.TEXT, accepted_lines=2, rejected_lines=1, **done)
    bundle = storage.blobs.put([b"bundle"])
    model = Model(
        id=str(uuid4()),
        base=base,
        datasets=(lines.id,),
        text=HOSTILE,
        bundle=bundle.sha256,
        bundle_size=6,
        **done,
    )
    edits = [
        {"kind": "correct", "reference": "the", "hypothesis": "the", "offset": 0.32, "duration": 0.29},
        {"kind": "substitution", "reference": "red", "hypothesis": HOSTILE, "offset": 0.61, "duration": 0.29},
        {"kind": "deletion", "reference": "pear", "hypothesis": None},
        {"kind": "insertion", "reference": None, "hypothesis": "now"},
    ]
    score = {"wer": 0.25, "wer_ci": [0.2, 0.3], "cer": 0.1, "ser": 0.5, "ter": 0.3, "words": 3, "correct": 1}
    score |= {"substitutions": 1, "deletions": 1, "insertions": 1, "cpu_seconds": 1.0, "audio_seconds": 3.0}
    comparison = {"a": 0, "verdict": f"{HOSTILE} beats the other by 2.0 points"}
    document = {
        "dataset": "data.zip",
        "normaliser": "en-1",
        "models": [{"model": HOSTILE, **score}, {"model": BASE, **score}],
        "comparisons": [],
        "utterances": [
            {
                "file": f"{HOSTILE}.wav",
                "reference": "=the red pear",
                "speaker": HOSTILE,
                "duration": 4.21,
                "models": [
                    {"hypothesis": "the blue now", "alignment": edits, "errors": 3},
                    {"hypothesis": "the red pear", "alignment": edits[:1], "errors": 0},
                ],
            },
            {
                "file": "b.wav",
                "reference": "ripe",
                "speaker": None,
                "models": [
                    {"hypothesis": "ripe", "alignment": [], "errors": 0},
                    {"hypothesis": "ripe", "alignment": [], "errors": 0},
                ],
            },
        ],
        "failures": [{"file": HOSTILE, "model": HOSTILE, "error": {"message": HOSTILE}}],
    }
    evaluation = Evaluation(
        id=str(uuid4()),
        dataset=heard.id,
        models=(model.id, base),
        scores=({**score, "comparisons": []}, {**score, "comparisons": [comparison]}),
        **done,
    )
    endpoint = Endpoint(id=str(uuid4()), model=model.id, deployed=NOW, previous_models=(base,), **done)
    report = {
        "errors": 1,
        "warnings": 0,
        "counts": {"empty": 1},
        "complete": True,
        "fix": None,
        "lines": [
            {
                "file": HOSTILE,
                "line": 3,
                "column": 1,
                "severity": "error",
                "code": "empty",
                "excerpt": HOSTILE,
                "message": HOSTILE,
                "suggestion": HOSTILE,
            }
        ],
    }
    text = storage.blobs.put([f"{HOSTILE}\nsecond line\n".encode()])
    with storage.database.begin() as connection:
        for each in (heard, lines):
            DATASETS.add(connection, each)
        MODELS.add(connection, model)
        EVALUATIONS.add(connection, evaluation)
        ENDPOINTS.add(connection, endpoint)
        kept = storage.blobs.put([json_bytes(report)])
        files.put(
            connection,
            lines.id,
            [
                storage.new_file(lines.id, FileKind.DATASET_REPORT, "report.json", kept),
                storage.new_file(lines.id, FileKind.LANGUAGE_DATA, "data.txt", text),
            ],
        )
        kept = storage.blobs.put([json_bytes(document)])
        files.put(
            connection,
            evaluation.id,
            [storage.new_file(evaluation.id, FileKind.EVALUATION_DETAILS, "evaluation.json", kept)],
        )
    hook = _told(storage, endpoint)
    correction = _begun(storage, heard)
    return SimpleNamespace(
        correction=correction,
        heard=heard,
        lines=lines,
        model=model,
        evaluation=evaluation,
        endpoint=endpoint,
        base=base,
        hook=hook,
    )


def _begun(storage, dataset):
    """A correction of two recordings, of the second of which the model is less sure."""
    correction = Correction(
        id=str(uuid4()),
        display_name=HOSTILE,
        created=NOW,
        last_action=NOW,
        status=Status.SUCCEEDED,
        locale="en-US",
        dataset=dataset.id,
        model=id_of(BASE, "en-US"),
    )
    made = [
        Draft(
            correction=correction.id,
            number=number,
            file=f"{name}.wav",
            duration=2.0,
            segments=(
                Segment(offset=0.0, duration=1.0, text=text, speaker=HOSTILE, confidence=sure, heard=HOSTILE),
                Segment(offset=1.0, duration=1.0, text="and so on", confidence=sure),
            ),
            confidence=sure,
            changed=NOW,
            outline=(4 * number - 4, 4),
        )
        for number, name, text, sure in ((1, "a", HOSTILE, 0.9), (2, "b", "ripe pairs", 0.5))
    ]
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for each in made:
            archive.writestr(each.file, b"RIFF sound of " + each.file.encode())
    with storage.database.begin() as connection:
        data = uploads.data_file(storage, dataset, storage.blobs.put([packed.getvalue()]))
        files.put(connection, dataset.id, [data])
        CORRECTIONS.add(connection, correction)
        drafts.put(connection, correction.id, made)
        outlines = storage.blobs.put([bytes(range(8))])
        files.put(
            connection, correction.id, [storage.new_file(correction.id, FileKind.AUDIO, "outlines", outlines)]
        )
    return correction


def _told(storage, endpoint):
    """A web hook with the worst of names, and something that it could not be told."""
    hook = WebHook(
        id=str(uuid4()),
        display_name=HOSTILE,
        created=NOW,
        last_action=NOW,
        status=Status.SUCCEEDED,
        web_url="https://somebody:secret-word@example.com/lect",
        events=frozenset({"modelCompletion"}),
        secret="secret-sign",
    )
    delivery = Delivery(
        id=str(uuid4()),
        web_hook=hook.id,
        event="modelCompletion",
        resource=f"/endpoints/{endpoint.id}",
        created=NOW,
        attempts=8,
        tried=NOW,
        outcome=HOSTILE,
    )
    with storage.database.begin() as connection:
        WEB_HOOKS.add(connection, hook)
        deliveries.add(connection, delivery)
    return hook
