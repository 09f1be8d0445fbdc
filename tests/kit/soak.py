"""Clients that follow a server which is killed again and again: nothing may be lost, come twice, or out of order.

    python -m tests.kit.soak [SECONDS]        two hours by default; what was seen is printed, exit 1 where something was wrong

Six sessions are written at once, 500 lines a second. The fast ones end after some thousand lines and others begin. The server
gets SIGKILL and SIGTERM by turns, and starts again on the same port. Each session has a client of its event stream that comes
again with Last-Event-ID; one WebSocket client follows all of them, coming again with `after` and `since`.
"""

import itertools
import json
import os
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import aclosing
from pathlib import Path

import trio

from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.base.errors import UsageError
from claude_sessions.live.filters import Filter
from claude_sessions.server.client.exchange import Event, GoneError, events
from claude_sessions.server.client.following import entries
from claude_sessions.server.client.place import Place
from tests.kit.serving import Serving
from tests.kit.spoken import encoded, user

TWO_HOURS = 7200.0
LINES_A_SECOND = 500
LIFE_S = 10.0
"""So long a server lives, by default."""
LATE_S = 60.0
"""So long after the last line everybody must have everything."""
_FAST, _SLOW = 4, 2
_SLOW_LINES_A_SECOND = 2
_LENGTH = 3000
"""Lines of a session: what a client that comes too late gets whole again."""
_STEP_S = 0.02

_moment = TimestampFormatter()


class WrongError(AssertionError):
    """Something was lost, came twice or in another order."""


class Talk:
    """A session that is written: its nth line says the number n."""

    def __init__(self, folder: Path, slot: int, number: int) -> None:
        self.session_id = f"{slot:08d}-aaaa-4aaa-8aaa-{number:012d}"
        self.path = folder / f"{self.session_id}.jsonl"
        self.length = 0
        self.over = False

    def write(self, count: int) -> None:
        """Append so many lines, in one piece or cut in the middle of one."""
        numbers = range(self.length, self.length + count)
        data = encoded(self._line(number) for number in numbers)
        cut = len(data) // 2 if self.length % 7 == 0 else 0
        with self.path.open("ab") as file:
            file.write(data[:cut])
            file.flush()
            file.write(data[cut:])
        self.length += count

    def _line(self, number: int) -> dict[str, object]:
        return user(
            f"{number}",
            uuid=f"{self.session_id}-{number}",
            parentUuid=f"{self.session_id}-{number - 1}" if number else None,
            sessionId=self.session_id,
            cwd="/home/ann/shop",
            timestamp=_moment(time.time_ns()),
        )


class Screen:
    """What a client of an event stream has on its screen; `take` raises WrongError where that cannot be."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.blocks = 0
        self.last_event_id = ""

    def take(self, event: Event) -> None:
        """Take the next event."""
        if event.name == "clear_all":
            self.blocks = 0
        elif event.name == "add_block":
            number = int(json.loads(event.data)["content"]["text"])
            if number != self.blocks:
                raise WrongError(f"{self.name}: block {number} came where {self.blocks} was next, with id {event.id}")
            self.blocks += 1
        else:
            raise WrongError(f"{self.name}: an event {event.name}")
        self.last_event_id = event.id


class Soak:
    """See the module."""

    def __init__(self, folder: Path, seconds: float, life_s: float = LIFE_S) -> None:
        self.seen: Counter[str] = Counter()
        self._seconds = seconds
        self._life_s = life_s
        claude = folder / "claude"
        self._projects = claude / "projects" / "-home-ann-shop"
        self._projects.mkdir(parents=True)
        home = folder / "home"
        environment = {**os.environ, "CLAUDE_CONFIG_DIR": str(claude), "CLAUDE_SESSIONS_HOME": str(home)}
        self._server = Serving(environment, folder, "--log-level", "error")
        self._token = home / "server" / "token"
        self._talks: list[list[Talk]] = [[] for _ in range(_FAST + _SLOW)]
        self._screens: dict[str, Screen] = {}
        self._told: Counter[str] = Counter()
        self._writing = True

    def run(self) -> None:
        """Run all of it; raises WrongError."""
        with self._server:
            trio.run(self._main)

    async def _main(self) -> None:
        self._place = Place("127.0.0.1", self._server.port, token=self._token.read_text().strip())
        for slot in range(len(self._talks)):
            self._begin(slot)
        async with trio.open_nursery() as nursery:
            nursery.start_soon(self._follow_all)
            for slot in range(len(self._talks)):
                nursery.start_soon(self._follow, slot)
            nursery.start_soon(self._kill)
            await self._write()
            with trio.move_on_after(LATE_S) as scope:
                while self._missing():  # noqa: ASYNC110 - asked seldom
                    await trio.sleep(0.1)
            if scope.cancelled_caught:
                raise WrongError(f"not everything has come: {self._missing()}")
            nursery.cancel_scope.cancel()

    def _begin(self, slot: int) -> None:
        self._talks[slot].append(Talk(self._projects, slot, len(self._talks[slot])))

    async def _write(self) -> None:
        """Write as much as was promised for as long as it was asked for."""
        begun = trio.current_time()
        written = dict.fromkeys(range(len(self._talks)), 0)
        while (now := trio.current_time() - begun) < self._seconds:
            for slot, talks in enumerate(self._talks):
                fast = slot < _FAST
                rate = (LINES_A_SECOND - _SLOW * _SLOW_LINES_A_SECOND) / _FAST if fast else _SLOW_LINES_A_SECOND
                due = int(now * rate) - written[slot]
                if due <= 0:
                    continue
                talks[-1].write(due)
                written[slot] += due
                self.seen["lines"] += due
                if talks[-1].length >= _LENGTH:
                    talks[-1].over = True
                    self._begin(slot)
            await trio.sleep(_STEP_S)
        self._writing = False
        for talks in self._talks:
            talks[-1].over = True

    async def _kill(self) -> None:
        for number in itertools.cycle((signal.SIGKILL, signal.SIGTERM)):
            await trio.sleep(self._life_s)
            if not self._writing:
                return
            await trio.to_thread.run_sync(self._server.stop, number)
            await trio.to_thread.run_sync(self._server.start)
            self.seen["restarts"] += 1

    # Clients

    async def _follow(self, slot: int) -> None:
        """Follow a slot's sessions, one after the other, each to its end."""
        for number in itertools.count():
            while number >= len(self._talks[slot]):  # noqa: ASYNC110 - the next session begins soon
                await trio.sleep(_STEP_S)
            talk = self._talks[slot][number]
            screen = self._screens.setdefault(talk.session_id, Screen(talk.session_id))
            while not (talk.over and screen.blocks == talk.length):
                with trio.move_on_after(1 if talk.over else float("inf")):
                    await self._look(talk, screen)
                await trio.sleep(_STEP_S)

    async def _look(self, talk: Talk, screen: Screen) -> None:
        target = f"/sessions/{talk.session_id}/events"
        had, first = screen.last_event_id, True
        try:
            async with aclosing(events(self._place, target, had)) as found:
                async for event in found:
                    if first and had:
                        self.seen["snapshots" if event.name == "clear_all" else "gone on by id"] += 1
                    first = False
                    screen.take(event)
                    self.seen["events"] += 1
                    if talk.over and screen.blocks == talk.length:
                        return
        except GoneError:
            pass
        except UsageError:
            if screen.blocks:
                raise  # it was there, and is not known any more

    async def _follow_all(self) -> None:
        async with aclosing(entries(lambda: self._place, Filter(), 0, time.time_ns(), self._say)) as told:
            async for some in told:
                for entry in some:
                    name = entry.file.session_id
                    number = int(json.loads(entry.line.raw)["message"]["content"])
                    if number != self._told[name]:
                        raise WrongError(f"WebSocket: line {number} of {name} came where {self._told[name]} was next")
                    self._told[name] += 1
                    self.seen["entries"] += 1

    def _say(self, sentence: str) -> None:
        self.seen[sentence.partition(";")[0].partition(":")[0]] += 1

    def _missing(self) -> list[str]:
        return [
            f"{talk.session_id}: {talk.length} lines, {self._told[talk.session_id]} entries, {blocks} blocks"
            for talk in itertools.chain(*self._talks)
            if (blocks := self._screens[talk.session_id].blocks if talk.session_id in self._screens else 0)
            != talk.length
            or self._told[talk.session_id] != talk.length
        ]


def _reasons(error: BaseException) -> Iterator[BaseException]:
    if isinstance(error, BaseExceptionGroup):
        for each in error.exceptions:
            yield from _reasons(each)
    else:
        yield error


def main() -> int:
    """Run it as the command line says."""
    seconds = float(sys.argv[1]) if len(sys.argv) > 1 else TWO_HOURS
    with tempfile.TemporaryDirectory(prefix="claude-sessions-soak-") as name:
        one = Soak(Path(name), seconds)
        try:
            one.run()
        except BaseExceptionGroup as group:
            print(*(f"{type(each).__name__}: {each}" for each in _reasons(group)), sep="\n")
            return 1
        finally:
            print(", ".join(f"{what}: {count:,}" for what, count in sorted(one.seen.items())))
    return 0


if __name__ == "__main__":
    sys.exit(main())
