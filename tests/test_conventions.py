"""What a stranger may rely on in every file: tests say what they show, and nothing names the machine it was written on."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
TESTS = sorted(ROOT.glob("tests/**/test_*.py"))
FOLDERS = ("src", "tests", "bench", "man", ".ci")
FOREIGN = re.compile(
    r"(?<![\w.~-])/(work|farm|root)/|registry\.npmjs\.org|files\.pythonhosted\.org|pypi\.org/simple|deb\.debian\.org"
)


def project_files() -> list[Path]:
    """Return the text files of the project: those of git where this is a checkout, else what lies in its folders."""
    listed = subprocess.run(
        ["git", "ls-files", "-co", "--exclude-standard"], cwd=ROOT, capture_output=True, text=True, check=False
    )
    if listed.returncode == 0 and listed.stdout:
        files = [ROOT / line for line in listed.stdout.splitlines()]
    else:
        files = [*ROOT.glob("*.*"), ROOT / "Makefile", *(path for name in FOLDERS for path in (ROOT / name).rglob("*"))]
    return [path for path in files if path.is_file() and "__pycache__" not in path.parts]


@pytest.mark.parametrize("path", TESTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_test_says_what_it_shows(path: Path) -> None:
    """Each test function begins with a sentence that states the behaviour."""
    tree = ast.parse(path.read_text())
    tests = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.name.startswith("test_")
    ]
    assert tests, "no tests in it"
    assert [node.name for node in tests if not (ast.get_docstring(node) or "").rstrip().endswith((".", "?"))] == []


def test_nothing_names_a_machine_or_a_package_host() -> None:
    """No file has a path of somebody's machine or the address of a package host in it."""
    found = []
    for path in project_files():
        if path == Path(__file__):
            continue
        try:
            lines = path.read_text().splitlines()
        except UnicodeDecodeError:
            continue  # no text
        found += [
            f"{path.relative_to(ROOT)}:{n}: {line[:100]}" for n, line in enumerate(lines, 1) if FOREIGN.search(line)
        ]
    assert found == []


def test_every_exception_from_the_linter_has_a_reason() -> None:
    """Each rule that is switched off, in the configuration or on a line, says why."""
    rules = re.findall(r'^ +"[A-Z]+\d*",.*$', (ROOT / "pyproject.toml").read_text(), re.MULTILINE)
    assert rules
    assert [line.strip() for line in rules if "#" not in line] == []
    bare = re.compile(r"#\s*(noqa(: [A-Z0-9, ]+)?|type: ignore(\[[\w, -]+\])?)\s*$")
    found = [
        f"{path.relative_to(ROOT)}:{n}"
        for folder in ("src", "tests", "bench")
        for path in sorted((ROOT / folder).rglob("*.py"))
        for n, line in enumerate(path.read_text().splitlines(), 1)
        if bare.search(line) and "type: ignore" not in line
    ]
    assert found == []
