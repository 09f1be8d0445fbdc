"""Fixtures that every test may use: the real Claude Code and real terminals.

A test that needs what this machine has not is skipped with the reason; with CLAUDE_SESSIONS_TESTS_ALL=1 (set by
`.ci/run`) it fails instead, so that nothing is skipped unseen.
"""

import contextlib
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from tests.kit.real_claude import VERSIONS, RealClaude, missing
from tests.kit.terminal import PtyTerminal, TmuxTerminal

settings.register_profile("any machine", deadline=None)  # one that is busy finds no fault that is none
settings.load_profile("any machine")


def require(available: object, reason: str) -> None:
    """Skip the test with `reason` unless `available`; fail it where everything must run."""
    if available:
        return
    if os.environ.get("CLAUDE_SESSIONS_TESTS_ALL") == "1":
        pytest.fail(f"cannot run here: {reason}", pytrace=False)
    pytest.skip(reason)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark what runs the real Claude Code: `-m 'not real_claude'` leaves it out."""
    for item in items:
        if "claude_version" in getattr(item, "fixturenames", ()):
            item.add_marker("real_claude")


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    """Run a test that is marked `alone` in another process, where this one has more than one thread."""
    if pyfuncitem.get_closest_marker("alone") is None or not _has_other_threads():
        return None
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "-p", "no:xdist", pyfuncitem.nodeid]
    done = subprocess.run(command, cwd=pyfuncitem.config.rootpath, capture_output=True, text=True, check=False)
    if done.returncode:
        pytest.fail(done.stdout + done.stderr, pytrace=False)
    if " skipped" in done.stdout:
        pytest.skip(done.stdout)
    return True


def _has_other_threads() -> bool:
    """Tell whether there are threads, also such as Python does not know of."""
    try:
        return len(os.listdir("/proc/self/task")) > 1
    except OSError:
        return threading.active_count() > 1


@pytest.fixture
def needs() -> Callable[[str], None]:
    """A function that skips the test where a program is missing: `needs("jq")`."""
    return lambda program: require(shutil.which(program), f"{program} is not installed")


@pytest.fixture(autouse=True)
def own_home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Every test has a home of its own, no settings of the person who runs it, and lives in UTC unless it says otherwise."""
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    for name in [name for name in os.environ if name.startswith("CLAUDE_SESSIONS_") and "_TEST" not in name]:
        monkeypatch.delenv(name)
    monkeypatch.delenv("CLAUDE_CONFIG_DIR", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache"))
    home = tmp_path_factory.mktemp("home")
    monkeypatch.setenv("HOME", str(home))
    return home


@pytest.fixture(params=VERSIONS)
def claude_version(request: pytest.FixtureRequest) -> str:
    """Each version in turn; `@pytest.mark.parametrize("claude_version", ["2.1.329"], indirect=True)` picks one."""
    version: str = request.param
    require(not missing(version), missing(version))
    return version


@pytest.fixture
def real_claude(claude_version: str, tmp_path: Path) -> Iterator[Callable[[str], RealClaude]]:
    """A function that gives the real Claude Code, ready to play a scenario: `real_claude("fix-a-test")`."""
    with contextlib.ExitStack() as stack:
        yield lambda scenario: stack.enter_context(RealClaude(claude_version, scenario, tmp_path))


@pytest.fixture
def tmux(needs: Callable[[str], None]) -> Iterator[Callable[..., TmuxTerminal]]:
    """A function that opens a TmuxTerminal (its arguments are the class's), closed after the test."""
    needs("tmux")
    with contextlib.ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(TmuxTerminal(*arguments, **options))


@pytest.fixture
def pty_terminal() -> Iterator[Callable[..., PtyTerminal]]:
    """A function that opens a PtyTerminal (its arguments are the class's), closed after the test."""
    with contextlib.ExitStack() as stack:
        yield lambda *arguments, **options: stack.enter_context(PtyTerminal(*arguments, **options))
