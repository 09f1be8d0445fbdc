"""Markdown of unknown origin as HTML: no HTML of its own comes through, nothing is fetched, links lead to the web only."""

import re
from typing import Any

from claude_sessions.formats.escape import escaped

LONGEST = 200_000
"""Characters. A longer text is shown as it is: laying it out takes seconds, and nobody wrote it to be read."""

_WEB = re.compile(r"(https?://|mailto:)", re.IGNORECASE)


class Prose:
    """Lays out Markdown. Loading it takes 50 ms: only who makes HTML pays for it."""

    def __init__(self) -> None:
        from markdown_it import MarkdownIt

        layout = MarkdownIt("commonmark", {"html": False, "breaks": False}).enable(["table", "strikethrough"])
        layout.disable(["image"])
        layout.validateLink = lambda url: bool(_WEB.match(url))  # type: ignore[method-assign]  # its own way to be told
        layout.add_render_rule("link_open", _link)
        self._render = layout.render

    def html(self, text: str) -> str:
        """Return text as HTML."""
        if len(text) > LONGEST:
            return f"<pre>\n{escaped(text)}</pre>"
        rendered: str = self._render(text)
        return rendered


def _link(renderer: Any, tokens: Any, at: int, options: Any, _environment: Any) -> str:
    """Open a link that tells the other side nothing about the page."""
    tokens[at].attrSet("rel", "noopener noreferrer nofollow")
    opened: str = renderer.renderToken(tokens, at, options, _environment)
    return opened
