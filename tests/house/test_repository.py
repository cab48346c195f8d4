"""The repository speaks of the product alone, and belongs to whoever clones it."""

import re
import shutil
import subprocess

import pytest

LARGEST = 1_500_000  # bytes
HOSTS = ("pypi" + ".org", "pythonhosted" + ".org", "npmjs" + ".org", "yarnpkg" + ".com")
LOCAL = re.compile(
    r"(?<![\w.~*:<>$/-])/(?:root|work|workspace|home/\w+|Users/\w+)/"  # somebody's folders
    r"|\b[A-Z]:\\\\?Users\\"
    r"|file:///\w"
)


@pytest.fixture(scope="module")
def tracked(root):
    """The files that git tracks, as paths."""
    if shutil.which("git") is None or not (root / ".git").exists():
        pytest.skip("not a git checkout: there is no list of tracked files")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=root, capture_output=True, text=True, check=True)
    return [root / name for name in listed.stdout.split("\0") if name and (root / name).is_file()]


@pytest.fixture(scope="module")
def texts(tracked):
    """The tracked files that are text."""
    return {path: path.read_bytes().decode() for path in tracked if b"\0" not in path.read_bytes()}


def lines_with(texts, wanted):
    return [
        f"{path.name}:{number}: {line.strip()[:120]}"
        for path, text in texts.items()
        for number, line in enumerate(text.splitlines(), start=1)
        if wanted(line)
    ]


def test_no_path_of_somebodys_machine(texts):
    assert lines_with(texts, LOCAL.search) == []


def test_no_registry_host(texts):
    assert lines_with(texts, lambda line: any(host in line for host in HOSTS)) == []


def test_the_lock_pins_every_package_by_hash_and_names_no_index(root):
    lock = (root / "requirements.lock").read_text("utf-8")
    pinned = re.findall(r"^[a-z0-9._-]+==\S+(?: ;.*)? \\\n    --hash=sha256:", lock, re.M)

    assert len(pinned) == len(re.findall(r"^\S", lock, re.M))
    assert not re.search(r"--(extra-)?index-url|--find-links|https?:", lock)


def test_the_lock_covers_the_dependencies_and_leaves_torch_out(root):
    import tomllib

    project = tomllib.loads((root / "pyproject.toml").read_text("utf-8"))["project"]
    locked = set(re.findall(r"^([a-z0-9._-]+)==", (root / "requirements.lock").read_text("utf-8"), re.M))
    extras = project["optional-dependencies"]
    wanted = [*project["dependencies"], *extras["test"], *extras["model-base"], *extras["model-tiny-en"]]

    assert {re.match(r"[\w.-]+", requirement)[0] for requirement in wanted} <= locked
    assert "torch" not in locked


def test_no_file_is_large(tracked):
    assert [path.name for path in tracked if path.stat().st_size > LARGEST] == []


def test_text_ends_with_one_newline_and_has_no_trailing_blanks(texts, root):
    data = root / "tests" / "golden"
    ours = {
        path: text
        for path, text in texts.items()
        if path.suffix in {".py", ".toml"} and data not in path.parents
    }

    assert [path.name for path, text in ours.items() if text and not re.search(r"[^\n]\n\Z", text)] == []
    assert lines_with(ours, lambda line: line != line.rstrip()) == []


def test_no_two_test_files_have_one_name(tracked):
    names = [path.name for path in tracked if path.name.startswith("test_")]

    assert sorted(set(names)) == sorted(names)  # pytest would mistake one for the other
