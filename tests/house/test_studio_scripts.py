"""JavaScript of others comes by a lock with hashes, and a build without it goes on."""

import importlib.util
import json
from types import SimpleNamespace

import pytest


@pytest.fixture
def build(root):
    spec = importlib.util.spec_from_file_location("hatch_build", root / "hatch_build.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def checkout(root, tmp_path):
    (tmp_path / "package-lock.json").write_bytes((root / "package-lock.json").read_bytes())
    return tmp_path


def test_the_lock_has_a_hash_for_each_package_and_names_no_address(root):
    lock = json.loads((root / "package-lock.json").read_text("utf-8"))
    wanted = json.loads((root / "package.json").read_text("utf-8"))
    packages = {name.removeprefix("node_modules/"): each for name, each in lock["packages"].items() if name}

    versions = {name: each["version"] for name, each in packages.items()}
    assert versions == wanted["dependencies"] | wanted["devDependencies"]
    assert all(
        each["integrity"].startswith("sha512-") and "resolved" not in each for each in packages.values()
    )


def test_what_only_tests_use_comes_into_no_wheel(build, root, checkout, monkeypatch):
    wanted = json.loads((root / "package.json").read_text("utf-8"))
    asked = []
    monkeypatch.setattr(build.shutil, "which", lambda name: name)
    monkeypatch.setattr(
        build.subprocess,
        "run",
        lambda command, **_: asked.append(command) or SimpleNamespace(returncode=1, stderr="no"),
    )

    assert {path.partition("/")[0] for path in build.FILES.values()} == wanted["dependencies"].keys()
    assert build.fetch(checkout) == "npm failed: no"
    assert "--omit=dev" in asked[0]


def test_without_npm_the_build_says_so_and_goes_on(build, checkout, monkeypatch):
    monkeypatch.setattr(build.shutil, "which", lambda name: None)

    assert build.fetch(checkout) == "npm is not installed"


def test_what_is_there_is_not_fetched_again(build, checkout, monkeypatch):
    vendor = checkout / build.VENDOR
    vendor.mkdir(parents=True)
    lock = (checkout / "package-lock.json").read_bytes()
    (vendor / build.STAMP).write_text(build.hashlib.sha256(lock).hexdigest())
    monkeypatch.setattr(build.shutil, "which", lambda name: pytest.fail("it looks for npm"))

    assert build.fetch(checkout) == ""
