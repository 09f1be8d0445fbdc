"""Secrets that are hard to see: edited while they are typed, asked for, in panes, folded, with what takes no room inside."""

import base64
import io
import json
import random
import string
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from claude_sessions.base.errors import UsageError
from claude_sessions.formats.known_values import KnownValues
from claude_sessions.formats.redacted import RedactedExcerpt
from claude_sessions.formats.secrets_seen import SecretsSeen
from claude_sessions.formats.table import FORMATS, choose_format
from claude_sessions.log.entry import OUTPUT, RESIZE
from claude_sessions.redact.rules import usual_rules
from claude_sessions.screen.emulator import Emulator
from claude_sessions.store.catalogue import find
from claude_sessions.store.home import Home
from tests.kit.recordings import LogWriter

_STRETCH = 8
_LABEL = "sk-ant-" + "api03-"
_ALPHABET = string.ascii_letters + string.digits


def letters(count: int, seed: int) -> str:
    """Return letters and digits that nobody has used as a key."""
    return "".join(random.Random(seed).choices(_ALPHABET, k=count))


KEY = _LABEL + letters(93, 11) + "AA"
_NOT_WRITTEN = {"tar.gz", "gif", "html"}
"""Refused; and what is drawn from an asciicast, which is looked at."""


def shown_anywhere(home: Path) -> str:
    """Return all that the exports of the newest recording hold: as they are, decoded, and as a screen shows it."""
    with Home.open(home) as opened:
        excerpt = RedactedExcerpt(find(opened, "last"), usual_rules())
        excerpt.prepare()
        texts = []
        for each in FORMATS:
            if each.name not in _NOT_WRITTEN:
                out = io.BytesIO()
                choose_format("-", each.name).write(excerpt, "a title", out)
                data = out.getvalue()
                texts.append(data.decode(errors="replace"))
                if each.name == "jsonl":
                    texts += [
                        base64.b64decode(json.loads(line)["data"]).decode(errors="replace")
                        for line in data.splitlines()
                    ]
        screen = Emulator()
        for _, entry in excerpt.entries():
            if entry.direction == OUTPUT:
                screen.feed(entry.data)
                texts.append("\n".join(screen.look().lines))
            elif entry.direction == RESIZE:
                screen.resize(*map(int, entry.data.split(b"x")))
    return "\n".join(texts)


def pieces_left(secret: str, text: str) -> list[str]:
    """Return the stretches of a secret that a text shows."""
    return [piece for at in range(len(secret) - _STRETCH + 1) if (piece := secret[at : at + _STRETCH]) in text]


def assert_gone(home: Path, secret: str) -> str:
    text = shown_anywhere(home)
    assert pieces_left(secret.removeprefix(_LABEL), text) == []
    return text


def typed(log: LogWriter, *keys: str, echo: str = "") -> None:
    """Press keys, each in an entry of its own; the echo comes at once, character by character where there are so many."""
    for number, key in enumerate(keys):
        log.add("input", key.encode())
        if echo:
            log.add("output", (echo if len(echo) < len(keys) else echo[number]).encode())


@pytest.mark.parametrize(
    "keys",
    [
        [KEY[1:], "\x01", KEY[0], "\r"],
        [*KEY[1:], "\x1b[H", KEY[0], "\r"],
        [KEY[:60], KEY[61:], *["\x1b[D"] * len(KEY[61:]), KEY[60], "\r"],
        [KEY[:50] + "XYZ", "\x7f\x7f\x7f", KEY[50:] + "\r"],
        [KEY[:50] + "XYZ\x7f\x7f\x7f" + KEY[50:] + "\x15", "ls\r"],
        [KEY[50:] + "\x01" + KEY[:50], "\x03", "ls\r"],
        [KEY[50:], "\x15", KEY[:50], "\x19\r"],
        ["\x1b[200~" + KEY[:70], KEY[70:] + "\x1b[201~", "\r"],
    ],
    ids=["first last", "Home", "a hole", "corrected", "corrected and cut", "and left", "yanked", "pasted"],
)
def test_a_key_that_is_edited_while_it_is_typed(home: Path, keys: list[str]) -> None:
    """Nobody sees it on the screen, and no order of keys hides it."""
    log = LogWriter(home).start()
    typed(log, *keys)
    log.add("output", b"thanks\r\n").exit()
    assert_gone(home, KEY)


@pytest.mark.parametrize("echo", ["", "*", "•"], ids=["no echo", "asterisks", "dots"])
@pytest.mark.parametrize(
    "prompt", ["Password: ", "? Paste your API key: ", "Enter passphrase for key '/x/id':", "Token: "]
)
@pytest.mark.parametrize("at_once", [False, True])
def test_what_a_program_asks_for(home: Path, prompt: str, echo: str, at_once: bool) -> None:
    """What is typed behind such a prompt is a secret, though it looks like a word, and wherever it stands later."""
    secret = "correcthorse"
    log = LogWriter(home).start().add("output", f"ls\r\n{prompt}".encode())
    typed(log, *([secret + "\r"] if at_once else [*secret, "\r"]), echo=echo * len(secret) if at_once else echo)
    log.add("output", f"\r\nyou said {secret}, right?\r\n".encode())
    log.add("input", b"cat file\r").add("output", b"and the horse\r\n").exit()
    text = assert_gone(home, secret)
    assert "you said ************, right?" in text
    assert "and the horse" in text
    assert "cat file" in text


def test_asterisks_tell_without_a_prompt(home: Path) -> None:
    """Where so many asterisks come for what was typed or pasted, it was a secret."""
    log = LogWriter(home).start().add("output", b"Give it to me!\x1b[5;3H")
    log.add("input", b"correcthorse\r").add("output", b"*" * 12)
    log.add("output", b"\r\nok").add("input", b"batterystaple").add(
        "output", b"\r\n\xe2\x80\xa2".replace(b"\xe2\x80\xa2", b"") + "•".encode() * 13
    )
    log.add("input", b"\r").add("output", b"\r\n").exit()
    text = assert_gone(home, "correcthorse")
    assert pieces_left("batterystaple", text) == []


def test_what_is_no_prompt(home: Path) -> None:
    """An answer of a letter, a line in a folder with such a name, and a sentence about tokens are none."""
    log = LogWriter(home).start()
    for prompt, line in (
        ("Save the password? ", "y"),
        ("ann@host:~/token$ ", "make all"),
        ("> the token: what of it", "is it here"),
    ):
        log.add("output", f"\r\n{prompt}".encode()).add("input", f"{line}\r".encode())
    log.exit()
    text = shown_anywhere(home)
    assert all(line in text for line in ("make all", "is it here"))


def test_a_short_password_that_is_typed_in_a_word(home: Path) -> None:
    """It is known from elsewhere: the word that was typed goes; what merely holds its letters stays, alone it does not."""
    log = LogWriter(home).start().add("output", b"postgres://app:hunter2@db.example/x\r\n$ ")
    typed(log, *"mysql -phunter2 x", "\r", echo="mysql -phunter2 x\n")
    log.add("output", b"\r\nxhunter2x (hunter2) u:hunter2@h\r\n").exit()
    text = shown_anywhere(home)
    assert "-phunter2" not in text
    assert "mysql ********* x" in text
    assert "xhunter2x (*******) u:*******@h" in text


@given(st.text(alphabet="hunter2 -:"), st.sampled_from(["hunter2", "hunt2", "r2un"]))
def test_a_short_secret_is_found_where_it_stands_alone(text: str, short: str) -> None:
    """At the beginning, at the end, next to signs; every place is one of the text."""
    places = KnownValues([short]).places(f"{text} {short}")
    assert places <= set(range(len(text) + 1 + len(short)))
    assert places >= set(range(len(text) + 1, len(text) + 1 + len(short)))


@pytest.mark.parametrize("amid", ["\u200b", "\u2060", "\u00ad", "\u0301", "\ufeff"])
def test_what_takes_no_room_hides_nothing(home: Path, amid: str) -> None:
    """Not on the screen and not in a marker."""
    broken = amid.join(KEY[at : at + 9] for at in range(0, len(KEY), 9))
    log = (
        LogWriter(home)
        .start(columns=200)
        .add("output", f"key {broken} end\r\n".encode())
        .add("marker", broken.encode())
    )
    log.exit()
    text = shown_anywhere(home)
    assert not [piece for at in range(20, 80, 9) if (piece := KEY[at : at + 7]) in text]


def boxed(key: str, width: int, left: str = "│ ", right: str = " │") -> list[str]:
    return [f"{left}{key[at : at + width]:<{width}}{right}" for at in range(0, len(key), width)]


def panes(key: str) -> list[str]:
    """A key in the right pane of two, and text in the left one."""
    return [f"{'line of text':<30}│{key[at : at + 49]:<49}" for at in range(0, len(key), 49)]


@pytest.mark.parametrize(
    "rows",
    [
        panes(KEY),
        [f"{KEY[at : at + 40]:<40}│ and more words" for at in range(0, len(KEY), 40)],
        boxed(KEY, 41),
        boxed(KEY, 40, "     ", ""),
        ["  ● the key is:", *boxed(KEY, 47, "    ", "")],
        ["  12 + " + KEY[:50], *boxed(KEY[50:], 50, "     + ", "")],
        ["  12   " + KEY[:58], "  13   " + KEY[58:]],
    ],
    ids=["right pane", "left pane", "box", "folded", "folded below", "diff", "numbered"],
)
def test_a_key_that_a_program_folds(home: Path, rows: list[str]) -> None:
    """Its last piece goes, too, though it alone is no key."""
    LogWriter(home).start().add("output", "\r\n".join(["before it", *rows, "behind it"]).encode()).exit()
    text = assert_gone(home, KEY)
    assert KEY[-6:] not in text
    assert "before it" in text
    assert "behind it" in text


def test_what_stands_below_a_secret_stays(home: Path) -> None:
    """A line that begins anew is no end of the one above."""
    shown = f"API_KEY={letters(30, 4)}\r\nDEBUG=true\r\nname: {KEY}\r\nDone\r\nThanks"
    LogWriter(home).start(columns=150).add("output", shown.encode()).exit()
    text = assert_gone(home, KEY)
    assert all(word in text for word in ("DEBUG=true", "Done", "Thanks"))


def test_names_tell_in_facts_too(home: Path) -> None:
    """What a person added under a telling name is hidden, on the screen as well, and a key that is a name."""
    secret = letters(24, 8)
    log = LogWriter(home).start().add("output", f"see {secret}\r\n".encode()).add("marker", b"x")
    log.exit()
    state = home / "state" / f"{log.session_id}.json"
    state.parent.mkdir(mode=0o700, exist_ok=True)
    state.write_text(json.dumps({"api_key": secret, KEY: 1}))
    state.chmod(0o600)
    assert_gone(home, secret)
    with Home.open(home) as opened:
        excerpt = RedactedExcerpt(find(opened, "last"), usual_rules())
        excerpt.prepare()
        hidden = json.dumps(excerpt.hide_all(json.loads(state.read_text())))
    assert pieces_left(secret + KEY, hidden) == []


def test_more_secrets_than_can_be_kept_are_refused() -> None:
    """Rather nothing than something in which some are left: a sentence says what to do."""
    seen = SecretsSeen(usual_rules())
    for number in range(20_000):
        seen.learn_value(f"value {number}", "password", 0)
    with pytest.raises(UsageError, match="--pattern"):
        seen.learn_value("one more", "password", 0)


def test_a_key_that_is_typed_is_one_secret() -> None:
    """All its lengths are the same secret, so that many of them can be kept."""
    seen = SecretsSeen(usual_rules())
    for number in range(500):
        key = _LABEL + letters(60, number)
        for length in range(len(_LABEL) + 20, len(key) + 1):
            seen.learn_text(f"{number} key: {key[:length]}", 0)
    seen.settle()
    assert len(seen.findings) == 500


def _plain(log: LogWriter, key: str, chance: random.Random) -> None:
    log.add("output", f"\x1b[{chance.randint(1, 9)};{chance.randint(1, 20)}Hkey: {key} end\r\n".encode())


def _boxed(log: LogWriter, key: str, chance: random.Random) -> None:
    rows = boxed(key, chance.randint(20, 60), " " * chance.randint(0, 3) + "│ ", " │")
    log.add("output", "\r\n".join(["", *rows, ""]).encode())


def _in_a_pane(log: LogWriter, key: str, chance: random.Random) -> None:
    left = chance.randint(12, 40)
    rows = [f"{'words'[: chance.randint(0, 5)]:<{left}}│{piece[0]}" for piece in zip(_cut(key, 79 - left), strict=True)]
    log.add("output", "\r\n".join(["", *rows, ""]).encode())


def _cut(key: str, width: int) -> list[str]:
    return [key[at : at + width] for at in range(0, len(key), width)]


def _typed(log: LogWriter, key: str, chance: random.Random) -> None:
    echo = chance.random() < 0.5
    for char in key:
        log.add("input", char.encode())
        if echo:
            log.add("output", char.encode())
    log.add("input", b"\r").add("output", b"\r\n")


def _typed_with_corrections(log: LogWriter, key: str, chance: random.Random) -> None:
    position = 0
    while position < len(key):
        size = chance.randint(1, 30)
        wrong = "".join(chance.choices(_ALPHABET, k=chance.randint(0, 3)))
        burst = key[position : position + size] + wrong + "\x7f" * len(wrong)
        log.add("input", burst.encode())
        log.add("output", burst.replace("\x7f", "\b \b").encode())
        position += size
    log.add("input", b"\r").add("output", b"\r\n")


def _typed_from_the_middle(log: LogWriter, key: str, chance: random.Random) -> None:
    at = chance.randint(1, len(key) - 1)
    echo = chance.random() < 0.5
    log.add("output", b"\x1b[H\x1b[2J" + key[at:].encode() * echo)
    log.add("input", key[at:].encode()).add("input", b"\x01")
    for done, char in enumerate(key[:at], 1):
        log.add("input", char.encode()).add("output", f"\x1b[H{key[:done]}{key[at:]}".encode() * echo, after=1000)
    log.add("input", b"\r").add("output", b"\r\n")


def _coloured(log: LogWriter, key: str, chance: random.Random) -> None:
    log.add(
        "output",
        "".join(f"\x1b[3{chance.randint(1, 7)}m{piece}" for piece in _cut(key, chance.randint(1, 30))).encode(),
    )
    log.add("output", b"\x1b[m\r\n")


def _scrolled_away(log: LogWriter, key: str, chance: random.Random) -> None:
    log.add("output", f"{key}\r\n".encode())
    for _ in range(chance.randint(5, 40)):
        log.add("output", b"words\r\n", after=chance.choice([1000, 20_000_000]))


def _drawn_again(log: LogWriter, key: str, chance: random.Random) -> None:
    log.add("output", b"\x1b[?1049h")
    for shift in range(chance.randint(2, 12)):
        log.add("output", f"\x1b[2J\x1b[3;1H{key[shift:][:79]}".encode())
    log.add("output", f"\x1b[2J\x1b[3;1H{key}\x1b[?1049l".encode())


_WAYS = [
    _plain,
    _boxed,
    _in_a_pane,
    _typed,
    _typed_with_corrections,
    _typed_from_the_middle,
    _coloured,
    _scrolled_away,
    _drawn_again,
]
_Way = Callable[[LogWriter, str, random.Random], None]


@settings(max_examples=30, suppress_health_check=[HealthCheck.function_scoped_fixture], deadline=None)
@given(ways=st.lists(st.sampled_from(_WAYS), min_size=1, max_size=3), seed=st.integers(0, 10_000))
def test_however_a_key_comes_nothing_of_it_is_left(home: Path, ways: list[_Way], seed: int) -> None:
    """Plain, wrapped, in a box or a pane, typed and corrected, in colours, scrolled, drawn again and again."""
    chance = random.Random(seed)
    key = _LABEL + "".join(chance.choices(_ALPHABET, k=chance.choice([30, 60, 95])))
    log = LogWriter(home).start(rows=chance.randint(6, 24))
    for way in ways:
        log.add("output", chance.choice([b"", b"word ", b"\r\n", "漢字\r\n".encode()]))
        way(log, key, chance)
    log.exit()
    try:
        assert_gone(home, key)
    finally:
        log.path.unlink()
