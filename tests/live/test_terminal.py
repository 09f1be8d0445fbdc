"""The live terminal of a recording: frames of ALiS, taken apart again as asciinema's player does."""

import fcntl
from collections.abc import Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, contextmanager
from pathlib import Path
from typing import Any

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.base.errors import NotFoundError
from claude_sessions.live import alis
from claude_sessions.live.terminal import LiveTerminals
from claude_sessions.live.terminal_screen import TerminalScreen
from claude_sessions.log.entry import Entry
from claude_sessions.screen.emulator import Emulator
from claude_sessions.store.catalogue import find
from claude_sessions.store.home import Home
from claude_sessions.store.recording import Recording
from tests.kit.recordings import LogWriter


@pytest.fixture
def log(tmp_path: Path) -> LogWriter:
    return LogWriter(tmp_path / "home").start()


@pytest.fixture
def recording(log: LogWriter) -> Iterator[Recording]:
    with Home.open(log.logs.parent) as home:
        yield find(home, log.session_id)


def number_in(data: bytes, place: int) -> tuple[int, int]:
    """Return an unsigned LEB128 number and where it ends."""
    value = shift = 0
    while True:
        byte = data[place]
        value |= (byte & 0x7F) << shift
        shift += 7
        place += 1
        if byte < 0x80:
            return value, place


def taken_apart(frame: bytes) -> tuple[Any, ...]:
    """Return a frame's kind, numbers and text."""
    if frame == alis.MAGIC:
        return ("magic",)
    kind, numbers = {1: ("init", 4), 4: ("end", 2), **{ord(c): (c, 2) for c in "oimx"}, ord("r"): ("r", 4)}[frame[0]]
    numbers += kind == "x"
    found, place = [], 1
    for _ in range(numbers):
        value, place = number_in(frame, place)
        found.append(value)
    if kind == "init":
        assert frame[place] == 0, "no theme"
        place += 1
    if kind in ("init", "o", "i", "m"):
        length, place = number_in(frame, place)
        assert len(frame) == place + length
        return (kind, *found, frame[place:].decode())
    assert len(frame) == place
    return (kind, *found)


def shown(size: tuple[int, int], *texts: str) -> list[str]:
    """Return the lines of a screen on which these texts were drawn."""
    emulator = Emulator(*size)
    for text in texts:
        emulator.feed(text.encode())
    return [line for line in emulator.look().lines if line]


def run(recording: Recording, story: Callable[[LiveTerminals], Awaitable[None]]) -> None:
    """Tell a story to the terminals of a server, whose time only passes when nothing happens."""

    @contextmanager
    def opened() -> Iterator[Recording]:
        with Home.open(recording.home.path) as home:
            yield find(home, recording.session_id)

    async def main() -> None:
        async with trio.open_nursery() as nursery:
            await story(LiveTerminals(nursery, lambda _: opened()))
            nursery.cancel_scope.cancel()

    trio.run(main, clock=trio.testing.MockClock(autojump_threshold=0.01))


@pytest.mark.parametrize("value", [0, 1, 127, 128, 300, 2**32, 2**63])
def test_numbers_are_leb128(value: int) -> None:
    """Seven bits a byte, the lowest first."""
    assert taken_apart(alis.output(value, 0, ""))[1] == value


def test_a_viewer_begins_with_the_screen_and_goes_on_with_events(log: LogWriter, recording: Recording) -> None:
    """What was there when it came is in the picture; what comes is an event with the time since the last one."""
    log.add("output", b"before")

    async def story(terminals: LiveTerminals) -> None:
        with log.path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            async with terminals.view(recording.session_id) as viewer:
                magic, init = map(taken_apart, await viewer.next())
                assert (magic, init[0], init[3:5]) == (("magic",), "init", (80, 24))
                assert shown((80, 24), init[5]) == ["before"]
                log.later(1).add("output", b" after").add("resize", b"100x30").add("marker", b"here", after=0)
                frames = [taken_apart(frame) for frame in await viewer.next()]
                first = init[1] + 1
                assert [(kind, number) for kind, number, *_ in frames] == [
                    ("o", first),
                    ("r", first + 1),
                    ("m", first + 2),
                ]
                assert frames[0][2:] == (2_000_000, " after")
                assert frames[1][2:] == (1_000_000, 100, 30)
                assert frames[2][2:] == (0, "here")

    run(recording, story)


def test_an_exit_ends_it(log: LogWriter, recording: Recording) -> None:
    """The status, then the end; and then nothing, also for who comes too late."""

    async def story(terminals: LiveTerminals) -> None:
        with log.path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            async with terminals.view(recording.session_id) as viewer:
                await viewer.next()
                log.add("output", b"bye").exit(3)
                held.close()
                frames = [taken_apart(frame) for frame in await viewer.next()]
                assert [(kind, rest) for kind, _, _, *rest in frames] == [("o", ["bye"]), ("x", [3])]
                (end,) = map(taken_apart, await viewer.next())
                assert end[:2] == ("end", frames[-1][1] + 1)
                with pytest.raises(trio.EndOfChannel):
                    await viewer.next()
        assert terminals.followed == 0
        async with terminals.view(recording.session_id) as late:
            _, init = map(taken_apart, await late.next())
            assert shown((80, 24), init[5]) == ["bye"]
            assert [taken_apart(frame)[0] for frame in await late.next()] == ["end"]
            with pytest.raises(trio.EndOfChannel):
                await late.next()

    run(recording, story)


def test_two_viewers_share_one_reader(log: LogWriter, recording: Recording) -> None:
    """It is followed until the last of them has gone, and anew for the next."""

    async def story(terminals: LiveTerminals) -> None:
        with log.path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            async with terminals.view(recording.session_id) as first:
                await first.next()
                async with terminals.view(recording.session_id) as second:
                    await second.next()
                    assert terminals.followed == 1
                    log.add("output", b"x")
                    assert await first.next() == await second.next()
                assert terminals.followed == 1
                log.add("output", b"y")
                assert taken_apart((await first.next())[0])[3] == "y"
            assert terminals.followed == 0
            async with terminals.view(recording.session_id) as third:
                assert shown((80, 24), taken_apart((await third.next())[1])[5]) == ["xy"]

    run(recording, story)


def test_the_first_viewer_leaves_and_the_others_see_on(log: LogWriter, recording: Recording) -> None:
    """Nothing of what the first one opened is needed."""

    async def story(terminals: LiveTerminals) -> None:
        with log.path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            async with AsyncExitStack() as later:
                async with terminals.view(recording.session_id) as first:
                    await first.next()
                    second = await later.enter_async_context(terminals.view(recording.session_id))
                    await second.next()
                for number in range(3):
                    log.add("output", b"%d" % number)
                    assert taken_apart((await second.next())[0])[3] == f"{number}"

    run(recording, story)


def test_what_cannot_be_read_ends_only_itself(log: LogWriter, recording: Recording) -> None:
    """A log that is gone is an error of who asks for it, and of nobody else."""

    async def story(terminals: LiveTerminals) -> None:
        log.path.rename(log.path.with_suffix(".away"))
        with pytest.raises(NotFoundError):
            async with terminals.view(recording.session_id):
                pass
        assert terminals.followed == 0
        log.path.with_suffix(".away").rename(log.path)
        async with terminals.view(recording.session_id) as viewer:
            await viewer.next()

    run(recording, story)


def test_who_is_slow_gets_the_screen_again(log: LogWriter, recording: Recording) -> None:
    """Instead of all that he has missed, and nothing twice."""

    async def story(terminals: LiveTerminals) -> None:
        with log.path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            async with terminals.view(recording.session_id) as viewer, terminals.view(recording.session_id) as other:
                await viewer.next()
                _, init = map(taken_apart, await other.next())
                for _ in range(3):
                    log.add("output", (b"\x1b[H" + b"#" * 1000) * 2000).later(1)
                last = 0
                while last < init[1] + 3:
                    last = taken_apart((await other.next())[-1])[1]
                log.add("output", b"\x1b[2J\x1b[Hclear")
                await other.next()
                (again,) = map(taken_apart, await viewer.next())
                assert again[0] == "init"
                assert shown((80, 24), again[5]) == ["clear"]
                log.add("output", b"er")
                assert taken_apart((await viewer.next())[0])[3] == "er"

    run(recording, story)


def test_what_is_typed_is_not_shown(log: LogWriter, recording: Recording) -> None:
    """It may hold what the screen does not."""
    log.add("input", b"hunter2")

    async def story(terminals: LiveTerminals) -> None:
        with log.path.open("rb") as held:
            fcntl.flock(held, fcntl.LOCK_EX)
            async with terminals.view(recording.session_id) as viewer:
                assert b"hunter2" not in b"".join(await viewer.next())
                log.add("input", b"hunter2").add("output", b"seen")
                assert b"hunter2" not in b"".join(await viewer.next())

    run(recording, story)


PIECES = st.lists(
    st.sampled_from(
        [
            b"a",
            b"\xe4\xbd",
            b"\xa0",
            b"\xff",
            b"\x1b",
            b"[31",
            b"m",
            b"\x1b[1;1H",
            b"\r\n",
            "é👩‍👧".encode(),
            b"\x1b[?1049h",
        ]
    ),
    max_size=30,
)


@given(PIECES, PIECES, st.booleans())
def test_a_picture_and_what_follows_is_the_same_screen(before: list[bytes], after: list[bytes], apart: bool) -> None:
    """Wherever characters and sequences are cut."""
    screen, plain = TerminalScreen(), Emulator(40, 6)
    screen.take(Entry("2026-02-07T12:00:00.000000Z", "s", "resize", b"40x6", 4))
    for data in before:
        screen.take(Entry("2026-02-07T12:00:00.000000Z", "s", "output", data, len(data)))
        plain.feed(data)
        if apart:
            screen.frames()
    picture = taken_apart(screen.picture())
    assert picture[3:5] == (40, 6)
    screen.watched = True
    texts = []
    for data in [*after, b"\x1b[m."]:
        screen.take(Entry("2026-02-07T12:00:01.000000Z", "s", "output", data, len(data)))
        plain.feed(data)
        texts += [taken_apart(frame)[3] for _, frame in screen.frames()]
    assert shown((40, 6), picture[5], *texts) == [line for line in plain.look().lines if line]


def test_output_of_one_moment_is_one_event() -> None:
    """What came within the time of one picture on a display; the rest has times of its own."""
    screen = TerminalScreen()
    screen.watched = True
    for ms in (0, 5, 10, 40, 41, 100):
        screen.take(Entry(f"2026-02-07T12:00:00.{ms:03}000Z", "s", "output", b"x", 1))
    screen.take(Entry("no time", "s", "output", b"y", 1))
    frames = [taken_apart(frame) for _, frame in screen.frames()]
    assert frames == [("o", 1, 0, "xxx"), ("o", 2, 40_000, "xx"), ("o", 3, 60_000, "xy")]
