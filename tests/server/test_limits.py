"""Nobody holds a server up: what is too long, too slow or too much is let go."""

import errno
import json
from collections.abc import Callable
from pathlib import Path

import pytest
import trio
from starlette.responses import Response

from claude_sessions.server import connection, limits, state
from claude_sessions.server.errors import Refusal
from claude_sessions.server.limits import LONGEST_BODY, Failures, read_body
from claude_sessions.server.route import Call, Route, json_answer
from tests.kit.claude_folder import ClaudeFolder
from tests.kit.served import Served, exchange, run_served


async def _echo(call: Call) -> Response:
    return json_answer({"size": len(await read_body(call.request))})


async def until(condition: Callable[[], bool]) -> None:
    """Wait until something holds, a second at most."""
    with trio.fail_after(1):
        while not condition():  # noqa: ASYNC110 - nobody tells
            await trio.sleep(0.001)


ECHO = Route("/echo", "POST", _echo, "Tells how long the body is.")


def test_a_body_has_an_end(tmp_path: Path) -> None:
    """A body of a million bytes is read; one of more is refused, told beforehand or not."""

    async def story(server: Served) -> None:
        assert (await server.get("/echo", method="POST", body=b"x" * LONGEST_BODY)).json == {"size": LONGEST_BODY}
        told = await server.get("/echo", {"Content-Length": str(LONGEST_BODY + 1)}, method="POST")
        assert (told.status, told.code) == (413, "too_long")
        chunks = b"".join(b"10000\r\n" + b"x" * 0x10000 + b"\r\n" for _ in range(20)) + b"0\r\n\r\n"
        head = f"POST /echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n"
        untold = await server.raw(f"{head}Transfer-Encoding: chunked\r\n\r\n".encode() + chunks)
        assert untold.status in {413, 0}

    run_served(tmp_path, story, extra_routes=[ECHO])


def test_a_body_that_never_comes_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who announces a body and sends none is answered that it took too long."""
    monkeypatch.setattr(limits, "BODY_TIMEOUT_S", 0.05)

    async def story(server: Served) -> None:
        answer = await server.get("/echo", {"Content-Length": "10"}, method="POST")
        assert (answer.status, answer.code) == (408, "timeout")

    run_served(tmp_path, story, extra_routes=[ECHO])


def test_headers_that_drip_are_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A connection without a whole request is closed after a while, also if a byte comes now and then."""
    monkeypatch.setattr(connection, "HEADER_TIMEOUT_S", 0.3)

    async def story(server: Served) -> None:
        async with await server.connect() as stream:
            with trio.fail_after(10):
                try:
                    while True:
                        await stream.send_all(b"G")
                        with trio.move_on_after(0.05):
                            assert await stream.receive_some() == b""
                            return
                except trio.BrokenResourceError:
                    return

    run_served(tmp_path, story)


def test_endless_headers_are_refused(tmp_path: Path) -> None:
    """More than 16 KiB of headers are not collected."""

    async def story(server: Served) -> None:
        answer = await server.get("/health", {"X": "y" * 20_000})
        assert answer.status in {400, 431, 0}

    run_served(tmp_path, story)


def test_there_is_a_bound_to_connections(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One more than can be answered is closed at once, but for the owner's socket; when one goes there is room again."""
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 3)

    async def story(server: Served) -> None:
        head = f"POST /echo HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\nContent-Length: 9\r\n\r\n"
        held = [await server.connect() for _ in range(3)]
        for stream in held:
            await stream.send_all(head.encode())
        await until(lambda: server.server.asking == 3)
        assert (await server.get("/health")).status == 0
        async with await trio.open_unix_socket(server.path) as own:
            assert (await exchange(own, b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")).status == 200
        for stream in held:
            await stream.aclose()
        await until(lambda: not server.server.connections)
        assert (await server.get("/health")).status == 200

    run_served(tmp_path, story, extra_routes=[ECHO])


def test_who_says_nothing_makes_room(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where all connections are taken by silent ones, the one that has been silent for longest gives way."""
    monkeypatch.setattr(connection, "MOST_CONNECTIONS", 3)

    async def story(server: Served) -> None:
        held = []
        for number in range(3):
            held.append(await server.connect())
            await until(lambda: server.server.connections == number + 1)  # noqa: B023 - called at once
        assert (await server.get("/health")).status == 200
        with trio.fail_after(5):
            assert await held[0].receive_some() == b""
        assert (await exchange(held[2], b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n")).status == 200
        for stream in held:
            await stream.aclose()

    run_served(tmp_path, story)


def test_who_takes_nothing_is_let_go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An answer that nobody takes is not kept for ever, and neither is one that is taken a little at a time."""
    monkeypatch.setattr(connection, "SEND_TIMEOUT_S", 0.3)
    monkeypatch.setattr(connection, "SLOWEST", 100_000_000)

    async def huge(_call: Call) -> Response:
        return Response(b"x" * 20_000_000)

    async def story(server: Served) -> None:
        head = f"GET /huge HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n\r\n".encode()
        async with await server.connect() as silent, await server.connect() as slow:
            await silent.send_all(head)
            await slow.send_all(head)
            await until(lambda: server.server.connections == 2)
            with trio.fail_after(10):
                while server.server.connections:
                    with trio.move_on_after(0.05):
                        await slow.receive_some(4096)
                    await trio.sleep(0.01)

    run_served(tmp_path, story, extra_routes=[Route("/huge", "GET", huge, "Is huge.")])


def test_a_reset_connection_leaves_nothing_behind(tmp_path: Path) -> None:
    """Connections that go away in the middle of anything are forgotten."""

    async def story(server: Served) -> None:
        for begun in (b"", b"GET", b"GET /health HTTP/1.1\r\nHost: localhost\r\n\r\n" * 50):
            for _ in range(20):
                stream = await server.connect()
                await stream.send_all(begun or b"\0")
                await trio.aclose_forcefully(stream)
        await until(lambda: not server.server.connections)
        assert (await server.get("/health")).status == 200

    run_served(tmp_path, story)


def test_failures_are_forgotten_after_a_minute() -> None:
    """Ten within a minute are the most; a minute later there may be another."""
    now = [0.0]
    failures = Failures(lambda: now[0])
    for _ in range(10):
        failures.note()
        now[0] += 1
    with pytest.raises(Refusal, match="try again in 50 s"):
        failures.note()
    now[0] = 60.0
    failures.note()


def test_what_goes_wrong_inside_is_not_told_outside(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """An error that nobody foresaw is one sentence for who asks, and a trace in the log."""

    async def broken(_call: Call) -> Response:
        raise ZeroDivisionError("a secret detail")

    async def story(server: Served) -> None:
        answer = await server.get("/broken")
        assert (answer.status, answer.code) == (500, "internal")
        assert b"secret" not in answer.body

    run_served(tmp_path, story, extra_routes=[Route("/broken", "GET", broken, "Breaks.")])
    assert "a secret detail" in caplog.text


def test_no_answer_of_prompts_is_huge(tmp_path: Path, claude_folder: ClaudeFolder) -> None:
    """Of a prompt that was pasted its beginning is told, and how much is left out; an answer ends where it has enough."""
    pasted = ["x" * 3_000_000, *["y" * 30_000] * 60, "z"]
    lines = [
        {"type": "user", "uuid": str(at), "sessionId": "pasted-1", "message": {"role": "user", "content": text}}
        for at, text in enumerate(pasted)
    ]
    path = claude_folder.session().with_name("pasted-1.jsonl")
    path.write_text("".join(json.dumps(each) + "\n" for each in lines))

    async def story(server: Served) -> None:
        found, offset = [], 0
        while offset is not None:
            answer = await server.get(f"/api/transcripts/pasted-1/prompts?offset={offset}")
            assert len(answer.body) < 1_200_000
            found += answer.json["prompts"]
            offset = answer.json["next"]
        assert [len(each["text"]) + each["omitted"] for each in found] == [len(text) for text in pasted]
        assert max(len(each["text"]) for each in found) == 20_000

    run_served(tmp_path, story)


def test_a_full_disk_is_no_mystery(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """Where there is no room the answer says so, without a trace in the log; other troubles are told as before."""

    async def full(_call: Call) -> Response:
        raise OSError(errno.ENOSPC, "No space left on device")

    async def story(server: Served) -> None:
        answer = await server.get("/full")
        assert (answer.status, answer.code) == (507, "no_room")
        assert "No space left" in answer.json["error"]["message"]

    run_served(tmp_path, story, extra_routes=[Route("/full", "GET", full, "Is full.")])
    assert "Traceback" not in caplog.text


def test_answers_that_nobody_takes_do_not_pile_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where too much waits for peers that do not read, what is large is refused for a while; what is small is answered."""
    monkeypatch.setattr(state, "MOST_UNSENT", 30_000_000)

    async def huge(_call: Call) -> Response:
        return Response(b"x" * 20_000_000)

    async def story(server: Served) -> None:
        head = f"GET /huge HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer {server.token}\r\n\r\n".encode()
        async with await server.connect() as silent:
            await silent.send_all(head)
            assert await silent.receive_some(1)
            answer = await server.get("/huge")
            assert (answer.status, answer.code, answer.headers["retry-after"]) == (503, "busy", "1")
            assert (await server.get("/health")).status == 200
        await until(lambda: not server.server.connections)
        assert (await server.get("/huge")).status == 200

    run_served(tmp_path, story, extra_routes=[Route("/huge", "GET", huge, "Is huge.")])
