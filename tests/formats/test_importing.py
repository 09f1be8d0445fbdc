"""Imports as a whole: what is recognised, what becomes of it, and that no file can do harm."""

import gzip
import hashlib
import io
import json
import os
import random
import struct
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from claude_sessions.base.errors import ClaudeSessionsError, ForeignFileError, NotFoundError, UsageError
from claude_sessions.formats import importing
from claude_sessions.formats.foreign import Foreign
from claude_sessions.formats.importing import Imported
from claude_sessions.formats.staging import Staging
from claude_sessions.formats.unbundle import read_bundle
from claude_sessions.log.events import SealInfo, StartInfo, decode_info
from claude_sessions.sessions import SessionManager, State
from claude_sessions.store.home import Home
from tests.formats.conftest import files_in
from tests.kit.exports import entries_of, export
from tests.kit.recordings import LogWriter

Take = Callable[..., Imported]
MUTANTS = 10_000
TOKENS = (
    b"\0",
    b"\xff",
    b"\n",
    b"[",
    b'"',
    b"9" * 400,
    b"-1",
    b"1e999",
    b"null",
    b"NaN",
    b"{}",
    b"\\ud800",
    b" ",
    b"[" * 9999,
    b'{"a":' * 9999,
    b"0." + b"0" * 400 + b"1",
    b"1e-999",
    b"1e999999999",
    b"9223372036854775808",
    b'"version": 3, ',
    b'"width": 81, ',
    b'[0, "r", "99999x1"]\n',
    b'[1e9, "o", "x"]\n',
    b"Infinity",
    b"\xed\xa0\x80",
    b"\xc0\x80",
    b"\xe2\x80\xae",
    b"\r",
)


@pytest.fixture
def cast(tmp_path: Path) -> Path:
    """A small asciicast."""
    path = tmp_path / "demo.cast"
    path.write_text('{"version": 2, "width": 80, "height": 24, "title": "theirs"}\n[1.5, "o", "hello"]\n')
    return path


def test_an_import_is_a_finished_recording(home: Path, cast: Path, take: Take) -> None:
    """It is listed and read like one of ours: sealed, read-only, with its origin in the first entry."""
    imported = take(cast)
    session = SessionManager(home).find(imported.session_id)
    assert (session.state, session.title) == (State.EXITED, "theirs")
    path = home / "logs" / f"{imported.session_id}.jsonl"
    assert path.stat().st_mode & 0o777 == 0o400
    first, *_, last = entries_of(home, imported.session_id)
    start, seal = decode_info(first, StartInfo), decode_info(last, SealInfo)
    assert start
    assert seal
    assert start.origin == "asciicast v2 file demo.cast"
    lines = path.read_bytes().splitlines(keepends=True)
    assert seal.sha256 == hashlib.sha256(b"".join(lines[:-1])).hexdigest()


def test_a_file_without_a_date_has_its_own(home: Path, cast: Path, take: Take) -> None:
    """When the recording does not say when it began, the file's time is the best guess."""
    os.utime(cast, (1_500_000_000, 1_500_000_000))
    assert entries_of(home, take(cast).session_id)[0].timestamp == "2017-07-14T02:40:00.000000Z"


def test_names_that_are_no_text_do_no_harm(home: Path, cast: Path, take: Take) -> None:
    """A file's name and a title may have any bytes; the log is UTF-8 all the same."""
    odd = cast.with_name(os.fsdecode(b"d\xffmo.cast"))
    cast.rename(odd)
    imported = take(odd, title=os.fsdecode(b"t\xff"))
    start = decode_info(entries_of(home, imported.session_id)[0], StartInfo)
    assert start
    assert (start.origin, start.title) == ("asciicast v2 file d\\xffmo.cast", "t\\xff")


@pytest.mark.parametrize("data", [b"", b"hello\n", b"\x1b[31m" * 50, b"\x28\xb5\x2f\xfd", b"\x7fELF" + b"\xff" * 20])
def test_what_is_no_recording_is_refused(tmp_path: Path, take: Take, data: bytes) -> None:
    """The sentence says what could have been imported."""
    (tmp_path / "thing").write_bytes(data)
    with pytest.raises(ForeignFileError, match="thing"):
        take(tmp_path / "thing")


def test_what_is_no_file_is_refused(tmp_path: Path, take: Take) -> None:
    """A missing file, a folder, a pipe: each has its sentence, and nobody waits for a pipe."""
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(NotFoundError, match="no such file"):
        take(tmp_path / "missing")
    for name in ("pipe", "."):
        with pytest.raises(UsageError, match="no plain file"):
            take(tmp_path / name)


def test_a_disk_that_is_full_leaves_nothing(
    home: Path, cast: Path, take: Take, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where the log cannot be written to its end there is no log."""

    def full(_fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space left"):
        take(cast)
    assert list((home / "logs").iterdir()) == []


def test_what_a_killed_import_left_is_removed(home: Path, cast: Path, take: Take) -> None:
    """Its files are nobody's; those of an import that is at work are locked, and stay."""
    with Home.open(home, create=True) as opened, Staging(opened) as staging:
        staging.create("2f1c4f0e-0000-4000-8000-000000000000.jsonl")
        at_work = {path.name for path in (home / "logs").iterdir()}
        for name in (".import-dead", ".import-dead-1", ".import-dead-2", ".import-gone-1"):
            (home / "logs" / name).write_bytes(b"half")
        imported = take(cast)
        names = {path.name for path in (home / "logs").iterdir()}
        assert names == at_work | {f"{imported.session_id}.jsonl"}


def test_an_id_that_is_taken_meanwhile_is_not_overwritten(home: Path) -> None:
    """Where another recording got the name first, it stays as it is, and the import fails."""
    log = LogWriter(home).start()
    before = log.path.read_bytes()
    with pytest.raises(ClaudeSessionsError, match="cannot be made"):
        publish(home, f"{log.session_id}.jsonl")
    assert log.path.read_bytes() == before
    assert [path.name for path in log.logs.iterdir()] == [log.path.name]


def test_a_home_without_links_will_do(home: Path, cast: Path, take: Take, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the file system has no hard links the files are renamed, and a name that is taken is still respected."""

    def no_links(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    monkeypatch.setattr(os, "link", no_links)
    assert entries_of(home, take(cast).session_id)
    log = LogWriter(home).start()
    with pytest.raises(ClaudeSessionsError, match="cannot be made"):
        publish(home, f"{log.session_id}.jsonl")


def publish(home: Path, name: str) -> None:
    with Home.open(home) as opened, Staging(opened) as staging:
        os.write(staging.create(name), b"other")
        staging.publish()


def samples(home: Path) -> Iterator[tuple[bytes, bytes | None]]:
    """Yield a good file of every format, and the times of one that has them."""
    log = LogWriter(home).start(term="xterm")
    for number in range(3):
        log.add("output", f"line {number} é\r\n".encode()).add("resize", b"90x20").add("marker", b"m").add(
            "input", b"y"
        )
    log.exit()
    yield export(home, log.session_id, "asciicast-v2"), None
    yield export(home, log.session_id, "asciicast-v3"), None
    one = {"version": 1, "width": 80, "height": 24, "stdout": [[0.5, "a"], [1, "b"]], "env": {"TERM": "xterm"}}
    yield json.dumps(one, indent=1).encode(), None
    yield b"".join(struct.pack("<III", 1_500_000_000 + at, 5, 3) + b"abc" for at in range(5)), None
    first = b'Script started on 2026-02-07 12:00:00+01:00 [TERM="xterm" COLUMNS="80" LINES="24"]\n'
    yield (
        first + b"abcdefghij",
        b"H 0.0 INPUT_LOG a\nH 0.0 OUTPUT_LOG a\nO 0.5 4\nI 0.1 1\nS 0 SIGWINCH ROWS=5 COLS=9\n0.1 2\n",
    )
    yield export(home, log.session_id, "tar.gz"), None


def mutated(data: bytes, chance: random.Random) -> bytes:
    """Return the data with a few places changed, cut out, doubled or filled in."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 3)):
        at, end = sorted(chance.randint(0, len(changed)) for _ in range(2))
        kind = chance.randrange(5)
        if kind == 0 and changed:
            changed[min(at, len(changed) - 1)] = chance.randrange(256)
        elif kind == 1:
            del changed[at : min(end, at + 40)]
        elif kind == 2:
            changed[at:at] = changed[at : at + 60]
        elif kind == 3:
            changed[at:at] = chance.choice(TOKENS)
        else:
            del changed[max(at, len(changed) // 2) :]
    return bytes(changed)


def test_no_file_does_more_than_be_refused(home: Path) -> None:
    """Of thousands of files with something wrong each is read, or refused in a sentence of ours."""
    good = list(samples(home))
    chance = random.Random(4)
    refused = 0
    with Home.open(home) as opened, Staging(opened) as staging:
        for number in range(MUTANTS):
            data, times = good[number % len(good)]
            if data.startswith(b"\x1f\x8b"):
                data = (
                    mutated(data, chance)
                    if chance.random() < 0.3
                    else gzip.compress(mutated(gzip.decompress(data), chance), 1)
                )
            elif times is not None:
                times = mutated(times, chance)
            else:
                data = mutated(data, chance)
            refused += not is_readable(data, times, staging)
    assert MUTANTS // 3 < refused < MUTANTS  # it is neither a wall nor an open door


def is_readable(data: bytes, times: bytes | None, staging: Staging) -> bool:
    """Read a file to its end, and tell whether that worked; anything but our own errors goes through."""
    source = Foreign("file", io.BytesIO(data), 0)
    try:
        if data.startswith(b"\x1f\x8b"):
            read_bundle(source, staging)
        else:
            timing = Foreign("timing", io.BytesIO(times), 0) if times is not None else None
            beginning, events = importing._read(source, data[:256], timing)
            assert 0 < beginning.columns < 2**16
            assert all(0 <= event.time_us <= 10**15 + 1 for event in events)
    except ClaudeSessionsError as error:
        sentence = str(error)
    else:
        return True
    assert len(sentence.splitlines()) == 1
    assert len(sentence) < 1000
    return False


IMPORTED = 600


def test_no_file_leaves_more_than_a_recording(home: Path, tmp_path: Path, take: Take) -> None:
    """Of hundreds of files with something wrong each becomes one that every reader reads, or nothing at all."""
    good = list(samples(home))
    chance = random.Random(5)
    path, timing = tmp_path / "file", tmp_path / "timing"
    taken = 0
    for number in range(IMPORTED):
        data, times = good[number % len(good)]
        if data.startswith(b"\x1f\x8b"):
            data = gzip.compress(mutated(gzip.decompress(data), chance), 1)
        elif times is None or number % 2:
            data = mutated(data, chance)
        path.write_bytes(data)
        if times is not None:
            timing.write_bytes(mutated(times, chance))
        try:
            imported = take(path, timing=timing if times is not None else None, again=True)
        except ClaudeSessionsError:
            continue
        taken += 1
        entries = entries_of(home, imported.session_id)
        assert (entries[0].direction, entries[-1].direction) == (
            "start",
            "exit" if data.startswith(b"\x1f\x8b") else "seal",
        )
        assert entries == sorted(entries, key=lambda entry: entry.timestamp)
        assert not [name for name in files_in(home) if name.startswith(".import-")]
    assert IMPORTED // 10 < taken < IMPORTED
