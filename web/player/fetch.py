"""Puts asciinema-player, as its makers built it, into the package, where the .html export takes it from.

The build of a wheel does this by itself (hatch_build.py); `make player` does it in a checkout. npm is needed, and the
exact version is in package.json beside this. No script of any package is run.
"""

import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

_HERE = Path(__file__).resolve().parent
_PLACE = _HERE.parents[1] / "src" / "claude_sessions" / "formats" / "player"
_PACKAGE = Path("node_modules", "asciinema-player")
_FILES = {
    "dist/bundle/asciinema-player.min.js": "player.js",
    "dist/bundle/asciinema-player.css": "player.css",
    "LICENSE": "LICENSE",
}
_VERSION = "version"
_PATIENCE_S = 180
_MANIFESTS = ("package.json", "package-lock.json", ".npmrc")


def fetch() -> str:
    """Fetch the player where it is not there in this version; return why that did not work, else an empty text."""
    wanted = json.loads((_HERE / "package.json").read_text())["dependencies"]["asciinema-player"]
    if (_PLACE / _VERSION).is_file() and (_PLACE / _VERSION).read_text() == wanted:
        return ""
    npm = shutil.which("npm")
    if npm is None:
        return "there is no npm"
    with tempfile.TemporaryDirectory() as folder:
        for name in _MANIFESTS:
            shutil.copy(_HERE / name, folder)
        command = [npm, "ci", "--ignore-scripts", "--silent", "--no-progress", "--fetch-retries=1"]
        try:
            subprocess.run(
                command, cwd=folder, check=True, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S
            )
        except (subprocess.SubprocessError, OSError):
            return "npm could not fetch asciinema-player"
        _PLACE.mkdir(exist_ok=True)
        for name, copy in _FILES.items():
            shutil.copyfile(Path(folder) / _PACKAGE / name, _PLACE / copy)
    (_PLACE / _VERSION).write_text(wanted)
    return ""


if __name__ == "__main__":
    reason = fetch()
    print(f"the player is not there: {reason}" if reason else f"the player is in {_PLACE}")
    sys.exit(bool(reason))
