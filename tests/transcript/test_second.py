"""The second process: it helps, and whatever becomes of it nothing is lost."""

import os
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import msgspec
import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.transcript import digests, second
from claude_sessions.transcript.digests import DigestCache
from claude_sessions.transcript.files import LogFile, scan
from claude_sessions.transcript.second import SecondProcess, second_process
from tests.conftest import require


@pytest.fixture(autouse=True)
def _possible(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be a helper on a machine with one processor too."""
    monkeypatch.setattr(second.os, "sched_getaffinity", lambda _: {0, 1}, raising=False)


def wait_for(helper: SecondProcess, number: int) -> None:
    """Wait until the helper has begun with an item."""
    deadline = time.monotonic() + 20
    while not helper._claims[number]:
        assert time.monotonic() < deadline
        time.sleep(0.001)


@pytest.mark.alone
def test_the_helper_begins_at_the_end() -> None:
    """What it has done is handed over, however large; the rest is left to its parent."""
    size = 3_000_000
    with second_process(3, lambda number: b"%d" % number * size) as helper:
        require(helper, "a fork is not safe here")
        assert helper is not None
        wait_for(helper, 2)
        assert helper.result(2) == b"2" * size
        found = [helper.result(number) for number in (0, 1)]
    assert all(each in {None, b"%d" % number * size} for number, each in enumerate(found))


@pytest.mark.alone
@pytest.mark.parametrize("way", ["raises", "dies"])
def test_what_the_helper_cannot_do_its_parent_does(way: str) -> None:
    """An exception or a death in the helper is no result."""

    def fail(number: int) -> bytes:
        if way == "raises":
            raise ValueError(number)
        os.kill(os.getpid(), signal.SIGKILL)
        return b""

    with second_process(1, fail) as helper:
        require(helper, "a fork is not safe here")
        assert helper is not None
        wait_for(helper, 0)
        assert helper.result(0) is None


@pytest.mark.alone
def test_results_are_taken_as_they_come() -> None:
    """The helper begins at the beginning; each item is its or its parent's, what fails is empty, and then all is said."""

    def compute(number: int) -> bytes:
        if number == 1:
            raise ValueError(number)
        return b"%d" % number * 3_000_000

    with second_process(4, compute, from_end=False) as helper:
        require(helper, "a fork is not safe here")
        assert helper is not None
        assert helper.claim(3)
        wait_for(helper, 0)
        assert not helper.claim(0)
        found = list(helper.results(wait=True))
        assert list(helper.results()) == []
    assert found == [(0, b"0" * 3_000_000), (1, b""), (2, b"2" * 3_000_000)]


@pytest.mark.alone
def test_no_more_is_fetched_than_may_wait(monkeypatch: pytest.MonkeyPatch) -> None:
    """A helper that is far ahead waits; nothing of what it has done is lost."""
    monkeypatch.setattr(second, "_MOST_WAITING", 1)
    with second_process(30, lambda number: b"%02d" % number * 500_000, from_end=False) as helper:
        require(helper, "a fork is not safe here")
        assert helper is not None
        wait_for(helper, 1)  # the pipe is full by then
        for _ in range(100):
            helper.fetch()
        assert not helper._claims[29]
        assert [number for number, _ in helper.results(wait=True)] == list(range(30))


ORPHAN = """
import os, signal, time
from pathlib import Path
from claude_sessions.transcript import second
second.os.sched_getaffinity = lambda _: {0, 1}
with second.second_process(9, lambda number: bytes(9_000_000)) as helper:
    while not helper._claims[8]:
        time.sleep(0.001)
    print(Path(f"/proc/self/task/{os.getpid()}/children").read_text(), flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def test_a_helper_does_not_outlive_its_parent() -> None:
    """One whose parent is killed ends with its next result."""
    require(sys.platform == "linux", "there is no helper here")
    with subprocess.Popen([sys.executable, "-c", ORPHAN], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as parent:
        assert parent.stdout is not None
        helper = int(parent.stdout.readline())
        parent.wait()
        deadline = time.monotonic() + 10
        while is_running(helper):
            if time.monotonic() > deadline:
                os.kill(helper, signal.SIGKILL)
                pytest.fail("the helper goes on")
            time.sleep(0.001)


def is_running(pid: int) -> bool:
    """Tell whether a process has not ended; one that has, and that nobody has asked about, has no command line."""
    try:
        return bool(Path(f"/proc/{pid}/cmdline").read_bytes())
    except OSError:
        return False


def never(_: int) -> bytes:
    """Take longer than any test."""
    time.sleep(60)
    return b""


@pytest.mark.alone
def test_no_helper_is_left_behind() -> None:
    """It ends with what it helps, also in the middle of its work."""
    before = children()
    with pytest.raises(KeyError), second_process(1, never):
        raise KeyError
    assert children() == before


def children() -> str:
    """Return the ids of the processes that this one has started."""
    try:
        return Path(f"/proc/self/task/{os.getpid()}/children").read_text()
    except OSError:
        return ""


def test_there_is_none_beside_threads() -> None:
    """A fork would copy locks that nobody ever opens."""
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait)
    thread.start()
    try:
        with second_process(1, lambda _: b"") as helper:
            assert helper is None
    finally:
        stop.set()
        thread.join()


class Size(msgspec.Struct, array_like=True):
    """How large a file is."""

    bytes: int


@pytest.mark.alone
def test_digests_are_the_same_with_help(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In the order of the files; a file that cannot be summed up is a warning, once."""
    monkeypatch.setattr(digests, "_WORTH_HELP", 1)
    folder = tmp_path / "projects" / "-p"
    folder.mkdir(parents=True)
    for number in range(40):
        (folder / f"{number}.jsonl").write_bytes(b"x" * number)

    def compute(file: LogFile) -> Size:
        if file.size == 17:
            raise UsageError(f"{file.path.name} is odd")
        return Size(len(file.path.read_bytes()))

    files = scan(folder)
    for _ in range(2):  # the second time from the cache
        cache = DigestCache("size", 1, Size, tmp_path / "home")
        found = cache.digests(files, compute)
        assert [file for file, _ in found] == [file for file in files if file.size != 17]
        assert all(digest.bytes == file.size for file, digest in found)
        assert cache.warnings == ["17.jsonl is odd"]
