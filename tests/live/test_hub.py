"""Telling many: all in order or an explicit gap, and a bounded queue for everybody."""

from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest
import trio
import trio.testing
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.live.hub import GAP, Message, Subscriber, Topic


def run(test: Callable[[], object]) -> None:
    """Run an async test; nothing in it takes time."""
    trio.run(test, clock=trio.testing.MockClock(autojump_threshold=0))  # type: ignore[arg-type]  # it is one


def number(value: int, size: int = 0) -> Message:
    return Message(b"%d" % value + b"x" * size)


def numbers(found: object) -> list[int]:
    assert isinstance(found, list)
    return [int(message.data.rstrip(b"x")) for message in found]


def test_everybody_gets_everything_in_order() -> None:
    """Each subscriber gets what was published since it subscribed, all that waits at once, the same bytes as others."""

    async def test() -> None:
        topic = Topic()
        topic.publish(number(0))
        with topic.subscribe() as one:
            topic.publish(number(1))
            with topic.subscribe() as two:
                topic.publish(number(2))
                first, second = await one.next(), await two.next()
                assert (numbers(first), numbers(second)) == ([1, 2], [2])
                assert isinstance(first, list)
                assert isinstance(second, list)
                assert first[1].data is second[0].data
                assert topic.subscribers == 2
        assert topic.subscribers == 0
        topic.publish(number(3))

    run(test)


def test_who_waits_is_woken() -> None:
    """A subscriber that waits gets the next message; a cancelled wait loses none."""

    async def test() -> None:
        topic = Topic()
        with topic.subscribe() as subscriber:
            with trio.move_on_after(1) as scope:
                await subscriber.next()
            assert scope.cancelled_caught
            async with trio.open_nursery() as nursery:

                async def listen() -> None:
                    assert numbers(await subscriber.next()) == [1, 2]

                nursery.start_soon(listen)
                await trio.testing.wait_all_tasks_blocked()
                topic.publish(number(1))
                topic.publish(number(2))

    run(test)


def test_a_subscriber_may_want_only_some() -> None:
    """What a subscriber does not want is neither queued nor missed."""

    async def test() -> None:
        topic = Topic()
        with topic.subscribe(lambda message: message.about == "a", limit=2) as subscriber:
            for value in range(10):
                topic.publish(Message(b"%d" % value, about="a" if value in (3, 7) else "b"))
            assert numbers(await subscriber.next()) == [3, 7]
            subscriber.wanted = None
            topic.publish(Message(b"11", about="b"))
            assert numbers(await subscriber.next()) == [11]

    run(test)


@pytest.mark.parametrize(("limit", "limit_bytes"), [(3, 10_000), (10_000, 350)])
def test_too_much_is_a_gap(limit: int, limit_bytes: int) -> None:
    """Who does not keep up gets one GAP with the number of what is lost, then what is published after it."""

    async def test() -> None:
        topic = Topic()
        with topic.subscribe(limit=limit, limit_bytes=limit_bytes) as slow, topic.subscribe() as fast:
            for value in range(10, 16):
                topic.publish(number(value, 98))
                assert slow.waiting[0] <= 3
                assert slow.waiting[1] <= 350
            assert await slow.next() is GAP
            assert slow.missed == 6
            topic.publish(number(16))
            assert numbers(await slow.next()) == [16]
            assert numbers(await fast.next()) == list(range(10, 17))

    run(test)


def test_one_large_message_is_no_gap() -> None:
    """A message larger than the limit goes out when it is alone; waiting with others it is a gap."""

    async def test() -> None:
        topic = Topic()
        with topic.subscribe(limit_bytes=10) as subscriber:
            topic.publish(number(1, 1000))
            assert numbers(await subscriber.next()) == [1]
            topic.publish(number(1, 1000))
            topic.publish(number(2))
            assert await subscriber.next() is GAP

    run(test)


def test_a_closed_topic_ends_all() -> None:
    """After the end everybody gets what still waits, and then the end; who comes later gets it at once."""

    async def test() -> None:
        topic = Topic()
        with topic.subscribe() as subscriber, topic.subscribe() as waiting:
            async with trio.open_nursery() as nursery:

                async def listen() -> None:
                    assert numbers(await waiting.next()) == [1]
                    with pytest.raises(trio.EndOfChannel):
                        await waiting.next()

                nursery.start_soon(listen)
                await trio.testing.wait_all_tasks_blocked()
                topic.publish(number(1))
                topic.close()
            assert numbers(await subscriber.next()) == [1]
            with pytest.raises(trio.EndOfChannel):
                await subscriber.next()
        with topic.subscribe() as late, pytest.raises(trio.EndOfChannel):
            await late.next()

    run(test)


publish = st.tuples(st.just("publish"), st.integers(1, 12))
take = st.tuples(st.just("take"), st.integers(0, 1))


@given(st.lists(st.one_of(publish, take), max_size=60), st.integers(1, 6))
def test_whatever_happens_order_is_kept_or_a_gap_told(steps: list[tuple[str, int]], limit: int) -> None:
    """Each subscriber sees an unbroken run of numbers; where one is broken there is a GAP that says by how many."""

    async def test() -> None:
        topic = Topic()
        published = 0
        with topic.subscribe(limit=limit) as one, topic.subscribe(limit=2 * limit) as two:
            expected = Counter({one: 0, two: 0})
            for what, value in [*steps, ("take", 0), ("take", 1)]:
                subscriber = (one, two)[value % 2]
                if what == "publish":
                    for _ in range(value):
                        topic.publish(number(published))
                        published += 1
                elif expected[subscriber] < published:
                    found = await subscriber.next()
                    if found is GAP:
                        expected[subscriber] += subscriber.missed
                        assert expected[subscriber] == published
                    else:
                        assert numbers(found) == list(range(expected[subscriber], published))
                        assert len(found) <= 2 * limit
                        expected[subscriber] = published

    run(test)


@given(st.lists(st.booleans(), max_size=30))
def test_everybody_comes_and_goes(steps: list[bool]) -> None:
    """How many listen is known at any time, whoever leaves first; publishing goes on."""
    topic = Topic()
    there: list[AbstractContextManager[Subscriber]] = []
    for come in steps:
        if come:
            there.append(topic.subscribe())
            there[-1].__enter__()
        elif there:
            there.pop(0).__exit__(None, None, None)
        topic.publish(number(1))
        assert topic.subscribers == len(there)
    for each in there:
        each.__exit__(None, None, None)
