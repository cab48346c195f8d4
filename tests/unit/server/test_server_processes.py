"""What the processes of a server import, and how they find each other."""

import gc
import socket
import subprocess
import sys
from datetime import UTC, datetime

import pytest

from lect.core.errors import AccessError, InvalidInput, StoreError
from lect.server import starting, supervisor
from lect.server.address import Address
from lect.server.api import run_api
from lect.server.worker import job_kinds
from lect.settings import Jobs, Settings
from lect.store import keys
from lect.store.opening import open_storage
from servers import free_port

HEAVY = {
    "av",
    "httpx",  # the client of the hub
    "numpy",
    "obstore",
    "onnx",
    "onnxruntime",
    "psycopg",
    "safetensors",
    "soxr",
    "tokenizers",
    "torch",
}
DOOR = {"fastapi", "starlette", "uvicorn"}


def imported_by(script):
    """The packages outside the standard library that a program has imported at its end."""
    script += (
        "\nimport sys"
        "\nnames = {name.partition('.')[0] for name in sys.modules}"
        "\nprint('imported', *sorted(names - sys.stdlib_module_names))"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)
    assert ran.returncode == 0, ran.stderr
    return set(ran.stdout.splitlines()[-1].split()[1:])


def test_the_supervisor_imports_nothing_but_lect():
    without = imported_by("")

    assert imported_by("import lect.server.supervisor") - without == {"lect"}


def test_the_api_at_rest_has_nothing_heavy_loaded(tmp_path):
    found = imported_by(
        "from lect.server.address import Address\nfrom lect.server.api import create_app, open_service\n"
        "from lect.settings import Settings\n"
        f"create_app(open_service(Settings(data={str(tmp_path)!r}), Address()))"
    )

    assert found & HEAVY == set()


def test_what_stays_is_not_looked_through_for_garbage(tmp_path, monkeypatch):
    """A full collection took 130 ms amid an answer, and most of it were routes and schemas."""
    frozen = []

    def run(app, **_):
        frozen.append(gc.get_freeze_count())
        app.state.service.storage.database.close()

    monkeypatch.setattr("uvicorn.run", run)
    try:
        run_api(Settings(data=tmp_path), Address())
    finally:
        gc.unfreeze()

    assert frozen[0] > 50_000


def test_a_worker_at_rest_has_nothing_heavy_loaded_and_no_door(tmp_path):
    found = imported_by(
        "from lect.server.worker import job_kinds, open_with_bases\n"
        "from lect.settings import Settings\n"
        f"settings = Settings(data={str(tmp_path)!r})\n"
        "job_kinds(open_with_bases(settings), settings, address='http://localhost')"
    )

    assert found & (HEAVY | DOOR) == set()


def test_how_much_runs_at_once_is_a_setting_for_each_kind(tmp_path):
    settings = Settings(
        data=tmp_path,
        jobs=Jobs(imports=3, trainings=4, evaluations=5, deployments=6, transcriptions=7),
    )
    storage = open_storage(settings)
    kinds = {kind.name: kind.at_once for kind in job_kinds(storage, settings, address="http://localhost")}
    storage.database.close()

    found = {name: kinds[name] for name in ("import", "train", "evaluate", "deploy", "transcribe")}
    assert list(found.values()) == [3, 4, 5, 6, 7]


@pytest.mark.parametrize(
    "address", [Address(), Address(host="0.0.0.0", port=443, tls_cert="a cert.pem", tls_key="key.pem")]
)
def test_an_address_comes_out_of_its_arguments_as_it_went_in(address):
    assert Address.from_arguments(address.arguments) == address


def test_a_server_has_one_api_and_as_many_workers_as_it_is_told():
    found = supervisor.commands(Address(port=81), workers=2)

    assert list(found) == ["api", "worker 1", "worker 2"]
    assert found["api"][1:] == ["-m", "lect.server.api", "127.0.0.1", "81", "", ""]
    assert found["worker 2"][1:] == ["-m", "lect.server.worker", "http://127.0.0.1:81"]


def test_others_may_reach_it_once_there_is_a_key(tmp_path):
    settings, everybody = Settings(data=tmp_path), Address(host="0.0.0.0", port=free_port())
    starting.require_startable(settings, Address(port=free_port()))  # on this machine alone no key is wanted

    with pytest.raises(AccessError):
        starting.require_startable(settings, everybody)
    storage = open_storage(settings)
    with storage.database.begin() as connection:
        keys.create(connection, name="", role=keys.Role.OWNER, project=None, at=datetime.now(UTC))
    storage.database.close()
    starting.require_startable(settings, everybody)


def test_a_port_that_is_taken_is_told_before_anything_starts(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as taken:
        address = Address(port=taken.getsockname()[1])
        with pytest.raises(InvalidInput, match=f"port {address.port}: cannot be listened on"):
            starting.require_startable(Settings(data=tmp_path), address)


def test_a_certificate_that_cannot_be_used_is_told_before_anything_starts(tmp_path):
    file = tmp_path / "no.pem"
    file.write_text("no certificate")
    address = Address(port=free_port(), tls_cert=str(file), tls_key=str(file))
    with pytest.raises(InvalidInput, match="no certificate with its key"):
        starting.require_startable(Settings(data=tmp_path), address)


def test_a_database_that_cannot_be_read_is_told_before_anything_starts(tmp_path):
    settings = Settings(data=tmp_path)
    storage = open_storage(settings)
    storage.database.close()
    storage.database.file.write_bytes(b"no database at all" * 100)
    with pytest.raises(StoreError):
        starting.require_startable(settings, Address(port=free_port()))


def test_the_folder_of_the_database_is_its_owners_alone(tmp_path):
    storage = open_storage(Settings(data=tmp_path))
    storage.database.close()
    assert storage.database.file.parent.stat().st_mode & 0o077 == 0
