"""What claude-sessions-serve(8) shows, run as it stands there: the nginx block, the units of systemd, the calls of curl."""

import json
import re
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
import trio
from websockets.sync.client import connect

from claude_sessions.server.serve import login_url
from claude_sessions.server.state import Options
from tests.kit.claude_folder import ClaudeFolder
from tests.kit.served import Served, run_served

PAGE = (Path(__file__).parents[2] / "man" / "claude-sessions-serve.8").read_text()
NAME = "logs.example.org"
PATIENCE_S = 20


def block_with(text: str) -> str:
    """Return the literal block of the page that has a text in it."""
    blocks = re.findall(r"^\.Bd -literal -offset indent\n(.*?)^\.Ed$", PAGE, re.DOTALL | re.MULTILINE)
    (found,) = [block for block in blocks if text in block]
    return str(found)


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return int(probe.getsockname()[1])


@contextmanager
def nginx(folder: Path, server_port: int) -> Iterator[int]:
    """Run nginx with the page's block, but for ports and paths; yield its port."""
    port = free_port()
    key, certificate = folder / "key.pem", folder / "certificate.pem"
    made = f"req -x509 -newkey rsa:2048 -nodes -days 1 -subj /CN={NAME} -addext subjectAltName=DNS:{NAME}"
    subprocess.run(
        ["openssl", *made.split(), "-keyout", str(key), "-out", str(certificate)], check=True, capture_output=True
    )
    block = block_with("proxy_pass")
    for old, new in (
        ("listen 443 ssl", f"listen 127.0.0.1:{port} ssl"),
        ("127.0.0.1:8765", f"127.0.0.1:{server_port}"),
        (f"/etc/ssl/{NAME}.pem", str(certificate)),
        (f"/etc/ssl/{NAME}.key", str(key)),
    ):
        assert block.count(old) == 1
        block = block.replace(old, new)
    kinds = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    folders = "".join(f"{kind}_temp_path {folder / kind};\n" for kind in kinds)
    settings = folder / "nginx.conf"
    settings.write_text(
        f"daemon off;\nmaster_process off;\npid {folder / 'pid'};\nerror_log {folder / 'error.log'};\n"
        f"events {{}}\nhttp {{\naccess_log off;\n{folders}{block}}}\n"
    )
    program = shutil.which("nginx")
    assert program
    process = subprocess.Popen([program, "-e", str(folder / "error.log"), "-c", str(settings)])
    try:
        until = time.monotonic() + PATIENCE_S
        while True:
            try:
                socket.create_connection(("127.0.0.1", port), PATIENCE_S).close()
                break
            except OSError:
                assert process.poll() is None, (folder / "error.log").read_text()
                assert time.monotonic() < until
        yield port
    finally:
        process.terminate()
        process.wait(PATIENCE_S)


def test_everything_passes_the_nginx_block(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder, needs: Callable[[str], None]
) -> None:
    """Behind it a link logs in with a Secure cookie for the base path; page, events and WebSocket come through at once."""
    for program in ("nginx", "openssl", "curl"):
        needs(program)
    session = claude_folder.session()

    def browse(server: Served, code: str) -> None:
        with nginx(tmp_path, server.port) as port:
            base = f"https://{NAME}:{port}/claude"
            jar = str(tmp_path / "jar")
            known = ["--cacert", str(tmp_path / "certificate.pem"), "--resolve", f"{NAME}:{port}:127.0.0.1"]

            def curl(*words: str) -> str:
                asked = ["curl", "-sS", "--max-time", str(PATIENCE_S), *known, "-b", jar, "-c", jar, *words]
                return subprocess.run(asked, capture_output=True, text=True, check=True).stdout

            assert " 401 " in curl("-i", base + "/").splitlines()[0]
            login = curl("-i", f"{base}/login?code={code}")
            assert "location: /claude/\n" in login.lower().replace("\r", "")
            (cookie,) = re.findall(r"(?im)^set-cookie: (claude_sessions_[0-9a-f]{12}=[^;]*)(.*)$", login)
            assert {"path=/claude/", "secure", "httponly", "samesite=strict"} <= set(
                cookie[1].strip().lower().split("; ")
            )
            assert "claude-sessions" in curl(base + "/")
            asked = ["curl", "-sSN", *known, "-b", jar, f"{base}/sessions/{session.stem}/events"]
            with subprocess.Popen(asked, stdout=subprocess.PIPE, text=True) as events:
                assert events.stdout
                try:
                    assert any(
                        "what is 2?" in line for line in events.stdout
                    )  # the stream has no end: what comes is not kept back
                    claude_folder.grow(session)
                    assert any("what is 99?" in line for line in events.stdout)
                finally:
                    events.kill()
            with connect(
                f"wss://{NAME}:{port}/claude/ws",
                sock=socket.create_connection(("127.0.0.1", port), PATIENCE_S),
                ssl=ssl.create_default_context(cafile=str(tmp_path / "certificate.pem")),
                additional_headers={"Cookie": cookie[0], "Origin": f"https://{NAME}:{port}"},
            ) as talk:
                talk.send('{"type":"ping"}')
                assert json.loads(talk.recv(timeout=PATIENCE_S)) == {"type": "pong"}

    async def story(server: Served) -> None:
        code = login_url(server.state, "").partition("code=")[2]
        await trio.to_thread.run_sync(browse, server, code)

    run_served(tmp_path, story, Options(names=(NAME,), base_path="/claude"))


@pytest.mark.parametrize("trusting", [False, True], ids=["token", "--trust-loopback"])
def test_the_calls_of_curl(
    tmp_path: Path, own_home: Path, claude_folder: ClaudeFolder, needs: Callable[[str], None], *, trusting: bool
) -> None:
    """The line of the page follows a session; without credentials only where loopback is trusted."""
    needs("curl")
    session = claude_folder.session()
    (line,) = re.findall(r"^\.Dl \$ (curl -N -H @header http\S+)$", PAGE, re.MULTILINE)

    def ask(server: Served) -> None:
        (tmp_path / "header").write_text(f"Authorization: Bearer {server.token}\n")
        words = line.replace("8765", str(server.port)).replace("/ID/", f"/{session.stem}/")
        words = words.replace(" -H @header", "") if trusting else words
        with subprocess.Popen([*words.split(), "-sS"], cwd=tmp_path, stdout=subprocess.PIPE, text=True) as events:
            assert events.stdout
            try:
                assert any(line == "event: add_block\n" for line in events.stdout)
            finally:
                events.kill()

    async def story(server: Served) -> None:
        await trio.to_thread.run_sync(ask, server)

    run_served(tmp_path, story, Options(trust_loopback=trusting))


def test_systemd_understands_the_units(tmp_path: Path, needs: Callable[[str], None]) -> None:
    """The service and its socket are units without a fault."""
    needs("systemd-analyze")
    service = block_with("[Service]").replace("%h/.local/bin/claude-sessions", "/bin/true")
    (tmp_path / "claude-sessions.service").write_text(service)
    (tmp_path / "claude-sessions.socket").write_text(block_with("[Socket]"))
    units = [str(tmp_path / f"claude-sessions.{kind}") for kind in ("service", "socket")]
    done = subprocess.run(
        ["systemd-analyze", "verify", "--man=no", *units], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "claude-sessions" not in done.stderr
