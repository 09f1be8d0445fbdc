"""Following a server's lines for as long as it takes: when it goes away, going on behind what came, once it is back."""

import os
import random
from collections.abc import AsyncGenerator, Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import trio

from claude_sessions.base.clock import NANOSECONDS, TimestampFormatter
from claude_sessions.base.errors import UsageError
from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.live.filters import Filter
from claude_sessions.live.sink import TailLine
from claude_sessions.log.entry import parse_timestamp
from claude_sessions.server.client.exchange import GoneError, events, open_socket
from claude_sessions.server.client.place import Place
from claude_sessions.transcript.envelope import Envelope, Line, lenient_or_empty
from claude_sessions.transcript.files import LogFile, log_file

FIRST_WAIT_S = 0.5
LONGEST_WAIT_S = 15.0
"""Between two tries; each time twice as long, less up to half by chance: not all clients are to come at once."""

MOST_FILES = 400
"""Files whose place is remembered: fewer than a server lets a client name."""

Find = Callable[[], Place]
"""Tells where the server is now, and what is shown to it; UsageError where there is none."""

_NOWHERE = os.stat_result([0] * 10 + [0.0] * 3 + [0] * 3)

_encode = msgspec.json.Encoder().encode


class _Message(msgspec.Struct):
    type: str
    data: msgspec.Raw = msgspec.Raw(b"null")
    session_id: str = ""
    file: str = ""
    offset: int = 0
    message: str = ""


_decode = msgspec.json.Decoder(_Message).decode


class Entry(NamedTuple):
    """A line of a transcript, as the server told it."""

    message: bytes
    """All of `log_entry`."""
    file: LogFile
    """What its name tells; sizes and times are 0."""
    line: TailLine


class Waiting(msgspec.Struct, frozen=True, rename="camel"):
    """What the list of sessions says of one."""

    session_id: str
    title: str = ""
    directory: str = ""
    state: str = ""
    waiting_for: str | None = None


class _Told(msgspec.Struct):
    type: str
    sessions: list[Waiting] = []


class Places:
    """How far each file has been told."""

    def __init__(self, now_ns: int) -> None:
        self._since_ns = now_ns
        self._offsets: dict[str, tuple[int, str]] = {}

    def note(self, file: str, offset: int, timestamp: str) -> None:
        """Take that a line has come."""
        self._offsets.pop(file, None)
        self._offsets[file] = offset, timestamp
        if len(self._offsets) > MOST_FILES:
            oldest = next(iter(self._offsets))
            _, timestamp = self._offsets.pop(oldest)
            try:
                self._since_ns = max(self._since_ns, parse_timestamp(timestamp) + NANOSECONDS // 1_000)
            except ValueError:
                pass  # that file may be told twice

    def asked(self) -> dict[str, Any]:
        """Return what a subscription says of them."""
        after = {file: offset for file, (offset, _) in self._offsets.items()}
        return {"after": after, "since": TimestampFormatter()(self._since_ns)}


async def entries(
    find: Find, chosen: Filter, last: int, now_ns: int, say: Callable[[str], object]
) -> AsyncGenerator[Sequence[Entry], None]:
    """Yield the `last` lines of the past, all at once and even if there are none, then lines as they come, for ever.

    Raises UsageError where there is no server at first, or one that refuses. `say` is told when it goes and is back.
    `find` is asked before each try: a server that was killed is not there until it says so itself, since somebody else
    may listen in its place, who is not to get the token.
    """
    place = find()
    places = Places(now_ns)
    asked: dict[str, Any] = {"type": "subscribe", **_given(chosen), "last": last}
    begun = gone = False
    wait = FIRST_WAIT_S
    while True:
        try:
            place = _found(find, place) if begun else place
            async with open_socket(place, "/ws?hold=true") as socket:
                await socket.send(_encode(asked | places.asked() if begun else asked).decode())
                talk = _Talk(places)
                while not talk.missed:
                    for some in talk.take(await socket.receive()):
                        if gone:
                            say("the server is back; what was written meanwhile follows")
                        begun, gone, wait = True, False, FIRST_WAIT_S
                        asked.pop("last", None)
                        yield some
        except GoneError as error:
            if not begun:
                raise UsageError(f"no server answers at {place}: {error}; claude-sessions serve starts one") from None
            if not gone:
                say(f"the server is gone: {error}; waiting for it")
            gone = True
            await trio.sleep(wait * random.uniform(0.5, 1))
            wait = min(2 * wait, LONGEST_WAIT_S)
        except UNDECODABLE as error:
            raise UsageError(f"what answers at {place} says what nobody understands: {error}") from None


def _found(find: Find, before: Place) -> Place:
    try:
        place = find()
    except UsageError as error:
        raise GoneError(str(error)) from None
    if before.token and not place.token:
        raise GoneError("it does not say that it runs")
    return place


class _Talk:
    """Takes what comes over one connection."""

    def __init__(self, places: Places) -> None:
        self.missed = False
        """The server could not wait for us: what follows has a hole, and we come again."""
        self._places = places
        self._subscribed = False
        self._found: list[Entry] = []

    def take(self, messages: Iterable[bytes]) -> Iterator[list[Entry]]:
        """Yield the lines in messages; what comes before the subscription is there, by itself."""
        for raw in messages:
            message = _decode(raw)
            if message.type == "log_entry" and not self.missed:
                entry = _entry(raw, message)
                self._places.note(message.file, message.offset, entry.line.line.entry.timestamp)
                self._found.append(entry)
            elif message.type == "subscribed":
                self._subscribed = True
                yield self._take()
            elif message.type == "gap":
                self.missed = True
            elif message.type == "error":
                raise UsageError(f"the server refuses: {message.message}")
        if self._subscribed and self._found:
            yield self._take()

    def _take(self) -> list[Entry]:
        found, self._found = self._found, []
        return found


async def sessions(find: Find) -> AsyncGenerator[Sequence[Waiting], None]:
    """Yield all sessions, then those that have changed, for ever: after a break all once more."""
    wait = FIRST_WAIT_S
    while True:
        try:
            async with aclosing(events(find(), "/api/claude-sessions/stream")) as found:
                async for event in found:
                    wait = FIRST_WAIT_S
                    told = msgspec.json.decode(event.data, type=_Told)
                    if told.type != "session-deleted":
                        yield told.sessions
        except (GoneError, UsageError, *UNDECODABLE):
            pass  # whoever follows the lines tells
        await trio.sleep(wait * random.uniform(0.5, 1))
        wait = min(2 * wait, LONGEST_WAIT_S)


def _given(chosen: Filter) -> Mapping[str, Any]:
    return {name: values for name, values in msgspec.structs.asdict(chosen).items() if values is not None}


def _entry(whole: bytes, message: _Message) -> Entry:
    raw = bytes(message.data)
    file = log_file(Path(message.file), _NOWHERE)
    if not file.session_id:
        file = msgspec.structs.replace(file, session_id=message.session_id)
    line = Line(message.offset, raw, lenient_or_empty(raw, Envelope))
    return Entry(whole, file, TailLine(message.offset, message.offset + len(raw), raw, line))
