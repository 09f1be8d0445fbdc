"""A session as a stream of events."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from claude_sessions.live import blocks
from claude_sessions.live.block_events import LONGEST_TEXT
from claude_sessions.live.blocks import WINDOW, Checkpoint, SessionStream
from claude_sessions.live.hub import Message
from claude_sessions.live.position import Position
from claude_sessions.live.sink import TailLine
from claude_sessions.transcript.blocks.consumer import ScreenStateConsumer
from claude_sessions.transcript.blocks.events import ProcessingContext
from claude_sessions.transcript.blocks.processor import process_line
from claude_sessions.transcript.envelope import Line, take_apart
from tests.kit.following import Screen, told
from tests.kit.random_talk import transcripts
from tests.kit.spoken import Fields, calls, chained, gives, progress, says, system, user

BEGIN = Checkpoint(Position(1, 1, 0, 0))


def tail(lines: list[Fields], offset: int = 0) -> list[TailLine]:
    """Return lines as the engine tells them."""
    found = []
    for line in lines:
        raw = json.dumps(line).encode()
        ((_, _, envelope),) = take_apart(raw)
        end = offset + len(raw) + 1
        found.append(TailLine(offset, end, raw, Line(offset, raw, envelope)))
        offset = end
    return found


def text(messages: list[Message]) -> bytes:
    return b"".join(message.data for message in messages)


def test_events_have_the_session_players_form() -> None:
    """Ids count from evt_001, and the data of each kind of event has the fields of the contract."""
    stream = SessionStream(BEGIN)
    lines = chained([user("hi", timestamp="2026-02-07T12:00:00.000Z"), calls("Bash", {"command": "ls"}), gives("a.py")])
    messages = stream.take(tail([*lines, system("compact_boundary")]))
    assert messages[0].data == (
        b'id: evt_001\nevent: add_block\ndata: {"block_id":"b1","type":"user","content":{"type":"user","text":"hi"},'
        b'"request_id":null,"timestamp":"2026-02-07T12:00:00.000Z"}\n\n'
    )
    found = told(text(messages))
    assert [each.event for each in found] == ["add_block", "add_block", "update_block", "clear_all"]
    assert [each.id for each in found] == ["evt_001", "evt_002", "evt_003", "evt_004"]
    assert [message.id for message in messages] == [each.id for each in found]
    assert found[1].data["type"] == "tool_call"
    assert found[1].data["request_id"] == "req_1"
    assert found[2].data.keys() == {"block_id", "content"}
    assert found[2].data["content"]["result"] == "a.py"
    assert found[3].data == {}


def test_subagents_are_not_seen() -> None:
    """What a subagent says or is told makes no event in the session's stream."""
    stream = SessionStream(BEGIN)
    assert stream.take(tail([says("inside", isSidechain=True), user("do it", isSidechain=True)])) == []


def test_an_answer_waits_for_its_prompt() -> None:
    """Lines go out in the order of the conversation: what has no parent yet waits for it."""
    prompt, answer = chained([user("why?"), says("because")])
    stream = SessionStream(BEGIN)
    first, second = tail([answer, prompt])
    assert stream.take([first]) == []
    assert stream.waiting == 1
    assert [each.data["type"] for each in told(text(stream.take([second])))] == ["user", "assistant"]
    assert stream.waiting is None


def test_a_lost_parent_is_waited_for_by_the_clock_or_by_lines() -> None:
    """A line whose parent never comes goes out when it is let go, or when enough other lines have come."""
    lost = says("alone", uuid="x", parentUuid="nowhere")
    stream = SessionStream(BEGIN)
    stream.take(tail([lost]))
    assert len(stream.let_go(1)) == 1
    assert stream.let_go(1) == []
    assert stream.checkpoint.releases == [(1, 1)]
    stream = SessionStream(BEGIN)
    messages = stream.take(tail([lost, *[{"type": "mode"}] * (WINDOW - 1)]))
    assert messages == []
    assert len(SessionStream(BEGIN).take(tail([lost, *[{"type": "mode"}] * WINDOW]))) == 1


def test_lines_that_were_taken_count_once() -> None:
    """The engine may tell a line again after a crash: it makes no second event."""
    stream = SessionStream(BEGIN)
    lines = tail(chained([user("a"), says("b"), says("c")]))
    assert len(stream.take(lines[:2])) == 2
    assert [each.id for each in told(text(stream.take(lines)))] == ["evt_003"]


def test_a_snapshot_is_the_screen() -> None:
    """It clears, adds each block in its last form, and joins on to what follows by its last id."""
    stream = SessionStream(BEGIN)
    lines = tail(chained([user("hi"), calls("Bash", {"command": "ls"}), gives("a.py"), says("done")]))
    stream.take(lines)
    found = told(stream.snapshot())
    assert [each.event for each in found] == ["clear_all", "add_block", "add_block", "add_block"]
    assert found[2].data["content"]["result"] == "a.py"
    assert found[-1].id == "evt_004"
    assert stream.since(None) == stream.since("evt_999") == stream.snapshot()
    assert stream.since("evt_004") == b""
    assert [each.id for each in told(stream.since("evt_002"))] == ["evt_003", "evt_004"]


def test_who_loses_a_snapshot_in_the_middle_gets_all_of_it_again() -> None:
    """Only the last event of a snapshot has an id from which the stream goes on."""
    stream = SessionStream(BEGIN)
    stream.take(tail(chained([user("hi"), says("a"), says("b")])))
    *begun, _ = told(stream.snapshot())
    assert len({each.id for each in begun}) == len(begun)
    for each in begun:
        assert stream.since(each.id) == stream.snapshot()


def test_an_empty_screen_has_a_snapshot_too() -> None:
    """Before the first line, and right after a compaction, there is nothing but the order to clear."""
    stream = SessionStream(BEGIN)
    assert told(stream.snapshot()) == [("evt_000", "clear_all", {})]
    stream.take(tail([user("hi"), system("compact_boundary")]))
    assert told(stream.snapshot()) == [("evt_002", "clear_all", {})]


def test_a_compaction_is_where_reading_may_begin() -> None:
    """What comes behind a compaction is the same, read from the beginning or from there."""
    lines = tail(
        [
            *chained([user("hi"), calls("Bash", {}), system("compact_boundary", parentUuid=None)]),
            gives("late"),
            says("x"),
        ]
    )
    whole = SessionStream(BEGIN)
    messages = whole.take(lines)
    assert whole.checkpoint.position.offset == lines[2].end
    rest = SessionStream(whole.checkpoint)
    assert rest.take(lines) == messages[3:]
    assert rest.snapshot() == whole.snapshot()


def test_a_compaction_in_the_midst_of_waiting_is_no_beginning() -> None:
    """As long as a line from before it waits, reading must begin before it."""
    stream = SessionStream(BEGIN)
    stream.take(tail([says("alone", uuid="x", parentUuid="nowhere"), system("compact_boundary", uuid="c")]))
    assert stream.checkpoint.position.offset == 0


def test_what_follows_a_compaction_waits_for_nothing() -> None:
    """The summary hangs on the compaction: it goes out at once, also in a reading that begins there."""
    lines = tail(chained([user("hi"), system("compact_boundary"), user("summary"), says("on")]))
    stream = SessionStream(BEGIN)
    assert len(stream.take(lines[:2])) == 2
    again = SessionStream(stream.checkpoint)
    assert [len(stream.take([line])) for line in lines[2:]] == [1, 1]
    assert [len(again.take([line])) for line in lines[2:]] == [1, 1]


def test_behind_a_compaction_what_was_before_is_not_known() -> None:
    """A line that hangs on one from before it waits, as it would in a reading that begins behind the compaction."""
    first, last = user("hi", uuid="a"), says("late", uuid="b", parentUuid="a")
    stream = SessionStream(BEGIN)
    assert [each.event for each in told(text(stream.take(tail([first, system("compact_boundary"), last]))))] == [
        "add_block",
        "clear_all",
    ]
    assert stream.waiting == 3


def test_a_new_file_goes_on_counting() -> None:
    """Where the file was cut, everything is cleared and told again with ids and blocks nobody has seen."""
    stream = SessionStream(BEGIN)
    lines = tail(chained([user("a"), says("b")]))
    stream.take(lines)
    cleared = stream.begin_anew(Position(1, 2, 0, 0))
    assert told(text(cleared)) == [("evt_003", "clear_all", {})]
    again = stream.take(lines[:1])
    assert [(each.id, each.data["block_id"]) for each in told(text(again))] == [("evt_004", "b3")]
    assert SessionStream(stream.checkpoint).take(lines[:1]) == again


def test_a_very_long_text_is_cut() -> None:
    """Of a pasted file of megabytes the beginning is sent."""
    stream = SessionStream(BEGIN)
    (found,) = told(text(stream.take(tail([user("x" * (LONGEST_TEXT + 5))]))))
    assert len(found.data["content"]["text"]) == LONGEST_TEXT + 1


def test_the_oldest_blocks_go(monkeypatch: pytest.MonkeyPatch) -> None:
    """A session of any length keeps so many blocks, and changes of those that went are no events."""
    monkeypatch.setattr(blocks, "MOST_BLOCKS", 2)
    stream = SessionStream(BEGIN)
    messages = stream.take(tail(chained([calls("Bash", {}), says("a"), says("b"), gives("late")])))
    assert len(messages) == 3
    assert [each.data.get("block_id") for each in told(stream.snapshot())] == [None, "b2", "b3"]


def test_an_update_of_nothing_that_stands_there_is_no_event() -> None:
    """Progress of a call from before a compaction changes nothing."""
    stream = SessionStream(BEGIN)
    stream.take(tail([calls("Bash", {}), system("compact_boundary")]))
    assert stream.take(tail([progress("bash_progress", fullOutput="x")], 10_000)) == []


ODD: list[Any] = [None, 7, "text", [], {}, [None], {"content": 7}, {"content": [7, None, {}]}, "\ud83d"]


@given(st.lists(st.tuples(st.sampled_from(["user", "assistant", "system", "progress", "new"]), st.sampled_from(ODD))))
def test_nothing_raises_and_everything_is_utf8(odd: list[tuple[str, Any]]) -> None:
    """Whatever lines hold, what comes of it are events that every client can read."""
    lines = [{"type": kind, "message": value, "timestamp": value, "uuid": value} for kind, value in odd]
    told(text(SessionStream(BEGIN).take(tail(lines))))


STEPS = st.lists(st.sampled_from(["write", "write", "write", "let go", "crash", "away", "back"]), max_size=60)


@given(transcripts(), STEPS, st.booleans())
def test_a_crash_at_any_line_changes_no_event(lines: list[Fields], steps: list[str], crash_at_end: bool) -> None:
    """A client that names its last event gets the same events with the same ids as if nothing had happened.

    The stream is killed and made anew from its checkpoint, the clock lets lines go when it likes, the client leaves and
    comes back; what an undisturbed stream gives for the same file is what the client has in the end, each event once.
    """
    all_lines = tail(lines)
    written = 0
    stream = SessionStream(BEGIN, 1000)
    undisturbed = SessionStream(BEGIN, 1000)
    expected: list[Message] = []
    client = Screen()
    client.take(stream.since(client.last_id))
    there = True
    for step in [*steps, *["write"] * len(lines), *["crash"] * crash_at_end, "back"]:
        out: list[Message] = []
        if step == "write" and written < len(all_lines):
            out = stream.take(all_lines[written : written + 1])
            expected += undisturbed.take(all_lines[written : written + 1])
            written += 1
        elif step == "let go" and stream.waiting is not None:
            out = stream.let_go(stream.waiting)
            expected += undisturbed.let_go(undisturbed.waiting or 0)
        elif step == "crash":
            stream = SessionStream(stream.checkpoint, 1000)
            stream.take(all_lines[:written])
            there = False
        elif step == "away":
            there = False
        if step == "back" and not there:
            client.take(stream.since(client.last_id))
            there = True
        elif there:
            client.take(text(out))
    assert text(expected[-1000:]) == text(expected)
    last = Screen()
    last.take(undisturbed.snapshot())
    assert client.blocks == last.blocks
    assert client.last_id == last.last_id
    numbered = [each for each in client.events if each.id.startswith("evt_") and each.id != "evt_000"]
    assert len({each.id for each in numbered}) == len(numbered)
    if not any(line.get("subtype") for line in lines):  # a compaction while the client was away ends in a snapshot
        assert numbered == told(text(expected))


@given(transcripts())
def test_the_screen_is_that_of_the_whole_file(lines: list[Fields]) -> None:
    """Where every line stands behind its parent, the blocks are those that the session player shows."""
    lines = [{key: value for key, value in line.items() if key != "parentUuid"} for line in lines]
    stream = SessionStream(BEGIN)
    stream.take(tail(lines))
    context, consumer = ProcessingContext(), ScreenStateConsumer()
    for line in lines:
        for event in process_line(context, line):
            consumer.handle(event)
    found = [each.data for each in told(stream.snapshot())[1:]]
    assert [each["block_id"] for each in found] == [block.id for block in consumer.blocks]
    assert [each["content"] for each in found] == [block.to_dict()["content"] for block in consumer.blocks]


def test_a_context_that_is_none_is_a_new_one() -> None:
    """A checkpoint that somebody else has written spoils nothing."""
    odd = Checkpoint(Position(1, 1, 0, 0), processing_context={"calls": 7})
    assert len(SessionStream(odd).take(tail([user("hi")]))) == 1


def test_reading_is_a_path(tmp_path: Path) -> None:
    """What the engine tells of a file is what these tests make up."""
    from tests.kit.following import lines_of
    from tests.kit.spoken import encoded

    path = tmp_path / "x.jsonl"
    lines = chained([user("a"), says("b")])
    path.write_bytes(encoded(lines))
    assert [(each.offset, each.end, each.raw) for each in lines_of(path)] == [
        (each.offset, each.end, each.raw) for each in tail(lines)
    ]
