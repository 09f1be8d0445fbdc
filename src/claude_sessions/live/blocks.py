"""One session as a stream of events: what each line adds to the conversation on the screen, changes on it, or clears away.

The stream is a function of what the file holds, so that after a crash the same lines give the same events with the same
ids, and who names the last event that it had misses nothing and gets nothing twice. Two things would spoil that, and are
therefore kept as notes (`Checkpoint`), which are written down before the events go out that depend on them:

- Lines are put in order as they come (`transcript.live_order`), but waiting is counted in lines here, not in seconds. A line
  that nothing follows cannot wait for lines: it is let go by the clock (`let_go`), and where in the file that was is noted.
- A file that was cut or exchanged begins anew, and the numbers go on from where they were.

A compaction clears the screen and all that is remembered: from there on a later reading can begin (another `Checkpoint`).
"""

from collections.abc import Iterable
from typing import Any

import msgspec

from claude_sessions.base.foreign import UNDECODABLE
from claude_sessions.live.block_events import ADD, CLEAR, UPDATE, added, shortened, sse, updated
from claude_sessions.live.hub import Message
from claude_sessions.live.position import Position
from claude_sessions.live.ring import SIZE, Ring, event_id
from claude_sessions.live.sink import TailLine
from claude_sessions.transcript.blocks.events import AddBlock, Block, ClearAll, Event, ProcessingContext, UpdateBlock
from claude_sessions.transcript.blocks.processor import process_line
from claude_sessions.transcript.live_order import LiveOrder

WINDOW = 64
"""So many lines at most a line waits for its parent. What Claude Code writes together is a handful."""

MOST_BLOCKS = 20_000
"""More blocks are not kept: the oldest ones go, and what changes them later is no event."""


class Checkpoint(msgspec.Struct):
    """Where in a file a reading can begin whose events shall be those of the reading before."""

    position: Position
    line_number: int = 0
    """Objects before the position."""
    event_count: int = 0
    """Events before it."""
    processing_context: dict[str, Any] = {}
    """What is remembered of the lines before it, see `ProcessingContext`."""
    boundary: str | None = None
    """The uuid of the compaction right before it: what follows hangs on that."""
    releases: list[tuple[int, int]] = []
    """(a, b): when a objects had been read, those of the first b that still waited were let go."""


class SessionStream:
    """The events of one session, its blocks at the moment, and its last events. Looks at no clock and writes no file."""

    def __init__(self, checkpoint: Checkpoint, ring_size: int = SIZE) -> None:
        self.checkpoint = msgspec.structs.replace(checkpoint, releases=list(checkpoint.releases))
        """Grows: what is to be written down before the events of the last call go out, see `noted`."""
        self.noted = 0
        """Goes up with every change of the checkpoint."""
        self.offset = checkpoint.position.offset
        """Byte offset behind the last line that was taken."""
        self.count = checkpoint.event_count
        """How many events there were."""
        self.blocks: dict[str, Block] = {}
        self.ring_size = ring_size
        self._ring = Ring(ring_size)
        self._ring.last = self.count
        self._line_number = checkpoint.line_number
        self._replayed = list(reversed(checkpoint.releases))
        self._context = context_of(checkpoint)
        self._order = _order_behind(checkpoint)
        self._snapshot: tuple[int, bytes] = (-1, b"")

    def take(self, lines: Iterable[TailLine]) -> list[Message]:
        """Take lines in the order of the file, and return their events; lines that were taken before count no more."""
        out: list[Message] = []
        for line in lines:
            if line.offset < self.offset:
                continue
            self.offset = line.end
            self._line_number += 1
            entry = line.line.entry
            shown = self._order.add(entry.uuid, entry.parent_uuid, line, self._line_number)
            self._show(shown, out)
            while self._replayed and self._replayed[-1][0] <= self._line_number:
                self._show(self._order.due(self._replayed.pop()[1] + WINDOW), out)
        return out

    @property
    def waiting(self) -> int | None:
        """How many objects have been read by now, if one of them waits for its parent: to be handed to `let_go` later."""
        return None if self._order.deadline is None else self._line_number

    def let_go(self, number: int) -> list[Message]:
        """Return the events of those of the first `number` lines that still wait: nothing came for too long."""
        out: list[Message] = []
        found = self._order.due(number + WINDOW)
        if found:
            self.checkpoint.releases.append((self._line_number, number))
            self.noted += 1
        self._show(found, out)
        return out

    def begin_anew(self, position: Position) -> list[Message]:
        """Forget the file: it was cut or exchanged. All that it holds follows from `position` on."""
        self._context.clear()
        out: list[Message] = []
        self._put(ClearAll(), out)
        self._line_number = 0
        self.offset = position.offset
        self._replayed = []
        self._check(position)
        return out

    def since(self, last_event_id: str | None) -> bytes:
        """Return what a client needs that had this event last: what follows it, else the whole screen."""
        found = None if last_event_id is None else self._ring.after(last_event_id)
        return self.snapshot() if found is None else b"".join(found)

    def snapshot(self) -> bytes:
        """Return the screen at the moment: `clear_all`, then every block. After it come the events that follow.

        Only its last event has the id of the last event of the stream. The others have ids that nobody knows: who is cut
        off in the middle gets all of it again.
        """
        if self._snapshot[0] != self.count:
            data = [(CLEAR, b"{}"), *((ADD, added(block)) for block in self.blocks.values())]
            ids = [*(f"snapshot_{number:03d}" for number in range(1, len(data))), event_id(self.count)]
            self._snapshot = self.count, b"".join(sse(one, *each) for one, each in zip(ids, data, strict=True))
        return self._snapshot[1]

    def _show(self, lines: Iterable[TailLine], out: list[Message]) -> None:
        """Add the events of lines that are in order now."""
        event: Event | None = None
        for line in lines:
            event = None
            for event in process_line(self._context, line.line):
                self._put(event, out)
        if isinstance(event, ClearAll) and self._order.deadline is None:
            position = msgspec.structs.replace(self.checkpoint.position, offset=self.offset, before=b"", line=None)
            self._check(position, line.line.entry.uuid)

    def _put(self, event: Event, out: list[Message]) -> None:
        match event:
            case AddBlock(block):
                block.content = shortened(block.content)
                self.blocks[block.id] = block
                if len(self.blocks) > MOST_BLOCKS:
                    del self.blocks[next(iter(self.blocks))]
                name, data = ADD, added(block)
            case UpdateBlock(block_id, content):
                if block_id not in self.blocks:
                    return
                self.blocks[block_id].content = content
                name, data = UPDATE, updated(event)
            case ClearAll():
                self.blocks.clear()
                name, data = CLEAR, b"{}"
        self.count += 1
        one = event_id(self.count)
        encoded = sse(one, name, data)
        self._ring.add(self.count, encoded)
        out.append(Message(encoded, one))

    def _check(self, position: Position, boundary: str | None = None) -> None:
        """Note that a reading may begin here, and go on as such a one would."""
        self.checkpoint = Checkpoint(position, self._line_number, self.count, self._context.to_dict(), boundary)
        self._order = _order_behind(self.checkpoint)
        self.noted += 1


def _order_behind(checkpoint: Checkpoint) -> LiveOrder[TailLine]:
    """Return an order that knows of what was before only the compaction."""
    order: LiveOrder[TailLine] = LiveOrder(WINDOW)
    if checkpoint.boundary is not None:
        order.see(checkpoint.boundary)
    return order


def context_of(checkpoint: Checkpoint) -> ProcessingContext:
    """Return the context that a checkpoint describes; a new one where it is none."""
    try:
        return ProcessingContext.from_dict(checkpoint.processing_context)
    except UNDECODABLE:
        return ProcessingContext()
