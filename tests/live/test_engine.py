"""The engine: every line that is written is told once, in order, whatever happens to the files."""

import os
import shutil
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest
import trio

from claude_sessions.live.changes import Changes, Mode
from claude_sessions.live.engine import Engine
from claude_sessions.live.file_events import FileEvents, NoEventsError
from claude_sessions.live.saved import SavedPositions
from claude_sessions.live.sink import Restart, TailLine
from claude_sessions.transcript.files import LogFile
from tests.kit.engine_run import Remembering, append, following, until

ONE, TWO, THREE = b'{"type":"user","n":1}', b'{"type":"user","n":2}', b'{"type":"user","n":3}'


def no_events(_folders: Sequence[str]) -> FileEvents:
    raise NoEventsError("there are none in this test")


def polling(*arguments: object, **options: object) -> Changes:
    return Changes(*arguments, **options, open_events=no_events)  # type: ignore[arg-type]  # handed on as it came


@pytest.fixture(params=[Changes, polling], ids=["events", "polling"])
def how(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> object:
    """Both ways of finding out changes; looking is done more often than people need it."""
    monkeypatch.setattr("claude_sessions.live.changes.POLLING_INTERVAL", 0.05)
    return request.param


@pytest.fixture
def sink() -> Remembering:
    return Remembering()


@pytest.fixture
def projects(tmp_path: Path) -> Path:
    folder = tmp_path / "claude" / "projects"
    (folder / "-home-ann-shop").mkdir(parents=True)
    return folder


def test_what_was_there_is_known_and_not_told(projects: Path, sink: Remembering, how: object) -> None:
    """Of a file that was there before, only the file is told; what is appended from now on is told line by line."""
    path = projects / "-home-ann-shop" / "a.jsonl"
    append(path, ONE, TWO)

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            assert sink.events == [("found", "a.jsonl", None)]
            append(path, THREE)
            await sink.until(lambda: sink.lines)

    trio.run(follow)
    assert sink.lines == [THREE]


def test_a_new_file_is_told_from_its_beginning(projects: Path, sink: Remembering, how: object) -> None:
    """A session, its subagents and its workflows that appear later are told from their first line on."""
    paths = [
        projects / "-new" / "b.jsonl",
        projects / "-new" / "b" / "subagents" / "agent-1.jsonl",
        projects / "-new" / "b" / "subagents" / "workflows" / "wf_1" / "journal.jsonl",
    ]

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            for path in paths:
                append(path, ONE, TWO)
            await sink.until(lambda: len(sink.lines) == 6)

    trio.run(follow)
    assert sink.files == {str(path): [ONE, TWO] for path in paths}


def test_what_is_no_transcript_is_passed_over(projects: Path, sink: Remembering, how: object) -> None:
    """Files of other kinds, in folders of other kinds, and those that were put aside are not told."""
    here = projects / "-home-ann-shop"

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            append(here / "memory" / "x.jsonl", ONE)
            append(here / "a.json", ONE)
            append(here / "a.jsonl.superseded.jsonl", ONE)
            (here / "folder.jsonl").mkdir()
            append(here / "z.jsonl", TWO)
            await sink.until(lambda: sink.lines)
            await trio.sleep(0.1)

    trio.run(follow)
    assert sink.files == {str(here / "z.jsonl"): [TWO]}


def test_half_a_line_waits(projects: Path, sink: Remembering, how: object) -> None:
    """The beginning of a line is not told before its newline is there, also where reading began in its middle."""
    path = projects / "-home-ann-shop" / "a.jsonl"
    path.write_bytes(ONE + b"\n" + TWO[:5])

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            for piece in (TWO[5:9], TWO[9:] + b"\n" + THREE):
                with path.open("ab") as file:
                    file.write(piece)
            await sink.until(lambda: sink.lines)
            assert sink.lines == [TWO]
            append(path, b"")
            await sink.until(lambda: len(sink.lines) > 1)

    trio.run(follow)
    assert sink.lines == [TWO, THREE]
    assert sink.offsets[0] == (str(path), len(ONE) + 1, len(ONE) + len(TWO) + 2)


@pytest.mark.parametrize("grown", [False, True])
def test_a_file_that_was_cut_begins_anew(projects: Path, sink: Remembering, how: object, *, grown: bool) -> None:
    """A file that is cut and written again is told from its beginning, also when it is longer than before by then."""
    path = projects / "-home-ann-shop" / "a.jsonl"
    anew = [THREE] * (4 if grown else 1)

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            append(path, ONE, TWO)
            await sink.until(lambda: len(sink.lines) == 2)
            with path.open("r+b") as file:
                file.truncate()
                file.write(b"".join(line + b"\n" for line in anew))
            await sink.until(lambda: sink.lines == anew)

    trio.run(follow)
    assert ("restarted", "a.jsonl", Restart.TRUNCATED) in sink.events


def test_another_file_of_the_same_name_begins_anew(projects: Path, sink: Remembering, how: object) -> None:
    """A file that takes the place of another one is told from its beginning."""
    path = projects / "-home-ann-shop" / "a.jsonl"
    other = projects.parent / "other"

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            append(path, ONE)
            await sink.until(lambda: sink.lines == [ONE])
            append(other, ONE, TWO, THREE)
            other.rename(path)
            await sink.until(lambda: sink.lines == [ONE, TWO, THREE])

    trio.run(follow)
    assert ("restarted", "a.jsonl", Restart.REPLACED) in sink.events


def test_a_file_that_goes_is_told(projects: Path, sink: Remembering, how: object) -> None:
    """The end of a file is told, one by one and with its folder; when it comes again it is a new one."""
    here, there = projects / "-home-ann-shop" / "a.jsonl", projects / "-two" / "b.jsonl"

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            append(here, ONE)
            append(there, ONE)
            await sink.until(lambda: len(sink.lines) == 2)
            here.unlink()
            shutil.rmtree(there.parent)
            await sink.until(lambda: not sink.files)
            append(here, TWO)
            await sink.until(lambda: sink.lines)

    trio.run(follow)
    assert sink.files == {str(here): [TWO]}


def test_a_file_that_is_moved_goes_on(projects: Path, sink: Remembering, how: object) -> None:
    """A project's folder that gets another name is not told once more; its files are known under their new paths."""
    old, new = projects / "-home-ann-shop", projects / "-home-ann-store"
    append(old / "quiet.jsonl", ONE)

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            append(old / "a.jsonl", ONE, TWO)
            await sink.until(lambda: len(sink.lines) == 2)
            old.rename(new)
            await sink.until(lambda: set(sink.files) == {str(new / "a.jsonl"), str(new / "quiet.jsonl")})
            append(new / "a.jsonl", THREE)
            await sink.until(lambda: sink.lines)

    trio.run(follow)
    assert sink.lines == [THREE]


def test_a_second_name_of_a_file_is_not_told(projects: Path, sink: Remembering, how: object) -> None:
    """A hard link or a symbolic link to a transcript does not make its lines come twice."""
    path = projects / "-home-ann-shop" / "a.jsonl"
    append(path, ONE)
    os.link(path, projects / "-home-ann-shop" / "b.jsonl")

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            (projects / "-home-ann-shop" / "c.jsonl").symlink_to(path)
            append(path, TWO)
            append(projects / "-home-ann-shop" / "z.jsonl", THREE)
            await sink.until(lambda: len(sink.lines) == 2)
            await trio.sleep(0.1)

    trio.run(follow)
    assert sorted(sink.lines) == [TWO, THREE]
    assert len(sink.files) == 2


def test_directories_made_and_written_at_once_lose_nothing(projects: Path, sink: Remembering, how: object) -> None:
    """What is written into 300 directories the moment they are made is seen, though most events of it are lost."""
    paths = [projects / f"-p{number}" / "deep" / "subagents" / "agent-1.jsonl" for number in range(300)]

    async def follow() -> None:
        async with following(projects, sink, changes=how):
            for path in paths:
                append(path, ONE)
            await sink.until(lambda: len(sink.lines) == len(paths))

    trio.run(follow)
    assert set(sink.files) == {str(path) for path in paths}


def test_the_root_may_go_and_come_again(projects: Path, sink: Remembering, how: object) -> None:
    """A root that is deleted and made anew, twice, is watched again, and so is one that was not there at the start."""
    shutil.rmtree(projects)
    path = projects / "-again" / "a.jsonl"

    async def follow() -> None:
        async with following(projects, sink, changes=how) as engine:
            for round_ in range(2):
                append(path, ONE, b'{"round":%d}' % round_)
                await sink.until(lambda: len(sink.lines) == 2)
                append(path, TWO)
                await sink.until(lambda: len(sink.lines) == 3)
                if how is Changes:
                    await until(lambda: engine.mode is Mode.EVENTS)
                shutil.rmtree(projects)
                await sink.until(lambda: not sink.files)

    trio.run(follow)
    assert [method for method, _, _ in sink.events if method != "appended"] == ["found", "gone"] * 2


def test_without_events_it_says_so_and_polls(projects: Path, sink: Remembering) -> None:
    """Where the system gives no events a person is told once, and the engine shows it."""
    said: list[str] = []

    async def follow() -> Mode:
        async with following(projects, sink, changes=polling, say=said.append) as engine:
            append(projects / "-a" / "a.jsonl", ONE)
            await sink.until(lambda: sink.lines)
            assert engine.why == "there are none in this test"
            return engine.mode

    assert trio.run(follow) is Mode.POLLING
    assert said == ["transcripts are looked at 4 times a second instead of on events: there are none in this test"]


def test_events_that_end_make_it_poll(projects: Path, sink: Remembering) -> None:
    """Events that fail while they are heard are replaced by looking."""

    class Failing(FileEvents):
        def next(self) -> None:
            raise NoEventsError("too many of them")

    def failing(*arguments: object, **options: object) -> Changes:
        return Changes(*arguments, **options, open_events=Failing)  # type: ignore[arg-type]  # handed on as it came

    async def follow() -> str:
        async with following(projects, sink, changes=failing) as engine:
            append(projects / "-a" / "a.jsonl", ONE)
            await sink.until(lambda: sink.lines)
            return engine.why

    assert trio.run(follow) == "too many of them"


def test_a_file_that_may_not_be_read_is_told_to_the_person(projects: Path, sink: Remembering, how: object) -> None:
    """A file that cannot be opened is said once and read when it can be; others are read meanwhile."""
    path = projects / "-home-ann-shop" / "a.jsonl"
    said: list[str] = []

    async def follow() -> None:
        async with following(projects, sink, changes=how, say=said.append):
            path.symlink_to(path)  # a link to itself: nobody may open it, not even root
            append(projects / "-home-ann-shop" / "b.jsonl", ONE)
            await sink.until(lambda: sink.lines == [ONE])
            path.unlink()
            append(path, TWO)
            await sink.until(lambda: len(sink.lines) == 2)

    trio.run(follow)
    assert sorted(sink.lines) == [ONE, TWO]


def test_a_fault_of_one_sink_is_not_that_of_others(projects: Path, sink: Remembering) -> None:
    """A sink that raises is told to the person, once, and all others are told everything."""

    class Broken(Remembering):
        def appended(self, file: LogFile, lines: Sequence[TailLine]) -> None:  # noqa: ARG002 - it is a sink
            raise ValueError("no such thing")

    said: list[str] = []

    async def follow() -> None:
        engine = Engine([projects], None, [Broken(), sink], say=said.append)
        async with trio.open_nursery() as nursery:
            await nursery.start(engine.run)
            append(projects / "-a" / "a.jsonl", ONE)
            await sink.until(lambda: sink.lines == [ONE])
            append(projects / "-a" / "a.jsonl", TWO)
            await sink.until(lambda: sink.lines == [ONE, TWO])
            nursery.cancel_scope.cancel()

    trio.run(follow)
    assert said == ["Broken failed, and goes on: ValueError: no such thing"]


def test_reading_now_tells_before_it_returns(projects: Path, sink: Remembering) -> None:
    """Whoever makes a snapshot can have a file told up to this moment, and where that is."""
    path = projects / "-home-ann-shop" / "a.jsonl"

    async def follow() -> None:
        async with following(projects, sink) as engine:
            append(path, ONE)
            engine.read_now(path)
            assert sink.lines == [ONE]
            position = engine.position(path)
            assert position is not None
            assert (position.offset, position.line) == (len(ONE) + 1, 1)
            engine.read_now(projects / "nothing.jsonl")
            assert engine.position(projects / "nothing.jsonl") is None
            assert [file.path for file in engine.files] == [path]
            await trio.sleep(0.1)

    trio.run(follow)
    assert sink.lines == [ONE]


def test_a_long_file_holds_nobody_up(projects: Path, sink: Remembering) -> None:
    """While one file is far behind, what is written into another one is told in between."""
    here = projects / "-home-ann-shop"
    line = b'{"x":"' + b"x" * 1000 + b'"}'

    async def follow() -> None:
        async with following(projects, sink):
            append(here / "long.jsonl", *[line] * 8000)
            append(here / "short.jsonl", ONE)
            await sink.until(lambda: len(sink.lines) == 8001)

    trio.run(follow)
    files = [name for method, name, _ in sink.events if method == "appended"]
    assert files[-1] == "long.jsonl"
    assert files.count("long.jsonl") > 20


# After a restart


def restart(projects: Path, state: Path, sink: Remembering, *then: bytes) -> list[str]:
    """Follow with positions that are saved, append `then` to a file, and stop; return what a person was told."""
    said: list[str] = []

    async def follow() -> None:
        saved = SavedPositions(state)
        async with following(projects, sink, saved, say=said.append):
            if then:
                append(projects / "-home-ann-shop" / "a.jsonl", *then)
                await sink.until(lambda: sink.lines[-len(then) :] == list(then))
        saved.close()

    trio.run(follow)
    return said


def test_after_a_restart_nothing_is_missed_or_told_twice(projects: Path, tmp_path: Path, sink: Remembering) -> None:
    """What was written while nobody followed is told: appended to known files, and in new ones."""
    state, path = tmp_path / "state", projects / "-home-ann-shop" / "a.jsonl"
    append(projects / "-home-ann-shop" / "old.jsonl", ONE)
    restart(projects, state, Remembering(), ONE)
    append(path, TWO)
    append(projects / "-home-ann-shop" / "old.jsonl", TWO)
    append(projects / "-new" / "b.jsonl", ONE, TWO)

    async def follow() -> None:
        saved = SavedPositions(state)
        async with following(projects, sink, saved):
            await sink.until(lambda: len(sink.lines) == 4)
            append(path, THREE)
            await sink.until(lambda: len(sink.lines) == 5)
        saved.close()

    trio.run(follow)
    assert sink.files == {
        str(path): [TWO, THREE],
        str(projects / "-home-ann-shop" / "old.jsonl"): [TWO],
        str(projects / "-new" / "b.jsonl"): [ONE, TWO],
    }
    again = Remembering()
    restart(projects, state, again)
    assert again.lines == []


def test_an_old_file_that_is_put_there_is_history(projects: Path, tmp_path: Path, sink: Remembering) -> None:
    """A file that appears while nobody follows, but was written long before, is known and not told."""
    restart(projects, tmp_path / "state", Remembering(), ONE)
    old = projects / "-restored" / "old.jsonl"
    append(old, ONE)
    os.utime(old, (1_700_000_000, 1_700_000_000))
    restart(projects, tmp_path / "state", sink, TWO)
    assert sink.files[str(old)] == []


def test_a_file_that_was_cut_or_exchanged_meanwhile_begins_anew(
    projects: Path, tmp_path: Path, sink: Remembering
) -> None:
    """After a restart, too, a file is told from its beginning where it is another one, and its end is forgotten."""
    path = projects / "-home-ann-shop" / "a.jsonl"
    restart(projects, tmp_path / "state", Remembering(), ONE, TWO)
    append(tmp_path / "other", THREE, THREE, THREE)
    (tmp_path / "other").rename(path)
    restart(projects, tmp_path / "state", sink, ONE)
    assert sink.lines == [THREE, THREE, THREE, ONE]
    path.unlink()
    restart(projects, tmp_path / "state", Remembering())
    saved = SavedPositions(tmp_path / "state")
    assert saved.positions == {}
    saved.close()


def test_a_folder_that_was_renamed_meanwhile_goes_on(projects: Path, tmp_path: Path, sink: Remembering) -> None:
    """A file that has another path after a restart is told from where it was left."""
    restart(projects, tmp_path / "state", Remembering(), ONE, TWO)
    (projects / "-home-ann-shop").rename(projects / "-moved")
    append(projects / "-moved" / "a.jsonl", THREE)
    restart(projects, tmp_path / "state", sink, ONE)
    assert sink.files[str(projects / "-moved" / "a.jsonl")] == [THREE]


def test_damaged_positions_are_said_and_begun_anew(projects: Path, tmp_path: Path, sink: Remembering) -> None:
    """A state file that is no longer readable is told to the person; following begins at the end of the files."""
    restart(projects, tmp_path / "state", Remembering(), ONE)
    (tmp_path / "state" / "positions.db").write_bytes(b"no database " * 1000)
    said = restart(projects, tmp_path / "state", sink, TWO)
    assert len(said) == 1
    assert "begun anew" in said[0]
    assert sink.lines == [TWO]
    again = Remembering()
    assert restart(projects, tmp_path / "state", again, THREE) == []
    assert again.lines == [THREE]


FOLLOWER = """
import sys
from pathlib import Path
import trio
from claude_sessions.live.engine import Engine
from claude_sessions.live.saved import SavedPositions

class Printing:
    def found(self, file): pass
    def restarted(self, file, why): print("restarted", flush=True)
    def gone(self, file): print("gone", flush=True)
    def appended(self, file, lines):
        for line in lines:
            sys.stdout.buffer.write(b"%d %s\\n" % (line.offset, line.raw))
        sys.stdout.flush()

trio.run(Engine([Path(sys.argv[1])], SavedPositions(Path(sys.argv[2])), [Printing()]).run)
"""


def test_killed_at_any_time_nothing_is_missed(projects: Path, tmp_path: Path) -> None:
    """Whenever its process is killed, the next one tells what is left; what is told again is the same."""
    path = projects / "-home-ann-shop" / "a.jsonl"
    written = 0
    told: dict[int, bytes] = {}
    restart(projects, tmp_path / "state", Remembering(), b'{"n":0}')
    for round_ in range(5):
        command = [sys.executable, "-c", FOLLOWER, str(projects), str(tmp_path / "state")]
        with subprocess.Popen(command, stdout=subprocess.PIPE) as process:
            assert process.stdout is not None
            for _ in range(30):
                written += 1
                append(path, b'{"n":%d}' % written)
            for line in process.stdout:
                offset, raw = line.split(b" ", 1)
                assert told.setdefault(int(offset), raw) == raw
                if len(told) > 20 * (round_ + 1):
                    break
            process.kill()
    sink = Remembering()
    restart(projects, tmp_path / "state", sink, b'{"last":1}')
    raws = {offset: raw.strip() for offset, raw in told.items()}
    for (_, offset, _), raw in zip(sink.offsets, sink.lines, strict=True):
        assert raws.setdefault(offset, raw) == raw
    assert [raws[offset] for offset in sorted(raws)] == [
        *(b'{"n":%d}' % number for number in range(1, written + 1)),
        b'{"last":1}',
    ]
