"""The streams of sessions that are watched."""

import os
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

import msgspec
import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.live.block_state import BlockState, StateFolder, state_of
from claude_sessions.live.hub import GAP, Subscriber
from claude_sessions.live.ring import event_id
from claude_sessions.live.streams import IDLE, SAVED_EVERY, SKIPPED, Streams, Watched, load
from claude_sessions.transcript.files import describe
from claude_sessions.transcript.live_order import HOLD
from tests.kit.following import Looking, Screen, lines_of, told
from tests.kit.random_talk import transcripts
from tests.kit.spoken import SESSION, Fields, chained, encoded, gives, says, system, user, write, write_agent

Body = Callable[[Streams], Awaitable[None]]


@pytest.fixture
def states(tmp_path: Path) -> StateFolder:
    return StateFolder(tmp_path / "state")


def run(body: Body, states: StateFolder, **options: int) -> None:
    """Run a test against streams, on a clock that leaps over waiting."""

    async def main() -> None:
        streams = Streams(states, **options)
        async with trio.open_nursery() as nursery:
            await nursery.start(streams.run)
            await body(streams)
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0.02))


async def all_of(subscriber: Subscriber) -> bytes:
    """Return what waits for a subscriber; it must be something."""
    found = await subscriber.next()
    assert found is not GAP
    return b"".join(message.data for message in found)


async def watch(streams: Streams, session_id: str = SESSION) -> Watched:
    found = await streams.watch(session_id)
    assert found is not None
    return found


def test_a_client_gets_what_is_there_and_what_comes(tmp_path: Path, states: StateFolder) -> None:
    """The first answer is the screen, and each line that is appended is an event."""
    lines = chained([user("hi"), says("hello"), says("more")])
    path = write(tmp_path, lines[:2])

    async def body(streams: Streams) -> None:
        looking = Looking(streams)
        looking.look(path, from_end=True)
        watched = await watch(streams)
        with watched.topic.subscribe() as subscriber:
            assert [each.event for each in told(watched.since(None))] == ["clear_all", "add_block", "add_block"]
            with path.open("ab") as file:
                file.write(encoded(lines[2:]))
            looking.look(path)
            assert [(each.id, each.event) for each in told(await all_of(subscriber))] == [("evt_003", "add_block")]

    run(body, states)


def test_what_is_not_there_cannot_be_watched(tmp_path: Path, states: StateFolder) -> None:
    """There is no stream of a session that nobody knows, of one whose file is gone, or of a subagent alone."""
    path = write(tmp_path, chained([user("hi")]))
    agent = write_agent(path, [user("do it")])

    async def body(streams: Streams) -> None:
        assert await streams.watch(SESSION) is None
        Looking(streams).look(path, agent)
        assert set(streams.files) == {SESSION}
        path.unlink()
        assert await streams.watch(SESSION) is None
        assert not list(streams.watched)

    run(body, states)


def test_what_comes_while_it_is_read_is_not_lost(tmp_path: Path, states: StateFolder) -> None:
    """Lines that the engine tells while a transcript is being read for the first client are in its stream, once."""
    lines = chained([user(f"prompt {number}") for number in range(20)])
    path = write(tmp_path, lines[:1])

    async def body(streams: Streams) -> None:
        looking = Looking(streams)
        looking.look(path, from_end=True)
        found: list[Watched] = []

        async def one() -> None:
            found.append(await watch(streams))

        async with trio.open_nursery() as nursery:
            nursery.start_soon(one)
            nursery.start_soon(one)
            for line in lines[1:]:
                with path.open("ab") as file:
                    file.write(encoded([line]))
                looking.look(path)
                await trio.lowlevel.checkpoint()
        assert found[0] is found[1]
        looking.look(path)
        assert [each.data["content"]["text"] for each in told(found[0].snapshot())[1:]] == [
            f"prompt {number}" for number in range(20)
        ]

    run(body, states)


def test_nothing_waits_much_longer_than_a_quarter_of_a_second(tmp_path: Path, states: StateFolder) -> None:
    """A line whose parent does not come is shown by the clock, and noted before that: a crash right then changes no id."""
    path = write(tmp_path, chained([user("hi")]))
    lost, late = says("alone", uuid="x", parentUuid="lost"), user("parent", uuid="lost")

    async def body(streams: Streams) -> None:
        looking = Looking(streams)
        looking.look(path)
        watched = await watch(streams)
        with watched.topic.subscribe() as subscriber:
            with path.open("ab") as file:
                file.write(encoded([lost]))
            looking.look(path)
            before = trio.current_time()
            found = told(await all_of(subscriber))
            assert trio.current_time() - before == pytest.approx(HOLD)
            assert found[0].data["content"]["text"] == "alone"
        kept = (states.path / f"{SESSION}.json").read_bytes()
        with path.open("ab") as file:
            file.write(encoded([late]))
        looking.look(path)
        (states.path / f"{SESSION}.json").write_bytes(kept)  # killed: nothing was written since
        other = Streams(states)
        Looking(other).look(path)
        assert (await watch(other)).snapshot() == watched.snapshot()

    run(body, states)


def test_after_a_restart_a_client_misses_nothing_and_gets_nothing_twice(tmp_path: Path, states: StateFolder) -> None:
    """Killed without a word and started again, the stream goes on behind the event that the client names."""
    lines = chained([user("a"), says("b"), says("c"), says("d")])
    path = write(tmp_path, lines[:2])
    client = Screen()

    async def before(streams: Streams) -> None:
        looking = Looking(streams)
        looking.look(path)
        watched = await watch(streams)
        with watched.topic.subscribe() as subscriber:
            client.take(watched.since(client.last_id))
            with path.open("ab") as file:
                file.write(encoded(lines[2:3]))
            looking.look(path)
            client.take(await all_of(subscriber))

    async def after(streams: Streams) -> None:
        Looking(streams).look(path)
        client.take((await watch(streams)).since(client.last_id))

    run(before, states)
    (states.path / f"{SESSION}.json").unlink()  # even without what it kept
    with path.open("ab") as file:
        file.write(encoded(lines[3:]))
    run(after, states)
    assert [(each.id, each.event) for each in client.events[-2:]] == [
        ("evt_003", "add_block"),
        ("evt_004", "add_block"),
    ]
    assert [each["content"]["text"] for each in client.blocks.values()] == ["a", "b", "c", "d"]


def test_a_damaged_state_changes_nothing(tmp_path: Path, states: StateFolder) -> None:
    """Where the state file is not to be believed, the transcript is read from its beginning, and the ids are the same."""
    path = write(tmp_path, [*chained([user("a"), system("compact_boundary")]), *chained([user("b"), says("c")], "v")])
    snapshots = []

    async def body(streams: Streams) -> None:
        Looking(streams).look(path)
        snapshots.append((await watch(streams)).snapshot())

    run(body, states)
    state = states.path / f"{SESSION}.json"
    assert b'"event_count":2' in state.read_bytes()
    run(body, states)
    state.write_bytes(state.read_bytes()[:-20])
    run(body, states)
    assert snapshots[0] == snapshots[1] == snapshots[2]


@pytest.mark.parametrize("cut", [True, False], ids=["truncated", "replaced"])
def test_a_file_written_anew_clears_the_screen(tmp_path: Path, states: StateFolder, cut: bool) -> None:
    """Who watches is told to clear, then gets what stands there; ids go on, and a crash right then changes none."""
    path = write(tmp_path, chained([user("a"), says("b")]))

    async def body(streams: Streams) -> None:
        looking = Looking(streams)
        looking.look(path)
        watched = await watch(streams)
        with watched.topic.subscribe() as subscriber:
            new = encoded(chained([user("new")], "n"))
            if cut:
                path.write_bytes(new)
            else:
                path.with_suffix(".new").write_bytes(new)
                os.replace(path.with_suffix(".new"), path)
            looking.look(path)
            found = told(await all_of(subscriber))
            assert [(each.id, each.event) for each in found] == [("evt_003", "clear_all"), ("evt_004", "add_block")]
        other = Streams(states)
        Looking(other).look(path)
        assert (await watch(other)).snapshot() == watched.snapshot()

    run(body, states)


def test_a_file_written_anew_while_nobody_looked_has_ids_of_its_own(tmp_path: Path, states: StateFolder) -> None:
    """No id of the file that was before means another event now."""
    path = write(tmp_path, chained([user("a"), says("b")]))

    async def body(streams: Streams) -> None:
        Looking(streams).look(path)
        watched = await watch(streams)
        assert (watched.since("evt_002") == b"") == (watched.stream.count == 2)
        counts.append(watched.stream.count)

    counts: list[int] = []
    run(body, states)
    path.write_bytes(encoded(chained([user("x"), says("y"), says("z")], "n")))
    run(body, states)
    run(body, states)
    assert counts == [2, 2 + SKIPPED + 3, 2 + SKIPPED + 3]


def test_a_deleted_session_ends_its_stream(tmp_path: Path, states: StateFolder) -> None:
    """Who watches is told why there is nothing more, and nothing of it is kept."""
    path = write(tmp_path, chained([user("a")]))

    async def body(streams: Streams) -> None:
        looking = Looking(streams)
        looking.look(path)
        watched = await watch(streams)
        with watched.topic.subscribe() as subscriber:
            path.unlink()
            looking.look(path)
            assert await all_of(subscriber) == (
                b'id: session_ended\nevent: session_ended\ndata: {"reason":"file_deleted"}\n\n'
            )
            with pytest.raises(trio.EndOfChannel):
                await subscriber.next()
        assert await streams.watch(SESSION) is None
        assert os.listdir(states.path) == []

    run(body, states)


def test_state_files_are_written_once_a_second(tmp_path: Path, states: StateFolder) -> None:
    """However much is appended, the file is written when a second has passed, and when the server ends."""
    path = write(tmp_path, chained([user("a")]))
    lines = chained([user(f"prompt {number}") for number in range(30)], "p")
    name = states.path / f"{SESSION}.json"

    async def body(streams: Streams) -> None:
        looking = Looking(streams)
        looking.look(path)
        await watch(streams)
        written = {name.read_bytes()}
        for line in lines:
            with path.open("ab") as file:
                file.write(encoded([line]))
            looking.look(path)
            await trio.sleep(0.1)
            written.add(name.read_bytes())
        assert 3 <= len(written) <= 5
        with path.open("ab") as file:
            file.write(encoded([gives("late")]))
        looking.look(path)

    run(body, states)
    assert b'"reached_count":32' in name.read_bytes()
    assert SAVED_EVERY == 1.0


def test_a_stream_that_nobody_watches_is_let_go(tmp_path: Path, states: StateFolder) -> None:
    """After a while it costs nothing any more; as long as somebody listens it stays."""
    path = write(tmp_path, chained([user("a")]))

    async def body(streams: Streams) -> None:
        Looking(streams).look(path)
        watched = await watch(streams)
        with watched.topic.subscribe():
            assert (streams.clients(SESSION), streams.clients("nobody")) == (1, 0)
            await trio.sleep(3 * IDLE)
            assert list(streams.watched) == [watched]
        await trio.sleep(IDLE / 2)
        assert list(streams.watched) == [watched]
        await trio.sleep(2 * IDLE)
        assert list(streams.watched) == []
        assert streams.clients(SESSION) == 0
        assert (await watch(streams)).snapshot() == watched.snapshot()

    run(body, states)


def test_the_newer_file_of_a_session_counts(tmp_path: Path, states: StateFolder) -> None:
    """Where two folders have a session of the same id, the one that was written last is watched."""
    old = write(tmp_path / "a", chained([user("old")]))
    new = write(tmp_path / "b", chained([user("new")]))
    os.utime(old, ns=(10**18, 10**18))

    async def body(streams: Streams) -> None:
        Looking(streams).look(new, old)
        assert (await watch(streams)).file.path == new

    run(body, states)


STEPS = st.lists(st.sampled_from(["write", "write", "half", "let go", "save", "crash", "crash without"]), max_size=40)


@given(transcripts(), STEPS)
def test_killed_at_any_byte_the_events_stay_the_same(lines: list[Fields], steps: list[str]) -> None:
    """Read anew from its file, with the state of any moment before or with none, a stream has the same events and ids.

    The state is written before a line goes out that the clock has let go; without a state nothing may have hung on that.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "x.jsonl"
        path.write_bytes(b"")
        text = encoded(lines)
        cuts = [at + 1 for at, byte in enumerate(text) if byte == 10]
        undisturbed = load(describe(path), None, 1000).stream
        running = load(describe(path), None, 1000)
        state: BlockState | None = None
        clock = False
        for step in [*steps, *["write"] * len(lines), "crash"]:
            size = path.stat().st_size
            if step == "write":
                append(path, text[size : next((cut for cut in cuts if cut > size), len(text))])
            elif step == "half":
                append(path, text[size : size + 7])
            new = [line for line in lines_of(path) if line.offset >= running.stream.offset]
            running.stream.take(new)
            undisturbed.take(new)
            if step == "let go" and running.stream.waiting is not None:
                number, noted = running.stream.waiting, running.stream.noted
                running.stream.let_go(number)
                undisturbed.let_go(number)
                clock = clock or running.stream.noted != noted
            if step == "save" or running.stream.noted:
                state = saved(running)
                running.stream.noted = 0
            if step == "crash" or (step == "crash without" and not clock):
                running = load(describe(path), state if step == "crash" else None, 1000)
        assert running.stream.count == undisturbed.count
        assert running.snapshot() == undisturbed.snapshot()
        events = {each.id: each for each in told(undisturbed.since("evt_000") if undisturbed.count < 1000 else b"")}
        begun = running.stream.checkpoint.event_count
        again = told(running.since(event_id(begun)))
        assert [each.id for each in again] == [event_id(number) for number in range(begun + 1, undisturbed.count + 1)]
        assert again == [events[each.id] for each in again]


def saved(watched: Watched) -> BlockState:
    """Return the state of a stream as the next process finds it."""
    stream = watched.stream
    state = state_of(watched.file, stream.checkpoint, stream.offset, stream.count)
    return msgspec.json.decode(msgspec.json.encode(state), type=BlockState)


def append(path: Path, text: bytes) -> None:
    with path.open("ab") as file:
        file.write(text)
