"""WebSockets: every line as it is written, to the clients that the documents show; and the live terminal."""

import fcntl
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import trio
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect
from websockets.typing import Subprotocol

from claude_sessions.transcript import ClaudeLogEntry
from tests.kit.claude_folder import ClaudeFolder, line
from tests.kit.recordings import LogWriter
from tests.kit.served import Served, run_served

Talk = Callable[[ClientConnection], None]


def told(socket: ClientConnection) -> Any:
    """Return the next message."""
    return json.loads(socket.recv(timeout=20))


def asked(socket: ClientConnection, **message: Any) -> Any:
    """Send a message and return the next one."""
    socket.send(json.dumps(message))
    return told(socket)


def talking(tmp_path: Path, talk: Talk, path: str = "/", protocols: tuple[str, ...] = ()) -> None:
    """Run a server, and a client's side of a talk with it in a thread."""

    def client(server: Served) -> None:
        with connect(
            f"ws://127.0.0.1:{server.port}{path}",
            additional_headers={"Authorization": f"Bearer {server.token}"},
            subprotocols=[Subprotocol(each) for each in protocols] or None,
            max_size=2**20,
        ) as socket:
            talk(socket)

    async def story(server: Served) -> None:
        await trio.to_thread.run_sync(client, server)

    run_served(tmp_path, story)


@pytest.mark.parametrize("path", ["/", "/ws"])
def test_lines_are_told_as_they_are_written(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder, path: str
) -> None:
    """`log_entry` carries the line; the models of the documents take it."""
    session = claude_folder.session()

    def talk(socket: ClientConnection) -> None:
        assert asked(socket, type="ping") == {"type": "pong"}
        claude_folder.grow(session)
        message = told(socket)
        assert (message["type"], message["session_id"]) == ("log_entry", session.stem)
        line = session.read_bytes().splitlines()[-1]
        assert message["data"] == json.loads(line)
        assert session.read_bytes()[message["offset"] :].rstrip() == line
        entry = ClaudeLogEntry(**message["data"])
        assert (entry.type, entry.message and entry.message.content) == ("user", "what is 99?")

    talking(tmp_path, talk, path)


def test_the_past_is_told_on_request(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """The last lines of all sessions or of one, the oldest first, as many as are asked for."""
    first, second = claude_folder.session(lines=3), claude_folder.session(lines=4)

    def talk(socket: ClientConnection) -> None:
        history = asked(socket, type="request_history", limit=2)
        assert history["type"] == "history"
        assert len(history["data"]) == 2
        assert len(asked(socket, type="request_history")["data"]) == 7
        mine = asked(socket, type="request_history", session_id=first.stem)["data"]
        assert [entry["sessionId"] for entry in mine] == [first.stem] * 3
        assert [entry["message"]["content"] for entry in mine] == ["what is 0?", "what is 1?", "what is 2?"]
        assert asked(socket, type="request_history", limit=0)["data"] == []
        assert asked(socket, type="request_history", session_id=second.stem[:5])["data"] == []

    talking(tmp_path, talk)


def test_a_client_says_what_it_wants(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """After `subscribe` only that is told, until it subscribes to something else."""
    mine, other = claude_folder.session(), claude_folder.session()

    def talk(socket: ClientConnection) -> None:
        assert asked(socket, type="subscribe", sessions=[mine.stem]) == {"type": "subscribed"}
        claude_folder.grow(other)
        claude_folder.grow(mine)
        assert told(socket)["session_id"] == mine.stem
        assert asked(socket, type="subscribe", types=["assistant"]) == {"type": "subscribed"}
        claude_folder.grow(mine)
        claude_folder.grow(mine, line(mine.stem, "/home/ann/shop", 100, type="assistant"))
        assert told(socket)["data"]["type"] == "assistant"
        assert asked(socket, type="subscribe") == {"type": "subscribed"}
        claude_folder.grow(other)
        assert told(socket)["session_id"] == other.stem

    talking(tmp_path, talk)


def test_the_last_lines_of_the_past(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """`last` gives so many of what is wanted, before `subscribed`; what was told before that and is not wanted never comes."""
    mine, other = claude_folder.session(lines=4), claude_folder.session(lines=4)

    def talk(socket: ClientConnection) -> None:
        assert asked(socket, type="ping") == {"type": "pong"}
        claude_folder.grow(other)
        claude_folder.grow(mine)
        first = asked(socket, type="subscribe", sessions=[mine.stem], last=2)
        messages = [first, told(socket), told(socket)]
        assert [each["type"] for each in messages] == ["log_entry", "log_entry", "subscribed"]
        assert [each["data"]["message"]["content"] for each in messages[:2]] == ["what is 3?", "what is 99?"]
        claude_folder.grow(mine, line(mine.stem, "/home/ann/shop", 7))
        assert told(socket)["data"]["message"]["content"] == "what is 7?"

    talking(tmp_path, talk, "/ws?hold=true")


def test_a_client_that_comes_again_misses_nothing(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """It names the last line that it has of each file, and a time for files that it does not know."""
    known, new = claude_folder.session(lines=4), claude_folder.session(lines=3)
    offsets = [0]
    for each in known.read_bytes().splitlines(keepends=True):
        offsets.append(offsets[-1] + len(each))

    def talk(socket: ClientConnection) -> None:
        claude_folder.grow(known)
        since = "2026-02-07T12:01:00.000Z"
        assert asked(socket, type="subscribe", after={str(known): offsets[1]}, since=since) == {"type": "subscribed"}
        got = [told(socket) for _ in range(5)]
        assert [each["offset"] for each in got if each["session_id"] == known.stem] == offsets[2:]
        assert [each["data"]["timestamp"] for each in got if each["session_id"] == new.stem] == [
            "2026-02-07T12:01:00.000Z",
            "2026-02-07T12:02:00.000Z",
        ]
        claude_folder.grow(known)
        last = told(socket)
        assert (last["session_id"], last["offset"] > offsets[-1]) == (known.stem, True)

    talking(tmp_path, talk, "/ws?hold=true")


@pytest.mark.parametrize("wanted", [{}, {"types": ["assistant"]}])
def test_a_file_that_is_written_anew_is_told_whole(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder, wanted: dict[str, list[str]]
) -> None:
    """What a client has of a file says nothing of the file that takes its place, also where it does not want the first line."""
    session = claude_folder.session(lines=8)
    size = len(session.read_bytes())
    shorter = [
        json.dumps({"type": kind, "uuid": str(at), "timestamp": "2026-02-07T12:00:00Z", "message": {"role": kind}})
        + "\n"
        for at, kind in enumerate(["user", *["assistant"] * 5])
    ]
    due = [str(at) for at, text in enumerate(shorter) if not wanted or "assistant" in text]

    def talk(socket: ClientConnection) -> None:
        assert asked(socket, type="subscribe", after={str(session): 0}, last=1, **wanted)["type"] in {
            "subscribed",
            "log_entry",
        }
        message = asked(socket, type="ping")
        while message["type"] != "pong":
            message = told(socket)
        assert len("".join(shorter)) < size
        session.write_text("".join(shorter))
        assert [told(socket)["data"]["uuid"] for _ in due] == due

    talking(tmp_path, talk, "/ws?hold=true")


@pytest.mark.parametrize(
    "message",
    [
        "",
        "nonsense",
        "[]",
        '{"type":"unheard of"}',
        '{"type":"request_history","limit":"many"}',
        '{"type":"subscribe","sessions":"all"}',
        '{"type":"subscribe","after":{},"since":"yesterday"}',
        json.dumps({"type": "subscribe", "sessions": ["x"] * 501}),
        "[" * 5000,
        b"\xff\xfe",
    ],
)
def test_what_is_not_understood_is_said(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder, message: str | bytes
) -> None:
    """And nothing else happens."""

    def talk(socket: ClientConnection) -> None:
        socket.send(message)
        answer = told(socket)
        assert (answer["type"], bool(answer["message"])) == ("error", True)
        assert asked(socket, type="ping") == {"type": "pong"}

    talking(tmp_path, talk)


def test_a_socket_is_closed_when_the_server_ends(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """With the code that tells clients to come again."""
    codes: list[int] = []

    def client(server: Served) -> None:
        with connect(
            f"ws://127.0.0.1:{server.port}/", additional_headers={"Authorization": f"Bearer {server.token}"}
        ) as socket:
            assert asked(socket, type="ping") == {"type": "pong"}
            trio.from_thread.run_sync(server.state.closing.set)
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=20)
            assert closed.value.rcvd is not None
            codes.append(closed.value.rcvd.code)

    async def story(server: Served) -> None:
        await trio.to_thread.run_sync(client, server)

    run_served(tmp_path, story)
    assert codes == [1001]


def test_a_running_terminal_is_shown(tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder) -> None:
    """The screen as it is, then what comes, then the end; closed as after a stream that is over."""
    log = LogWriter(own_home / ".claude-sessions").start().add("output", b"before")

    with log.path.open("rb") as held:
        fcntl.flock(held, fcntl.LOCK_EX)

        def talk(socket: ClientConnection) -> None:
            assert socket.subprotocol == "v1.alis"
            assert socket.recv(timeout=20) == b"ALiS\x01"
            init = bytes(socket.recv(timeout=20))
            assert (init[:1], b"before" in init) == (b"\x01", True)
            log.add("output", b"after")
            assert b"after" in bytes(socket.recv(timeout=20))
            log.exit(3)
            held.close()
            assert [bytes(socket.recv(timeout=20))[:1] for _ in range(2)] == [b"x", b"\x04"]
            with pytest.raises(ConnectionClosed) as closed:
                socket.recv(timeout=20)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1000

        talking(tmp_path, talk, f"/api/recordings/{log.session_id}/live", ("v1.alis",))


@pytest.mark.parametrize(("path", "protocols", "status"), [("nothing", ("v1.alis",), 404), ("last", ("v9.x",), 400)])
@pytest.mark.usefixtures("claude_folder")
def test_what_cannot_be_shown_is_refused(
    tmp_path: Path, own_home: Path, path: str, protocols: tuple[str, ...], status: int
) -> None:
    """Before the handshake, in the form of every error."""
    LogWriter(own_home / ".claude-sessions").start().exit()
    with pytest.RaisesGroup(pytest.RaisesExc(InvalidStatus, check=lambda it: it.response.status_code == status)):
        talking(tmp_path, lambda _: None, f"/api/recordings/{path}/live", protocols)
