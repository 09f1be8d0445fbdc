"""The page in a real browser: what a person sees, finds, opens, and what its policy lets happen."""

import gzip
import json
import os
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from importlib.resources import files
from pathlib import Path

import pytest

from claude_sessions.log.events import LinkInfo
from tests.conftest import require
from tests.kit.browser import Browser, find_browser
from tests.kit.claude_folder import ClaudeFolder, line
from tests.kit.recordings import LogWriter
from tests.kit.serving import Serving

PAGE = files("claude_sessions.server") / "page" / "index.html"


@pytest.fixture
def browser() -> Iterator[Callable[..., Browser]]:
    """A function that starts a browser."""
    program = find_browser()
    require(program, "there is no Chromium")
    require(PAGE.is_file(), "the page is not built: make web")
    assert program
    started: list[Browser] = []

    def start(*, dark: bool = False, size: tuple[int, int] = (1280, 800)) -> Browser:
        shown = Browser(program, dark=dark, size=size)
        shown.__enter__()
        started.append(shown)
        return shown

    yield start
    for each in started:
        each.__exit__(None, None, None)


@pytest.fixture
def server(own_home: Path, claude_folder: ClaudeFolder, tmp_path: Path) -> Iterator[Serving]:
    """A running server, over what the test has written before it asks for this."""
    with Serving(os.environ, tmp_path) as serving:
        yield serving


@pytest.fixture
def sessions(claude_folder: ClaudeFolder) -> list[Path]:
    """Three sessions in two projects, one with everything in it that is hostile."""
    made = [claude_folder.session("/home/ann/shop"), claude_folder.session("/home/ann/shop")]
    hostile = claude_folder.session("/home/ann/docs", lines=1)
    answer = (
        "<img src=x onerror=\"document.title='hit'\"> **bold** [x](javascript:alert(1)) ![t](http://198.51.100.1/t.png)"
    )
    claude_folder.grow(
        hostile,
        line(
            hostile.stem, "/home/ann/docs", 1, type="assistant",
            message={"role": "assistant", "model": "claude-opus-4-6", "content": [{"type": "text", "text": answer}]},
        ),
    )  # fmt: skip
    return [*made, hostile]


def count(browser: Browser, selector: str) -> int:
    return int(browser.evaluate(f"document.querySelectorAll({json.dumps(selector)}).length"))


@pytest.mark.parametrize(("dark", "size"), [(False, (1280, 800)), (True, (400, 800))], ids=["light", "dark, narrow"])
def test_the_list_is_live(
    sessions: list[Path], claude_folder: ClaudeFolder, server: Serving, browser: Callable[..., Browser],
    *, dark: bool, size: tuple[int, int],
) -> None:  # fmt: skip
    """A link logs the browser in; the list is there, is filtered, grows by itself, and nothing is broken or asked elsewhere."""
    shown = browser(dark=dark, size=size)
    shown.open(server.login_link())
    shown.appears(".badge.live")
    shown.wait_for("document.querySelectorAll('.list .row').length === 3")
    assert "login" not in shown.evaluate("location.href")
    assert shown.evaluate("document.cookie") == ""
    new = claude_folder.session("/home/ann/new")
    shown.wait_for("document.querySelectorAll('.list .row').length === 4")
    new.unlink()
    shown.wait_for("document.querySelectorAll('.list .row').length === 3")
    shown.click(".chips button:nth-child(2)")
    shown.appears(".list .notice")
    assert shown.evaluate("location.hash") == "#/?state=live"
    assert shown.evaluate("document.documentElement.scrollWidth <= innerWidth"), "nothing stands out to the right"
    background = shown.evaluate("getComputedStyle(document.body).backgroundColor")
    assert (sum(int(each) for each in background[4:-1].split(",")) < 300) is dark
    assert shown.complaints == []
    assert {request.split("/")[2] for request in shown.requests if request.startswith("http")} == {
        f"127.0.0.1:{server.port}"
    }


def test_a_session_is_read_and_followed(
    sessions: list[Path], claude_folder: ClaudeFolder, server: Serving, browser: Callable[..., Browser]
) -> None:
    """Blocks are there, come by themselves, and what is in them is text."""
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    shown.open(f"{server.url}#/sessions/{sessions[2].stem}")
    assert "<img src=x onerror=" in shown.text(".block.assistant")
    assert count(shown, ".block.assistant strong") == 1
    assert count(shown, ".block a:not(footer a), .block img, .block script") == 0
    claude_folder.grow(sessions[2])
    shown.wait_for("document.querySelectorAll('.block').length === 3")
    assert "what is 99?" in shown.text(".windowed li:last-child")
    shown.press("u")
    shown.appears(".list")
    assert shown.complaints == []
    assert not any("198.51.100.1" in request for request in shown.requests)


def test_a_very_long_session_is_only_drawn_where_it_is_seen(
    claude_folder: ClaudeFolder, server: Serving, browser: Callable[..., Browser]
) -> None:
    """Five thousand blocks, of which a few dozen are in the document; the newest first of all."""
    session = claude_folder.session(lines=1)
    with session.open("ab") as file:
        for number in range(1, 5000):
            file.write(line(session.stem, "/home/ann/shop", number))
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    shown.open(f"{server.url}#/sessions/{session.stem}")
    shown.wait_for("[...document.querySelectorAll('.block')].some(each => each.innerText.includes('what is 4999?'))")
    assert 5 < count(shown, ".block") < 100
    assert shown.evaluate("document.querySelector('.windowed li').getAttribute('aria-setsize')") == "5000"
    shown.evaluate("document.querySelector('.windowed').scrollTop = 0")
    shown.wait_for("[...document.querySelectorAll('.block')].some(each => each.innerText.includes('what is 0?'))")


def test_a_recording_is_played_beside_its_session(
    own_home: Path, claude_folder: ClaudeFolder, browser: Callable[..., Browser], request: pytest.FixtureRequest
) -> None:
    """A click on a block seeks the terminal; the terminal's time marks the block; a link leads to a moment."""
    session = claude_folder.session(lines=3)  # at 12:00, 12:01, 12:02, as the recording's first minutes
    log = LogWriter(own_home / ".claude-sessions").start(columns=60, rows=10)
    log.add("link", LinkInfo(session.stem, str(session)))
    for minute in range(4):
        log.add("output", f"\x1b[2J\x1b[Hminute {minute}".encode()).later(50 if minute == 0 else 59)
    log.exit()
    server: Serving = request.getfixturevalue("server")
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    shown.open(f"{server.url}#/sessions/{session.stem}?at=125")
    shown.wait_for("document.querySelector('.ap-term')?.textContent.includes('minute 2')")
    shown.wait_for("document.querySelector('.block.current')?.innerText.includes('what is 2?')")
    shown.click(".windowed li:nth-child(2) .block footer a")
    shown.wait_for("document.querySelector('.ap-term').textContent.includes('minute 1')")
    shown.wait_for("document.querySelector('.block.current')?.innerText.includes('what is 1?')")
    assert shown.complaints == []


def test_a_recording_that_ended_begins_with_its_beginning(
    own_home: Path, claude_folder: ClaudeFolder, browser: Callable[..., Browser], request: pytest.FixtureRequest
) -> None:
    """Conversation and player stand at the same place: the start; and with a moment given, the player's clock says it."""
    session = claude_folder.session(lines=40)
    log = LogWriter(own_home / ".claude-sessions").start(columns=60, rows=10)
    log.add("link", LinkInfo(session.stem, str(session)))
    for minute in range(40):
        log.add("output", f"\x1b[2J\x1b[Hminute {minute}".encode()).later(60)
    log.exit()
    server: Serving = request.getfixturevalue("server")
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    shown.open(f"{server.url}#/sessions/{session.stem}")
    shown.wait_for("document.querySelector('.ap-term')?.textContent.includes('minute 0')")
    assert "what is 0?" in shown.text(".block")
    shown.wait_for("document.querySelector('.heading .link').innerText === 'Copy link to 0:00.0'")
    assert shown.evaluate("document.querySelector('.windowed').scrollTop") == 0
    shown.open(f"{server.url}#/sessions/{session.stem}?at=605")
    shown.wait_for("document.querySelector('.ap-time-elapsed')?.innerText === '10:05'")
    shown.wait_for("document.querySelector('.block.current')?.innerText.includes('what is 10?')")
    assert shown.complaints == []


def test_a_hit_in_a_conversation_leads_to_it(
    claude_folder: ClaudeFolder, server: Serving, browser: Callable[..., Browser]
) -> None:
    """What was only said is found, shown and marked among thousands; every block has an address of that kind."""
    session = claude_folder.session(lines=1)
    with session.open("ab") as file:
        for number in range(1, 3000):
            time = datetime(2026, 2, 8, tzinfo=UTC) + timedelta(seconds=20 * number)
            file.write(line(session.stem, "/home/ann/shop", number, timestamp=f"{time:%Y-%m-%dT%H:%M:%S}.000Z"))
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    shown.open(f"{server.url}#/search?q=1234")
    shown.click(".found .row")
    shown.wait_for("document.querySelector('.block.target')?.innerText.includes('what is 1234?')")
    shown.wait_for(
        "(() => { const {top, bottom} = document.querySelector('.block.target').getBoundingClientRect();"
        " return top > 100 && bottom < innerHeight })()"
    )
    assert shown.evaluate("document.querySelector('.block.target').getAttribute('aria-current')") == "location"
    assert "what is 0?" in shown.evaluate("document.title")
    shown.press("]")
    shown.wait_for("document.activeElement.innerText.includes('what is 1235?')")
    shown.press("[")
    shown.press("[")
    shown.wait_for("document.activeElement.innerText.includes('what is 1233?')")
    address = shown.evaluate("document.activeElement.querySelector('footer a').href")
    shown.open("about:blank")
    shown.open(address)
    shown.wait_for("document.querySelector('.block.target')?.innerText.includes('what is 1233?')")
    assert shown.complaints == []


def test_a_session_that_is_not_there_says_so(server: Serving, browser: Callable[..., Browser]) -> None:
    """A wrong link leads to a sentence and a way back, and the server is not asked again and again."""
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    for kind in ("session", "recording"):
        shown.open(f"{server.url}#/{kind}s/none-such")
        shown.wait_for(f"document.querySelector('[role=alert]')?.innerText.includes('There is no {kind} of this name')")
        assert shown.evaluate("document.querySelector('[role=alert] a').getAttribute('href')") == "#/"
    asked = [each for each in shown.requests if "none-such" in each and "#" not in each]
    assert len(asked) == 3, asked


def test_recordings_without_a_conversation_are_listed(
    own_home: Path, sessions: list[Path], server: Serving, browser: Callable[..., Browser]
) -> None:
    """They have a list of their own, which leads to them."""
    log = LogWriter(own_home / ".claude-sessions").start(title="basket").later(30)
    log.add("output", b"the quince is ripe\r\n").later(10).exit()
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    shown.click(".chips button:last-child")
    assert shown.text(".list .row .title") == "basket"
    assert shown.text(".count") == "1 recording"
    shown.click(".list .row")
    assert shown.text(".heading h1") == "basket"
    shown.wait_for("document.title === 'basket – claude-sessions'")
    assert shown.complaints == []


def test_keys_move_the_focus_and_back_leads_to_where_one_was(
    claude_folder: ClaudeFolder, server: Serving, browser: Callable[..., Browser]
) -> None:
    """The keys j and k focus rows; after a session the list stands where it stood, at the row that was opened."""
    for number in range(60):
        claude_folder.session(f"/home/ann/p{number}", lines=1)
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    shown.wait_for("document.querySelector('.count')?.innerText === '60 sessions'")
    row = "Number(document.activeElement.closest('[data-index]')?.dataset.index ?? -1)"
    for number in range(30):
        shown.press("j")
        shown.wait_for(f"{row} === {number}")
    shown.press("k")
    shown.wait_for(f"{row} === 28")
    place = shown.wait_for("document.querySelector('.windowed').scrollTop")
    shown.evaluate("document.activeElement.click()")
    shown.appears(".block")
    assert shown.evaluate("document.activeElement.id") == "content"
    shown.press("u")
    shown.wait_for(f"{row} === 28")
    assert abs(shown.evaluate("document.querySelector('.windowed').scrollTop") - place) < 100
    shown.press("/")
    shown.wait_for("document.activeElement.id === 'search'")
    shown.evaluate("document.activeElement.dispatchEvent(new KeyboardEvent('keydown', {key: 'Escape', bubbles: true}))")
    assert shown.evaluate("document.activeElement.id") == "content"
    assert shown.complaints == []


def test_search_leads_to_the_moment(
    own_home: Path, claude_folder: ClaudeFolder, server: Serving, browser: Callable[..., Browser]
) -> None:
    """What is typed into the field at the top is found on screens and in transcripts."""
    log = LogWriter(own_home / ".claude-sessions").start(title="basket").later(30)
    log.add("output", b"the quince is ripe\r\n").later(10).exit()
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    shown.evaluate(
        "document.querySelector('#search').value = 'quince', document.querySelector('form.search').requestSubmit()"
    )
    assert "quince is ripe" in shown.text(".found .row")
    assert shown.text(".found mark") == "quince"
    assert shown.evaluate("document.querySelector('.found .row').getAttribute('href')").startswith(
        f"#/recordings/{log.session_id}?at="
    )
    shown.click(".found .row")
    shown.wait_for(
        "document.querySelector('.ap-term')?.textContent.replaceAll('\\u00a0', ' ').includes('quince is ripe')"
    )
    assert shown.complaints == []


def test_it_comes_back_when_the_server_does(
    sessions: list[Path], claude_folder: ClaudeFolder, server: Serving, browser: Callable[..., Browser]
) -> None:
    """The badge says that it is lost, then that it is live again, and what happened meanwhile is there."""
    shown = browser()
    shown.open(server.login_link())
    shown.appears(".badge.live")
    assert server.stop() == 0
    shown.appears(".badge.lost")
    claude_folder.session("/home/ann/new")
    server.start()
    shown.click(".badge button")
    shown.appears(".badge.live")
    shown.wait_for("document.querySelectorAll('.list .row').length === 4")


def test_nobody_gets_in_without_a_link(server: Serving, browser: Callable[..., Browser]) -> None:
    """A browser that is not known is told how to become so; a link works once."""
    first = browser()
    first.open(server.url)
    assert "claude-sessions token --login" in first.text("body")
    link = server.login_link()
    first.open(link)
    first.appears(".badge.live")
    second = browser()
    second.open(link)
    assert "was used" in second.text("body")


def test_it_is_small() -> None:
    """All of the page's files, compressed: under 300 kB."""
    require(PAGE.is_file(), "the page is not built: make web")
    assets = [*(files("claude_sessions.server") / "page" / "assets").iterdir(), PAGE]
    assert sum(len(gzip.compress(each.read_bytes())) for each in assets) < 300_000
