"""The page that plays a recording: in a real browser, without any network."""

import base64
import hashlib
import io
import re
from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

import pytest

from claude_sessions.base.errors import UsageError
from claude_sessions.formats import web_page
from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.page_facts import places
from claude_sessions.formats.redacted import RedactedExcerpt
from claude_sessions.formats.table import choose_format
from claude_sessions.redact.rules import rules_for
from claude_sessions.store.catalogue import find
from claude_sessions.store.home import Home
from tests.conftest import require
from tests.kit.browser import Browser, find_browser
from tests.kit.recordings import LogWriter

PLAYER = files("claude_sessions.formats") / "player" / "player.js"
needs_player = pytest.mark.usefixtures("player")


@pytest.fixture
def player() -> None:
    """Skip where nobody has fetched the player."""
    require(PLAYER.is_file(), "the web player is not there: make web")


@pytest.fixture
def page(home: Path, tmp_path: Path) -> Callable[..., Path]:
    """A function that writes the newest recording as a page."""

    def write(title: str = "a demo") -> Path:
        out = io.BytesIO()
        with Home.open(home) as opened:
            choose_format("a.html").write(Excerpt(find(opened, "last")), title, out)
        (tmp_path / "a.html").write_bytes(out.getvalue())
        return tmp_path / "a.html"

    return write


@needs_player
@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_a_browser_plays_it(home: Path, page: Callable[..., Path], *, dark: bool) -> None:
    """It opens from a file, asks for nothing else, breaks no policy, plays to the end, and its text can be selected."""
    require(browser := find_browser(), "there is no Chromium")
    assert browser
    log = LogWriter(home).start(columns=60, rows=10)
    for number, after in enumerate((0, 600_000_000, 200_000_000)):
        log.add("output", b"\x1b[1;3%dm line %d\x1b[m <b>&amp;\r\n" % (number + 1, number), after=after)
    log.add("marker", b"here", after=1).add("output", "Grüße 漢字</script>".encode(), after=200_000_000).exit()
    with Browser(browser, dark=dark) as shown:
        shown.open(page())
        shown.wait_for("document.querySelector('.ap-player') !== null && document.querySelector('.ap-overlay-start')")
        assert shown.evaluate("document.title") == "a demo"
        background = shown.evaluate("getComputedStyle(document.body).backgroundColor")
        assert (sum(map(int, re.findall("[0-9]+", background))) < 300) is dark
        shown.evaluate("document.querySelector('.ap-overlay-start').click()")
        text = shown.wait_for(
            "(text => text.includes('script') && text)"
            "(document.querySelector('.ap-term').textContent.replaceAll('\\u00a0', ' '))"
        )
        assert "line 0 <b>&amp;" in text
        assert "Grüße" in text
        assert "</script>" in text
        assert "line 2" in shown.evaluate(
            "(range => (range.selectNodeContents(document.querySelector('.ap-term')), getSelection().removeAllRanges(),"
            "getSelection().addRange(range), getSelection().toString().replaceAll('\\u00a0', ' ')))(document.createRange())"
        )
        assert shown.evaluate("getComputedStyle(document.querySelector('.ap-term-text')).userSelect") == "text"
        assert shown.complaints == []
        assert [request.partition(":")[0] for request in shown.requests] == ["file"]


@needs_player
def test_it_opens_with_a_picture(home: Path, page: Callable[..., Path]) -> None:
    """Before it is started it shows the first screen with text that stood, what it is, and where the prompts are."""
    require(browser := find_browser(), "there is no Chromium")
    assert browser
    log = LogWriter(home).start(columns=60, rows=10, directory="/home/ann/<b>project")
    log.add("output", b"\x1b[?25l").add("output", b"\x1b[31mwel").add("output", b"come <i>", after=1000)
    log.add("input", b"do it\r").add("marker", b"here").add("output", b"\x1b[2Jlater").exit()
    with Browser(browser) as shown:
        shown.open(page())
        shown.wait_for(
            "document.querySelector('.ap-term') && document.querySelector('.ap-term').textContent.includes('welcome <i>')"
        )
        assert "later" not in shown.evaluate("document.querySelector('.ap-term').textContent")
        about = shown.evaluate("document.querySelector('header').innerText")
        assert "2026-02-0" in about
        assert ", 6s\n" in about
        assert "/home/ann/<b>project\n" in about
        assert shown.evaluate("document.querySelectorAll('.ap-marker').length") == 2
        assert shown.complaints == []


def test_places_to_jump_to(home: Path) -> None:
    """Markers and prompts with their times from the start of the excerpt; what was typed only where it may be known."""
    log = LogWriter(home).start().add("input", b"one  two\r").add("marker", b"here").add("output", b"x")
    log.add("input", b"x" * 100 + b"\r").exit()
    with Home.open(home) as opened:
        recording = find(opened, "last")
        assert places(Excerpt(recording)) == [(1.0, "one two"), (2.0, "here"), (4.0, "x" * 79 + "…")]
        assert places(Excerpt(recording, begin_s=1.5, end_s=3)) == [(0.5, "here")]
        assert places(Excerpt(recording, with_input=False)) == [(2.0, "here")]
        redacted = RedactedExcerpt(recording, rules_for(["two"]))
        redacted.prepare()
        assert places(redacted)[0] == (1.0, "one ***")


@needs_player
def test_nothing_of_a_recording_leaves_its_element(home: Path, page: Callable[..., Path]) -> None:
    """Whatever is recorded, the page has the elements of ours alone, and each script's digest is in the policy."""
    LogWriter(home).start().add("output", b"</script><script>alert(1)</script><!--").exit()
    text = page('"><script>alert(2)</script>').read_text()
    assert "alert(1)</script>" not in text
    assert "<script>alert(2)" not in text
    policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)
    assert policy
    assert "default-src 'none'" in policy[1]
    assert "unsafe-inline" not in policy[1]
    assert "http" not in policy[1]
    scripts = re.findall(r"<script>(.*?)</script>", text, re.DOTALL)
    assert len(scripts) == 2
    for script in scripts:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in policy[1]


def test_without_the_player_it_says_how_to_get_it(
    home: Path, page: Callable[..., Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An installation that was built without npm refuses in one sentence."""
    LogWriter(home).start().exit()
    monkeypatch.setattr(web_page, "_PLAYER", "nowhere")
    with pytest.raises(UsageError, match=r"without the web player.*export a \.cast"):
        page()
    assert not (tmp_path / "a.html").exists()
