"""Clients that openapi-generator makes of the published documents of the API, as anybody would make them."""

from __future__ import annotations

import hashlib
import importlib
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import warnings
from contextlib import suppress
from functools import partial
from pathlib import Path

import pytest

# Generated modules import pydantic's `BaseModel`; the documents have a definition of that name, too.
OPTIONS = ("--model-name-mappings", "BaseModel=SpeechBaseModel")
ONLY = ("apis", "models", "supportingFiles", *(f"{part}=false" for part in ("apiDocs", "modelDocs")))


class GeneratedClient:
    """All operations of a generated client, by its names: `client.datasets_get(id=...)`. Its models are in `models`."""

    def __init__(self, package, document, *, version, address, key):
        """Args:
        document: what it was generated from
        """
        self.models = package
        is_v3 = version.startswith("v3")
        url = f"{address}/speechtotext/{version}" if is_v3 else f"{address}/speechtotext"
        self._client = package.ApiClient(package.Configuration(host=url, api_key={"api_key": key}))
        self._always = {} if is_v3 else {"api_version": version}
        apis = [getattr(package, name)(self._client) for name in dir(package) if name.endswith("Api")]
        self._calls, self._statuses = {}, {}
        for operation in (each for path in document["paths"].values() for each in path.values()):
            name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", operation["operationId"]).lower()
            [self._calls[name]] = [
                getattr(api, f"{name}_with_http_info") for api in apis if hasattr(api, name)
            ]
            self._statuses[name] = operation["responses"].keys()

    def __getattr__(self, name):
        return partial(self._call, name)

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self._client.rest_client.pool_manager.clear()  # which it leaves to the garbage collector

    def raw(self, name, **arguments):
        """The JSON that comes back, whatever the document says of it."""
        call = getattr(self._calls[name].__self__, f"{name}_without_preload_content")
        return json.loads(call(**self._always, **arguments).data)

    def _call(self, name, **arguments):
        """What comes back, with a status that the document tells of."""
        answer = self._calls[name](**self._always, **arguments)
        assert str(answer.status_code) in self._statuses[name], f"{name}: {answer.status_code}"
        return answer.data


def generate(program: str, document: Path, *, name: str, cache: Path):
    """The package that is generated from a document, called `name`; kept in `cache`, as it takes 10 seconds."""
    known = [document.read_bytes(), *(each.encode() for each in (name, *OPTIONS, *ONLY, _version(program)))]
    folder = cache / hashlib.sha256(b"\0".join(known)).hexdigest()[:16]
    if not folder.is_dir():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as temporary:
            made = Path(temporary) / "client"
            chosen = ["--package-name", name, "--global-property", ",".join(ONLY)]
            _run(program, "generate", "-g", "python", "-i", str(document), "-o", str(made), *OPTIONS, *chosen)
            with suppress(OSError):  # another process may have been first
                made.rename(folder)
    sys.path.append(str(folder))
    try:
        with warnings.catch_warnings():
            warnings.filterwarnings("ignore", message=r'Field name "copy"')
            return importlib.import_module(name)
    finally:
        sys.path.remove(str(folder))


def generator() -> str:
    """The program; tests that ask for it are skipped where it or Java is not installed."""
    if shutil.which("java") is None:
        pytest.skip("java is not installed (Debian: apt-get install default-jre-headless)")
    places = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    program = shutil.which("openapi-generator-cli", path=places)
    if program is None:
        pytest.skip("openapi-generator-cli is not installed (pip install openapi-generator-cli)")
    return program


def _version(program: str) -> str:
    return _run(program, "version").strip()


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"{' '.join(command)}\n{done.stdout}\n{done.stderr}"
    return done.stdout
