"""Files from which NIST's sclite counts the same: `sclite -r ref.trn trn -h MODEL.trn trn -i spu_id`."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from lect.core.files import write_bytes
from lect.evaluations.results import EvaluatedUtterance, Evaluation
from lect.speech.scoring.formats import Utterance, write_trn

REFERENCE = "ref.trn"
IDS = "ids.tsv"


def write(evaluation: Evaluation, folder: Path) -> list[Path]:
    """Write `ref.trn`, a trn file for each model, and `ids.tsv`, which says whose id is whose file.

    Words are normalised already.

    Returns:
        The files, the reference first, then the models in their order.

    Raises:
        StoreError: the folder cannot be written to.
    """
    ids = [_id(number, utterance) for number, utterance in enumerate(evaluation.utterances, start=1)]
    columns = [
        [utterance.models[at].alignment for utterance in evaluation.utterances]
        for at in range(len(evaluation.models))
    ]
    references = _trn(ids, [alignment.reference for alignment in columns[0]])
    files = {REFERENCE: references}
    for name, column in zip(_names(evaluation), columns, strict=True):
        files[name] = _trn(ids, [alignment.hypothesis for alignment in column])
    files[IDS] = "".join(
        f"{name}\t{each.file}\n" for name, each in zip(ids, evaluation.utterances, strict=True)
    )
    for name, text in files.items():
        write_bytes(folder / name, text.encode())
    return [folder / name for name in files if name != IDS]


def _id(number: int, utterance: EvaluatedUtterance) -> str:
    """Unique, lower case, the speaker in front as `-i spu_id` wants it."""
    return f"{_slug(utterance.speaker or 'unknown').replace('-', '')}_{number:06d}"


def _names(evaluation: Evaluation) -> Iterator[str]:
    """A file name for each model; models of one name are numbered."""
    seen: dict[str, int] = {"ref": 1, "ids": 1}
    for model in evaluation.models:
        name = _slug(Path(model.model).name)
        seen[name] = seen.get(name, 0) + 1
        yield f"{name}.trn" if seen[name] == 1 else f"{name}-{seen[name]}.trn"


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.") or "model"


def _trn(ids: list[str], texts: list[list[str]]) -> str:
    pairs = zip(ids, texts, strict=True)
    return write_trn(Utterance(id=name, text=" ".join(words), words=tuple(words)) for name, words in pairs)
