"""A conversation in one file: it comes out as it went in, and a file that was made to do harm comes to nothing."""

import gzip
import hashlib
import io
import json
import os
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from claude_sessions.base.errors import ClaudeSessionsError, NotFoundError, UsageError
from claude_sessions.transcript.packed import zstd
from claude_sessions.upkeep.archive import update
from claude_sessions.upkeep.bundle import check_target, write_bundle
from claude_sessions.upkeep.originals import find_originals
from claude_sessions.upkeep.unbundle import read_bundle
from claude_sessions.upkeep.vault import Vault
from tests.kit.claude_folder import ClaudeFolder, line

ID = "11111111-aaaa-4aaa-8aaa-000000000001"
LINE = line(ID, "/home/ann/shop", 0)
SUFFIXES = [".tar.zst", ".tar.gz"]


@pytest.fixture
def claude(own_home: Path) -> ClaudeFolder:
    return ClaudeFolder(own_home / ".claude")


def export(path: Path) -> Path:
    """Archive everything and export the one session there is."""
    with Vault.open(create=True, lock=True) as vault:
        update(vault, list(find_originals()))
        assert write_bundle(vault, vault.find("last"), path) == path.stat().st_size
    return path


def take(path: Path, folder: Path, **options: bool) -> str:
    return read_bundle(path, folder, **options).session_id


def tree(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() if path.is_file() else b"" for path in folder.rglob("*")}


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_it_comes_out_as_it_went_in(claude: ClaudeFolder, tmp_path: Path, suffix: str) -> None:
    """Every file of the session, whatever its size and the length of its name; tar can read it, too."""
    session = claude.session()
    claude.subagent(session)
    session.with_name("agent-0a1b2c3.jsonl").write_bytes(line(session.stem, "/x", 1, isSidechain=True))
    for size in (0, 1, 511, 512, 513, 3_000_000):
        claude.beside(session, f"tool-results/{size}.txt", os.urandom(size))
    claude.beside(session, f"tool-results/{'long' * 60}.txt", b"x")
    bundle = export(tmp_path / f"one{suffix}")
    assert bundle.stat().st_mode & 0o777 == 0o600
    assert take(bundle, tmp_path / "there") == session.stem
    assert tree(tmp_path / "there") == tree(session.parent)
    if suffix == ".tar.gz":
        with tarfile.open(bundle) as tar:
            assert tar.getnames()[0] == "manifest.json"
            assert len(tar.getnames()) == 12
    assert os.listdir(tmp_path) != []
    assert not [name for name in os.listdir(tmp_path) if name.startswith(".")]


def test_an_export_tells_nothing_of_this_machines_folders(claude: ClaudeFolder, tmp_path: Path) -> None:
    """The manifest names the project's directory, which is in every line, and not where Claude Code keeps its files."""
    claude.session()
    with tarfile.open(export(tmp_path / "one.tar.gz")) as tar:
        manifest = tar.extractfile("manifest.json")
        assert manifest
        told = json.loads(manifest.read())
    assert told["directory"] == "/home/ann/shop"
    assert str(claude.path) not in json.dumps(told)


def test_an_export_overwrites_nothing(claude: ClaudeFolder, tmp_path: Path) -> None:
    """A file of that name, or a link, is left as it is; so is a name that says nothing of the form."""
    claude.session()
    (tmp_path / "one.tar.gz").write_text("mine")
    (tmp_path / "two.tar.gz").symlink_to(tmp_path / "nowhere")
    for name, said in (("one.tar.gz", "already there"), ("two.tar.gz", "link to nothing"), ("one.zip", "must end in")):
        with pytest.raises(UsageError, match=said):
            export(tmp_path / name)
    assert sorted(os.listdir(tmp_path)) == ["one.tar.gz", "two.tar.gz"]
    assert (tmp_path / "one.tar.gz").read_text() == "mine"
    with Vault.open() as vault:
        write_bundle(vault, vault.find("last"), tmp_path / "one.tar.gz", force=True)
    assert take(tmp_path / "one.tar.gz", tmp_path / "there")
    with pytest.raises(UsageError, match="must end in"):
        check_target(tmp_path / "one.zip", force=True)


def test_what_is_there_is_not_overwritten(claude: ClaudeFolder, tmp_path: Path) -> None:
    """A different or longer file ends the import, also a trial of it, unless it is forced; a beginning is made whole."""
    session = claude.session()
    data = session.read_bytes()
    bundle = export(tmp_path / "one.tar.zst")
    claude.grow(session)
    longer = tree(session.parent)
    for trial in (False, True):
        with pytest.raises(UsageError, match="different or longer"):
            take(bundle, session.parent, dry_run=trial)
        assert tree(session.parent) == longer
    take(bundle, session.parent, force=True)
    assert session.read_bytes() == data
    session.write_bytes(data[:10])
    take(bundle, session.parent, dry_run=True)
    assert session.read_bytes() == data[:10]
    take(bundle, session.parent)
    assert session.read_bytes() == data


def record(path: str, data: bytes, **fields: Any) -> dict[str, Any]:
    return {"path": path, "size": len(data), "digest": hashlib.sha256(data).hexdigest(), **fields}


def make(
    path: Path,
    *,
    files: list[dict[str, Any]] | None = None,
    manifest: bytes | None = None,
    members: list[tuple[tarfile.TarInfo | str, bytes]] | None = None,
    **fields: Any,
) -> Path:
    """Write a bundle by hand, with as much wrong in it as is asked for."""
    if manifest is None:
        files = [record(f"{ID}.jsonl", LINE)] if files is None else files
        manifest = json.dumps({"session_id": ID, "version": 1, "files": files, **fields}).encode()
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as tar:
        for name, data in [("manifest.json", manifest), *(members if members is not None else [(f"{ID}.jsonl", LINE)])]:
            info = name if isinstance(name, tarfile.TarInfo) else tarfile.TarInfo(name)
            info.size = info.size or len(data)
            tar.addfile(info, io.BytesIO(data))
    path.write_bytes(gzip.compress(buffer.getvalue()))
    return path


def special(name: str, kind: bytes, **fields: Any) -> tuple[tarfile.TarInfo, bytes]:
    info = tarfile.TarInfo(name)
    info.type = kind
    for key, value in fields.items():
        setattr(info, key, value)
    return info, b""


MAIN = f"{ID}.jsonl"
GOOD = record(MAIN, LINE)


def test_the_hand_made_one_is_good(tmp_path: Path) -> None:
    """What the next tests make bad can be imported as it is."""
    assert take(make(tmp_path / "x.tar.gz"), tmp_path / "there") == ID
    assert tree(tmp_path / "there") == {MAIN: LINE}


@pytest.mark.parametrize(
    ("what", "said"),
    [
        ({"files": [GOOD, record("/etc/x", b"")]}, "cannot belong"),
        ({"files": [GOOD, record("../x", b"")]}, "cannot belong"),
        ({"files": [GOOD, record(f"{ID}/../../x", b"")]}, "cannot belong"),
        ({"files": [GOOD, record(f"{ID}//x", b"")]}, "cannot belong"),
        ({"files": [GOOD, record("other/x", b"")]}, "cannot belong"),
        ({"files": [GOOD, record(f"{ID}/a\\b", b"")]}, "cannot belong"),
        ({"files": [GOOD, record(f"{ID}/a\x1b[2Jb", b"")]}, "cannot belong"),
        ({"files": [GOOD, record(f"{ID}/{'a' * 252}", b"")]}, "cannot belong"),
        ({"files": [GOOD, record(f"{ID}/a.zst/b", b"")]}, "cannot belong"),
        ({"files": [GOOD, record("agent-1.txt", b"")]}, "cannot belong"),
        ({"files": [record(MAIN, LINE, aside="../x")]}, "cannot be one of"),
        ({"files": [record(MAIN, LINE, earlier=[{"name": "../x", "size": 1, "digest": ""}])]}, "cannot be one of"),
        ({"session_id": f"{ID}.json"}, "cannot be meant"),
        ({"files": [GOOD, record(f"{ID}/" + "a/" * 20 + "x", b"")]}, "cannot belong"),
        ({"files": [GOOD, GOOD]}, "cannot belong"),
        ({"files": [record(MAIN, LINE, size=-1)]}, "cannot belong"),
        ({"files": [record(MAIN, LINE, size=10**18)]}, "too much"),
        ({"files": [record(MAIN, LINE, size=len(LINE) + 1)]}, "its manifest says"),
        ({"files": [record(MAIN, LINE, digest="0" * 64)]}, "damaged"),
        ({"files": []}, "lacks the transcript"),
        ({"session_id": "../x"}, "cannot be meant"),
        ({"session_id": "--help", "files": []}, "no session of Claude"),
        ({"version": 2}, "reads version 1"),
        ({"manifest": b"[]"}, "no manifest"),
        ({"manifest": b"[" * 100_000}, "no manifest"),
        ({"manifest": b" " * 20_000_000}, "cannot be meant"),
        ({"members": []}, "lacks"),
        ({"members": [("../../x", LINE)]}, "where the plain file"),
        ({"members": [special(MAIN, tarfile.SYMTYPE, linkname="/etc/passwd")]}, "where the plain file"),
        ({"members": [special(MAIN, tarfile.LNKTYPE, linkname="/etc/passwd")]}, "where the plain file"),
        ({"members": [special(MAIN, tarfile.CHRTYPE)]}, "where the plain file"),
        ({"members": [special(MAIN, tarfile.DIRTYPE)]}, "where the plain file"),
        ({"members": [special(MAIN, tarfile.GNUTYPE_SPARSE)]}, "where the plain file"),
        ({"members": [(MAIN, LINE), (f"{ID}/more.txt", b"x")]}, "does not name"),
        ({"members": [(MAIN, LINE), special("link", tarfile.SYMTYPE, linkname="/")]}, "does not name"),
    ],
)
def test_what_is_made_to_do_harm_comes_to_nothing(tmp_path: Path, what: dict[str, Any], said: str) -> None:
    """One sentence, and neither a file nor a folder is left."""
    path = make(tmp_path / "x.tar.gz", **what)
    with pytest.raises(ClaudeSessionsError, match=said):
        take(path, tmp_path / "there" / "deep")
    assert os.listdir(tmp_path) == ["x.tar.gz"]


def test_a_bomb_is_not_unpacked(tmp_path: Path) -> None:
    """A description of gigabytes, in a file of kilobytes, is refused by its header."""
    info = tarfile.TarInfo("x")
    info.type, info.size = tarfile.XHDTYPE, 4 * 1024**3
    bomb = info.tobuf(tarfile.USTAR_FORMAT) + bytes(1_000_000)
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(bomb))
    with pytest.raises(UsageError, match="is not what archive export writes"):
        take(tmp_path / "x.tar.gz", tmp_path / "there")


@pytest.mark.parametrize("suffix", SUFFIXES)
@pytest.mark.parametrize(
    "harm", [lambda data: data[:0], lambda data: data[:-40], lambda data: data[:60], lambda data: b"x" + data]
)
def test_a_damaged_file_comes_to_nothing(
    claude: ClaudeFolder, tmp_path: Path, suffix: str, harm: Callable[[bytes], bytes]
) -> None:
    """Empty, cut off, or something else: a sentence."""
    session = claude.session()
    claude.beside(session, "tool-results/x.txt", os.urandom(5000))
    bundle = export(tmp_path / f"one{suffix}")
    bundle.write_bytes(harm(bundle.read_bytes()))
    with pytest.raises(UsageError, match=r"damaged|cut off|no tar|lacks"):
        take(bundle, tmp_path / "there")
    assert os.listdir(tmp_path) == [bundle.name]


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A missing one, another suffix, a pipe."""
    os.mkfifo(tmp_path / "pipe.tar.gz")
    for name, error in (("none.tar.gz", NotFoundError), ("x.zip", UsageError), ("pipe.tar.gz", UsageError)):
        with pytest.raises(error):
            take(tmp_path / name, tmp_path / "there")


def test_packed_text_of_any_form_is_a_sentence(tmp_path: Path) -> None:
    """A good packing around something that is no tar."""
    (tmp_path / "x.tar.zst").write_bytes(zstd.compress(b"hello" * 1000))
    with pytest.raises(UsageError, match="no tar archive"):
        take(tmp_path / "x.tar.zst", tmp_path / "there")
