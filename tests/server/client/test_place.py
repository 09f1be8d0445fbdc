"""Where a server is, and who gets the token."""

import os
from pathlib import Path

import msgspec
import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.server.client.place import TOKEN_VARIABLE, Place, find_place, parse_uri
from claude_sessions.server.serve import ADDRESS_FILE, Address
from claude_sessions.server.state_folder import StateFolder
from claude_sessions.server.tokens import renew_token

OURS = "http://127.0.0.1:8765"


@pytest.fixture
def folder(tmp_path: Path) -> StateFolder:
    """The folder of a server that runs: this process."""
    return running(tmp_path / "server", Address(OURS, "", os.getpid()))


def running(path: Path, address: Address) -> StateFolder:
    folder = StateFolder(path)
    folder.write_held(ADDRESS_FILE, msgspec.json.encode(address))
    return folder


@pytest.mark.parametrize(
    ("text", "place", "shown"),
    [
        ("http://127.0.0.1:8765", Place("127.0.0.1", 8765), OURS),
        ("ws://127.0.0.1:8765/", Place("127.0.0.1", 8765), OURS),
        ("ws://localhost:8765/ws", Place("localhost", 8765), "http://localhost:8765"),
        ("wss://logs.example.org/claude/ws", Place("logs.example.org", 443, True, "/claude"), None),
        ("https://logs.example.org/claude/", Place("logs.example.org", 443, True, "/claude"), None),
        ("http://[::1]:8765", Place("::1", 8765), "http://[::1]:8765"),
        ("/run/claude.sock", Place("", uds="/run/claude.sock"), "/run/claude.sock"),
    ],
)
def test_spellings_of_an_address(text: str, place: Place, shown: str | None) -> None:
    """The address of the page, that of the WebSocket and a socket's path mean a server."""
    assert parse_uri(text) == place
    assert str(place) == (shown or "https://logs.example.org/claude")


@pytest.mark.parametrize(
    "text",
    ["", "8765", "localhost", "ftp://a", "http://", "http://a:b", "http://a:99999", "http://u:p@a", "ws://a/?token=x",
     "http://a/\x1b[31m", "http://a b", "http://[::1"],
)  # fmt: skip
def test_what_is_no_address_is_a_sentence(text: str) -> None:
    """Anything else is refused, and so is an address with a secret in it."""
    with pytest.raises(UsageError, match=r"address|secret"):
        parse_uri(text)


def test_our_own_server_is_found_with_its_token(folder: StateFolder) -> None:
    """Without an address the server that runs is meant, and its token is shown to it; the same where its address is typed."""
    token = renew_token(folder)
    expected = parse_uri(OURS)._replace(token=token)
    assert find_place(None, None, folder.path, {}) == expected
    assert find_place("ws://127.0.0.1:8765/ws", None, folder.path, {}) == expected
    assert expected.headers == [(b"Authorization", f"Bearer {token}".encode())]


def test_nobody_else_gets_our_token(folder: StateFolder) -> None:
    """Another port, another host: no token but one that was given for it."""
    renew_token(folder)
    for uri in ("http://127.0.0.1:8766", "http://example.org:8765", "https://127.0.0.1:8765"):
        assert find_place(uri, None, folder.path, {}).headers == []
        assert find_place(uri, None, folder.path, {TOKEN_VARIABLE: " given\n"}).token == "given"


def test_a_token_is_read_from_a_file(folder: StateFolder, tmp_path: Path) -> None:
    """`--token-file` comes before the environment; a file that holds none is named."""
    file = tmp_path / "token"
    file.write_text("secret\n")
    assert find_place(OURS, file, folder.path, {TOKEN_VARIABLE: "other"}).token == "secret"
    for content in (b"", b"two words", b"\xff\xfe"):
        file.write_bytes(content)
        with pytest.raises(UsageError, match="holds no token"):
            find_place(OURS, file, folder.path, {})
    with pytest.raises(UsageError, match="cannot be read"):
        find_place(OURS, tmp_path / "none", folder.path, {})


def test_a_server_that_was_killed_is_none(tmp_path: Path) -> None:
    """What it left behind is not believed, whoever has its pid now: somebody else may have its port, and would get the token."""
    with running(tmp_path / "one", Address(OURS, "", os.getpid())) as folder:
        renew_token(folder)
        assert find_place(None, None, folder.path, {}).token
    with pytest.raises(UsageError, match="no server"):
        find_place(None, None, folder.path, {})
    assert find_place(OURS, None, folder.path, {}).headers == []
    with StateFolder(folder.path) as folder:
        folder.lock()  # another server begins, and has not said yet where it is
        with pytest.raises(UsageError, match="no server"):
            find_place(None, None, folder.path, {})
        folder.write_held(ADDRESS_FILE, b"[]")
        with pytest.raises(UsageError, match="claude-sessions serve starts one"):
            find_place(None, None, folder.path, {})
    with pytest.raises(UsageError, match="no server"):
        find_place(None, None, tmp_path / "three", {})


def test_a_unix_socket_needs_no_token(tmp_path: Path) -> None:
    """Where the server has a socket that is asked."""
    folder = running(tmp_path / "server", Address(OURS, "/run/user/socket", os.getpid()))
    renew_token(folder)
    place = find_place(None, None, folder.path, {})
    assert (place.uds, place.headers, place.authority) == ("/run/user/socket", [], "localhost")
