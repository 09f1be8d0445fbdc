"""The floors of the house: an import goes down, never sideways and never up, also where it stands inside a function."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

SOURCE = Path(__file__).parent.parent / "src"
PACKAGE = "claude_sessions"
FLOORS = (
    {"__main__"},
    {"cli"},
    {"server"},
    {"answers"},
    {"sessions"},
    {"recording", "playback", "search", "live", "usage", "activity", "upkeep", "formats"},
    {"timeline"},
    {"screen", "transcript", "redact"},
    {"store"},
    {"log"},
    {"base"},
)
"""From top to bottom. `version` is below all of them; `__init__` offers names of any floor, lazily."""

FREE = {"__init__", "version"}
LONGEST = 400
MODULES = sorted((SOURCE / PACKAGE).rglob("*.py"))


def room_of(module: str) -> str:
    """Return the part of the house that a dotted module name belongs to; the package itself is `__init__`."""
    parts = module.split(".")
    return parts[1] if len(parts) > 1 else "__init__"


def floor_of(room: str) -> int:
    """Return the floor's number, counted from the roof; a room that nobody planned has none."""
    found = [number for number, rooms in enumerate(FLOORS) if room in rooms]
    assert found, f"{room} stands on no floor: give it one in {Path(__file__).name}"
    return found[0]


def imports_of(text: str, module: str, *, is_package: bool = False) -> Iterator[tuple[int, str]]:
    """Yield the line and the full name of everything of this project that `text` imports, wherever it does."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            base = node.module or ""
            if node.level:
                package = module.split(".")[: len(module.split(".")) - node.level + is_package]
                base = ".".join([*package, *([node.module] if node.module else [])])
            names = [f"{base}.{alias.name}" if base == PACKAGE else base for alias in node.names]
        elif isinstance(node, ast.Call) and ast.unparse(node.func).endswith("import_module"):
            names = [word.value for word in node.args if isinstance(word, ast.Constant) and isinstance(word.value, str)]
        else:
            continue
        yield from ((node.lineno, name) for name in names if name.split(".")[0] == PACKAGE)


def faults_of(text: str, module: str, *, is_package: bool = False) -> list[str]:
    """Return the imports of a module that go up or sideways, with their line."""
    room = room_of(module)
    if room in FREE:
        return []
    faults = []
    for line, name in imports_of(text, module, is_package=is_package):
        target = room_of(name)
        if target == room or target in FREE or name == f"{PACKAGE}.__version__":
            continue
        if floor_of(target) <= floor_of(room):
            way = "sideways" if floor_of(target) == floor_of(room) else "up"
            faults.append(f"{module}, line {line}: imports {name}, which is {way}")
    return faults


def name_of(path: Path) -> str:
    """Return a source file's dotted module name."""
    parts = path.relative_to(SOURCE).with_suffix("").parts
    return ".".join(parts[:-1] if parts[-1] == "__init__" else parts)


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_imports_go_down(path: Path) -> None:
    """No module imports from its own floor's neighbours or from a floor above."""
    assert faults_of(path.read_text(), name_of(path), is_package=path.name == "__init__.py") == []


@pytest.mark.parametrize("path", MODULES, ids=name_of)
def test_files_can_be_read_in_one_sitting(path: Path) -> None:
    """A file has fewer than 400 lines, and its first statement says what it is."""
    text = path.read_text()
    assert text.count("\n") < LONGEST
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize(
    ("module", "text", "fault"),
    [
        ("claude_sessions.base.paths", "from claude_sessions.log.entry import Entry", "up"),
        ("claude_sessions.search.index", "def f():\n    import claude_sessions.live.tail", "sideways"),
        ("claude_sessions.store.home", "from claude_sessions import timeline", "up"),
        ("claude_sessions.store.home", "from ..cli import app", "up"),
        ("claude_sessions.cli.app", "from claude_sessions.__main__ import main", "up"),
        ("claude_sessions.log.entry", "import importlib\nimportlib.import_module('claude_sessions.screen')", "up"),
        ("claude_sessions.log.entry", "from claude_sessions.base.errors import ClaudeSessionsError", ""),
        ("claude_sessions.log.entry", "from . import encode", ""),
        ("claude_sessions.__main__", "def main():\n    from claude_sessions.cli.app import app", ""),
    ],
)
def test_a_wrong_import_is_noticed(module: str, text: str, fault: str) -> None:
    """The check itself finds an import that goes up or sideways, in every form that an import can have."""
    faults = faults_of(text, module)
    assert len(faults) == bool(fault)
    assert not fault or fault in faults[0]
