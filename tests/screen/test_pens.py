"""Pens as SGR parameters: drawn with them, a cell has the same pen again."""

import avt
import pytest

from claude_sessions.screen.pens import pen_parameters


@pytest.mark.parametrize(
    "parameters",
    [
        "",
        "1",
        "2",
        "3",
        "4",
        "5",
        "7",
        "9",
        "31",
        "97",
        "41",
        "107",
        "38;5;208",
        "48;5;16",
        "1;3;38;2;1;2;3;48;2;4;5;6",
    ],
)
def test_a_pen_comes_back(parameters: str) -> None:
    """Every attribute and every kind of colour, before and behind."""
    terminal = avt.Vt(10, 2)
    terminal.feed_str(f"\x1b[{parameters}mx")
    assert pen_parameters(terminal[0].cells[0].pen) == parameters
