"""Exports without secrets: whatever was typed, drawn, wrapped or scrolled, no format and no moment shows any of it."""

import base64
import io
import json
import random
import string
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_sessions.base.errors import UsageError
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.redacted import RedactedExcerpt
from claude_sessions.formats.table import FORMATS, choose_format
from claude_sessions.log.entry import OUTPUT, RESIZE
from claude_sessions.redact.rules import rules_for, usual_rules
from claude_sessions.screen.emulator import Emulator
from claude_sessions.store.catalogue import find
from claude_sessions.store.home import Home
from claude_sessions.timeline.lines import lines
from tests.kit.recordings import LogWriter

_STRETCH = 8


def made_up(length: int, seed: int = 1) -> str:
    """Return so many letters and digits: they look like a key, and are none."""
    return "".join(random.Random(seed).choices(string.ascii_letters + string.digits, k=length))


KEY = "sk-ant-api03-" + made_up(93) + "AA"
TOKEN = "ghp_" + made_up(36, 2)
PASSWORD = made_up(14, 3)


def redacted(home: Path, check: Callable[[RedactedExcerpt], None], **options: Any) -> RedactedExcerpt:
    """Hand out the excerpt of the newest recording without its secrets."""
    with Home.open(home) as opened:
        excerpt = RedactedExcerpt(find(opened, "last"), usual_rules(), **options)
        excerpt.prepare()
        check(excerpt)
        return excerpt


def written(excerpt: Excerpt, name: str) -> bytes:
    out = io.BytesIO()
    choose_format("-", name).write(excerpt, "a title", out)
    return out.getvalue()


def assert_gone(text: str, *secrets: str) -> None:
    """No stretch of any secret is in the text, also not with its rows joined."""
    joined = "".join(text.split())
    for secret in secrets:
        for at in range(len(secret) - _STRETCH + 1):
            stretch = secret[at : at + _STRETCH]
            assert stretch not in text, stretch
            assert stretch not in joined, stretch


def assert_gone_everywhere(excerpt: RedactedExcerpt, *secrets: str, brief: bool = False) -> None:
    """The secrets are in no format, in no screen at any step, and in no bytes of the output put together."""
    for each in FORMATS:
        if each.name in ("tar.gz", "html", "gif") or (brief and each.name not in ("ansi", "txt")):
            continue  # refused, and the asciicast in a page or as a picture
        data = written(excerpt, each.name)
        assert_gone(data.decode(errors="replace"), *secrets)
        if each.name == "jsonl":
            entries = [json.loads(line) for line in data.splitlines()]
            assert_gone(
                "".join(base64.b64decode(entry["data"]).decode(errors="replace") for entry in entries), *secrets
            )
    screen = Emulator()
    for _, entry in excerpt.entries():
        if entry.direction == OUTPUT:
            screen.feed(entry.data)
            assert_gone("\n".join(screen.look().lines), *secrets)
        elif entry.direction == RESIZE:
            screen.resize(*map(int, entry.data.split(b"x")))


def test_a_key_that_is_typed_and_printed(home: Path) -> None:
    """Typed letter by letter with its echo, printed, on the command line, in the title, in a marker: it is gone."""
    log = LogWriter(home).start(title=f"key {TOKEN}", arguments=("--api-key", PASSWORD, "-x"))
    for char in f"export ANTHROPIC_API_KEY={KEY}":
        log.add("input", char.encode()).add("output", char.encode())
    log.add("input", b"\r").add("output", b"\r\nlogged in to https://ann:" + PASSWORD.encode() + b"@host.example/x\r\n")
    log.add("input", b"ls\r").add("output", b"\x1b]0;" + KEY.encode() + b"\x07 done\r\n").add(
        "marker", TOKEN.encode()
    ).exit()

    def check(excerpt: RedactedExcerpt) -> None:
        assert_gone_everywhere(excerpt, KEY, TOKEN, PASSWORD)
        assert [finding.rule for finding in excerpt.findings].count("Anthropic key") == 1
        text = written(excerpt, "txt").decode()
        assert text.splitlines()[-1] == " done"
        assert "https://ann:**************@host.example/x" in text
        cast = [json.loads(line) for line in written(excerpt, "asciicast-v2").splitlines()]
        assert "not the original's bytes" in cast[0]["comment"]
        assert "3 secrets" in cast[0]["comment"]
        assert [event[2] for event in cast[1:] if event[1] == "i"] == ["ls\r"]
        assert cast[-1][1:] == ["x", "0"]

    redacted(home, check)


def test_a_key_that_a_program_breaks_into_rows(home: Path) -> None:
    """A box with borders around the pieces of a key hides them all, each in its row, and nothing beside."""
    width = 40
    pieces = [KEY[at : at + width] for at in range(0, len(KEY), width)]
    drawn = "".join(f"│ {piece:<{width}} │\r\n" for piece in ("paste it here: " + "x" * 9, *pieces, "thank you"))
    LogWriter(home).start(columns=width + 4).add("output", drawn.encode()).exit()

    def check(excerpt: RedactedExcerpt) -> None:
        assert_gone_everywhere(excerpt, KEY)
        text = written(excerpt, "txt").decode()
        assert "│ paste it here: xxxxxxxxx" in text
        assert f"│ thank you{' ' * 31} │" in text
        assert text.count("*") == len(KEY)
        assert len(excerpt.findings) == 1

    redacted(home, check)


def test_a_key_block_that_scrolls(home: Path) -> None:
    """The lines of a private key are gone also after its first line has left the screen, page by page."""
    body = [made_up(64, seed) for seed in range(30)]
    block = ["-----BEGIN PRIVATE KEY-----", *body, "-----END PRIVATE KEY-----", "the end"]
    log = LogWriter(home).start(rows=6)
    for line in block:
        log.add("output", line.encode() + b"\r\n")
    log.add("output", b"\x1b[?1049h")
    for first in range(0, len(block) - 4, 2):
        page = "\r\n".join(f"\x1b[K {line}" for line in block[first : first + 5])
        log.add("output", b"\x1b[H" + page.encode())
    log.exit()

    def check(excerpt: RedactedExcerpt) -> None:
        assert_gone_everywhere(excerpt, *body)
        assert "the end" in written(excerpt, "txt").decode()

    redacted(home, check)


def test_what_is_drawn_with_moves_of_the_cursor(home: Path) -> None:
    """A key whose pieces come in any order and colour is one on the screen."""
    half = len(TOKEN) // 2
    drawn = f"\x1b[5;{10 + half}H\x1b[31m{TOKEN[half:]}\x1b[5;3Htoken: \x1b[32m{TOKEN[:half]}"
    LogWriter(home).start().add("output", drawn.encode()).add("output", b"\x1b[8;1Hdone").exit()
    redacted(home, lambda excerpt: assert_gone_everywhere(excerpt, TOKEN))


def test_an_excerpt_that_ends_before_the_key_is_whole(home: Path) -> None:
    """What is a key only later is hidden in a part that shows its beginning."""
    log = LogWriter(home).start()
    for char in f"key {TOKEN}":
        log.add("output", char.encode())
    log.exit()
    redacted(home, lambda excerpt: assert_gone_everywhere(excerpt, TOKEN), begin_s=4, end_s=20)


def test_without_secrets_the_text_is_the_same(home: Path) -> None:
    """Drawing anew changes no line, no size and no colour."""
    log = LogWriter(home).start(columns=30, rows=5)
    for number in range(30):
        log.add("output", b"line %d \x1b[3%dmin colour\x1b[m %s\r\n" % (number, number % 8, b"long " * (number % 9)))
    log.add("resize", b"40x8").add("output", "wide 漢字 👩‍🚀 e\u0301\r\n".encode()).add(
        "output", b"\x1b[?1049hfull\x1b[?1049l"
    ).exit()

    def check(excerpt: RedactedExcerpt) -> None:
        original = [line.text for line in lines(excerpt.recording.entries())]
        assert [line.text for line in lines(entry for _, entry in excerpt.entries())] == original
        assert excerpt.found == ""
        assert b"\x1b[0;33m" in written(excerpt, "ansi")

    redacted(home, check)


def test_places_are_counted(home: Path) -> None:
    """A secret that stands in three places is one secret; drawing it again, or having typed it, adds none."""
    log = LogWriter(home).start().add("output", f"key: {KEY}\r\nagain: {KEY}\r\n".encode())
    log.add("output", f"\x1b[H\x1b[2Jkey: {KEY}\r\nagain: {KEY}\r\nkey: {KEY}\r\n".encode()).exit()
    found = redacted(home, lambda excerpt: assert_gone_everywhere(excerpt, KEY)).findings
    assert [(finding.rule, finding.places) for finding in found] == [("Anthropic key", 3)]


def test_a_bundle_cannot_be_redacted(home: Path) -> None:
    """It holds the log as it is, and says so."""
    LogWriter(home).start().exit()

    def check(excerpt: RedactedExcerpt) -> None:
        with pytest.raises(UsageError, match="another format"):
            written(excerpt, "tar.gz")

    redacted(home, check)


def test_expressions_of_ones_own(home: Path) -> None:
    """What a person describes is hidden wherever it stands, and its description is told to nobody."""
    LogWriter(home).start().add("output", b"the codename is bluebird-seven, really\r\n").exit()
    with Home.open(home) as opened:
        excerpt = RedactedExcerpt(find(opened, "last"), rules_for(["bluebird-[a-z]+"]))
        excerpt.prepare()
        assert written(excerpt, "txt") == b"the codename is **************, really\n"
        assert b"bluebird" not in written(excerpt, "jsonl") + excerpt.remark.encode()


def test_unknown_entries_are_left_out(home: Path) -> None:
    """Nobody knows what a later version keeps in a direction that this one does not know."""
    LogWriter(home).start().add("clipboard", KEY.encode()).add("output", b"shown").exit()
    redacted(home, lambda excerpt: assert_gone_everywhere(excerpt, KEY))


_NOISE = st.sampled_from(
    [
        b" ",
        b"\r\n",
        b"\x1b[31m",
        b"\x1b[m",
        b"\x1b[2K\r",
        b"word ",
        b"\x1b[H",
        b"\x1b[?1049h",
        b"\x1b[?1049l",
        b"\x1b[3;7H",
        "漢".encode(),
        b"\x1b[2J",
    ]
)
_PARTS = st.lists(
    st.one_of(
        _NOISE,
        st.just(KEY.encode()),
        st.just(b"k=" + TOKEN.encode()),
        st.integers(1, 30).map(lambda n: KEY[:n].encode() + b"\b" * n),
    ),
    min_size=1,
    max_size=12,
)


@settings(max_examples=25, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(parts=_PARTS, cuts=st.lists(st.integers(1, 60), min_size=1, max_size=6), columns=st.integers(20, 90))
def test_whatever_is_drawn_no_secret_is_left(home: Path, parts: list[bytes], cuts: list[int], columns: int) -> None:
    """Keys among text and sequences, in pieces of any length, on a screen of any width."""
    log = LogWriter(home).start(columns=columns, rows=8)
    log.add("output", KEY.encode() + b"\r\n" + TOKEN.encode() + b"\r\n")
    data = b"".join(parts)
    position = turn = 0
    while position < len(data):
        size = cuts[turn % len(cuts)]
        log.add("output", data[position : position + size], after=20_000_000)
        position, turn = position + size, turn + 1
    log.exit()
    redacted(home, lambda excerpt: assert_gone_everywhere(excerpt, KEY, TOKEN, brief=True))
    log.path.unlink()
