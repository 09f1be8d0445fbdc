"""Text of unknown origin for HTML: what a browser shows is what is there."""

from html import escape

from claude_sessions.screen.printable import printable, printable_text


def escaped(text: str) -> str:
    """Return text of several lines as HTML."""
    return escape(printable_text(text))


def escaped_line(text: str) -> str:
    """Return text on one line as HTML."""
    return escape(printable(text))
