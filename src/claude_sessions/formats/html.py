"""Conversations as one page of HTML to share: nothing in it is fetched, nothing runs, everything is escaped.

The policy in its head forbids whatever a mistake of ours might let through: scripts, pictures, frames, forms, and
every style but its own, which is known by its digest.
"""

import base64
import hashlib
from collections.abc import Iterable, Iterator
from importlib.resources import files

from claude_sessions.formats.escape import escaped_line
from claude_sessions.formats.html_blocks import HtmlBlocks, title_of
from claude_sessions.formats.html_head import head
from claude_sessions.transcript.blocks.replay import Replay
from claude_sessions.transcript.facts import facts_of

_CONTENTS_FROM = 3
"""So many prompts have a list of them."""


def html(replays: Iterable[Replay]) -> Iterator[str]:
    """Yield the pieces of a page with all conversations, one after the other."""
    for number, replay in enumerate(replays):
        prompts = [title for shown in replay.own_blocks() if (title := title_of(shown.block.content)) is not None]
        facts = facts_of(replay)
        title = facts.title or (prompts[0] if prompts else f"Session {replay.session_id[:8]}")
        count = f"{len(prompts)} prompt{'' if len(prompts) == 1 else 's'}"
        if not number:
            yield _begin(title)
        yield "<header>\n" if not number else '<header class="session">\n'
        yield from head(title, facts, f"Claude Code session {replay.session_id} · {count}")
        yield from _conversation(replay, prompts, count, number)
    yield "</body>\n</html>\n"


def _begin(title: str) -> str:
    style = files(__package__).joinpath("page.css").read_text("utf-8")
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    policy = f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{policy}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="referrer" content="no-referrer">\n'
        '<meta name="generator" content="claude-sessions">\n'
        f"<title>{escaped_line(title)}</title>\n<style>{style}</style>\n</head>\n<body>\n"
    )


def _conversation(replay: Replay, prompts: list[str], count: str, number: int) -> Iterator[str]:
    """Yield what comes after the head: the list of prompts, and the blocks."""
    blocks = HtmlBlocks(f"s{number + 1}" if number else "")
    if len(prompts) >= _CONTENTS_FROM:
        yield f'<details class="contents"><summary>{count}</summary>\n<ol>\n'
        for at, prompt in enumerate(prompts, 1):
            yield f'<li><a href="#{blocks.anchor(at)}">{escaped_line(prompt)}</a></li>\n'
        yield "</ol>\n</details>\n"
    yield "</header>\n<main>\n"
    depth = 0
    agents = HtmlBlocks(f"s{number + 1}a")
    for shown in replay.blocks():
        if shown.depth > depth:
            yield f'<details class="agent" open><summary>Subagent {escaped_line(shown.agent_id)}</summary>\n'
        elif shown.depth < depth:
            yield "</details>\n" * (depth - shown.depth)
        depth = shown.depth
        yield from (agents if depth else blocks).html(shown.block)
    yield "</details>\n" * depth
    yield "</main>\n"
