"""Copies of transcripts: nothing that Claude Code has written is lost, whatever becomes of the original."""

import json
import os
import resource
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from claude_sessions.base.errors import InsecureHomeError, NotFoundError, UnwritableHomeError, UsageError
from claude_sessions.transcript.files import Kind
from claude_sessions.transcript.locate import all_transcripts, locate, related
from claude_sessions.transcript.packed import zstd
from claude_sessions.transcript.reading import open_source
from claude_sessions.upkeep.archive import Report, foresee, update
from claude_sessions.upkeep.copies import choose, shortened
from claude_sessions.upkeep.originals import find_originals
from claude_sessions.upkeep.packing import Change
from claude_sessions.upkeep.restore import pieces
from claude_sessions.upkeep.vault import Stored, Vault
from tests.kit.claude_folder import LONG_AGO, ClaudeFolder, line


@pytest.fixture
def claude(own_home: Path) -> ClaudeFolder:
    return ClaudeFolder(own_home / ".claude")


def archive(directory: str = "") -> Report:
    """Run the archiver once."""
    with Vault.open(create=True, lock=True) as vault:
        return update(vault, list(find_originals()), directory=directory)


def changed(report: Report) -> dict[str, list[str]]:
    """Return what a report says of sessions, without what it does not say."""
    assert report.warnings == []
    return {str(change): sessions for change, sessions in report.sessions.items() if sessions}


def content(text: str) -> dict[str, bytes]:
    """Return the files of an archived session, unpacked."""
    with Vault.open() as vault:
        stored = vault.find(text)
        return {record.path: b"".join(pieces(vault, stored, record)) for record in stored.manifest.files}


def stored(text: str) -> Stored:
    with Vault.open() as vault:
        return vault.find(text)


def packed(home: Path) -> dict[str, Path]:
    """Return the archive's packed files by their names."""
    return {path.name: path for path in (home / ".claude-sessions" / "archive").rglob("*.zst")}


def test_all_files_of_a_session_are_archived(claude: ClaudeFolder, own_home: Path) -> None:
    """Transcript, subagents with their descriptions, workflows, outputs of tools, title; auto-memory is none of it."""
    session = claude.session()
    agent = claude.subagent(session)
    step = claude.subagent(session, name="workflows/wf_1/agent-9.jsonl")
    claude.beside(session, "workflows/wf_1.json", b"{}")
    claude.beside(session, "tool-results/long.txt", b"x" * 100_000)
    claude.beside(session, "custom-title.json", b'{"title":"a"}')
    claude.beside(session, "nothing.jsonl.superseded.jsonl", b"{}\n")
    (session.parent / "memory").mkdir()
    (session.parent / "memory" / "MEMORY.md").write_text("not this")
    assert changed(archive()) == {"new": [session.stem]}
    found = content(session.stem)
    assert set(found) == {
        session.name,
        *(str(path.relative_to(session.parent)) for path in (agent, step)),
        *(str(path.relative_to(session.parent))[:-6] + ".meta.json" for path in (agent, step)),
        *(f"{session.stem}/{name}" for name in ("workflows/wf_1.json", "tool-results/long.txt", "custom-title.json")),
    }
    assert all(data == (session.parent / path).read_bytes() for path, data in found.items())


def test_the_manifest_says_what_it_is(claude: ClaudeFolder) -> None:
    """Where the session belongs, which Claude wrote it, and each file's size, digest and time."""
    session = claude.session("/home/ann/my.shop")
    archive()
    manifest = stored(session.stem).manifest
    assert (manifest.directory, manifest.slug) == ("/home/ann/my.shop", "-home-ann-my-shop")
    assert (manifest.projects, manifest.claude_version) == (str(claude.projects), "2.1.329")
    (record,) = manifest.files
    assert (record.size, record.mtime_ns) == (session.stat().st_size, session.stat().st_mtime_ns)


def test_nobody_else_can_read_it(claude: ClaudeFolder, own_home: Path) -> None:
    """Folders have mode 0700, files 0600, whatever the umask is."""
    claude.subagent(claude.session())
    before = os.umask(0)
    try:
        archive()
    finally:
        os.umask(before)
    for path in [own_home / ".claude-sessions", *(own_home / ".claude-sessions").rglob("*")]:
        assert path.stat().st_mode & 0o777 == (0o700 if path.is_dir() else 0o600), path


def test_what_has_not_changed_is_not_read(claude: ClaudeFolder, own_home: Path) -> None:
    """A second run opens no transcript: it does not notice that this one cannot be opened."""
    session = claude.session()
    archive()
    before = {path: path.stat().st_mtime_ns for path in (own_home / ".claude-sessions").rglob("*") if path.is_file()}
    content_before = session.read_bytes()
    times = session.stat()
    session.write_bytes(b"X" * len(content_before))  # something that only reading it could tell
    os.utime(session, ns=(times.st_atime_ns, times.st_mtime_ns))
    assert changed(archive()) == {"unchanged": [session.stem]}
    assert content(session.stem)[session.name] == content_before
    assert before == {path: path.stat().st_mtime_ns for path in before}


def test_what_has_grown_is_added(claude: ClaudeFolder, own_home: Path) -> None:
    """The packed file begins as it was, and holds the whole; another file of the session counts as growth, too."""
    session = claude.session()
    archive()
    before = packed(own_home)[f"{session.name}.zst"].read_bytes()
    for number in range(3):
        claude.grow(session)
        assert changed(archive()) == {"grown": [session.stem]}
        after = packed(own_home)[f"{session.name}.zst"].read_bytes()
        assert after.startswith(before)
        assert len(after) > len(before)
        assert content(session.stem)[session.name] == session.read_bytes()
        assert stored(session.stem).manifest.files[0].frames == number + 2
        before = after
    claude.subagent(session)
    assert changed(archive()) == {"grown": [session.stem]}
    assert len(content(session.stem)) == 3


def test_after_many_additions_it_is_packed_anew(claude: ClaudeFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Many small frames pack badly: their number is limited."""
    monkeypatch.setattr("claude_sessions.upkeep.packing._MOST_FRAMES", 3)
    session = claude.session()
    frames = []
    for _ in range(6):
        archive()
        frames.append(stored(session.stem).manifest.files[0].frames)
        assert content(session.stem)[session.name] == session.read_bytes()
        claude.grow(session)
    assert frames == [1, 2, 3, 1, 2, 3]


@pytest.mark.parametrize(
    "what", [lambda data: data[: len(data) // 2], lambda data: data[:0], lambda data: b"X" + data[1:] + data]
)
def test_a_transcript_that_was_cut_or_replaced_is_kept_as_it_was(
    claude: ClaudeFolder, own_home: Path, what: Callable[[bytes], bytes]
) -> None:
    """The earlier copy stays beside the new one, twice if it happens twice; readers see one transcript, the longest."""
    session = claude.session()
    first = session.read_bytes()
    archive()
    for number in (1, 2):
        second = what(first) + f"{number}\n".encode()
        session.write_bytes(second)
        assert changed(archive()) == {"replaced": [session.stem]}
        assert content(session.stem)[session.name] == second
    there = packed(own_home)
    assert zstd.decompress(there[f"{session.name}.1.zst"].read_bytes()) == first
    assert [each.name for each in stored(session.stem).manifest.files[0].earlier] == [
        f"{session.name}.1.zst",
        f"{session.name}.2.zst",
    ]
    session.unlink()
    (file,) = all_transcripts()
    assert (file.session_id, file.kind) == (session.stem, Kind.MAIN)
    assert len(zstd.decompress(file.path.read_bytes())) == max(len(first), len(second))


def test_a_file_that_is_no_transcript_is_replaced_plainly(claude: ClaudeFolder, own_home: Path) -> None:
    """A title that changes is no loss."""
    session = claude.session()
    title = claude.beside(session, "custom-title.json", b"one")
    archive()
    title.write_bytes(b"another")
    archive()
    assert content(session.stem)[f"{session.stem}/custom-title.json"] == b"another"
    assert len(packed(own_home)) == 2


def test_what_is_gone_stays(claude: ClaudeFolder) -> None:
    """Claude Code deletes; the archive does not. A reader finds it there, with its own time."""
    session = claude.session()
    data, written = session.read_bytes(), session.stat().st_mtime_ns
    archive()
    session.unlink()
    assert changed(archive()) == {}
    assert content(session.stem)[session.name] == data
    assert locate(session.stem).mtime_ns == written


def test_a_half_written_line_waits(claude: ClaudeFolder) -> None:
    """The end of a transcript that is being written is left out until its newline is there, and is then added."""
    session = claude.session()
    whole = session.read_bytes()
    session.write_bytes(whole + b'{"type":"us')
    archive()
    assert content(session.stem)[session.name] == whole
    claude.grow(session, b'er"}\n')
    assert changed(archive()) == {"grown": [session.stem]}
    assert content(session.stem)[session.name] == whole + b'{"type":"user"}\n'


def test_a_half_written_line_that_nobody_goes_on_with_is_archived(claude: ClaudeFolder) -> None:
    """A crash left it: it is part of the file, and what a later Claude appends comes after it."""
    session = claude.session()
    claude.grow(session, b'{"type":"us')
    archive()
    assert content(session.stem)[session.name] == session.read_bytes()
    claude.grow(session, b'{"type":"user"}\n')
    archive()
    assert content(session.stem)[session.name] == session.read_bytes()


def test_of_a_running_session_the_half_line_waits_however_old(claude: ClaudeFolder) -> None:
    """Claude Code's registry says that it runs."""
    session = claude.session()
    whole = session.read_bytes()
    claude.grow(session, b'{"type":"us')
    (claude.path / "sessions").mkdir()
    registry = claude.path / "sessions" / f"{os.getpid()}.json"
    registry.write_text(json.dumps({"pid": os.getpid(), "sessionId": session.stem}))
    archive()
    assert content(session.stem)[session.name] == whole


def test_a_restored_or_touched_file_is_unchanged(claude: ClaudeFolder) -> None:
    """Another time is no other content; it is noted, and the next run need not read again."""
    session = claude.session()
    archive()
    now = time.time_ns()
    os.utime(session, ns=(now, now))
    assert changed(archive()) == {"unchanged": [session.stem]}
    assert stored(session.stem).manifest.files[0].mtime_ns == now


def test_two_archivers_do_not_meet(claude: ClaudeFolder) -> None:
    """The second is told; the first goes on."""
    claude.session()
    with Vault.open(create=True, lock=True), pytest.raises(UsageError, match="written by another process"):
        archive()
    archive()


@pytest.mark.parametrize("after", ["a packed file", "a first run"])
def test_a_run_that_was_killed_costs_nothing(claude: ClaudeFolder, own_home: Path, after: str) -> None:
    """A packed file that the manifest does not know is measured, and what was being written is removed."""
    session = claude.session()
    archive()
    manifest = next((own_home / ".claude-sessions" / "archive").rglob(f"{session.stem}.json"))
    before = manifest.read_bytes()
    claude.grow(session)
    archive()
    if after == "a packed file":
        manifest.write_bytes(before)
    else:
        manifest.unlink()
    (own_home / ".claude-sessions" / "archive" / ".part").write_bytes(b"half")
    claude.grow(session)
    archive()
    assert content(session.stem)[session.name] == session.read_bytes()
    assert sorted(packed(own_home)) == [f"{session.name}.zst"]
    assert not (own_home / ".claude-sessions" / "archive" / ".part").exists()


def test_what_a_killed_run_left_of_a_vanished_session_can_be_read(claude: ClaudeFolder, own_home: Path) -> None:
    """The manifest is older than the packed file: the session is whole to the end that the manifest knows."""
    session = claude.session()
    archive()
    known = session.read_bytes()
    manifest = next((own_home / ".claude-sessions" / "archive").rglob(f"{session.stem}.json"))
    before = manifest.read_bytes()
    claude.grow(session)
    archive()
    manifest.write_bytes(before)
    session.unlink()
    archive()
    assert content(session.stem)[session.name] == known


@pytest.mark.parametrize("harm", [b"not zstd at all", b""])
def test_a_damaged_copy_is_made_anew(claude: ClaudeFolder, own_home: Path, harm: bytes) -> None:
    """It is told, and what was there is kept aside."""
    session = claude.session()
    archive()
    path = packed(own_home)[f"{session.name}.zst"]
    path.write_bytes(harm)
    claude.grow(session)
    report = archive()
    assert content(session.stem)[session.name] == session.read_bytes()
    assert path.with_name(f"{session.name}.damaged.1.zst").read_bytes() == harm
    assert "was damaged" in report.warnings[0]


def test_a_damaged_manifest_is_made_anew(claude: ClaudeFolder, own_home: Path) -> None:
    """The packed files are what counts."""
    session = claude.session()
    archive()
    next((own_home / ".claude-sessions" / "archive").rglob(f"{session.stem}.json")).write_bytes(b"[")
    (warning,) = archive().warnings
    assert "made anew" in warning
    assert content(session.stem)[session.name] == session.read_bytes()
    assert len(packed(own_home)) == 1


def test_a_file_that_cannot_be_read_costs_a_warning(claude: ClaudeFolder) -> None:
    """The others are archived; a name that no manifest can hold is such a fault, too."""
    session = claude.session()
    other = claude.session()
    claude.beside(session, "tool-results/a\nb.txt", b"x")
    broken = claude.beside(session, "tool-results/c.txt", b"x")
    broken.unlink()
    os.mkfifo(broken)
    report = archive()
    assert sorted(report.sessions[Change.NEW]) == sorted([session.stem, other.stem])
    (warning,) = report.warnings
    assert "too odd" in warning
    assert set(content(session.stem)) == {session.name}


def test_links_are_not_followed_out_of_a_session(claude: ClaudeFolder, tmp_path: Path) -> None:
    """A link beside a transcript may lead anywhere."""
    (tmp_path / "secret").write_text("secret")
    session = claude.session()
    claude.beside(session, "tool-results/x.txt", b"x").with_name("link.txt").symlink_to(tmp_path / "secret")
    (session.with_suffix("") / "tool-results" / "folder").symlink_to(tmp_path)
    archive()
    assert set(content(session.stem)) == {session.name, f"{session.stem}/tool-results/x.txt"}


def test_a_link_in_the_archive_is_refused(claude: ClaudeFolder, own_home: Path, tmp_path: Path) -> None:
    """Nothing is written through it."""
    session = claude.session()
    archive()
    folder = next(path for path in (own_home / ".claude-sessions" / "archive").iterdir() if path.is_dir())
    folder.rename(tmp_path / "elsewhere")
    folder.symlink_to(tmp_path / "elsewhere")
    claude.grow(session)
    with pytest.raises(InsecureHomeError):
        archive()


def test_a_full_disk_leaves_everything_whole(claude: ClaudeFolder, own_home: Path) -> None:
    """The sentence says so; what was archived before is there, and nothing half-written."""
    session = claude.session()
    archive()
    before = content(session.stem)
    claude.grow(session, os.urandom(300_000).hex().encode() + b"\n")
    script = "from claude_sessions.cli.app import run; import sys; sys.exit(run(['archive']))"

    def small_files() -> None:
        resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, 50_000))

    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=False, preexec_fn=small_files
    )
    assert done.returncode == 2
    assert "archive cannot be written: File too large; what was archived before is whole" in done.stderr
    assert content(session.stem) == before
    assert not (own_home / ".claude-sessions" / "archive" / ".part").exists()


def test_two_configuration_folders_are_kept_apart(
    own_home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The same project and session in two of them are two."""
    first, second = ClaudeFolder(tmp_path / "a-b"), ClaudeFolder(tmp_path / "a" / "b")
    session = first.session()
    second.session(session_id=session.stem, lines=5)
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", f"{first.path},{second.path}")
    archive()
    with Vault.open() as vault:
        assert sorted(each.manifest.size for each in vault.sessions()) == sorted(
            path.stat().st_size for path in (session, second.projects / session.parent.name / session.name)
        )


def test_old_layouts_are_archived(claude: ClaudeFolder) -> None:
    """A flat subagent file is its session's, or one of its own; a session without its transcript keeps its subagents."""
    session = claude.session()
    flat, nobodys, odd = (session.with_name(f"agent-{name}.jsonl") for name in ("0a1b2c3", "1111111", "2222222"))
    flat.write_bytes(line(session.stem, "/x", 1))
    nobodys.write_bytes(b"{}\n")
    odd.write_bytes(line("../../../elsewhere", "/x", 1))
    orphan = claude.session()
    agent = claude.subagent(orphan)
    orphan.unlink()
    assert sorted(changed(archive())["new"]) == sorted([session.stem, nobodys.stem, odd.stem, orphan.stem])
    assert content(session.stem) == {path.name: path.read_bytes() for path in (session, flat)}
    for path in (agent, flat, nobodys, odd):
        path.unlink()
    assert {file.path.name for file in all_transcripts()} == {
        session.name,
        *(f"{path.name}.zst" for path in (agent, flat, nobodys, odd)),
    }
    assert [file.path.name for file in related(locate(session.stem))] == [f"{flat.name}.zst"]


def test_an_output_that_was_emptied_is_kept_as_it_was(claude: ClaudeFolder) -> None:
    """It may be the only copy; the longest one is what comes back."""
    session = claude.session()
    for name in ("a.txt", "b.json"):
        output = claude.beside(session, f"tool-results/{name}", b"x" * 900)
        archive()
        output.write_bytes(b"")
        archive()
        path = f"{session.stem}/tool-results/{name}"
        assert content(session.stem)[path] == b""
        with Vault.open() as vault:
            longest = choose(vault.find(session.stem))
            (record,) = (each for each in longest.manifest.files if each.path == path)
            assert b"".join(pieces(vault, longest, record)) == b"x" * 900


def test_earlier_copies_can_be_chosen(claude: ClaudeFolder) -> None:
    """By number, the newest as 0; without a number it is the longest. Readers take the same one."""
    session = claude.session(lines=50)
    whole = session.read_bytes()
    claude.subagent(session)
    half = whole[: whole.index(b"\n", 500) + 1]
    for text in (whole, half, b"short\n"):
        session.write_bytes(text)
        archive()
    session.unlink()
    with Vault.open() as vault:
        found = vault.find(session.stem)
        assert [record.path for record in shortened(found.manifest)] == [session.name]
        for number, expected in ((None, whole), (0, b"short\n"), (1, whole), (2, half)):
            chosen = choose(found, number)
            assert b"".join(pieces(vault, chosen, chosen.manifest.files[0])) == expected
        with pytest.raises(NotFoundError, match="no earlier copy 3: the archive has 2"):
            choose(found, 3)
    with open_source(locate(session.stem).path) as source:
        assert source.read(len(whole) + 1) == whole


def test_names_that_the_archive_cannot_hold_cost_a_warning_each(claude: ClaudeFolder) -> None:
    """Too long with what it adds, like its own files', or not fit to be shown: the others are archived, every time."""
    session = claude.session()
    claude.beside(session, f"tool-results/{'a' * 252}", b"x")
    claude.beside(session, "tool-results/x.zst/y.txt", b"x")
    odd = [claude.session(session_id=name) for name in (f"{session.stem}.json", "a\x1b[2J", "a\nb", "b" * 249)]
    claude.beside(odd[0], "a.txt", b"x")
    other = claude.session()
    for change in (Change.NEW, Change.UNCHANGED):
        foreseen = foresee(None, list(find_originals()))
        assert (len(foreseen.sessions[Change.NEW]), len(foreseen.warnings)) == (2, 4)
        report = archive()
        assert report.sessions[change] == sorted([session.stem, other.stem])
        assert len(report.warnings) == 6
        assert all("too long or too odd" in warning for warning in report.warnings)
    with Vault.open() as vault:
        assert len(list(vault.sessions())) == 2
        assert vault.warnings == []


def test_a_session_ended_when_its_last_line_says(claude: ClaudeFolder) -> None:
    """A file may be younger, after a restore; what cannot be a time is passed over, and without any the file's counts."""
    session, silent = claude.session(), claude.session()
    claude.grow(session, line(session.stem, "/x", 7) + b'{"timestamp":"9999-99-99T00:00:00Z"}\n' + b" " * 3_000_000)
    silent.write_bytes(b'{"type":"summary"}\n')
    archive()
    assert stored(session.stem).manifest.written_ns == LONG_AGO + 7 * 60 * 10**9
    assert stored(silent.stem).manifest.written_ns == silent.stat().st_mtime_ns
    os.utime(session)
    archive()
    assert stored(session.stem).manifest.written_ns == LONG_AGO + 7 * 60 * 10**9


def test_an_archive_that_cannot_be_written_is_named(claude: ClaudeFolder, own_home: Path) -> None:
    """With what to do."""
    archive()
    lock = own_home / ".claude-sessions" / "archive" / ".lock"
    lock.unlink()
    lock.mkdir()
    with pytest.raises(UnwritableHomeError, match=r"archive/\.lock cannot be written: .*; make the folder writable"):
        archive()


def test_a_dry_run_changes_nothing(claude: ClaudeFolder, own_home: Path) -> None:
    """It says by sizes what would be done."""
    grown, same, cut = claude.session(), claude.session(), claude.session()
    assert foresee(None, list(find_originals())).sessions[Change.NEW]
    archive()
    claude.grow(grown)
    cut.write_bytes(b"")
    new = claude.session()
    before = {path: path.stat().st_mtime_ns for path in own_home.rglob("*")}
    with Vault.open() as vault:
        report = foresee(vault, list(find_originals()))
    expected = {"new": [new.stem], "grown": [grown.stem], "replaced": [cut.stem], "unchanged": [same.stem]}
    assert changed(report) == expected
    assert before == {path: path.stat().st_mtime_ns for path in own_home.rglob("*")}
