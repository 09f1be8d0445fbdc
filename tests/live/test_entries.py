"""The lines of transcripts as messages."""

import json
from pathlib import Path
from typing import Any

import pytest
import trio

from claude_sessions.live.entries import LARGEST, About, Entries, Reader, data_of, folder_name, history, log_entry
from claude_sessions.live.hub import GAP, Message
from claude_sessions.transcript.entries import ClaudeLogEntry
from claude_sessions.transcript.files import describe
from tests.kit.following import Looking, lines_of
from tests.kit.spoken import SESSION, calls, chained, encoded, gives, says, user, write, write_agent


def messages_of(path: Path) -> list[dict[str, Any]]:
    """Return the messages of a file's lines, as a client decodes them."""
    reader, file = Reader(), describe(path)
    return [json.loads(log_entry(reader.about(file, line), line).decode()) for line in lines_of(path)]


def test_a_message_holds_the_very_bytes_of_the_line(tmp_path: Path) -> None:
    """What stands in the file is passed on as it is, with where it stands."""
    path = write(tmp_path, [])
    line = b'{ "type":"user",  "new": 1.50, "message":{"role":"user","content":"\xc3\xa4\\u00e4"} }'
    path.write_bytes(b"\n" + line + b"\n")
    (found,) = lines_of(path)
    about = Reader().about(describe(path), found)
    assert log_entry(about, found) == (
        b'{"type":"log_entry","data":'
        + line
        + b',"session_id":"'
        + SESSION.encode()
        + b'","file":"'
        + str(path).encode()
        + b'","offset":1}'
    )


def test_an_entry_can_be_made_of_what_is_sent(tmp_path: Path) -> None:
    """`ClaudeLogEntry(**message["data"])` is what the log streaming's documents show."""
    path = write(tmp_path, chained([user("hi"), says("hello", timestamp="2026-02-07T12:00:00.000Z")]))
    entries = [ClaudeLogEntry(**message["data"]) for message in messages_of(path)]
    assert [entry.message.text for entry in entries if entry.message] == ["hi", "hello"]
    assert [ClaudeLogEntry(**data).uuid for data in json.loads(history(lines_of(path)))["data"]] == ["u0", "u1"]


@pytest.mark.parametrize(
    ("line", "content"),
    [
        (rb'{"type":"user","message":{"content":"\ud83d"}}', "\ufffd"),
        (b'{"type":"user","message":{"content":"a\xffb"}}', "a\ufffdb"),
        (b'{"type":"user","message":{"content":NaN}}', None),
        (b'{"type":"user","message":{"content":"ok"}}\r', "ok"),
        (b'\xef\xbb\xbf{"type":"user","message":{"content":"ok"}}', "ok"),
        (b'\0\0{"type":"user","message":{"content":"ok"}}', "ok"),
    ],
    ids=["half a pair", "no UTF-8", "NaN", "CR", "BOM", "zero bytes"],
)
def test_what_not_every_client_can_read_is_mended(tmp_path: Path, line: bytes, content: str | None) -> None:
    """Each message is UTF-8 and JSON by the letter, whatever the file holds."""
    path = write(tmp_path, [])
    path.write_bytes(line + b"\n")
    (found,) = lines_of(path)
    text = log_entry(Reader().about(describe(path), found), found).decode()
    assert "NaN" not in text
    assert json.loads(text)["data"]["message"]["content"] == content


def test_two_objects_on_a_line_are_two_messages(tmp_path: Path) -> None:
    """Where a newline was lost, each object is an entry of its own."""
    path = write(tmp_path, [])
    path.write_bytes(b'{"type":"user","uuid":"a"}{"type":"user","uuid":"b"}\n')
    assert [(message["data"]["uuid"], message["offset"]) for message in messages_of(path)] == [("a", 0), ("b", 26)]


def test_what_is_too_large_is_named(tmp_path: Path) -> None:
    """A message stays below what clients take; of a longer line it says how many bytes are left out."""
    path = write(tmp_path, chained([user("x" * LARGEST), says("small")]))
    large, small = messages_of(path)
    first, second = lines_of(path)
    assert large["omitted"] == len(first.raw)
    assert large["data"]["uuid"] == "u0"
    assert large["data"]["type"] == "user"
    assert "omitted" not in small
    assert data_of(second) == second.raw
    assert [each.get("uuid") for each in json.loads(history([first, second]))["data"]] == ["u0", "u1"]


def test_history_is_the_last_lines_that_fit(tmp_path: Path) -> None:
    """A history is one message, and no larger than others: the oldest lines are left out."""
    path = write(tmp_path, chained([user("x" * 300_000, cwd=str(number)) for number in range(5)]))
    text = history(lines_of(path))
    assert len(text) < LARGEST
    assert [each["cwd"] for each in json.loads(text)["data"]] == ["2", "3", "4"]
    assert history([]) == b'{"type":"history","data":[]}'


def test_what_a_line_is_about(tmp_path: Path) -> None:
    """Lines that do not say where they were written are where the ones before were; results belong to their tool."""
    path = write(
        tmp_path,
        [
            user("hi", cwd="/home/ann/shop"),
            calls("Bash", name="t1"),
            gives("x", "t1"),
            gives("y", "t2"),
            {"type": "mode"},
        ],
    )
    reader, file = Reader(), describe(path)
    found = [reader.about(file, line) for line in lines_of(path)]
    assert {about.directory for about in found} == {"/home/ann/shop"}
    assert [sorted(about.tools) for about in found] == [[], ["Bash"], ["Bash"], [], []]
    assert [about.type for about in found] == ["user", "assistant", "user", "user", "mode"]
    reader.forget(file)
    assert reader.about(file, lines_of(path)[-1]).directory == ""


def test_a_subagent_belongs_to_its_session(tmp_path: Path) -> None:
    """Its lines have the session's id, and its project's folder."""
    path = write(tmp_path, [user("hi")])
    agent = write_agent(path, [user("do it", sessionId="other")])
    (line,) = lines_of(agent)
    about = Reader().about(describe(agent), line)
    assert (about.session_id, about.folder) == (SESSION, "-home-ann-shop")
    assert folder_name(describe(path)) == "-home-ann-shop"


def test_a_path_that_is_no_text_is_named(tmp_path: Path) -> None:
    """A file's name may be any bytes: the message is text all the same."""
    path = tmp_path / "a\udcff.jsonl"
    path.write_bytes(encoded([user("hi")]))
    (message,) = messages_of(path)
    assert message["file"].endswith("a\ufffd.jsonl")


def test_lines_are_published_to_who_listens(tmp_path: Path) -> None:
    """Every appended line is a message on the topic, in order; without listeners nothing is made."""
    lines = chained([user("a"), says("b")])
    path = write(tmp_path, lines[:1])

    async def main() -> None:
        entries = Entries()
        looking = Looking(entries)
        looking.look(path)
        with entries.topic.subscribe() as subscriber:
            with path.open("ab") as file:
                file.write(encoded(lines[1:]))
            looking.look(path)
            found = await subscriber.next()
            assert found is not GAP
            assert [json.loads(message.data)["data"]["uuid"] for message in found] == ["u1"]
            about = found[0].about
            assert isinstance(about, About)
            assert about.offset == len(encoded(lines[:1]))
            path.write_bytes(encoded(lines[:1]))
            looking.look(path)
            assert isinstance((await subscriber.next())[0], Message)  # type: ignore[index]
        path.unlink()
        looking.look(path)

    trio.run(main)
