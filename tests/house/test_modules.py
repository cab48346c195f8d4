"""What every module of the package keeps to."""

import ast
import subprocess
import sys

import pytest

HEAVY = (
    "av",
    "faster_whisper",
    "fastapi",
    "httpx",
    "huggingface_hub",
    "onnx",
    "onnxruntime",
    "tokenizers",
    "torch",
)


def modules(root):
    return sorted((root / "src" / "lect").rglob("*.py"))


def name(root, path):
    return path.relative_to(root / "src").as_posix()


def test_every_module_opens_with_what_it_is_for(root):
    silent = [
        name(root, path)
        for path in modules(root)
        if not ast.get_docstring(ast.parse(path.read_text("utf-8")))
    ]

    assert silent == []


def test_no_module_reads_the_environment_but_settings(root):
    readers = [
        f"{name(root, path)}:{node.lineno}"
        for path in modules(root)
        for node in ast.walk(ast.parse(path.read_text("utf-8")))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "getenv"}
    ]

    assert [reader for reader in readers if not reader.startswith("lect/settings.py")] == []


def test_no_module_unpickles(root):
    for path in modules(root):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            assert not {"pickle", "shelve", "marshal", "dill"} & set(names), (
                f"{name(root, path)}:{node.lineno}"
            )


@pytest.mark.parametrize(
    "arguments",
    [["--help"], ["train", "--help"], ["csr", "--help"], ["csr", "model", "copy", "--help"], ["--version"]],
)
def test_help_loads_no_heavy_library(arguments):
    script = (
        "import sys\n"
        "from lect.cli.main import run\n"
        f"sys.argv = ['lect', *{arguments!r}]\n"
        "try:\n"
        "    run()\n"
        "except SystemExit as stop:\n"
        "    status = stop.code or 0\n"
        "else:\n"
        "    status = 0\n"
        f"print(status, sorted(set({HEAVY!r}) & set(sys.modules)), file=sys.stderr)\n"
    )
    ran = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=False)

    assert ran.stderr.splitlines()[-1] == "0 []", ran.stderr


def test_no_module_asks_the_network_by_the_standard_library(root):
    """It checks no address; the import linter keeps httpx and its kin where they belong, but knows no submodules."""
    by_hand = {"urllib.request", "http.client", "ftplib", "smtplib", "telnetlib", "xmlrpc.client"}
    for path in modules(root):
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            names = {alias.name for alias in node.names} if isinstance(node, ast.Import) else set()
            if isinstance(node, ast.ImportFrom):
                names = {node.module or ""} | {f"{node.module}.{alias.name}" for alias in node.names}
            assert not by_hand & names, f"{name(root, path)}:{node.lineno}"
