"""The library's front door."""

import fcntl
import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import claude_sessions
from claude_sessions import Session, SessionManager
from claude_sessions.base.errors import NotFoundError
from claude_sessions.log.events import LinkInfo, SuspendInfo
from claude_sessions.sessions import State
from tests.kit.recordings import NOON, SECOND, LogWriter
from tests.kit.spoken import user, write

CLAUDE_ID = "2415fcc1-68a3-42b1-a4b7-7ed0b3b0a36b"


def register(pid: int, **fields: object) -> None:
    """Say that a Claude Code with this pid runs."""
    folder = Path.home() / ".claude/sessions"
    folder.mkdir(parents=True, exist_ok=True)
    plain = {"pid": pid, "sessionId": CLAUDE_ID, "cwd": "/home/ann/calc", "startedAt": NOON // 10**6, "status": "idle"}
    (folder / f"{pid}.json").write_text(json.dumps({**plain, **fields}))


@pytest.fixture
def claude() -> Iterator[int]:
    """The pid of a process that leads a session of its own, as a host does, and plays the Claude in it."""
    command = [sys.executable, "-c", "input()"]
    with subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True) as child:
        yield child.pid
        child.communicate()


@pytest.fixture
def manager(own_home: Path) -> SessionManager:
    """A manager of the default home."""
    return SessionManager()


@pytest.fixture
def home(own_home: Path) -> Path:
    """The default home's path."""
    return own_home / ".claude-sessions"


def only(manager: SessionManager) -> Session:
    (session,) = manager.list()
    return session


def test_nothing_recorded_nothing_running(manager: SessionManager) -> None:
    """Without a home folder there are no sessions, and none is made."""
    assert manager.list() == ()
    with pytest.raises(NotFoundError, match="claude-sessions start"):
        manager.find("last")
    assert not (Path.home() / ".claude-sessions").exists()


@pytest.mark.parametrize(
    ("code", "signal", "state"), [(0, None, State.EXITED), (130, None, State.EXITED), (None, 9, State.KILLED)]
)
def test_ended_sessions(
    manager: SessionManager, home: Path, code: int | None, signal: int | None, state: State
) -> None:
    """An ended session says how; its times are those of the log."""
    log = LogWriter(home).start(title="parser").exit(code, signal)
    session = only(manager)
    assert (session.state, session.running, session.recorded) == (state, False, True)
    assert (session.id, session.title, session.directory) == (log.session_id, "parser", "/home/ann/project")
    assert (session.started_ns, session.ended_ns) == (NOON + SECOND, NOON + 2 * SECOND)


def test_cut_off(manager: SessionManager, home: Path) -> None:
    """A log without exit that nobody holds was cut off."""
    LogWriter(home).start()
    assert only(manager).state is State.CUT_OFF


@pytest.mark.parametrize(
    ("status", "state"),
    [
        ("busy", State.BUSY),
        ("idle", State.IDLE),
        ("waiting", State.WAITING),
        ("dreaming", State.RUNNING),
        (None, State.RUNNING),
    ],
)
def test_a_running_recording_knows_what_claude_does(
    manager: SessionManager, home: Path, claude: int, status: str | None, state: State
) -> None:
    """The live Claude of a recording is the one in the session that the recording's host leads."""
    log = LogWriter(home).start(pid=os.getsid(claude))
    register(claude, status=status, waitingFor="permission prompt")
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        session = only(manager)
    assert (session.state, session.running, session.ended_ns) == (state, True, None)
    assert session.waiting_for == ("permission prompt" if status == "waiting" else "")
    assert session.live is not None
    assert session.live.session_id == CLAUDE_ID


def test_a_suspended_session_does_not_wait(manager: SessionManager, home: Path, claude: int) -> None:
    """After Ctrl-Z Claude's own last word is not what the session does; after `fg` it is again."""
    log = LogWriter(home).start(pid=os.getsid(claude)).add("output", b"x").add("suspend", SuspendInfo())
    register(claude, status="waiting", waitingFor="permission prompt")
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert (only(manager).state, only(manager).waiting_for) == (State.SUSPENDED, "")
        assert manager.find("last").state is State.SUSPENDED
        log.add("resume", SuspendInfo())
        assert only(manager).state is State.WAITING


def test_claudes_id_outlives_claude(manager: SessionManager, home: Path, claude: int) -> None:
    """While Claude runs its own word counts, afterwards what the log was told."""
    log = LogWriter(home).start(pid=os.getsid(claude)).add("link", LinkInfo("promised"))
    register(claude)
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert only(manager).claude_session_id == CLAUDE_ID
    (Path.home() / f".claude/sessions/{claude}.json").unlink()
    log.exit()
    assert only(manager).claude_session_id == "promised"


def test_running_without_a_word_from_claude(manager: SessionManager, home: Path) -> None:
    """Before Claude has registered, or where it never does, a held log is simply running."""
    log = LogWriter(home).start(pid=1)
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert only(manager).state is State.RUNNING


def test_unrecorded_sessions_are_listed(manager: SessionManager, home: Path, claude: int) -> None:
    """A live Claude outside of every recording is a session too, found by its own id."""
    LogWriter(home, now=NOON - 60 * SECOND).start(pid=claude).exit()
    register(claude, name="calc-00", status="busy")
    unrecorded, ended = manager.list()
    assert (unrecorded.id, unrecorded.recorded, unrecorded.state) == (CLAUDE_ID, False, State.BUSY)
    assert (unrecorded.title, unrecorded.directory, unrecorded.started_ns) == ("calc-00", "/home/ann/calc", NOON)
    assert ended.state is State.EXITED
    assert manager.find(CLAUDE_ID[:4]) == unrecorded


def test_find_joins_too(manager: SessionManager, home: Path, claude: int) -> None:
    """A session that is found is the same as in the list."""
    log = LogWriter(home).start(pid=claude, title="parser")
    register(claude)
    with log.path.open("ab") as writer:
        fcntl.flock(writer, fcntl.LOCK_EX)
        assert manager.find("parser") == only(manager)
        assert manager.find("last").state is State.IDLE


def test_open_gives_the_entries(manager: SessionManager, home: Path) -> None:
    """A recording can be read without knowing where it is."""
    LogWriter(home).start().add("output", b"hello").exit()
    with manager.open("last") as recording:
        data = [entry.data for entry in recording.entries() if isinstance(entry, claude_sessions.Entry)]
    assert data[1] == b"hello"


def test_leaks_no_descriptor(manager: SessionManager, home: Path) -> None:
    """However often it is asked, the manager holds nothing open."""
    LogWriter(home).start().next_segment().exit()
    (home / "logs" / "11111111-aaaa-4aaa-8aaa-000000000001.jsonl").write_bytes(b"broken")
    fd = os.open("/dev/null", os.O_RDONLY)
    os.close(fd)
    for _ in range(3):
        manager.list()
        manager.find("last")
        with pytest.raises(NotFoundError):
            manager.find("1111")
    again = os.open("/dev/null", os.O_RDONLY)
    os.close(again)
    assert again == fd
    assert len(manager.warnings) == 1


def test_the_package_offers_its_names_lazily() -> None:
    """Importing the package loads nothing; every name of __all__ is there when asked for, and no other."""
    code = "import sys, claude_sessions; print(*sorted(name for name in sys.modules if name.startswith('claude_sessions')))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, check=True, text=True).stdout
    assert loaded.split() == ["claude_sessions", "claude_sessions.version"]
    assert all(getattr(claude_sessions, name) for name in claude_sessions.__all__)
    assert set(claude_sessions.__all__) <= set(dir(claude_sessions))
    with pytest.raises(AttributeError, match="nonsense"):
        claude_sessions.nonsense  # noqa: B018  # the access itself is what is tried


def test_a_recording_has_the_transcripts_that_it_links_to(manager: SessionManager, home: Path, own_home: Path) -> None:
    """They come in the order of the links, each once; without a link the recording's own id is looked for."""
    first, second = (write(own_home / ".claude", [], name) for name in ("first-one", "second-one"))
    log = LogWriter(home).start()
    for name, path in (("second-one", str(second)), ("first-one", ""), ("second-one", str(second)), ("gone", "")):
        log.add("link", LinkInfo(name, path))
    log.exit()
    assert [file.path for file in manager.transcripts(log.session_id)] == [second, first]
    other = LogWriter(home).start().exit()
    assert manager.transcripts(other.session_id) == ()
    own = write(own_home / ".claude", [], other.session_id)
    assert [file.path for file in manager.transcripts(other.session_id)] == [own]


def test_titles_of_transcripts_stand_in_where_nobody_gave_one(
    manager: SessionManager, home: Path, own_home: Path
) -> None:
    """A person's own title stays; a session whose transcript is gone has none."""
    write(own_home / ".claude", [user("fix it", uuid="u")], "claude-1")
    for title, claude_id in (("mine", "claude-1"), ("", "claude-1"), ("", "claude-2")):
        LogWriter(home).start(title=title).add("link", LinkInfo(claude_id)).exit()
    titled = manager.titled(manager.list())
    assert sorted((session.title, session.transcript_title) for session in titled) == [
        ("", ""),
        ("", "fix it"),
        ("mine", ""),
    ]
    assert manager.titled([]) == ()
