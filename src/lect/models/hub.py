"""Weights on the Hugging Face hub, kept in the hub library's own cache and shared with other programs."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING

from lect.core.errors import InvalidInput, ModelLoadFailed, NotFound
from lect.models.catalogue import HubSource

if TYPE_CHECKING:
    from lect.settings import Settings

# What recognition reads, and nothing else: no pickled weights, no code.
_WANTED = [
    "model.safetensors",
    "model-*.safetensors",
    "model.safetensors.index.json",
    "model.bin",  # CTranslate2; its reader checks that it is no pickle
    "config.json",
    "generation_config.json",
    "preprocessor_config.json",
    "tokenizer.json",
    "vocabulary.txt",
    "vocabulary.json",
]
_COMMIT = re.compile(r"[0-9a-f]{40}")
_REPOSITORY = re.compile(r"[A-Za-z0-9][\w.-]*/[A-Za-z0-9][\w.-]*")


def parse(name: str, revision: str | None) -> HubSource | None:
    """Read `OWNER/NAME@COMMIT`, or `OWNER/NAME` with the commit apart; None if it is no hub id.

    Raises:
        InvalidInput: the commit is missing or is not a whole commit hash.
    """
    repository, _, commit = name.partition("@")
    commit = revision or commit
    if not _REPOSITORY.fullmatch(repository):
        return None
    if not _COMMIT.fullmatch(commit):
        raise InvalidInput(
            f"{name}: {'which commit' if not commit else repr(commit) + ' is no commit'} of this hub model?",
            hint=f"Give the 40 digits of one: {repository}@COMMIT (or --revision COMMIT). Branches and tags "
            "move, and a model trained on one base does not fit another.",
        )
    return HubSource(repository=repository, revision=commit)


def fetch(source: HubSource, *, settings: Settings, download: bool = True) -> Path:
    """The folder of a hub model; what is not here yet is downloaded.

    Args:
        source: which one.
        settings: `offline` forbids the download, `hub_token` opens private models.
        download: False looks at what is here already and asks nobody.

    Raises:
        NotFound: it is not here, and may not or could not be downloaded.
    """
    folder = _cached(source)
    if _is_complete(folder):
        return folder
    if settings.offline or not download:
        raise NotFound(
            f"{source}: not downloaded yet"
            + (", and Lect is set to work offline" if settings.offline else ""),
            hint=f"Run `lect models pull {source}` on a machine with a network.",
        )
    folder = _download(source, settings)
    if not _is_complete(folder):
        raise ModelLoadFailed(
            f"{source}: holds no safetensors or CTranslate2 weights with their config.json, generation_config.json "
            "and tokenizer.json",
            hint="Pickled weights (pytorch_model.bin) are never loaded: save the model as safetensors.",
        )
    return folder


def _cached(source: HubSource) -> Path:
    """Where the hub library keeps a model, or would: found without the library's client, which takes long to load."""
    from huggingface_hub import constants

    name = f"models--{source.repository.replace('/', '--')}"
    return Path(constants.HF_HUB_CACHE) / name / "snapshots" / source.revision


def _download(source: HubSource, settings: Settings) -> Path:
    from huggingface_hub import snapshot_download

    token = settings.hub_token.get_secret_value() if settings.hub_token else None
    try:
        return Path(
            snapshot_download(
                source.repository,
                revision=source.revision,
                allow_patterns=_WANTED,
                token=token,
            )
        )
    except Exception as error:  # its errors come from several libraries and differ between versions
        raise _unreachable(source, error) from error


def _unreachable(source: HubSource, error: Exception) -> NotFound:
    reason = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return NotFound(
        f"{source}: could not be downloaded: {reason}",
        hint="Check the name and the network; private models need LECT_HUB_TOKEN. A copy of the model's "
        "folder works as well: -m FOLDER.",
    )


def _is_complete(folder: Path) -> bool:
    """Whether all is there that recognition reads; a download may have been cut off between two files."""
    wanted = {"config.json", "tokenizer.json"}
    if not (folder / "model.bin").is_file():
        wanted |= {"generation_config.json", *_weight_files(folder)}
    return all((folder / name).is_file() for name in wanted)


def _weight_files(folder: Path) -> set[str]:
    """The names of the safetensors files: one, or the shards that an index lists."""
    index = folder / "model.safetensors.index.json"
    if (folder / "model.safetensors").is_file() or not index.is_file():
        return {"model.safetensors"}
    try:
        shards = {str(name) for name in json.loads(index.read_bytes())["weight_map"].values()}
    except (ValueError, LookupError, TypeError, AttributeError):
        shards = set()  # an index that says nothing
    return shards or {"model.safetensors"}
