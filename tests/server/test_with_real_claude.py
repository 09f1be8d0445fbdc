"""The real Claude Code, recorded, in the page of a running server: from its first screen to the replay."""

from collections.abc import Callable
from pathlib import Path

from tests.conftest import require
from tests.kit.browser import Browser, find_browser
from tests.kit.real_claude import RealClaude
from tests.kit.serving import Serving
from tests.kit.terminal import TmuxTerminal
from tests.server.test_page import PAGE

SCREEN = "(document.querySelector('.ap-term')?.textContent ?? '').replaceAll('\\u00a0', ' ')"


def test_a_session_is_seen_while_it_runs_and_afterwards(
    real_claude: Callable[[str], RealClaude], tmux: Callable[..., TmuxTerminal], tmp_path: Path
) -> None:
    """The list goes live, says that it waits for a person, blocks and terminal appear as it goes on; then its recording is there."""
    program = find_browser()
    require(program, "there is no Chromium")
    require(PAGE.is_file(), "the page is not built: make web")
    assert program
    claude = real_claude("run-a-command")
    with Serving(claude.environment, tmp_path) as server, Browser(program, size=(1400, 900)) as shown:
        shown.open(server.login_link())
        shown.appears(".badge.live")
        shown.wait_for("document.querySelector('.list .notice')?.innerText.includes('no sessions yet')")
        terminal = tmux(
            ["claude-sessions", "start", "--title", "live", "--", *claude.DEFAULT_MODE],
            claude.project,
            claude.environment,
        )
        terminal.wait_for("basket")
        shown.appears(".list .row .state.idle")
        terminal.enter("Run it")
        terminal.wait_for("Do you want to proceed?")
        shown.wait_for("document.querySelector('.list .row .state')?.innerText.includes('permission prompt')")
        assert shown.evaluate("document.title") == "(1) claude-sessions"
        shown.appears(".list .row .recording.on")
        shown.click(".list .row")
        shown.appears(".block.user")
        assert "Run it" in shown.text(".block.user")
        shown.wait_for(f"{SCREEN}.includes('Do you want to proceed?')")
        terminal.press_until_gone("Enter", "Do you want to proceed?")
        terminal.wait_for("ALL-DONE")
        shown.wait_for(f"{SCREEN}.includes('ALL-DONE')")
        shown.wait_for("[...document.querySelectorAll('.block')].some(each => each.innerText.includes('ALL-DONE'))")
        terminal.enter("/exit")
        assert terminal.exit_status() == 0
        shown.appears(".heading .state.ended")
        shown.appears(".terminal[aria-label='Terminal, recorded'] .ap-player")
        assert shown.complaints == []
