"""Puts what npm brings into the package: the web player of the .html export, and the page of `claude-sessions serve`.

    python web/bring.py          both, where they are not there as they should be

The build of a wheel does this by itself (hatch_build.py); `make web` does it in a checkout. npm is needed, the exact versions are
in the package.json and package-lock.json of each folder, and no script of any package is run.
"""

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_PACKAGE = _HERE.parent / "src" / "claude_sessions"
_PATIENCE_S = 180
_MANIFESTS = ("package.json", "package-lock.json", ".npmrc")
_PAGE_SOURCES = (*_MANIFESTS, "tsconfig.json", "vite.config.ts", "index.html", "src")

_PLAYER_FILES = {
    "dist/bundle/asciinema-player.min.js": "player.js",
    "dist/bundle/asciinema-player.css": "player.css",
    "LICENSE": "LICENSE",
}


class CannotBringError(Exception):
    """Why something could not be had, in a few words."""


def bring() -> list[str]:
    """Bring what is missing; return a sentence for each thing that could not be had."""
    troubles = []
    for name, make in (("the web player", bring_player), ("the page", bring_page)):
        try:
            make()
        except CannotBringError as error:
            troubles.append(f"{name} is not there: {error}")
    return troubles


def bring_player() -> None:
    """Take asciinema-player as its makers built it, where it is not there in this version. Raises CannotBringError."""
    source, place = _HERE / "player", _PACKAGE / "formats" / "player"
    wanted = json.loads((source / "package.json").read_text())["dependencies"]["asciinema-player"]
    if _version(place) == wanted:
        return
    with _installed(source, _MANIFESTS) as folder, _replacing(place, wanted) as new:
        for name, copy in _PLAYER_FILES.items():
            shutil.copyfile(folder / "node_modules" / "asciinema-player" / name, new / copy)


def bring_page() -> None:
    """Build the page where it is not there as its sources say. Raises CannotBringError."""
    source, place = _HERE / "page", _PACKAGE / "server" / "page"
    wanted = _digest(source)
    if _version(place) == wanted:
        return
    with _installed(source, _PAGE_SOURCES) as folder, _replacing(place, wanted) as new:
        vite = folder / "node_modules" / "vite" / "bin" / "vite.js"
        _run(["node", str(vite), "build", "--logLevel", "error", "--emptyOutDir", "--outDir", str(new)], folder, "vite")


@contextmanager
def _installed(source: Path, names: tuple[str, ...]) -> Iterator[Path]:
    """Yield a folder of its own with these files and folders, and the packages that they need."""
    npm = shutil.which("npm")
    if npm is None or shutil.which("node") is None:
        raise CannotBringError("there is no npm")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name).resolve()
        for each in names:
            if (source / each).is_dir():
                shutil.copytree(source / each, folder / each)
            else:
                shutil.copy(source / each, folder)
        _run([npm, "ci", "--ignore-scripts", "--silent", "--no-progress", "--fetch-retries=1"], folder, "npm")
        yield folder


def _run(command: list[str], folder: Path, name: str) -> None:
    try:
        subprocess.run(
            command, cwd=folder, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S
        )
    except subprocess.CalledProcessError as error:
        said = (error.stderr or error.stdout).decode(errors="replace").strip().splitlines()
        raise CannotBringError(f"{name} failed{': ' + said[-1] if said else ''}") from None
    except (subprocess.SubprocessError, OSError) as error:
        raise CannotBringError(f"{name} failed: {error}") from None


@contextmanager
def _replacing(place: Path, version: str) -> Iterator[Path]:
    """Yield an empty folder that takes the place of another when it is complete."""
    new = place.with_name(f".{place.name}-new")
    shutil.rmtree(new, ignore_errors=True)
    new.mkdir(parents=True)
    try:
        yield new
        (new / "version").write_text(version)
        shutil.rmtree(place, ignore_errors=True)
        new.rename(place)
    finally:
        shutil.rmtree(new, ignore_errors=True)


def _version(place: Path) -> str | None:
    try:
        return (place / "version").read_text()
    except OSError:
        return None


def _digest(source: Path) -> str:
    digest = hashlib.sha256()
    for name in _PAGE_SOURCES:
        for path in sorted((source / name).rglob("*")) if (source / name).is_dir() else [source / name]:
            if path.is_file():
                digest.update(f"{path.relative_to(source).as_posix()}\0{path.stat().st_size}\0".encode())
                digest.update(path.read_bytes())
    return digest.hexdigest()


if __name__ == "__main__":
    missing = bring()
    print("\n".join(missing) or "the web player and the page are there")
    sys.exit(bool(missing))
