"""The shape of the project: which room may import which, and that names resolve inside it."""

from __future__ import annotations

import ast
import importlib
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent
ROOMS = {"index": {"index"}, "searcher": {"index", "searcher"}, "web": {"searcher", "web"}}
# The roof: `searcher serve` starts the web room.
ALLOWED = {("searcher/cli/serve.py", "web")}
SOURCES = sorted(path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
MADE = {"var", "build", "dist"}  # by running and building
DOCUMENTS = {"README.md", "ARCHITECTURE.md", "CHANGELOG.md", "LICENSE"}
TOP = {"index", "searcher", "web", "tests", "docs", "setup.cfg", "pyproject.toml", "Makefile", "compose.yaml"} | DOCUMENTS


def imports(path: Path) -> set[str]:
    """Full names of the modules of ours that a file imports."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found.update(alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            full = [f"{node.module}.{alias.name}" for alias in node.names]
            found.update(name if _module(name) else node.module for name in full)
    return {name for name in found if name.split(".")[0] in ROOMS}


def _module(name: str) -> Path | None:
    """The file of a module of ours, None if there is no such module."""
    path = ROOT / name.replace(".", "/")
    return next((file for file in (path.with_suffix(".py"), path / "__init__.py") if file.exists()), None)


@pytest.mark.parametrize("path", SOURCES, ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_go_one_way(path: Path) -> None:
    """Index imports nothing of ours outside, searcher only index, web only searcher."""
    name = str(path.relative_to(ROOT))
    allowed = ROOMS[name.split("/", maxsplit=1)[0]]
    wrong = {module for module in imports(path) if module.split(".")[0] not in allowed}

    assert {module for module in wrong if (name, module.split(".")[0]) not in ALLOWED} == set()


def test_there_is_no_circle() -> None:
    """No module imports itself by way of others (a package's own __init__ aside, which Python runs first anyway)."""
    names = {str(path.relative_to(ROOT).with_suffix("")).replace("/", ".").removesuffix(".__init__"): path for path in SOURCES}
    graph = {name: {other for other in imports(path) if other in names and other != name} for name, path in names.items()}
    done: set[str] = set()

    def visit(name: str, trail: tuple[str, ...]) -> None:
        assert name not in trail, " -> ".join((*trail[trail.index(name) :], name))
        if name in done:
            return
        for other in sorted(graph[name]):
            visit(other, (*trail, name))
        done.add(name)

    for name in graph:
        visit(name, ())


@pytest.mark.parametrize("room", sorted(ROOMS))
def test_names_resolve_inside_the_project(room: str) -> None:
    """The common names `index` and `web` are ours here, not another distribution's."""
    module = importlib.import_module(room)
    found = Path(str(module.__file__)).resolve()

    assert ROOT in found.parents, f"{room} comes from {found}; install the project in an environment of its own"


def test_public_names_are_sorted_and_exist() -> None:
    """`searcher.__all__` lists what the package gives, in order."""
    import searcher  # noqa: PLC0415 - after the check that it is ours

    assert searcher.__all__ == sorted(searcher.__all__, key=lambda name: (name.islower(), name))
    assert all(hasattr(searcher, name) for name in searcher.__all__)


def test_the_top_level_is_kept() -> None:
    """Nothing stands at the top but what belongs there."""
    assert {path.name for path in ROOT.iterdir() if path.name[0] != "." and path.suffix != ".egg-info"} <= TOP | MADE


def test_packages_are_listed() -> None:
    """setup.cfg lists every package, and files of data are packed."""
    text = (ROOT / "setup.cfg").read_text("utf-8")
    listed = text.split("packages =")[1].split("install_requires")[0].split()
    packages = {str(path.parent.relative_to(ROOT)).replace("/", ".") for path in SOURCES if path.name == "__init__.py"}

    assert sorted(listed) == sorted(packages)
    assert sys.version_info >= (3, 11)


def test_files_and_functions_stay_small() -> None:
    """No file of ours is over 400 lines, no function over 60."""
    for path in SOURCES:
        text = path.read_text("utf-8")
        assert text.count("\n") <= 400, path
        for node in ast.walk(ast.parse(text)):
            if isinstance(node, ast.FunctionDef):
                assert (node.end_lineno or 0) - node.lineno < 60, f"{path}: {node.name}"
