"""Words behind a secret, which the next row begins with in a narrower window."""

from pathlib import Path

import pytest

from claude_sessions.formats.followed_by import FollowedBy
from claude_sessions.redact.find import Secret
from tests.formats.test_hard_to_see_secrets import KEY, assert_gone
from tests.kit.recordings import LogWriter


@pytest.mark.parametrize("widths", [(60, 140, 60), (140, 60)], ids=["narrow first", "wide first"])
def test_the_word_below_a_key_that_is_known(home: Path, widths: tuple[int, ...]) -> None:
    """A key ends its row and a word begins the next: it is no part of the key where both stood in one row at another time."""
    log = LogWriter(home).start(columns=widths[0], rows=20)
    for width in widths:
        log.add("resize", f"{width}x20".encode())
        rows = [KEY + " please echo"] if width > len(KEY) else [KEY[:55], KEY[55:], "please echo"]
        log.add("output", b"\x1b[H\x1b[2J" + "\r\n".join(rows).encode())
    log.exit()
    text = assert_gone(home, KEY)
    assert "\nplease echo" in text
    assert "* echo" not in text.replace("please echo", "")


@pytest.mark.parametrize("behind", ["\n", "  right", " x7kQ2", " │", " please-or-not", " abcDEf"])
def test_what_is_no_word_behind_a_secret(behind: str) -> None:
    """What may be the rest of a key stays a part of it."""
    followed = FollowedBy()
    followed.see(KEY + behind, [Secret(0, len(KEY), "a key")])
    joined = KEY + behind.strip()
    assert not followed.has_word(joined)
    assert followed.without_word(joined, Secret(0, len(joined), "a key")).end == len(joined)
