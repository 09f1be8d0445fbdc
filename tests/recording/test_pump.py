"""The pump over real sockets and pipes: whatever the chunks and however little the sink takes, no byte changes."""

import contextlib
import os
import socket
from collections.abc import Callable

import pytest
import trio
from hypothesis import given, settings
from hypothesis import strategies as st

from claude_sessions.recording.lane import Lane
from claude_sessions.recording.pump import Pump
from claude_sessions.recording.readiness import READ, WRITE, open_readiness

CHUNKS = st.lists(st.one_of(st.binary(max_size=40), st.integers(1, 300_000).map(os.urandom)), max_size=12)


def no_writer() -> None:
    """Nothing is recorded here."""


def small_pair() -> tuple[socket.socket, socket.socket]:
    """Return two connected sockets of which one takes only a little at once; neither blocks."""
    ours, theirs = socket.socketpair()
    for end in (ours, theirs):
        end.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1)
        end.setblocking(False)
    return ours, theirs


async def pass_through(  # noqa: C901 - the two sides of a pipe belong together
    chunks: list[bytes], *, record_first: bool, sink_blocks: bool, sips: int
) -> tuple[bytes, bytes]:
    """Send chunks through a lane to a reader that takes `sips` bytes at a time; return what came and what was recorded."""
    person, source = small_pair()
    if sink_blocks:
        reading, sink = os.pipe()
        os.set_blocking(reading, False)
    else:
        sink_socket, reader = small_pair()
        sink, reading = sink_socket.detach(), reader.detach()
    recorded = bytearray()

    def ended() -> None:
        pump.forget(source.fileno(), sink)
        os.close(sink)

    lane = Lane(source.fileno(), sink, recorded.extend, ended=ended)
    lane.record_first = record_first
    lane.sink_blocks = sink_blocks
    pump = Pump(no_writer, no_writer)
    pump.lanes.append(lane)
    received = bytearray()

    async def write() -> None:
        for chunk in chunks:
            rest = memoryview(chunk)
            while rest:
                try:
                    rest = rest[os.write(person.fileno(), rest) :]
                except BlockingIOError:
                    await trio.lowlevel.wait_writable(person.fileno())
            await trio.lowlevel.checkpoint()
        person.shutdown(socket.SHUT_WR)

    async def read() -> None:
        while True:
            try:
                data = os.read(reading, sips)
            except BlockingIOError:
                await trio.lowlevel.wait_readable(reading)
                continue
            if not data:
                return
            received.extend(data)
            await trio.lowlevel.checkpoint()

    try:
        with trio.fail_after(30):
            async with trio.open_nursery() as nursery:
                nursery.start_soon(pump.run)
                async with trio.open_nursery() as both:
                    both.start_soon(write)
                    both.start_soon(read)
                nursery.cancel_scope.cancel()
    finally:
        pump.close()
        person.close()
        source.close()
        os.close(reading)
    return bytes(received), bytes(recorded)


@settings(max_examples=25, deadline=None)
@given(chunks=CHUNKS, record_first=st.booleans(), sink_blocks=st.booleans(), sips=st.sampled_from([701, 65536]))
def test_no_chunking_changes_a_byte(chunks: list[bytes], record_first: bool, sink_blocks: bool, sips: int) -> None:
    """What comes out, and what is recorded, is what went in: for any chunks, and a sink that takes little."""
    sent = b"".join(chunks)
    received, recorded = trio.run(
        lambda: pass_through(chunks, record_first=record_first, sink_blocks=sink_blocks, sips=sips)
    )
    assert received == sent
    assert recorded == sent


def lane_between(*, take: Callable[[bytes], None]) -> tuple[Lane, socket.socket, socket.socket]:
    """Return a lane, the socket that feeds it, and the one that it feeds."""
    feeding, source = small_pair()
    sink, fed = small_pair()
    return Lane(source.detach(), sink.detach(), take), feeding, fed


def close_lane(lane: Lane, *others: socket.socket) -> None:
    """Close everything that `lane_between` made."""
    os.close(lane.source)
    if lane.sink is not None:
        os.close(lane.sink)
    for each in others:
        each.close()


def interest_of(lane: Lane) -> dict[int, int]:
    """Return what a lane waits for."""
    fd, interest = lane.wants()
    return {fd: interest} if interest else {}


def step(lane: Lane) -> None:
    """Have the lane do what it waits for."""
    for fd, what in interest_of(lane).items():
        lane.ready(fd, what)


def fill(lane: Lane, feeding: socket.socket) -> None:
    """Feed a lane until it reads no more."""
    for _ in range(10_000):
        if not interest_of(lane).get(lane.source):
            return
        with contextlib.suppress(BlockingIOError):
            feeding.send(b"x" * 500)
        step(lane)
    pytest.fail("it reads without an end")


def test_a_lane_reads_nothing_while_its_sink_is_full() -> None:
    """It holds one piece at most, then waits for the sink alone: that is what slows a child down."""
    recorded = bytearray()
    lane, feeding, fed = lane_between(take=recorded.extend)
    fill(lane, feeding)
    assert interest_of(lane) == {lane.sink: WRITE}
    assert lane.total - len(recorded) <= 8192
    received = bytearray()
    while len(recorded) < lane.total:
        with contextlib.suppress(BlockingIOError):
            received += fed.recv(1 << 20)
        step(lane)
    assert interest_of(lane) == {lane.source: READ}
    assert recorded == b"x" * lane.total
    close_lane(lane, feeding, fed)


def test_what_was_delivered_counts_when_a_lane_is_closed() -> None:
    """Of what was read exactly the part is recorded that the sink has taken."""
    recorded = bytearray()
    lane, feeding, fed = lane_between(take=recorded.extend)
    fill_until_pending(lane, feeding)
    lane.close()
    delivered = bytearray()
    with contextlib.suppress(BlockingIOError):
        while True:
            delivered += fed.recv(1 << 20)
    assert bytes(recorded) == bytes(delivered)
    close_lane(lane, feeding, fed)


def fill_until_pending(lane: Lane, feeding: socket.socket) -> None:
    """Feed a lane until its sink takes no more."""
    while not lane.pending:
        feeding.send(os.urandom(2000))
        step(lane)


def test_a_lane_goes_on_recording_without_its_sink() -> None:
    """When the terminal is gone what the child still writes is recorded, and the loss of the sink is told once."""
    recorded = bytearray()
    lost: list[int] = []
    lane, feeding, fed = lane_between(take=recorded.extend)
    lane.sink_lost = lambda: lost.append(1)
    sink = lane.sink
    assert sink is not None
    fed.close()
    for _ in range(3):
        feeding.send(b"more")
        step(lane)
    assert (bytes(recorded), lost) == (b"more" * 3, [1])
    feeding.close()
    step(lane)
    assert not lane.open
    os.close(lane.source)
    os.close(sink)


def test_a_filter_that_gives_back_what_it_held_loses_nothing() -> None:
    """What was held back comes before what is read next: every byte of both is delivered."""
    recorded = bytearray()
    lane, feeding, fed = lane_between(take=recorded.extend)
    held = [b"held"]
    lane.filtered = lambda data: (held.pop() if held else b"") + data
    feeding.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, 1 << 16)
    feeding.send(b"x" * 100)
    step(lane)
    assert fed.recv(1000) == bytes(recorded) == b"held" + b"x" * 100
    close_lane(lane, feeding, fed)


def test_a_forgotten_descriptor_is_never_reported_again() -> None:
    """Also where somebody else holds the same open file: closing alone would leave it ready for ever."""
    reading, writing = os.pipe()
    held = os.dup(reading)
    ready = open_readiness()
    ready.watch({reading: READ})
    os.close(writing)
    assert ready.poll(0)
    ready.forget(reading)
    os.close(reading)
    assert ready.poll(0) == []
    assert ready.watch({}) == set()
    ready.close()
    os.close(held)


def test_files_are_always_ready(tmp_path_factory: pytest.TempPathFactory) -> None:
    """A regular file cannot be waited for: it is reported as ready by nature (Linux), or by the kernel."""
    path = tmp_path_factory.mktemp("files") / "file"
    path.write_bytes(b"x")
    fd = os.open(path, os.O_RDONLY)
    ready = open_readiness()
    assert ready.watch({fd: READ}) == {fd} or ready.poll(1)
    ready.close()
    os.close(fd)
