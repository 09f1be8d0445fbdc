"""The command `serve`: how it begins, who gets in how, and that it ends within a second."""

import contextlib
import http.client
import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from pathlib import Path

import msgspec
import pytest

from claude_sessions.cli.app import run
from claude_sessions.server.serve import ADDRESS_FILE, Address
from claude_sessions.server.state_folder import StateFolder

PATIENCE_S = 20


class Process:
    """A server in a process of its own."""

    def __init__(self, *options: str, **environment: str) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "claude_sessions", "serve", *options],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            env={**os.environ, **environment},
        )
        assert self.process.stdout
        assert self.process.stderr
        self.said: list[str] = []
        for line in self.process.stdout:
            self.said.append(line)
            if not line.startswith("listening") or ("--uds" in options and "--port" not in options):
                break
        self.port = int(self.said[0].rpartition(":")[2]) if "http" in "".join(self.said) else 0

    def ask(self, target: str, token: str = "", method: str = "GET") -> tuple[int, bytes]:
        """Ask and return status and body."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port, timeout=PATIENCE_S)
        with contextlib.closing(connection):
            connection.request(method, target, headers={"Authorization": f"Bearer {token}"} if token else {})
            answer = connection.getresponse()
            return answer.status, answer.read()

    def end(self, number: int = signal.SIGTERM) -> tuple[int, float, str]:
        """End it; return its exit code, how long that took, and what it said on stderr."""
        began = time.monotonic()
        self.process.send_signal(number)
        _, err = self.process.communicate(timeout=PATIENCE_S)
        return self.process.returncode, time.monotonic() - began, err


@contextlib.contextmanager
def serving(*options: str, **environment: str) -> Iterator[Process]:
    """Run a server until the end of the block."""
    process = Process(*options, **environment)
    try:
        yield process
    finally:
        process.process.kill()
        process.process.communicate()


def printed(capfd: pytest.CaptureFixture[str], arguments: Sequence[str]) -> str:
    """Run a command that goes well and return what it prints."""
    assert run(arguments) == 0
    return capfd.readouterr().out.strip()


def test_a_server_from_beginning_to_end(own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """It says where it is and how a browser gets in; the token of `token` is the one it takes; it leaves by SIGTERM."""
    with serving("--port", "0") as server:
        assert server.said[0] == f"listening on http://127.0.0.1:{server.port}\n"
        link = server.said[1].split()[1]
        assert link.startswith(f"http://127.0.0.1:{server.port}/login?code=")
        token = printed(capfd, ["token"])
        assert printed(capfd, ["token"]) == token
        assert server.ask("/api/recordings")[0] == 401
        assert server.ask("/api/recordings", token)[0] == 200
        another = printed(capfd, ["token", "--login"])
        assert another.startswith(f"http://127.0.0.1:{server.port}/login?code=")
        for each in (link, another):
            assert server.ask(each.partition(str(server.port))[2])[0] == 303
        renewed = printed(capfd, ["token", "--new"])
        assert server.ask("/api/recordings", token)[0] == 401
        assert server.ask("/api/recordings", renewed)[0] == 200
        code, _, err = server.end()
        assert code == 0
        assert token not in err
        assert "GET /api/recordings 200" in err
    folder = own_home / ".claude-sessions" / "server"
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert not (folder / "address.json").exists()
    assert run(["token", "--login"]) == 2
    assert "claude-sessions serve starts one" in capfd.readouterr().err


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_open_streams_do_not_hold_it_up(own_home: Path, capfd: pytest.CaptureFixture[str], number: int) -> None:
    """With a hundred streams that are read, and some that never are, it is gone within a second or little more."""
    with serving("--port", "0", "--log-level", "error") as server, contextlib.ExitStack() as stack:
        token = printed(capfd, ["token"])
        head = f"Host: localhost\r\nAuthorization: Bearer {token}\r\n"
        key = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
        for count in range(100):
            connection = stack.enter_context(socket.create_connection(("127.0.0.1", server.port), PATIENCE_S))
            upgrade = key if count % 5 == 0 else ""
            target = "/ws" if upgrade else "/api/claude-sessions/stream"
            connection.sendall(f"GET {target} HTTP/1.1\r\n{head}{upgrade}\r\n".encode())
            assert connection.recv(12).endswith(b"101" if upgrade else b"200")
        code, seconds, err = server.end(number)
        assert (code, err) == (0, "")
        assert seconds < PATIENCE_S / 2, "the bar of a second is measured by the benchmark"


def test_a_port_that_is_taken(own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """A sentence says so and what to do, also where it is our own."""
    with serving("--port", "0") as server:
        assert run(["serve", "--port", str(server.port)]) == 2
        assert capfd.readouterr().err == (
            f"claude-sessions: port {server.port} of 127.0.0.1 is taken, perhaps by another claude-sessions serve; stop that, "
            "or give --port\n"
        )


def test_who_takes_the_port_of_a_server_that_was_killed_gets_nothing(
    own_home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    """Nobody is asked for a link, or told the token, but the process that holds the folder."""
    with serving("--port", "0") as server, socket.socket() as squatter:
        port = server.port
        server.end(signal.SIGKILL)
        address = own_home / ".claude-sessions" / "server" / "address.json"
        assert str(port) in address.read_text()
        squatter.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        squatter.bind(("127.0.0.1", port))
        squatter.listen()
        squatter.settimeout(0.2)
        for command in (["token", "--login"], ["client"]):
            assert run(command) == 2
            assert "claude-sessions serve starts one" in capfd.readouterr().err
        with pytest.raises(TimeoutError):
            squatter.accept()


@pytest.mark.parametrize(
    "path", ["/login?code=\x1b[31m", "//evil.com/login?code=x", "/login?code=x y", "", "@evil.com"]
)
def test_a_link_that_is_none_is_not_printed(
    own_home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    """Whatever answers: what is printed is a link of the server's own, or a sentence of ours."""
    monkeypatch.setattr("claude_sessions.cli.token._ask", lambda _place: (201, msgspec.json.encode({"path": path})))
    with StateFolder(own_home / ".claude-sessions" / "server") as folder:
        folder.write_held(ADDRESS_FILE, msgspec.json.encode(Address("http://127.0.0.1:1", "", 1)))
        assert run(["token", "--login"]) == 2
    said = capfd.readouterr()
    assert said.out == ""
    assert said.err.startswith("claude-sessions: the server gives no link")
    assert "\x1b" not in said.err


def test_a_folder_has_one_server(own_home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Two servers would write over each other's logins and positions: the second is refused, and the first goes on."""
    with serving("--port", "0") as server:
        assert run(["serve", "--port", "0"]) == 2
        assert "another server uses" in capfd.readouterr().err
        assert server.port
        assert str(server.port) in printed(capfd, ["token", "--login"])
        with serving("--port", "0", "--state-dir", str(tmp_path / "other")) as another:
            assert another.port != server.port


def test_a_socket_for_oneself(own_home: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """Who can connect to the socket needs nothing else; only its owner can; it goes with the server."""
    path = tmp_path / ("x" * 120) / "socket"
    path.parent.mkdir()
    with serving("--uds", str(path)) as server:
        assert server.said == [f"listening on a socket for you alone: {path}\n"]
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        folder = os.open(path.parent, os.O_RDONLY)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.connect(f"/proc/self/fd/{folder}/socket" if sys.platform == "linux" else str(path))
            connection.sendall(b"GET /api/recordings HTTP/1.1\r\nHost: localhost\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 200"
        os.close(folder)
        assert run(["serve", "--uds", str(path)]) == 2
        assert "is taken: a server answers there" in capfd.readouterr().err
        assert server.end()[0] == 0
    assert not path.exists()


def test_a_socket_that_was_left_behind_is_replaced(own_home: Path, tmp_path: Path) -> None:
    """After a kill -9 the next server takes the socket's place; what is no socket is left alone."""
    path = tmp_path / "socket"
    with serving("--uds", str(path)) as server:
        server.end(signal.SIGKILL)
    assert path.exists()
    with serving("--uds", str(path)) as server:
        assert server.end()[0] == 0
    path.write_text("mine")
    assert run(["serve", "--uds", str(path)]) == 2
    assert path.read_text() == "mine"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--host", "256.0.0.1"], "is no address to listen on"),
        (["--host", "192.0.2.1", "--port", "0"], "is no address of this machine"),
        (["--port", "70000"], "is no port"),
        (["--log-level", "loud"], "none of debug, info, warning, error"),
        (["--allow-host", "http://x"], "is no host name"),
        (["--allow-host", "x:80"], "without a port"),
        (["--base-path", "x y"], "is no path"),
        (["--uds", "/nowhere/socket"], "cannot be opened"),
        (["--config", "/nowhere/config.toml"], "is not there"),
    ],
)
def test_options_that_cannot_be_meant(
    own_home: Path, capfd: pytest.CaptureFixture[str], arguments: list[str], said: str
) -> None:
    """One sentence says what is wrong, and nothing is begun."""
    assert run(["serve", *arguments]) == 2
    assert said in capfd.readouterr().err


def test_where_it_listens_is_set_in_order(own_home: Path) -> None:
    """An option goes before our own variables, those before the plain ones, which count with --env alone."""
    with serving(CLAUDE_SESSIONS_PORT="0", PORT="1") as server:
        assert server.port > 1
    with serving("--env", PORT="0", HOST="localhost") as server:
        assert server.port > 1
        assert "http://" in server.said[0]
    with serving("--env", "--port", "0", PORT="1", CLAUDE_SESSIONS_PORT="2") as server:
        assert server.port > 2


def test_trust_is_told(own_home: Path) -> None:
    """--trust-loopback begins with a warning, and asks for nothing."""
    with serving("--port", "0", "--trust-loopback") as server:
        assert server.ask("/api/recordings")[0] == 200
        assert "every user and every program on this machine may read all your sessions" in server.end()[2]


def test_missing_packages_are_one_line(
    own_home: Path, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without the extra the command says what to install."""
    for name in [name for name in sys.modules if name.startswith(("starlette", "claude_sessions.server"))]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, "starlette", None)
    monkeypatch.setitem(sys.modules, "starlette.responses", None)
    monkeypatch.setitem(sys.modules, "starlette.requests", None)
    assert run(["serve"]) == 2
    assert capfd.readouterr().err == (
        "claude-sessions: serve needs more packages; run: pip install 'claude-session-recorder[server]'\n"
    )


def test_the_other_name(own_home: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """`stream` is `serve`."""
    assert run(["stream", "--port", "70000"]) == 2
    assert "is no port" in capfd.readouterr().err
