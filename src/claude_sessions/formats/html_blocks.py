"""Blocks as HTML, one after the other; all text in them is escaped."""

from collections.abc import Callable, Iterator
from typing import Any

from claude_sessions.formats.escape import escaped, escaped_line
from claude_sessions.formats.pieces import pieces
from claude_sessions.formats.prose import Prose
from claude_sessions.screen.printable import printable_text
from claude_sessions.transcript.blocks.events import (
    AssistantContent,
    Block,
    BlockContent,
    DurationContent,
    QuestionContent,
    SystemContent,
    ThinkingContent,
    ToolCallContent,
    UserContent,
)
from claude_sessions.transcript.blocks.formatter import format_duration
from claude_sessions.transcript.blocks.inputs import called_with
from claude_sessions.transcript.prompts import read_prompt

LONGEST_TITLE = 80
"""Characters of a prompt's first line where it stands for the prompt."""


class HtmlBlocks:
    """Makes HTML of blocks. Prompts are numbered as they come: `id="p1"` and so on, after `prefix`."""

    def __init__(self, prefix: str = "") -> None:
        self._prefix = prefix
        self._prompts = 0
        self._prose = Prose()
        self._formats: dict[type[BlockContent], Callable[[Any], str]] = {
            UserContent: self._user,
            AssistantContent: self._assistant,
            QuestionContent: _questions,
            ThinkingContent: _thinking,
            DurationContent: lambda content: (
                f'<p class="duration">✱ Crunched for {format_duration(content.duration_ms)}</p>\n'
            ),
            SystemContent: lambda content: (
                f'<pre class="system">\n{escaped(content.text)}</pre>\n' if content.text else ""
            ),
        }

    def html(self, block: Block) -> Iterator[str]:
        """Yield one block as HTML, where it is long in pieces."""
        if isinstance(block.content, ToolCallContent):
            return _tool_call(block.content, called_with(block))
        return iter((self._formats[type(block.content)](block.content),))

    def anchor(self, number: int) -> str:
        """Return the id of a prompt's element."""
        return f"{self._prefix}p{number}"

    def _user(self, content: UserContent) -> str:
        prompt = read_prompt(content.text)
        if prompt is None:
            return _note(content.text)
        self._prompts += 1
        anchor = self.anchor(self._prompts)
        link = f'<a class="link" href="#{anchor}" title="Link to this prompt">#{self._prompts}</a>'
        return f'<section class="user" id="{anchor}">{link}<div class="text">{escaped(prompt.text)}</div></section>\n'

    def _assistant(self, content: AssistantContent) -> str:
        return (
            f'<div class="assistant">{self._prose.html(printable_text(content.text))}</div>\n' if content.text else ""
        )


def title_of(content: BlockContent) -> str | None:
    """Return the first line of a prompt, shortened; None for what no person typed."""
    prompt = read_prompt(content.text) if isinstance(content, UserContent) else None
    if prompt is None:
        return None
    line = next((line.strip() for line in prompt.text.split("\n") if line.strip()), "")
    return line if len(line) <= LONGEST_TITLE else line[: LONGEST_TITLE - 1] + "…"


def _note(text: str) -> str:
    """Return what Claude Code wrote in a person's place: folded, it is for the model to read."""
    text = text.strip()
    if not text:
        return ""
    first = text.partition("\n")[0][:LONGEST_TITLE]
    return f'<details class="note"><summary>{escaped_line(first)}</summary><pre>\n{escaped(text)}</pre></details>\n'


def _tool_call(call: ToolCallContent, given: str) -> Iterator[str]:
    failed = call.is_error and call.result is not None
    kind = "tool failed" if failed else "tool"
    mark = "✗" if failed else "●"
    head = (
        f'<span class="mark">{mark}</span><b>{escaped_line(call.tool_name)}</b>'
        f'<span class="label">{escaped(call.label)}</span>'
    )
    shown = call.progress_text if call.result is None else call.result
    if shown is None and not given:
        yield f'<p class="{kind}">{head}</p>\n'
        return
    opened = " open" if failed else ""
    yield f'<details class="{kind}"{opened}><summary>{head}</summary>'
    if given:
        yield from _folded(given, "given")
    if shown is not None:
        yield from _folded(shown, "result")
    yield "</details>\n"


def _folded(text: str, kind: str) -> Iterator[str]:
    yield f'<pre class="{kind}">'
    for piece in pieces(text):
        yield "\n" + escaped(piece)  # the first line break belongs to the tag
    yield "</pre>"


def _questions(content: QuestionContent) -> str:
    parts = []
    for question in content.questions:
        answer = (content.answers or {}).get(question.question)
        if answer:
            below = f'<p class="answer">✓ {escaped(answer)}</p>'
        else:
            options = "".join(f"<li>{escaped_line(option.label)}</li>" for option in question.options)
            below = f"<ul>{options}</ul><p>(awaiting response)</p>"
        parts.append(
            f'<div class="question"><p class="head">{escaped_line(question.header or "Question")}</p>'
            f"<p>{escaped(question.question)}</p>{below}</div>\n"
        )
    return "".join(parts)


def _thinking(content: ThinkingContent) -> str:
    if not content.text:
        return '<p class="thinking">✱ Thinking…</p>\n'
    return (
        '<details class="thinking"><summary>✱ Thinking…</summary>'
        f'<div class="text">{escaped(content.text)}</div></details>\n'
    )
