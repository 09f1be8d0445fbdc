"""Browsers log in with a link that works once; tokens can be replaced; wrong ones are listened to for a while only."""

import os
import stat
from pathlib import Path

import pytest
import trio

from claude_sessions.base.errors import InsecureHomeError, UnwritableHomeError
from claude_sessions.server import app
from claude_sessions.server.login import CODE_LASTS_S, COOKIE_LASTS_S, Logins
from claude_sessions.server.state import Options
from claude_sessions.server.state_folder import StateFolder
from claude_sessions.server.tokens import NAME, Tokens, read_token, renew_token
from tests.kit.served import Answer, Served, run_served


def cookie_of(answer: Answer) -> str:
    """Return the cookie that an answer sets, as a browser sends it."""
    return answer.headers["set-cookie"].partition(";")[0]


def test_a_link_logs_a_browser_in_once(tmp_path: Path) -> None:
    """The link gives a cookie that scripts cannot read and other sites' pages do not send, and leads to the page."""

    async def story(server: Served) -> None:
        made = await server.get("/api/login-link", method="POST")
        assert made.status == 201
        first = await server.get(made.json["path"], token=None)
        assert (first.status, first.headers["location"]) == (303, "/")
        assert {"httponly", "samesite=strict", "path=/"} <= set(first.headers["set-cookie"].lower().split("; "))
        assert "secure" not in first.headers["set-cookie"].lower()
        cookie = {"Cookie": cookie_of(first)}
        assert (await server.get("/api/recordings", cookie, token=None)).status == 200
        again = await server.get(made.json["path"], token=None)
        assert (again.status, again.code) == (401, "wrong_code")
        assert (await server.get("/api/login-link", cookie, method="POST", token=None)).status == 403
        assert (await server.get("/api/logout", cookie, method="POST", token=None)).status == 204
        assert (await server.get("/api/recordings", cookie, token=None)).status == 401

    run_served(tmp_path, story)


def test_a_link_that_another_site_shows_works_too(tmp_path: Path) -> None:
    """A strict cookie does not go along with a redirect from elsewhere: there the page goes on by itself."""

    async def story(server: Served) -> None:
        made = await server.get("/api/login-link", method="POST")
        navigation = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
        answer = await server.get(made.json["path"], navigation, token=None)
        assert answer.status == 200
        assert b"url=/claude/" in answer.body
        assert "path=/claude/" in answer.headers["set-cookie"].lower()

    run_served(tmp_path, story, Options(base_path="/claude"))


def test_looking_at_a_link_does_not_use_it_up(tmp_path: Path) -> None:
    """HEAD, as programs that preview links ask, leaves the code as it is."""

    async def story(server: Served) -> None:
        made = await server.get("/api/login-link", method="POST")
        assert (await server.get(made.json["path"], method="HEAD", token=None)).status == 401
        assert (await server.get(made.json["path"], token=None)).status == 303

    run_served(tmp_path, story)


def test_behind_tls_the_cookie_is_for_tls_alone(tmp_path: Path) -> None:
    """A proxy that says https makes the cookie a secure one."""

    async def story(server: Served) -> None:
        made = await server.get("/api/login-link", method="POST")
        answer = await server.get(made.json["path"], {"X-Forwarded-Proto": "https"}, token=None)
        assert "secure" in answer.headers["set-cookie"].lower().split("; ")

    run_served(tmp_path, story)


def test_codes_and_cookies_grow_old(tmp_path: Path) -> None:
    """A code is void after five minutes, a cookie after thirty days, and both are where a new token was made."""
    now = [1000.0]
    with StateFolder(tmp_path / "server") as folder:
        logins = Logins(folder, Tokens(folder), lambda: now[0])
        late = logins.new_code()
        now[0] += CODE_LASTS_S
        assert logins.redeem(late) is None
        cookie = logins.redeem(logins.new_code())
        assert cookie is not None
        now[0] += COOKIE_LASTS_S - 1
        assert logins.is_known(cookie)
        assert Logins(folder, Tokens(folder), lambda: now[0]).is_known(cookie), "it survives a restart"
        now[0] += 1
        assert not logins.is_known(cookie)
        another = logins.redeem(logins.new_code())
        assert another is not None
        renew_token(folder)
        assert not logins.is_known(another)
        assert not Logins(folder, Tokens(folder), lambda: now[0]).is_known(another)


def test_nothing_of_a_secret_is_kept_but_the_token(tmp_path: Path) -> None:
    """Cookies and codes stand in no file and in no log; the token in its own file alone, which only its owner can read."""

    async def story(server: Served) -> None:
        made = await server.get("/api/login-link", method="POST")
        code = made.json["path"].partition("code=")[2]
        cookie = cookie_of(await server.get(made.json["path"], token=None)).partition("=")[2]
        await server.get(
            "/api/recordings?q=secret-words", {"Cookie": f"{server.state.gate.logins.cookie}={cookie}"}, token=None
        )
        written = {path.name: path.read_bytes() for path in (tmp_path / "server").iterdir() if path.is_file()}
        for name, data in written.items():
            assert cookie.encode() not in data, name
            assert code.encode() not in data, name
            assert b"secret-words" not in data, name
            assert (server.token.encode() in data) == (name == NAME)
            assert stat.S_IMODE(os.stat(tmp_path / "server" / name).st_mode) == 0o600

    run_served(tmp_path, story)


def test_a_new_token_holds_at_once(tmp_path: Path) -> None:
    """A server that runs takes the new token and refuses the old one."""

    async def story(server: Served) -> None:
        assert (await server.get("/api/recordings")).status == 200
        token = renew_token(server.state.folder)
        assert (await server.get("/api/recordings")).status == 401
        assert (await server.get("/api/recordings", token=token)).status == 200

    run_served(tmp_path, story)


def test_wrong_codes_are_listened_to_ten_times_a_minute(tmp_path: Path) -> None:
    """After that it says when to come again; a right code and the token are taken all the same."""

    async def story(server: Served) -> None:
        made = await server.get("/api/login-link", method="POST")
        tried = [await server.get("/login?code=wrong", token=None) for _ in range(11)]
        assert [answer.status for answer in tried] == [401] * 10 + [429]
        assert 0 < int(tried[-1].headers["retry-after"]) <= 60
        assert (await server.get(made.json["path"], token=None)).status == 303
        assert (await server.get("/api/recordings")).status == 200

    run_served(tmp_path, story)


def test_trusting_loopback_asks_for_nothing(tmp_path: Path) -> None:
    """Then programs of this machine need no token; pages of other origins are refused all the same."""

    async def story(server: Served) -> None:
        assert (await server.get("/api/recordings", token=None)).status == 200
        assert (await server.get("/api/recordings", {"Origin": "http://evil.com"}, token=None)).status == 403
        assert (await server.get("/api/recordings", {"Host": "evil.com"}, token=None)).status == 421

    run_served(tmp_path, story, Options(trust_loopback=True))


def test_declared_names_are_answered(tmp_path: Path) -> None:
    """A name that the operator gave is a good Host, in any case of letters, with its own origin."""

    async def story(server: Served) -> None:
        named = {"Host": "Logs.Example.org", "Origin": "https://logs.example.org"}
        assert (await server.get("/api/recordings", named)).status == 200
        assert (await server.get("/api/recordings", {"Host": "x.logs.example.org"})).status == 421

    run_served(tmp_path, story, Options(names=("logs.example.org",)))


@pytest.mark.parametrize("content", [b"", b"short\n", b"two words" * 9, b"\xff" * 50])
def test_a_token_file_that_holds_none_is_told(tmp_path: Path, content: bytes) -> None:
    """What is no token is never taken for one."""
    from claude_sessions.base.errors import ConfigError

    with StateFolder(tmp_path / "server") as folder:
        folder.write(NAME, content)
        with pytest.raises(ConfigError, match="token --new makes one"):
            read_token(folder)


def test_a_code_that_cannot_be_kept_is_not_used_up(tmp_path: Path) -> None:
    """Where nothing can be written nobody is logged in, and the link works once there is room again."""
    with StateFolder(tmp_path / "server") as folder:
        logins = Logins(folder, Tokens(folder))
        code = logins.new_code()
        (folder.path / "logins.json").mkdir()  # a file cannot take its place
        with pytest.raises(UnwritableHomeError):
            logins.redeem(code)
        (folder.path / "logins.json").rmdir()
        cookie = logins.redeem(code)
        assert cookie
        assert Logins(folder, Tokens(folder)).is_known(cookie)
        assert logins.redeem(code) is None


@pytest.mark.parametrize(("name", "mode"), [(".", 0o755), (".", 0o710), ("token", 0o644), ("token", 0o640)])
def test_secrets_that_others_can_read_are_refused(tmp_path: Path, name: str, mode: int) -> None:
    """A folder or a token that others can look at is not used, and the sentence says how to mend that."""
    with StateFolder(tmp_path / "server") as folder:
        before = renew_token(folder)
    (tmp_path / "server" / name).chmod(mode)
    with pytest.raises(InsecureHomeError, match=r"others can read .*server.*; run: .*token --new"):
        open_token(tmp_path / "server")
    if name == "token":
        with StateFolder(tmp_path / "server") as folder:
            renew_token(folder)
        assert open_token(tmp_path / "server") != before


def open_token(path: Path) -> str | None:
    """Return the token of a folder."""
    with StateFolder(path) as folder:
        return read_token(folder)


@pytest.mark.parametrize("kind", ["link", "fifo", "folder"])
def test_a_token_that_is_no_file_is_named(tmp_path: Path, kind: str) -> None:
    """The sentence says where it is; a link is not followed."""
    with StateFolder(tmp_path / "server") as folder:
        path = folder.path / "token"
        (tmp_path / "other").write_text("cs_" + "x" * 40)
        if kind == "link":
            path.symlink_to(tmp_path / "other")
        elif kind == "fifo":
            os.mkfifo(path, 0o600)
        else:
            path.mkdir()
        with pytest.raises(InsecureHomeError, match=r"server/token cannot be read"):
            read_token(folder)


def test_what_was_half_written_is_swept_away(tmp_path: Path) -> None:
    """A server that begins removes what one that was killed in the middle of writing has left, and nothing else."""
    with StateFolder(tmp_path / "server") as folder:
        renew_token(folder)
        for name in (".token.0123abcd", ".logins.json.0123abcd", ".mine", "token.0123abcd"):
            (folder.path / name).touch()
        folder.lock()
        assert sorted(os.listdir(folder.path)) == [".mine", "lock", "token", "token.0123abcd"]


def test_what_is_open_ends_with_the_token(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Streams of both kinds that began with credentials that are void end when they have something to tell."""
    monkeypatch.setattr(app, "LOOK_S", 0.0)

    async def story(server: Served) -> None:
        shown = f"Host: localhost\r\nAuthorization: Bearer {server.token}\r\n"
        upgrade = (
            "Connection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\n"
            "Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\n"
        )
        async with await server.connect() as events, await server.connect() as socket:
            await events.send_all(f"GET /api/claude-sessions/stream HTTP/1.1\r\n{shown}\r\n".encode())
            await socket.send_all(f"GET /ws HTTP/1.1\r\n{shown}{upgrade}\r\n".encode())
            assert b" 200 " in await events.receive_some()
            assert b" 101 " in await socket.receive_some()
            renew_token(server.state.folder)
            server.state.live.session_list.refresh()
            await socket.send_all(b"\x81\x8f\0\0\0\0" + b'{"type":"ping"}')
            with trio.fail_after(10):
                heard = said = b""
                while not heard.endswith(b"\r\n0\r\n\r\n"):
                    heard += await events.receive_some()
                while b"logged out" not in said:
                    said += await socket.receive_some()
        assert b"refresh" not in heard
        assert b"pong" not in said
        assert b"\x03\xf0logged out" in said
        for _ in range(500):
            if not server.state.live.session_list.topic.subscribers:
                return
            await trio.sleep(0.01)
        raise AssertionError("somebody still listens")

    run_served(tmp_path, story)


def test_each_server_has_a_cookie_of_its_own(tmp_path: Path) -> None:
    """Two on one machine do not log each other's browsers out; no other page can know the name."""
    names = set()
    for name in ("a", "b"):
        with StateFolder(tmp_path / name) as folder:
            first = Logins(folder, Tokens(folder)).cookie
            assert Logins(folder, Tokens(folder)).cookie == first
            names.add(first)
            assert Tokens(folder).current().hex()[:12] not in first
    assert len(names) == 2
