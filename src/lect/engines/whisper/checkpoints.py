"""Whisper checkpoints as they lie in a folder, before anything is read of them."""

from __future__ import annotations

from pathlib import Path


def weight_files(folder: Path) -> list[Path]:
    """The weight files of a checkpoint: one, or the shards in order; none if there is no checkpoint."""
    singles = [folder / "model.bin", folder / "model.safetensors"]
    found = next((single for single in singles if single.is_file()), None)
    return [found] if found else sorted(folder.glob("model-*.safetensors"))
