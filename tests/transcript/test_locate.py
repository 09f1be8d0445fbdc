"""Which transcripts there are, and which one a person means."""

from pathlib import Path

import pytest

from claude_sessions.base.errors import AmbiguousError, InsecureHomeError, NotFoundError, UsageError
from claude_sessions.transcript.files import Kind
from claude_sessions.transcript.locate import all_transcripts, locate, related
from claude_sessions.transcript.packed import zstd
from tests.kit.claude_folder import ClaudeFolder, line

ONE = "11111111-aaaa-4aaa-8aaa-000000000001"
TWO = "11111111-aaaa-4aaa-8aaa-000000000002"
OTHER = "22222222-aaaa-4aaa-8aaa-000000000001"


@pytest.fixture
def claude(own_home: Path) -> ClaudeFolder:
    return ClaudeFolder(own_home / ".claude")


def pack(own_home: Path, path: str, content: bytes) -> Path:
    """Put a packed transcript into the archive."""
    home = own_home / ".claude-sessions"
    there = home / "archive" / "home-1" / f"{path}.zst"
    there.parent.mkdir(parents=True, exist_ok=True)
    for folder in (home, *(each for each in home.rglob("*") if each.is_dir())):
        folder.chmod(0o700)
    there.write_bytes(zstd.compress(content))
    return there


@pytest.mark.parametrize("text", [ONE, ONE.upper()])
def test_an_id_is_found(claude: ClaudeFolder, text: str) -> None:
    """The whole id means its session, however it is spelled."""
    wanted = claude.session(session_id=ONE)
    claude.session(session_id=TWO)
    assert locate(text).path == wanted


def test_a_prefix_is_found_where_it_is_the_only_one(claude: ClaudeFolder) -> None:
    """Four characters do; of two sessions that begin so both are named."""
    claude.session(session_id=ONE)
    claude.session(session_id=TWO)
    wanted = claude.session(session_id=OTHER)
    assert locate("2222").path == wanted
    with pytest.raises(AmbiguousError, match=f"{ONE}.*{TWO}|{TWO}.*{ONE}"):
        locate("1111")
    with pytest.raises(NotFoundError, match="needs 4 characters"):
        locate("222")
    with pytest.raises(NotFoundError, match="claude-sessions recent"):
        locate("3333")


def test_last_is_the_one_written_last(claude: ClaudeFolder) -> None:
    """Subagents do not count."""
    claude.session(session_id=ONE)
    wanted = claude.session(session_id=TWO)
    claude.subagent(wanted)
    assert locate("last").path == wanted


def test_nothing_there_is_a_sentence(claude: ClaudeFolder) -> None:
    """It names the folders that were looked at."""
    with pytest.raises(NotFoundError, match=r"no transcripts in .*\.claude/projects or "):
        locate("last")


def test_a_path_is_a_path(claude: ClaudeFolder, tmp_path: Path) -> None:
    """What has a slash or the suffix is a file's name, wherever that file is."""
    path = claude.session().rename(tmp_path / "mine.jsonl")
    assert locate(str(path)).path == path
    with pytest.raises(NotFoundError, match="no such file"):
        locate("nothing.jsonl")
    with pytest.raises(UsageError, match="is no file"):
        locate(f"{tmp_path}/")
    with pytest.raises(UsageError):
        locate("a\0b.jsonl")


def test_a_subagent_has_a_name(claude: ClaudeFolder) -> None:
    """`agent-` and the beginning of its id."""
    session = claude.session()
    wanted = claude.subagent(session, "abcdef0123456789a")
    claude.subagent(session, "123")
    assert locate("agent-abcd").path == wanted
    assert locate("agent-123").kind is Kind.SUBAGENT


def test_the_archive_stands_in(claude: ClaudeFolder, own_home: Path) -> None:
    """A session whose original is gone is found in the archive; where it is there, the original counts."""
    original = claude.session(session_id=ONE)
    pack(own_home, f"{original.parent.name}/{ONE}.jsonl", original.read_bytes())
    gone = pack(own_home, f"{original.parent.name}/{OTHER}.jsonl", b"{}\n")
    assert locate(ONE).path == original
    assert locate("2222").path == gone
    assert {file.path for file in all_transcripts()} == {original, gone}
    assert locate("last").path == gone  # it was written just now


def test_an_original_in_another_project_is_the_same_session(claude: ClaudeFolder, own_home: Path) -> None:
    """A session that was moved is not there twice."""
    original = claude.session("/home/ann/elsewhere", ONE)
    pack(own_home, f"-home-ann-shop/{ONE}.jsonl", b"{}\n")
    assert [file.path for file in all_transcripts()] == [original]


def test_with_a_folder_only_that_counts(claude: ClaudeFolder, own_home: Path, tmp_path: Path) -> None:
    """Neither Claude Code's own transcripts nor the archive are looked at."""
    claude.session(session_id=ONE)
    other = ClaudeFolder(tmp_path).session(session_id=TWO)
    assert locate("1111", folder=tmp_path).path == other


def test_an_archive_that_others_can_write_is_refused(claude: ClaudeFolder, own_home: Path) -> None:
    """Its transcripts could be anybody's."""
    pack(own_home, f"slug/{ONE}.jsonl", b"{}\n")
    (own_home / ".claude-sessions" / "archive").chmod(0o777)
    with pytest.raises(InsecureHomeError):
        all_transcripts()


def test_related_are_a_sessions_subagents_in_every_layout(claude: ClaudeFolder) -> None:
    """Below its folder, in workflows, and beside it as it was until early 2026; nobody else's."""
    session, stranger = claude.session(), claude.session()
    new = claude.subagent(session)
    workflow = claude.subagent(session, name="workflows/wf_1/agent-9.jsonl")
    claude.subagent(stranger)
    flat = session.with_name("agent-0a1b2c3.jsonl")
    flat.write_bytes(b"{}\n" + line(session.stem, "/x", 1, isSidechain=True))
    session.with_name("agent-ffffff1.jsonl").write_bytes(line(stranger.stem, "/x", 1, isSidechain=True))
    file = locate(session.stem)
    assert [each.path for each in related(file)] == [new, workflow, flat]
    assert related(related(file)[0]) == []


def test_related_of_an_archived_session_are_in_the_archive(own_home: Path) -> None:
    """Its subagents are found where it is."""
    pack(own_home, f"slug/{ONE}.jsonl", line(ONE, "/x", 1))
    agent = pack(own_home, f"slug/{ONE}/subagents/agent-1.jsonl", line(ONE, "/x", 1))
    flat = pack(own_home, "slug/agent-2.jsonl", line(ONE, "/x", 1))
    pack(own_home, f"slug/{TWO}/subagents/agent-3.jsonl", line(TWO, "/x", 1))
    assert {each.path for each in related(locate(ONE))} == {agent, flat}
