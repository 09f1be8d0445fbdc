"""What stands behind a prompt that was answered: the answer, or the next prompt of the shell."""

from pathlib import Path

import pytest

from claude_sessions.formats.prompts import Prompts
from claude_sessions.redact.rules import usual_rules
from claude_sessions.screen.canvas import Canvas
from tests.formats.test_hard_to_see_secrets import assert_gone, pieces_left
from tests.kit.recordings import LogWriter


@pytest.mark.parametrize("echo", ["", "*" * 14], ids=["no echo", "asterisks"])
@pytest.mark.parametrize("kept", [True, False], ids=["typed", "hidden"])
def test_a_prompt_that_comes_back_is_no_answer(home: Path, kept: bool, echo: str) -> None:
    """Where nothing ends the line of the password, the shell's prompt stands behind the question, and stays everywhere."""
    log = LogWriter(home).start().add("output", b"bash-5.2# ").add("input", b"read -s\r")
    log.add("output", b"read -s\r\nPassword: ")
    if kept:
        log.add("input", b"correcthorse7x\r")
    else:
        log.add("hidden", b'{"bytes":15}')
    log.add("output", echo.encode() + b"bash-5.2# ").add("input", b"cat x\r")
    log.add("output", b"cat x\r\nbash-5.2# cat x\r\nPassword: swordfish12!\r\nbash-5.2# ").exit()
    text = assert_gone(home, "swordfish12!")
    assert "Password: " + echo + "bash-5.2# cat x" in text
    assert text.count("bash-5.2# read -s") > 1
    assert pieces_left("correcthorse7x", text) == []


def test_what_was_printed_behind_a_prompt_may_be_the_answer(home: Path) -> None:
    """A program that prints the password itself, where nothing was echoed, gives it away to nobody."""
    log = LogWriter(home).start().add("output", b"bash-5.2# ").add("input", b"./ask\r")
    log.add("output", b"./ask\r\nPassword: ").add("hidden", b'{"bytes":13}')
    log.add("output", b"swordfish12!\r\nbash-5.2# ").exit()
    assert "Password: ************" in assert_gone(home, "swordfish12!")


def test_only_behind_the_prompt_that_was_answered() -> None:
    """The same words elsewhere may be a password, and a word that is no prompt is one behind the question."""
    prompts, screen = Prompts(usual_rules()), Canvas(80, 24)
    for text in ("bash-5.2# ", "\r\nPassword: "):
        screen.feed(text.encode())
        prompts.see(screen.picture())
        prompts.begin()
    assert prompts.comes_back("Password: ", "bash-5.2#")
    assert not prompts.comes_back("Old password: ", "bash-5.2#")
    assert not prompts.comes_back("Password: ", "swordfish12!")
