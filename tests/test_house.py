"""The house keeps its own rules: sizes, names, words, what ships, and that nothing ties it to one machine."""

from __future__ import annotations

import ast
import json
import os
import re
import stat
import subprocess
import sys
import tarfile
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

import hvgui

TOP = Path(__file__).resolve().parents[1]
SOURCES = sorted((TOP / "hvgui").rglob("*.py"))
NAMES_THAT_SAY_NOTHING = {
    "util",
    "utils",
    "helper",
    "helpers",
    "manager",
    "managers",
    "common",
    "misc",
    "stuff",
    "base",
}
TEXT = {".py", ".toml", ".md", ".txt", ".ps1", ".json", ".csv", ".ts", ".svg", ".yml", ".yaml", ".sh", ""}
# Spelled in pieces, so that this file does not find itself.
MACHINE_PATH = re.compile(
    "|".join(["/wo" + "rk/", "/ro" + "ot/", "/ho" + r"me/(?!qt/)\w", r"\b[A-Z]:\\\\?Users\\\\?\w"])
)


def trees() -> Iterator[tuple[str, ast.Module]]:
    """Every module of hvgui, parsed."""
    for path in SOURCES:
        name = path.relative_to(TOP).as_posix()
        yield name, ast.parse(path.read_text(encoding="utf-8"), filename=name)


def functions(tree: ast.Module) -> Iterator[ast.FunctionDef | ast.AsyncFunctionDef]:
    return (node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef))


def test_no_function_is_longer_than_60_lines() -> None:
    lengths = {
        f"{name}:{function.lineno} {function.name}": (function.end_lineno or function.lineno) - function.lineno + 1
        for name, tree in trees()
        for function in functions(tree)
    }
    assert {where: length for where, length in lengths.items() if length > 60} == {}


def test_no_file_is_longer_than_500_lines() -> None:
    lengths = {path.relative_to(TOP).as_posix(): len(path.read_text(encoding="utf-8").splitlines()) for path in SOURCES}
    assert {name: length for name, length in lengths.items() if length > 500} == {}


def test_modules_are_named_by_the_words_of_the_domain() -> None:
    named = {path.relative_to(TOP).as_posix() for path in SOURCES if path.stem in NAMES_THAT_SAY_NOTHING}
    named |= {path.relative_to(TOP).as_posix() for path in SOURCES if path.parent.name in NAMES_THAT_SAY_NOTHING}
    assert named == set()


def test_every_public_name_is_explained() -> None:
    silent = [f"{name}: {what}" for name, tree in trees() for what in _unexplained(tree)]
    assert silent == []


def _unexplained(tree: ast.Module) -> Iterator[str]:
    if ast.get_docstring(tree) is None:
        yield "the module"
    yield from _unexplained_members(tree, "")


def _unexplained_members(owner: ast.Module | ast.ClassDef, prefix: str) -> Iterator[str]:
    for node in owner.body:
        if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef) or node.name.startswith("_"):
            continue
        decorators = {ast.unparse(decorator).rpartition(".")[2] for decorator in node.decorator_list}
        if ast.get_docstring(node) is None and decorators.isdisjoint({"override", "overload", "setter"}):
            yield prefix + node.name
        if isinstance(node, ast.ClassDef):
            yield from _unexplained_members(node, f"{prefix}{node.name}.")


def shipped_texts() -> Iterator[Path]:
    """Every text file of the project: what git tracks, or all that lies there where there is no git."""
    for folder in ("hvgui", "packaging", "resources", "tests", ".ci"):
        for path in sorted((TOP / folder).rglob("*")):
            if path.is_file() and path.suffix in TEXT and "__pycache__" not in path.parts:
                yield path
    yield from (TOP / name for name in ("README.md", "pyproject.toml"))


def test_nothing_names_a_path_of_one_machine() -> None:
    named = []
    for path in shipped_texts():
        found = MACHINE_PATH.search(path.read_text(encoding="utf-8", errors="replace"))
        if found:
            named.append(f"{path.relative_to(TOP).as_posix()}: {found.group()}")
    assert named == []


def test_the_readme_gives_the_two_commands() -> None:
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    script = (TOP / "packaging" / "bootstrap.py").read_text(encoding="utf-8")
    for verb in ("run", "test"):
        command = f"python3 packaging/bootstrap.py {verb}"
        assert command in readme
        assert command in script


def test_ci_runs_the_same_command() -> None:
    entry = TOP / ".ci" / "run"
    assert "packaging/bootstrap.py test" in entry.read_text(encoding="utf-8")
    if os.name == "posix":
        assert entry.stat().st_mode & stat.S_IXUSR


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A wheel and a source distribution of this checkout, built without a network."""
    folder = tmp_path_factory.mktemp("built")
    command = [sys.executable, "-m", "hatchling", "build", "-d", str(folder)]
    finished = subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False, timeout=120)
    assert finished.returncode == 0, finished.stderr
    return folder


def resources() -> set[str]:
    files = [path for path in (TOP / "resources").rglob("*") if path.is_file()]
    return {path.relative_to(TOP / "resources").as_posix() for path in files}


def test_the_wheel_brings_resources_types_and_the_licence(built: Path) -> None:
    (wheel,) = built.glob(f"hvgui-{hvgui.__version__}-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
        entry_points = next(name for name in names if name.endswith("entry_points.txt"))
        assert "hvgui = hvgui.cli:main" in archive.read(entry_points).decode()
    assert {f"hvgui/resources/{name}" for name in resources()} <= names
    assert {path.relative_to(TOP).as_posix() for path in SOURCES} <= names
    assert "hvgui/py.typed" in names
    assert any(name.endswith("licenses/LICENSE") for name in names)


def test_the_source_distribution_can_be_tested(built: Path) -> None:
    (sdist,) = built.glob("hvgui-*.tar.gz")
    root = f"hvgui-{hvgui.__version__}"
    with tarfile.open(sdist) as archive:
        names = set(archive.getnames())
    expected = {
        "pyproject.toml",
        "README.md",
        "packaging/bootstrap.py",
        "packaging/constraints.txt",
        "tests/conftest.py",
    }
    assert {f"{root}/{name}" for name in expected | {f"resources/{name}" for name in resources()}} <= names


def python(code: str) -> subprocess.CompletedProcess[str]:
    """Run a few lines in a Python of their own."""
    command = [sys.executable, "-c", code]
    return subprocess.run(command, cwd=TOP, capture_output=True, text=True, check=False, timeout=120)


def test_the_version_is_told_without_loading_anything_heavy() -> None:
    finished = python(
        "import json, sys\n"
        "from hvgui.cli import main\n"
        "try:\n"
        "    main(['--version'])\n"
        "except SystemExit as end:\n"
        "    assert not end.code, end.code\n"
        "print(json.dumps(sorted(name.partition('.')[0] for name in sys.modules)))\n"
    )
    assert finished.returncode == 0, finished.stderr
    version, loaded = finished.stdout.strip().splitlines()
    assert hvgui.__version__ in version
    assert {"PySide6", "shiboken6", "pyqtgraph", "numpy", "msgspec", "rich"}.isdisjoint(json.loads(loaded))


def test_qt_keeps_count_of_what_it_borrows() -> None:
    """PySide6 6.12 steals a reference to True with each emit and to None with each void call, until it aborts."""
    finished = python(
        "from PySide6.QtCore import QObject, Signal\n"
        "from PySide6.QtWidgets import QApplication, QPushButton\n"
        "class Bell(QObject):\n"
        "    rung = Signal(object)\n"
        "app, bell, heard = QApplication([]), Bell(), []\n"
        "bell.rung.connect(heard.append)\n"
        "button = QPushButton()\n"
        "for number in range(20_000):\n"
        "    bell.rung.emit(True)\n"
        "    button.setEnabled(number % 2 == 0)\n"
        "print(len(heard), button.isEnabled())\n"
    )
    assert finished.returncode == 0, finished.stderr
    assert finished.stdout.split() == ["20000", "False"]
