"""ccusage, beside which our own counting is set: one exact version, installed with npm where that is there."""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path

from tests.kit.real_claude import cache_folder

_HERE = Path(__file__).parent / "ccusage"


def program(*, install: bool = True) -> tuple[str, str]:
    """Return the path of ccusage's own program and an empty text; or an empty path and why it is not there.

    With `install` npm fetches it the first time.
    """
    version = json.loads((_HERE / "package.json").read_text())["optionalDependencies"]
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = f"@ccusage/ccusage-{sys.platform}-{machine}"
    if package not in version:
        return "", f"ccusage is not made for {sys.platform}-{machine}"
    place = cache_folder() / f"ccusage-{version[package]}"
    path = place / "node_modules" / package / "bin" / "ccusage"
    if not path.exists():
        reason = _install(place) if install else "ccusage is not installed (python -m bench.ccusage installs it)"
        if reason:
            return "", reason
    path.chmod(0o755)  # the package's own script would do so
    return str(path), ""


def _install(place: Path) -> str:
    """Install it from its lock file; return why that did not work, else an empty text."""
    npm = shutil.which("npm")
    if npm is None:
        return "ccusage is not installed (there is no npm)"
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(_HERE / name, place / name)
    done = subprocess.run(
        [npm, "ci", "--silent", "--no-progress"], cwd=place, check=False, stdin=subprocess.DEVNULL, capture_output=True
    )
    return "" if done.returncode == 0 else "ccusage is not installed (npm could not fetch it)"


def arguments(path: str) -> list[str]:
    """Return the command line that counts by day as our own `usage daily --json` does, with the prices it brings."""
    return [path, "claude", "daily", "--json", "--offline"]


def environment(config: Path, home: Path) -> dict[str, str]:
    """Return an environment in which it reads the transcripts of `config` and no settings of the tester."""
    return {"HOME": str(home), "CLAUDE_CONFIG_DIR": str(config), "PATH": os.environ.get("PATH", os.defpath)}


if __name__ == "__main__":
    where, why = program()
    print(where or why)
    sys.exit(not where)
