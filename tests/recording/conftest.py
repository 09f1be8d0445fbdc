"""What the tests of the recorder share."""

from collections.abc import Callable
from pathlib import Path

import pytest

from tests.conftest import require
from tests.kit.recorder import Recorder


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    """The recorder, with a home of its own."""
    return Recorder(tmp_path)


@pytest.fixture
def needs_proc() -> None:
    """Skip where the kernel does not show its processes as files."""
    require(Path("/proc/self/status").exists(), "there is no /proc")


Needs = Callable[[str], None]
