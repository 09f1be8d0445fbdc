"""Secrets where no screen shows them: titles, links, facts, pastes. After a scrub no log has them, in whatever part."""

import random
import string
from pathlib import Path

import pytest

from claude_sessions.cli.app import run
from claude_sessions.log.entry import Entry
from claude_sessions.log.events import LinkInfo
from claude_sessions.sessions import SessionManager
from tests.kit.recordings import LogWriter


def letters(count: int, seed: int) -> str:
    """Return letters and digits that nobody has used as a key."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=count))


KEY = "sk-ant-" + "api03-" + letters(93, 5) + "AA"
BLOCK = [letters(64, number) for number in range(25)]
PEM = "\r".join(["-----BEGIN RSA " + "PRIVATE KEY-----", *BLOCK, "-----END RSA PRIVATE KEY-----", ""]).encode()
PASTE = b"\x1b[200~" + PEM + b"\x1b[201~"


def in_pieces(data: bytes, size: int = 256) -> list[tuple[str, bytes]]:
    return [("input", data[at : at + size]) for at in range(0, len(data), size)]


def kept(home: Path) -> str:
    """Return everything that the only recording holds."""
    with SessionManager(home).open("last") as recording:
        entries = [entry for entry in recording.entries() if isinstance(entry, Entry)]
    return "".join(entry.data.decode(errors="replace") for entry in entries)


@pytest.mark.parametrize(
    "entries",
    [
        [("output", b"hi \x1b]0;" + KEY.encode() + b"\x07there")],
        [("output", b"hi \x1b]0;" + KEY[:50].encode()), ("output", KEY[50:].encode() + b"\x1b\\there")],
        [("output", b"\x1b]8;;http://x/?k=" + KEY.encode() + b"\x1b\\link\x1b]8;;\x1b\\")],
        [("gap", b"junk " + KEY.encode()), ("output", KEY.encode())],
        [("input", KEY[:40].encode() + b"\x1b[13;2u"), ("input", KEY[40:].encode() + b"\r"), ("output", b"x")],
        [("input", KEY[:40].encode() + b"\\\r"), ("input", KEY[40:].encode() + b"\r"), ("output", b"x")],
    ],
    ids=["title", "title in two reads", "link", "a fact that is none", "Shift-Enter", "backslash"],
)
def test_a_key_that_no_screen_shows_is_gone(own_home: Path, entries: list[tuple[str, bytes]]) -> None:
    """Wherever its parts lie."""
    home = own_home / ".claude-sessions"
    log = LogWriter(home).start()
    for direction, data in entries:
        log.add(direction, data, after=1000)
    log.exit()
    assert run(["scrub", "last", "--yes"]) == 0
    assert KEY[:40] not in kept(home)
    assert KEY[40:] not in kept(home)


@pytest.mark.parametrize("data", [PASTE, PEM], ids=["pasted", "piped"])
def test_a_key_block_that_came_in_pieces_is_gone(own_home: Path, data: bytes) -> None:
    """A block of key material is one, however it was read."""
    home = own_home / ".claude-sessions"
    log = LogWriter(home).start()
    for direction, piece in in_pieces(data):
        log.add(direction, piece, after=1000)
    log.add("output", b"x").exit()
    assert run(["scrub", "last", "--yes"]) == 0
    assert not any(line in kept(home) for line in BLOCK)


def test_facts_are_searched_too(own_home: Path) -> None:
    """What a pattern names goes from directories, links and users as well."""
    home = own_home / ".claude-sessions"
    link = LinkInfo("0c0c0c0c-0000-4000-8000-000000000000", "/home/ann/acmecorp/x.jsonl")
    LogWriter(home).start(directory="/home/ann/acmecorp", user="acmecorp").add("link", link).add("output", b"x").exit()
    assert run(["scrub", "last", "--yes", "--pattern", "acmecorp"]) == 0
    assert "acmecorp" not in kept(home)
