"""The real Claude Code in a throwaway home and project, answered by the stand-in API.

    with RealClaude("2.1.329", "fix-a-test", folder) as claude:
        claude.run("-p", "hello")                      # plain, or ...
        TmuxTerminal(["claude-sessions", "start", "--", *claude.DEFAULT_MODE], claude.project, claude.environment)

Both versions matter: 2.1.197 draws on the main screen and places words with cursor moves, 2.1.329 draws on the
alternate screen with mouse modes on. Each is pinned in `claude/VERSION/` and lives, once installed, in a cache outside of the
repository (235 MB each). `python -m tests.kit.real_claude` installs them; nothing else here needs a network.
"""

import json
import os
import platform
import shutil
import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, ClassVar, Self

KIT = Path(__file__).parent
VERSIONS = ("2.1.197", "2.1.329")
API_KEY = "sk-ant-stand-in-of-the-tests-00000000"
NOWHERE = "http://127.0.0.1:9"
"""A proxy that is not there: whatever is not for loopback fails at once instead of leaving the machine."""

BASKET = """\
def total(prices):
    result = 0
    for price in prices:
        result *= price
    return result
"""
TEST_BASKET = """\
import unittest

from basket import total


class TestTotal(unittest.TestCase):
    def test_adds(self):
        self.assertEqual(total([1, 2, 3]), 6)
"""


def cache_folder() -> Path:
    """Return where installed versions are kept: `CLAUDE_SESSIONS_TEST_CLAUDE`, or a folder of the user's cache."""
    chosen = os.environ.get("CLAUDE_SESSIONS_TEST_CLAUDE")
    if chosen:
        return Path(chosen)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "claude-sessions-tests"


def binary(version: str) -> Path:
    """Return the path of that version's `claude`, which need not be there."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine(), platform.machine())
    package = f"claude-code-{sys.platform}-{machine}"
    return cache_folder() / version / "node_modules" / "@anthropic-ai" / package / "claude"


def missing(version: str) -> str:
    """Return why that version cannot be run here, or an empty text where it can."""
    if os.access(binary(version), os.X_OK):
        return ""
    return f"the real Claude Code {version} is not installed (python -m tests.kit.real_claude installs it)"


def install(version: str) -> None:
    """Install that version from its lock file with npm, where it is not there yet."""
    if not missing(version):
        return
    place = cache_folder() / version
    place.mkdir(parents=True, exist_ok=True)
    for name in ("package.json", "package-lock.json", ".npmrc"):
        shutil.copy(KIT / "claude" / version / name, place / name)
    subprocess.run(["npm", "ci", "--silent", "--no-progress"], cwd=place, check=True, stdin=subprocess.DEVNULL)
    if reason := missing(version):
        raise SystemExit(f"npm ran in {place}, but {reason}")


class RealClaude:
    """One throwaway home, one small project whose test fails, and one scenario.

    `environment` is complete (it does not inherit the tester's): `claude` and the `claude-sessions` of the Python that
    runs the tests are on its PATH, and recordings go to `home/.claude-sessions`.
    """

    DEFAULT_MODE: ClassVar = ("--permission-mode", "default")
    """Arguments for an interactive run: without them newer versions first ask about their automatic mode."""

    def __init__(self, version: str, scenario: str, folder: Path, *, pause: float = 0.002) -> None:
        self.version = version
        self.home = folder.resolve() / "home"
        self.project = folder.resolve() / "basket"
        self._scenario = KIT / "scenarios" / f"{scenario}.json"
        self._requests = folder.resolve() / "requests.jsonl"
        self._pause = pause
        self._make_home()
        self._make_project()
        self.environment = self._environment()

    def __enter__(self) -> Self:
        program = [sys.executable, str(KIT / "standin_api.py"), str(self._scenario)]
        options = ["--project", str(self.project), "--requests", str(self._requests), "--pause", str(self._pause)]
        self._api = subprocess.Popen([*program, *options], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
        assert self._api.stdout is not None
        self.environment["ANTHROPIC_BASE_URL"] = f"http://127.0.0.1:{int(self._api.stdout.readline())}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._api.communicate(timeout=30)

    def run(self, *arguments: str, typed: str = "", timeout: float = 60) -> subprocess.CompletedProcess[str]:
        """Run plain `claude` with pipes on 0, 1 and 2 and return its output and exit code."""
        command = [str(self.home / "bin" / "claude"), *arguments]
        return self.run_command(command, typed=typed, timeout=timeout)

    def run_command(
        self, command: list[str], *, typed: str = "", timeout: float = 60
    ) -> subprocess.CompletedProcess[str]:
        """Run any command, found on the PATH of `environment`, in the project with pipes on 0, 1 and 2."""
        return subprocess.run(
            [self.on_path(command[0]), *command[1:]],
            cwd=self.project,
            env=self.environment,
            input=typed,
            capture_output=True,
            text=True,
            timeout=timeout,
            check=False,
        )

    def on_path(self, program: str) -> str:
        """Return where `environment` finds a program: subprocess would look along the tester's PATH."""
        return shutil.which(program, path=self.environment["PATH"]) or program

    def requests(self) -> list[dict[str, Any]]:
        """Return every request that the stand-in API has seen: its `path`, its body as `request`, and the `answer`."""
        if not self._requests.exists():
            return []
        return [json.loads(line) for line in self._requests.read_text().splitlines()]

    def _make_home(self) -> None:
        (self.home / "bin").mkdir(parents=True)
        (self.home / "bin" / "claude").symlink_to(binary(self.version))
        state = {
            "hasCompletedOnboarding": True,
            "theme": "dark",
            "customApiKeyResponses": {"approved": [API_KEY[-20:]], "rejected": []},
            "projects": {str(self.project): {"hasTrustDialogAccepted": True, "hasCompletedProjectOnboarding": True}},
        }
        (self.home / ".claude.json").write_text(json.dumps(state))

    def _make_project(self) -> None:
        self.project.mkdir()
        (self.project / "basket.py").write_text(BASKET)
        (self.project / "test_basket.py").write_text(TEST_BASKET)

    def _environment(self) -> dict[str, str]:
        path = [str(self.home / "bin"), str(Path(sys.executable).parent), os.environ.get("PATH", os.defpath)]
        return {
            "HOME": str(self.home),
            "PATH": os.pathsep.join(path),
            "SHELL": "/bin/bash",
            "TERM": "xterm-256color",
            "LANG": "C.UTF-8",
            "ANTHROPIC_API_KEY": API_KEY,
            "CLAUDE_CODE_DISABLE_NONESSENTIAL_TRAFFIC": "1",
            "DISABLE_AUTOUPDATER": "1",
            "DISABLE_TELEMETRY": "1",
            "HTTP_PROXY": NOWHERE,
            "HTTPS_PROXY": NOWHERE,
            "NO_PROXY": "127.0.0.1,localhost",
        }


if __name__ == "__main__":
    for each in VERSIONS:
        install(each)
        print(f"Claude Code {each}: {binary(each)}")
