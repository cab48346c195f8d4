"""Settings: where things are and how much they may take. The only reader of the environment.

Each field is an environment variable: `cache` is `LECT_CACHE`, `limits.audio_seconds` is
`LECT_LIMITS_AUDIO_SECONDS`. What to do with a request (beam, locale, weight) is an option, not a setting.
"""

from __future__ import annotations

import difflib
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from lect.core.errors import InvalidInput

PREFIX = "LECT_"
TEST_PREFIX = "LECT_TEST_"  # belongs to the test suite, which may not upset the program under test

Precision = Literal["int8", "fp16", "fp32"]
Device = Literal["auto", "cpu", "cuda"]
Level = Literal["DEBUG", "INFO", "WARNING", "ERROR"]


def default_cache(platform: str = sys.platform) -> Path:
    """The user's cache folder for Lect on this platform; `~` stands for the home folder."""
    if chosen := os.environ.get("XDG_CACHE_HOME"):
        return Path(chosen) / "lect"
    return Path("~/Library/Caches" if platform == "darwin" else "~/.cache") / "lect"


def default_data(platform: str = sys.platform) -> Path:
    """The user's data folder for Lect on this platform; `~` stands for the home folder."""
    if chosen := os.environ.get("XDG_DATA_HOME"):
        return Path(chosen) / "lect"
    return Path("~/Library/Application Support" if platform == "darwin" else "~/.local/share") / "lect"


def available_cores() -> int:
    """The cores this process may run on: a container can make them fewer, and those that torchrun starts share them."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    sharing = os.environ.get("LOCAL_WORLD_SIZE", "")
    return max(cores // int(sharing), 1) if sharing.isdecimal() and int(sharing) else cores


class Limits(BaseModel):
    """The most that one input may take."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    audio_bytes: int = Field(default=2 << 30, gt=0, description="Size of one audio file, bytes.")
    audio_seconds: float = Field(
        default=24 * 3600.0, gt=0, description="Length of one audio file, decoded, seconds."
    )
    text_bytes: int = Field(default=200 << 20, gt=0, description="Size of one text file, bytes.")
    archive_bytes: int = Field(
        default=2 << 30, gt=0, description="Size of an archive and of all it holds, bytes."
    )
    archive_files: int = Field(default=10_000, gt=0, description="Files in one archive or dataset folder.")
    lists: int = Field(default=20, gt=0, description="Lists in structured text.")
    list_items: int = Field(default=35_000, gt=0, description="Items of one of these lists.")
    lexicon_entries: int = Field(default=15_000, gt=0, description="Pronunciations in structured text.")
    pronunciations_per_word: int = Field(default=2, gt=0, description="Of these, for one word.")
    pronunciation_bytes: int = Field(
        default=1 << 20, gt=0, description="Size of a pronunciation file, bytes."
    )
    display_bytes: int = Field(default=10 << 20, gt=0, description="Size of a display format file, bytes.")
    display_tests: int = Field(default=10_000, gt=0, description="Tests of a display format that are run.")
    itn_rules: int = Field(default=200, gt=0, description="Patterns in the #itn part of a display format.")
    rewrite_rules: int = Field(default=1_000, gt=0, description="Lines in its #rewrite part.")
    profanity_phrases: int = Field(default=1_000, gt=0, description="Lines in its #profanity part.")


class Quotas(BaseModel):
    """The most that the server keeps at once."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    projects: int | None = Field(default=None, ge=0, description="Projects; unlimited if not given.")
    datasets: int | None = Field(default=None, ge=0, description="Datasets; unlimited if not given.")
    models: int | None = Field(default=None, ge=0, description="Custom models; unlimited if not given.")
    evaluations: int | None = Field(default=None, ge=0, description="Evaluations; unlimited if not given.")
    endpoints: int | None = Field(default=None, ge=0, description="Endpoints; unlimited if not given.")
    transcriptions: int | None = Field(
        default=None, ge=0, description="Transcriptions; unlimited if not given."
    )
    web_hooks: int | None = Field(
        default=100, ge=0, description="Web hooks: with each event, each of them is looked at."
    )
    stored_bytes: int | None = Field(
        default=None,
        ge=0,
        description="What uploads, bundles and results take together, bytes; unlimited if not given.",
    )
    jobs_per_key: int | None = Field(
        default=None, ge=0, description="Jobs that one key has waiting or running; unlimited if not given."
    )
    jobs_per_project: int | None = Field(
        default=None, ge=0, description="Jobs of one project that wait or run; unlimited if not given."
    )


class Server(BaseModel):
    """How the server is reached."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    hosts: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description=(
            "Names under which this server is asked, with commas between them, beside localhost and the address that it "
            "listens on; * is any name."
        ),
    )
    address: str | None = Field(
        default=None,
        description="Its address as clients see it, such as https://speech.example; if not given, what they asked.",
    )
    body_bytes: int = Field(default=1 << 20, gt=0, description="Size of a request that is no upload, bytes.")
    upload_bytes: int = Field(default=2 << 30, gt=0, description="Size of a request that is one, bytes.")
    file_bytes: int = Field(
        default=500_000_000, gt=0, description="Size of a file that its sender waits for, bytes."
    )
    files: int = Field(default=16, gt=0, description="Of these, how many are taken and recognised at once.")
    requests_per_second: float | None = Field(
        default=None,
        gt=0,
        description="Requests that one key, or one address without a key, may make; unlimited if not given.",
    )
    request_burst: int = Field(
        default=100, gt=0, description="Of these, how many at once by a caller that was quiet."
    )

    @field_validator("hosts", mode="before")
    @classmethod
    def _with_commas(cls, value: Any) -> Any:
        return _parts(value)


class Live(BaseModel):
    """How much live recognition is taken on."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    streams: int = Field(
        default=64,
        gt=0,
        le=256,
        description="Turns and short audio that are heard at once; one key alone may have about seven of eight, and never the last.",
    )
    silent_seconds: float = Field(
        default=5.0,
        gt=0,
        description="While no place is free for another turn, how long a turn keeps its place without any audio, seconds.",
    )
    connections_per_key: int = Field(
        default=500,
        gt=0,
        description="WebSockets that one key, or one address without a key, has open at once, idle ones too.",
    )


class Jobs(BaseModel):
    """How much work of each kind runs at once, with all workers together; the rest waits."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    imports: int = Field(default=2, gt=0, description="Datasets that are imported at once.")
    trainings: int = Field(
        default=1, gt=0, description="Models that are trained at once; each uses LECT_THREADS threads."
    )
    evaluations: int = Field(default=1, gt=0, description="Evaluations that run at once.")
    deployments: int = Field(default=2, gt=0, description="Endpoints that are deployed at once.")
    transcriptions: int = Field(default=1, gt=0, description="Batch transcriptions that run at once.")


class Fetch(BaseModel):
    """What the server may ask of other servers."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    private_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description=(
            "Hosts and networks that may be asked although they are no public ones, "
            "with commas between them, such as files.example,10.1.0.0/16; none if not given."
        ),
    )
    credentials: bool = Field(
        default=False, description="Addresses may carry a user name and a password (https://user:word@host/)."
    )
    seconds: float = Field(
        default=3600.0, gt=0, description="Time that fetching one file may take in all, seconds."
    )
    idle_seconds: float = Field(
        default=30.0, gt=0, description="Time to wait for a connection and for the next bytes, seconds."
    )
    certificates: Path | None = Field(
        default=None,
        description="File of certificate authorities (PEM) to trust beside those that everybody trusts.",
    )

    @field_validator("private_addresses", mode="before")
    @classmethod
    def _with_commas(cls, value: Any) -> Any:
        return _parts(value)


class Upkeep(BaseModel):
    """What the server removes by itself, and when."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    every_seconds: float = Field(
        default=3600.0,
        ge=1.0,
        le=3600.0,
        description="Time between two looks for what is to be removed, seconds.",
    )
    orphan_seconds: float = Field(
        default=86_400.0,
        ge=3600.0,
        description="Age at which data that nothing refers to are removed, seconds; longer than any upload may last.",
    )
    upload_seconds: float = Field(
        default=7 * 86_400.0,
        ge=3600.0,
        description="Time from its beginning after which an upload in blocks that was not committed is removed, seconds.",
    )
    job_seconds: float = Field(
        default=30 * 86_400.0,
        gt=0,
        description="How long the record of a job stays after its end, seconds.",
    )
    delivery_seconds: float = Field(
        default=30 * 86_400.0,
        gt=0,
        description="How long the log of a web hook's deliveries reaches back, seconds.",
    )
    metric_seconds: float = Field(
        default=90 * 86_400.0,
        gt=0,
        description="How long the metrics of an endpoint reach back, seconds.",
    )


class Logs(BaseModel):
    """What is kept of live recognition, where an endpoint or a session says so."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    keep_seconds: float = Field(
        default=30 * 86_400.0, gt=0, description="How long the logs of turns are kept, seconds."
    )
    turn_bytes: int = Field(
        default=256 << 20,
        gt=0,
        description="Audio that is kept of one turn, bytes; the rest of a longer one is left out.",
    )
    stored_bytes: int = Field(
        default=10 << 30,
        ge=0,
        description="What all logs of turns take together, bytes; no more turns are logged beyond it.",
    )


def _parts(value: Any) -> Any:
    """The parts of a text with commas between them."""
    return [part.strip() for part in value.split(",") if part.strip()] if isinstance(value, str) else value


class ClientSettings(BaseModel):
    """Which server the commands talk to."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    server: str = Field(
        default="http://localhost:8080", description="Address of the server that `csr` and `batch` talk to."
    )
    key: SecretStr | None = Field(default=None, description="Key for that server.")


class Settings(BaseSettings):
    """What one process works with; built once, then passed on."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX,
        env_nested_delimiter="_",
        env_nested_max_split=1,
        env_ignore_empty=True,
        extra="forbid",
        frozen=True,
        hide_input_in_errors=True,
    )

    cache: Path = Field(
        default_factory=default_cache,
        description="Folder of what can be made again: joined weights, graphs, general language models.",
    )
    data: Path | None = Field(
        default=None,
        description="Folder of what the server keeps, its database and blobs; if not given, the user's data folder.",
    )
    database: SecretStr | None = Field(
        default=None,
        description="Where rows are: postgresql://USER:PASSWORD@HOST/NAME; if not given, a SQLite file in the data folder.",
    )
    blobs: str | None = Field(
        default=None,
        description="Where uploads, models and results are: a folder, or s3://, gs:// or az://; if not given, in the data folder.",
    )
    blob_copies: int = Field(
        default=20 << 30,
        ge=0,
        description="What local copies of blobs in object storage may take, bytes; those not used for longest are let go.",
    )
    threads: int = Field(
        default_factory=available_cores,
        ge=1,
        description="Processor threads that recognition may use; all cores if not given.",
    )
    device: Device = Field(
        default="auto",
        description="What models are trained on, cpu or cuda; auto: a graphics card if torch can use one.",
    )
    precision: Precision = Field(default="int8", description="Number format of the recogniser's weights.")
    model_memory: int = Field(
        default=1 << 30,
        ge=0,
        description="What loaded custom models may take together, bytes; those not used for longest are let go, and a turn is refused whose trained weights do not fit beside those in use.",
    )
    piper_voices: Path | None = Field(
        default=None,
        description="Folder of voices for Piper, NAME.onnx beside NAME.onnx.json, for synthetic speech.",
    )
    speaker_weights: Path | None = Field(
        default=None,
        description="File of the weights that tell speakers apart, where the package that carries them is not installed.",
    )
    offline: bool = Field(default=False, description="Never ask the network; HF_HUB_OFFLINE=1 says so too.")
    hub_token: SecretStr | None = Field(default=None, description="Token for private models on the hub.")
    log: Level = Field(
        default="WARNING",
        description="The least that is logged to standard error: DEBUG, INFO, WARNING or ERROR.",
    )
    log_format: Literal["text", "json"] = Field(
        default="text",
        description="How a line of the log is written: text, fields as key=value; json, an object.",
    )
    traces: str | None = Field(
        default=None,
        description="Where traces are sent by OTLP over HTTP, such as http://localhost:4318/v1/traces; nowhere if not given.",
    )
    server: Server = Field(default_factory=Server, description="How the server is reached.")
    live: Live = Field(default_factory=Live, description="How much live recognition is taken on.")
    limits: Limits = Field(default_factory=Limits, description="The most that one input may take.")
    jobs: Jobs = Field(
        default_factory=Jobs,
        description="How much work of each kind runs at once, with all workers together.",
    )
    quotas: Quotas = Field(default_factory=Quotas, description="The most that the server keeps at once.")
    fetch: Fetch = Field(default_factory=Fetch, description="What the server may ask of other servers.")
    logs: Logs = Field(default_factory=Logs, description="What is kept of live recognition.")
    upkeep: Upkeep = Field(default_factory=Upkeep, description="What the server removes by itself, and when.")
    client: ClientSettings = Field(
        default_factory=ClientSettings, description="Which server the commands talk to."
    )

    def __init__(self, **values: Any) -> None:
        """Read the environment; `values` win over it.

        Raises:
            InvalidInput: a value is wrong, or the environment holds a LECT_ variable that is no setting.
        """
        _refuse_unknown(os.environ)
        try:
            super().__init__(**values)
        except ValidationError as error:
            raise InvalidInput(
                "\n".join(
                    f"{_variable(*problem['loc'])}: {problem['msg'].removeprefix('Value error, ')}"
                    for problem in error.errors()
                ),
                hint="Set, correct or unset the variable.",
            ) from None  # the original repeats the values, which may be secret

    @property
    def data_folder(self) -> Path:
        """Folder of what the server keeps.

        Raises:
            InvalidInput: none is given, and this user has no home folder.
        """
        try:
            return (self.data or default_data()).expanduser().absolute()
        except RuntimeError:
            raise InvalidInput(
                f"{_variable('data')}: there is no home folder of this user", hint="Set the variable."
            ) from None

    @property
    def scratch_folder(self) -> Path:
        """Folder of what requests need while they are answered."""
        return self.data_folder / "scratch"

    @property
    def database_url(self) -> str:
        """Where rows are, with its password."""
        if self.database is not None:
            return self.database.get_secret_value()
        return f"sqlite:///{self.data_folder / 'lect.db'}"

    @property
    def blobs_location(self) -> str:
        """Where blobs are."""
        return self.blobs or str(self.data_folder / "blobs")

    @property
    def environment(self) -> dict[str, str]:
        """The environment by which a process finds the same places; its arguments would show passwords to anybody."""
        return environment_with(
            {
                f"{PREFIX}DATA": str(self.data_folder),
                f"{PREFIX}DATABASE": self.database_url,
                f"{PREFIX}BLOBS": self.blobs_location,
            }
        )

    @field_validator("cache")
    @classmethod
    def _absolute(cls, cache: Path) -> Path:  # the default too
        try:
            return cache.expanduser().absolute()
        except RuntimeError as error:
            raise ValueError(f"{cache}: there is no home folder of this user") from error

    @field_validator("log", mode="before")
    @classmethod
    def _in_capitals(cls, level: Any) -> Any:
        return level.upper() if isinstance(level, str) else level

    @field_validator("offline")
    @classmethod
    def _as_the_hub_says(cls, offline: bool) -> bool:  # noqa: FBT001 - pydantic passes it so
        return offline or _hub_is_offline()


def environment_with(changes: Mapping[str, str]) -> dict[str, str]:
    """The environment of this process with some variables changed: that of a child."""
    return {**os.environ, **changes}


@dataclass(frozen=True, kw_only=True)
class Shown:
    """A setting for people to look at."""

    name: str  # of its variable
    description: str
    value: str  # never a secret; empty: none is given
    is_given: bool  # by its variable, or by an option of the command


def shown(settings: Settings) -> list[Shown]:
    """Every setting with its value; of a secret, that there is one."""
    return list(_shown(settings))


def _shown(group: BaseModel, *path: str) -> Iterator[Shown]:
    for name, field in type(group).model_fields.items():
        value = getattr(group, name)
        if isinstance(value, BaseModel):
            yield from _shown(value, *path, name)
            continue
        yield Shown(
            name=_variable(*path, name),
            description=field.description or "",
            value=_as_text(value),
            is_given=name in group.model_fields_set,
        )


def _as_text(value: Any) -> str:
    """A value as its variable would have it; `SecretStr` prints stars."""
    if value is None:
        return ""
    if isinstance(value, tuple):
        return ",".join(map(str, value))
    return str(int(value)) if isinstance(value, bool) else str(value)


def variables() -> dict[str, str]:
    """Every environment variable that is a setting, with the sentence that explains it."""
    return dict(_variables(Settings))


def _variables(group: type[BaseModel], *path: str) -> Iterator[tuple[str, str]]:
    for name, field in group.model_fields.items():
        if isinstance(field.annotation, type) and issubclass(field.annotation, BaseModel):
            yield from _variables(field.annotation, *path, name)
        else:
            yield _variable(*path, name), field.description or ""


def _variable(*path: int | str) -> str:
    return PREFIX + "_".join(map(str, path)).upper()


def _refuse_unknown(environ: Mapping[str, str]) -> None:
    known = variables()
    ours = {name.upper() for name in environ if name.upper().startswith(PREFIX)}
    for name in sorted(ours - known.keys()):
        if not name.startswith(TEST_PREFIX):
            close = difflib.get_close_matches(name, known, n=1)
            hint = f"Did you mean {close[0]}?" if close else f"Settings are: {', '.join(known)}."
            raise InvalidInput(f"{name}: there is no such setting", hint=hint)


def _hub_is_offline() -> bool:
    return os.environ.get("HF_HUB_OFFLINE", "").strip().upper() in {"1", "ON", "YES", "TRUE"}
