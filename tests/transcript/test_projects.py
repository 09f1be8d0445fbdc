"""Projects as people name them."""

from pathlib import Path

import pytest

from claude_sessions.base.errors import NotFoundError
from claude_sessions.transcript.projects import at_or_below, belongs_to, directories_of, names_of


@pytest.mark.parametrize(
    ("project", "directory", "expected"),
    [
        ("/home/ann/shop", "/home/ann/shop", True),
        ("/home/ann/shop", "/home/ann/shop/lib", True),
        ("/home/ann/shop/", "/home/ann/shop", True),
        ("/home/ann/shop", "/home/ann/shopping", False),
        ("/ann/shop", "/home/ann/shop", False),
        ("shop", "/home/ann/shop", True),
        ("shop", "/home/ann/shop/lib", True),
        ("ann/shop", "/home/ann/shop", True),
        ("shop/", "/home/ann/shop", True),
        ("sho", "/home/ann/shop", False),
        ("shop", "", False),
        ("/", "/home/ann/shop", True),
        ("", "/home/ann/shop", False),
    ],
)
def test_a_directory_or_a_name(project: str, directory: str, expected: bool) -> None:
    """A path means that directory and all below it; a name every directory that has it in its path as a whole."""
    assert belongs_to(project)(directory) is expected


def test_where_one_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is relative begins here, `~` at home."""
    monkeypatch.chdir(tmp_path)
    assert belongs_to(".")(str(tmp_path / "lib"))
    assert belongs_to("./lib")(str(tmp_path / "lib"))
    assert belongs_to("~/shop")(str(Path.home() / "shop"))
    assert not belongs_to(".")("/elsewhere")


def test_a_project_that_nobody_knows() -> None:
    """It is not found; of the others those that are meant are told."""
    assert directories_of("shop", ["/a/shop", "/b/shop/x", "/c", ""]) == {"/a/shop", "/b/shop/x"}
    with pytest.raises(NotFoundError, match="no session began in nowhere"):
        directories_of("nowhere", ["/a/shop", ""])


@pytest.mark.parametrize(
    ("path", "names", "expected"),
    [
        ("/a/b", ("/a/b",), True),
        ("/a/b/c", ("/a/b",), True),
        ("/a/bc", ("/a/b",), False),
        ("/a", ("/a/b",), False),
        ("/a", ("/",), True),
        ("/x", ("/a", "/x"), True),
        ("", ("/",), False),
    ],
)
def test_below(path: str, names: tuple[str, ...], expected: bool) -> None:
    """A folder means all that is below it, and nothing that is only called alike."""
    assert at_or_below(path, names) is expected


def test_names_of_a_path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is relative to where one is; a link stands for itself and for where it leads, also when nothing is there."""
    (tmp_path / "real").mkdir()
    (tmp_path / "link").symlink_to("real")
    monkeypatch.chdir(tmp_path)
    here = tmp_path.resolve()
    assert set(names_of("link/../link/gone.py")) >= {str(here / "link/gone.py"), str(here / "real/gone.py")}
    assert names_of("~/x")[0] == str(Path.home() / "x")
