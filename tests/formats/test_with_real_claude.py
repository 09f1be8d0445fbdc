"""Recordings of the real Claude Code, cut and packed: what another terminal shows of them is the same."""

import io
import random
import re
import string
import tarfile
from collections.abc import Callable
from pathlib import Path

import pytest
from pyghostty import Terminal

from claude_sessions.formats.excerpt import Excerpt
from claude_sessions.formats.redacted import RedactedExcerpt
from claude_sessions.log.entry import SHOWN, Entry
from claude_sessions.log.events import StartInfo, decode_info, decode_resize
from claude_sessions.redact.rules import usual_rules
from claude_sessions.sessions import SessionManager
from claude_sessions.timeline.lines import lines
from tests.kit.exports import export
from tests.kit.real_claude import RealClaude
from tests.kit.terminal import TmuxTerminal

START = ("claude-sessions", "start", "--", *RealClaude.DEFAULT_MODE)
CUTS = 12
KEY = "sk-ant-api03-" + "".join(random.Random(9).choices(string.ascii_letters + string.digits, k=93)) + "AA"


def screen_after(entries: list[Entry]) -> tuple[str, tuple[int, int]]:
    """Return the text and the cursor that Ghostty shows after these entries."""
    start = decode_info(entries[0], StartInfo)
    assert start
    terminal = Terminal(start.columns, start.rows)
    for entry in entries[1:]:
        if entry.direction in SHOWN:
            terminal.feed(entry.data)
        elif entry.direction == "resize" and (size := decode_resize(entry)):
            terminal.resize(*size)
    return terminal.text().rstrip(), terminal.cursor


def test_a_session_of_the_real_claude_can_be_cut_and_packed(
    real_claude: Callable[[str], RealClaude], tmux: Callable[..., TmuxTerminal], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Wherever a cut begins another emulator shows the same picture there and at the end; a bundle has the transcript."""
    claude = real_claude("plain-answer")
    terminal = tmux([*START], claude.project, claude.environment)
    terminal.wait_for("basket")
    terminal.enter("Do you hear me?")
    terminal.wait_for("PLAIN-ANSWER")
    terminal.resize(100, 30)
    terminal.enter("/exit")
    assert terminal.exit_status() == 0
    home = claude.home / ".claude-sessions"
    with SessionManager(home).open("last") as recording:
        whole = list(Excerpt(recording).entries())
        start_ns, end_ns = whole[0][0], whole[-1][0]
        for number in range(1, CUTS):
            begin_s = (end_ns - start_ns) * number / CUTS / 1e9
            cut = [entry for _, entry in Excerpt(recording, begin_s=begin_s).entries()]
            before = [entry for time_ns, entry in whole if time_ns <= start_ns + round(begin_s * 1e9)]
            assert screen_after(cut[:2]) == screen_after(before)
            assert screen_after(cut) == screen_after([entry for _, entry in whole])
    monkeypatch.setenv("CLAUDE_CONFIG_DIR", str(claude.home / ".claude"))
    assert_transcript(export(home, "last", "tar.gz"), Path(recording.session_id))


@pytest.mark.parametrize("edited", [False, True])
def test_a_key_that_was_typed_to_the_real_claude_is_gone(
    real_claude: Callable[[str], RealClaude], tmux: Callable[..., TmuxTerminal], edited: bool
) -> None:
    """Typed into its prompt, its first letter last, broken into rows, sent, shown: no screen of the export has it."""
    claude = real_claude("plain-answer")
    terminal = tmux([*START], claude.project, claude.environment, columns=60, rows=30)
    terminal.wait_for("basket")
    for at in range(edited, len(KEY), 9):
        terminal.type(("Use the key " if not at else "") + KEY[at : at + 9])
    terminal.wait_for(KEY[-9:])
    if edited:
        terminal.type("\x01")
        terminal.type(KEY[0])
        terminal.wait_for(KEY[:20])
        terminal.type("\x05")
    terminal.enter(" please")
    terminal.wait_for("PLAIN-ANSWER")
    terminal.resize(90, 30)
    terminal.enter("/exit")
    assert terminal.exit_status() == 0
    with SessionManager(claude.home / ".claude-sessions").open("last") as recording:
        assert KEY[:40].encode() in b"".join(e.data for e in recording.entries() if isinstance(e, Entry))
        excerpt = RedactedExcerpt(recording, usual_rules())
        excerpt.prepare()
        assert re.fullmatch(r"1 secret in \d+ places? \(Anthropic key\)", excerpt.found)
        entries = [entry for _, entry in excerpt.entries()]
        text = "\n".join(line.text for line in lines(entries))
        assert "PLAIN-ANSWER" in text
        for at in range(len(KEY) - 7):
            assert KEY[at : at + 8] not in text
        start = decode_info(entries[0], StartInfo)
        assert start
        shown = Terminal(start.columns, start.rows)
        for entry in entries:
            assert entry.direction != "input" or KEY[:8].encode() not in entry.data
            if entry.direction == "output":
                shown.feed(entry.data)
                screen = "".join(shown.text().split())
                for at in range(len(KEY) - 7):
                    assert KEY[at : at + 8] not in screen


def assert_transcript(bundle: bytes, session: Path) -> None:
    with tarfile.open(fileobj=io.BytesIO(bundle)) as tar:
        member = tar.extractfile(str(session / "transcripts" / f"{session}.jsonl"))
        assert member
        assert b"PLAIN-ANSWER" in member.read()
