"""A recording with all that belongs to it in one file, and back."""

import gzip
import hashlib
import io
import json
import os
import resource
import subprocess
import tarfile
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.base.errors import ForeignFileError, UsageError
from claude_sessions.formats import packed_tar
from claude_sessions.formats.importing import Imported
from claude_sessions.log.decode import MAX_LINE
from claude_sessions.log.events import LinkInfo
from tests.kit.exports import export
from tests.kit.recordings import LogWriter

Take = Callable[..., Imported]
CLAUDE = "2f1c4f0e-0000-4000-8000-000000000000"


@pytest.fixture
def log(home: Path) -> LogWriter:
    """A recording of two segments."""
    log = LogWriter(home).start().add("output", b"first").next_segment().add("output", b"second").exit()
    for path in log.logs.iterdir():
        path.chmod(0o400)
    return log


def members_of(data: bytes) -> dict[str, bytes]:
    """Return the files of a bundle by their names below its folder."""
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        found = {member.name: tar.extractfile(member) for member in tar}
        return {name.partition("/")[2]: file.read() for name, file in found.items() if file}


def packed(members: dict[str, bytes], folder: str, **kinds: bytes) -> bytes:
    """Return a .tar.gz with these files; `kinds` makes other things of some of them."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:gz") as tar:
        for name, data in members.items():
            header = tarfile.TarInfo(f"{folder}/{name}" if folder else name)
            header.size = len(data)
            header.type = kinds.get(name.partition(".")[0], tarfile.REGTYPE)
            header.linkname = "/etc/passwd"
            tar.addfile(header, io.BytesIO(data))
    return out.getvalue()


def with_manifest(members: dict[str, bytes], folder: str, **changes: object) -> dict[str, bytes]:
    """Return the members and a manifest that fits them."""
    manifest: dict[str, Any] = {
        "format": "claude-sessions bundle",
        "version": 1,
        "session_id": folder,
        "title": "",
        "made": "",
        "by": "",
        "files": [
            {"name": name, "size": len(data), "sha256": hashlib.sha256(data).hexdigest()}
            for name, data in members.items()
        ],
    }
    return {**members, "manifest.json": json.dumps({**manifest, **changes}).encode()}


def test_everything_is_in_it_with_digests(own_home: Path, home: Path, log: LogWriter) -> None:
    """Segments, what a person added, linked transcripts and those of their subagents, and a manifest of it all."""
    project = own_home / ".claude" / "projects" / "-home-ann"
    agent = project / CLAUDE / "subagents" / "agent-1.jsonl"
    agent.parent.mkdir(parents=True)
    agent.write_text('{"type":"user"}\n')
    (project / f"{CLAUDE}.jsonl").write_text('{"type":"summary"}\n')
    (home / "state").mkdir(mode=0o700)
    (home / "state" / f"{log.session_id}.json").write_text('{"title":"T"}')
    linked = LogWriter(home, log.session_id, now=log.now)
    linked.segment = 2
    linked.start().add("link", LinkInfo(CLAUDE, str(project / f"{CLAUDE}.jsonl"), "registry"))
    members = members_of(export(home, log.session_id, "tar.gz", title="T"))
    manifest = json.loads(members.pop("manifest.json"))
    assert members == {
        **{path.name: path.read_bytes() for path in log.logs.iterdir()},
        "state.json": b'{"title":"T"}',
        f"transcripts/{CLAUDE}.jsonl": b'{"type":"summary"}\n',
        f"transcripts/{CLAUDE}/subagents/agent-1.jsonl": b'{"type":"user"}\n',
    }
    assert (manifest["format"], manifest["version"], manifest["title"]) == ("claude-sessions bundle", 1, "T")
    assert manifest["session_id"] == log.session_id
    assert {each["name"]: (each["size"], each["sha256"]) for each in manifest["files"]} == {
        name: (len(data), hashlib.sha256(data).hexdigest()) for name, data in members.items()
    }


@pytest.mark.parametrize("place", ["secret", "projects/x/other.jsonl", f"projects/x/{CLAUDE}.jsonl/.."])
def test_a_log_fetches_no_other_files(own_home: Path, home: Path, place: str) -> None:
    """A log may be somebody else's: a link that names what is not that session's transcript brings nothing."""
    path = own_home / place
    path.parent.mkdir(parents=True, exist_ok=True)
    if not path.exists():
        path.write_text("private")
    log = LogWriter(home).start().add("link", LinkInfo(CLAUDE, str(path))).add("link", LinkInfo("../../x", str(path)))
    assert not [name for name in members_of(export(home, log.session_id, "tar.gz")) if "transcripts" in name]


def test_a_transcript_that_is_a_link_is_left_out(own_home: Path, home: Path) -> None:
    """A symbolic link in the place of a transcript may lead anywhere."""
    project = own_home / "projects" / "x"
    project.mkdir(parents=True)
    (own_home / "private").write_text("private")
    (project / f"{CLAUDE}.jsonl").symlink_to(own_home / "private")
    log = LogWriter(home).start().add("link", LinkInfo(CLAUDE, str(project / f"{CLAUDE}.jsonl")))
    assert b"private" not in b"".join(members_of(export(home, log.session_id, "tar.gz")).values())


def test_a_part_of_a_log_makes_no_bundle(home: Path, log: LogWriter) -> None:
    """A bundle has the bytes of the log, all of them."""
    with pytest.raises(UsageError, match="another format"):
        export(home, log.session_id, "tar.gz", with_input=False)


def test_an_id_that_is_taken_gives_way(home: Path, log: LogWriter, tmp_path: Path, take: Take) -> None:
    """The copy stands beside the original under a new id, with the same bytes and what a person added."""
    (home / "state").mkdir(mode=0o700)
    (home / "state" / f"{log.session_id}.json").write_text('{"title":"T","pins":[1]}')
    (tmp_path / "a.tar.gz").write_bytes(export(home, log.session_id, "tar.gz"))
    copy = take(tmp_path / "a.tar.gz", title="mine", again=True).session_id
    assert copy != log.session_id
    for number in ("", ".0001"):
        path = log.logs / f"{copy}{number}.jsonl"
        assert path.read_bytes() == (log.logs / f"{log.session_id}{number}.jsonl").read_bytes()
        assert path.stat().st_mode & 0o777 == 0o400
    state = home / "state" / f"{copy}.json"
    assert json.loads(state.read_bytes()) == {"title": "mine", "pins": [1]}
    assert state.stat().st_mode & 0o777 == 0o600


def test_a_bundle_that_was_packed_again_by_tar_is_read(
    home: Path, log: LogWriter, tmp_path: Path, take: Take, needs: Callable[[str], None]
) -> None:
    """Folders of their own, another order and long names do no harm."""
    needs("tar")
    (tmp_path / "a.tar.gz").write_bytes(export(home, log.session_id, "tar.gz"))
    for arguments in (["xzf", "a.tar.gz"], ["czf", "b.tar.gz", log.session_id]):
        subprocess.run(["tar", *arguments], cwd=tmp_path, check=True)
    assert take(tmp_path / "b.tar.gz").session_id


def damaged(data: bytes, log: LogWriter, what: str) -> bytes:
    """Return a bundle with one thing wrong."""
    members, folder = members_of(data), log.session_id
    files = {name: content for name, content in members.items() if name != "manifest.json"}
    first = f"{folder}.jsonl"
    made: dict[str, Callable[[], bytes]] = {
        "a byte of a segment": lambda: packed({**members, first: members[first][:-3] + b"x}\n"}, folder),
        "a segment": lambda: packed({name: members[name] for name in members if name != first}, folder),
        "the manifest": lambda: packed(files, folder),
        "a file too many": lambda: packed({**members, "more": b""}, folder),
        "the manifest's form": lambda: packed({**files, "manifest.json": b"[]"}, folder),
        "the manifest's version": lambda: packed(with_manifest(files, folder, version=2), folder),
        "the manifest's id": lambda: packed(with_manifest(files, folder, session_id=CLAUDE), folder),
        "the log": lambda: packed(with_manifest({"a": b""}, folder), folder),
        "the log's first line": lambda: packed(with_manifest({first: b"junk\n"}, folder), folder),
        "the state": lambda: packed(with_manifest({**files, "state.json": b"["}, folder), folder),
        "the state's size": lambda: packed(with_manifest({**files, "state.json": b" " * 2**21}, folder), folder),
        "two recordings": lambda: packed({**members, f"../{CLAUDE}/{CLAUDE}.jsonl": b""}, folder),
        "a path outside": lambda: packed({"../../etc/passwd": b"x"}, ""),
        "an absolute path": lambda: packed({f"/{first}": b"x"}, ""),
        "a symbolic link": lambda: packed({**members, "link": b""}, folder, link=tarfile.SYMTYPE),
        "a hard link": lambda: packed({**members, "link": b""}, folder, link=tarfile.LNKTYPE),
        "a device": lambda: packed({**members, "link": b""}, folder, link=tarfile.CHRTYPE),
        "a conversation": lambda: packed({"manifest.json": b"{}"}, ""),
        "the end": lambda: data[: len(data) * 2 // 3],
        "the compression": lambda: data[:200] + b"\xff\xff\xff" + data[203:],
        "tar": lambda: gzip.compress(b"no tar at all" * 100),
        "nothing": lambda: gzip.compress(b""),
    }
    return made[what]()


WRONG = (
    *("a byte of a segment", "a segment", "the manifest", "a file too many", "the manifest's form"),
    *("the manifest's version", "the manifest's id", "the log", "the log's first line", "the state"),
    *("the state's size", "two recordings", "a path outside", "an absolute path", "a symbolic link", "a hard link"),
    *("a device", "a conversation", "the end", "the compression", "tar", "nothing"),
)


@pytest.mark.parametrize("what", WRONG)
def test_a_bundle_with_something_wrong_is_refused(
    home: Path, log: LogWriter, tmp_path: Path, take: Take, what: str
) -> None:
    """One sentence names the file; nothing is left behind (the fixture looks), and nothing is written elsewhere."""
    (tmp_path / "a.tar.gz").write_bytes(damaged(export(home, log.session_id, "tar.gz"), log, what))
    with pytest.raises(ForeignFileError, match=r"(?s)a.tar.gz.*nothing was imported"):
        take(tmp_path / "a.tar.gz")


def test_a_bomb_is_refused(
    tmp_path: Path, take: Take, home: Path, log: LogWriter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What unpacks to far more than a log could, compared with its size, is given up on the way."""
    monkeypatch.setattr(packed_tar, "_FREELY", 1024 * 1024)
    members = {f"{log.session_id}.jsonl": b" " * (8 * 1024 * 1024)}
    (tmp_path / "bomb.tar.gz").write_bytes(packed(with_manifest(members, log.session_id), log.session_id))
    with pytest.raises(ForeignFileError, match="more than a recording could"):
        take(tmp_path / "bomb.tar.gz")


def test_a_name_without_end_fills_no_memory(tmp_path: Path, take: Take) -> None:
    """An extended header of a gigabyte is not read."""
    header = tarfile.TarInfo("x")
    header.type, header.size = tarfile.XHDTYPE, 2**30
    (tmp_path / "a.tar.gz").write_bytes(gzip.compress(header.tobuf() + b"\0" * 4096))
    with pytest.raises(ForeignFileError, match="absurdly long"):
        take(tmp_path / "a.tar.gz")


@pytest.fixture
def few_descriptors() -> Iterator[None]:
    """Let this process open no more than a few files more."""
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    probe = os.open(os.devnull, os.O_RDONLY)
    os.close(probe)
    resource.setrlimit(resource.RLIMIT_NOFILE, (probe + 20, before[1]))
    yield
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


@pytest.mark.usefixtures("few_descriptors")
def test_many_segments_need_few_descriptors(home: Path, tmp_path: Path, take: Take) -> None:
    """However many files a log has, only one of them is open at a time."""
    line = f'{{"timestamp":"2026-02-07T12:00:00.000000Z","session_id":"{CLAUDE}","direction":"marker","data":"","size":0}}\n'
    names = [f"{CLAUDE}{f'.{number:04d}' if number else ''}.jsonl" for number in range(500)]
    members = with_manifest(dict.fromkeys(names, line.encode()), CLAUDE)
    (tmp_path / "a.tar.gz").write_bytes(packed(members, CLAUDE))
    assert take(tmp_path / "a.tar.gz").session_id == CLAUDE
    assert len(list((home / "logs").iterdir())) == 500
    assert take(tmp_path / "a.tar.gz").known


@pytest.mark.parametrize("ends", [b"", b"\n"])
def test_a_line_that_no_reader_takes_is_refused(
    home: Path, log: LogWriter, tmp_path: Path, take: Take, ends: bytes
) -> None:
    """However well it is packed: the sentence names the segment, the line and the limit."""
    data = log.path.read_bytes() + b"x" * (MAX_LINE + 1) + ends
    members = with_manifest({f"{CLAUDE}.jsonl": data}, CLAUDE)
    (tmp_path / "a.tar.gz").write_bytes(packed(members, CLAUDE))
    number = len(log.path.read_bytes().splitlines()) + 1
    sentence = f"{CLAUDE}.jsonl, line {number}: it is longer than {MAX_LINE} bytes"
    with pytest.raises(ForeignFileError, match=sentence):
        take(tmp_path / "a.tar.gz")


def test_a_line_as_long_as_lines_may_be_is_taken(home: Path, log: LogWriter, tmp_path: Path, take: Take) -> None:
    """What no reader understands, but every reader skips, comes along byte by byte."""
    data = log.path.read_bytes() + b"x" * MAX_LINE + b"\n" + b"y" * 1000 + b"\n" + b"z" * MAX_LINE
    members = with_manifest({f"{CLAUDE}.jsonl": data}, CLAUDE)
    (tmp_path / "a.tar.gz").write_bytes(packed(members, CLAUDE))
    take(tmp_path / "a.tar.gz")
    assert (home / "logs" / f"{CLAUDE}.jsonl").read_bytes() == data
