"""Blocks as text, in the session player's form: what each begins with, how it goes on, and what is cut."""

from collections.abc import Callable
from typing import Any

from claude_sessions.transcript.blocks.events import (
    AssistantContent,
    Block,
    DurationContent,
    QuestionContent,
    SystemContent,
    ThinkingContent,
    ToolCallContent,
    UserContent,
)
from claude_sessions.transcript.blocks.inputs import called_with

RESULT_LINES = 5
"""A longer result is shown with one line less, and an ellipsis."""

NO_OUTPUT = "(no output)"


def format_duration(ms: int) -> str:
    """Return a number of milliseconds as `5s` or `1m 28s`."""
    minutes, seconds = divmod(ms // 1000, 60)
    return f"{minutes}m {seconds}s" if minutes > 0 else f"{ms // 1000}s"


def truncate_result(text: str, max_lines: int = RESULT_LINES) -> str:
    """Return a result in at most `max_lines` lines, the last of them an ellipsis where more was cut."""
    if not text:
        return NO_OUTPUT
    lines = text.split("\n", max_lines)
    if len(lines) <= max_lines:
        return text
    return "\n".join([*lines[: max_lines - 1], "…"])


def format_block(block: Block) -> str:
    """Return a block as lines of text without the newline at its end; empty where it shows nothing."""
    if isinstance(block.content, ToolCallContent):
        return format_tool_call(block.content, called_with(block))
    formatted: str = _FORMATS[type(block.content)](block.content)
    return formatted


def joined(before: str | None, request_id: str | None) -> bool:
    """Tell whether a block follows the one before without a blank line: both are of one API response."""
    return bool(request_id) and before == request_id


def format_user_text(text: str) -> str:
    """Return what a person said: `❯ ` before it, two blanks before each further line."""
    return "❯ " + text.replace("\n", "\n  ") if text else "❯"


def format_assistant_text(text: str) -> str:
    """Return what Claude said: `● ` before it, two blanks before each further line."""
    return "● " + text.replace("\n", "\n  ") if text else "●"


def format_tool_call(call: ToolCallContent, given: str = "") -> str:
    """Return a tool call with all that it was `given`, if that is known, and its result, else its progress."""
    line = f"● {joined_lines(call.tool_name)}({joined_lines(call.label)})"
    if given:
        line += "\n  ├ " + given.replace("\n", "\n  │ ")
    if call.result is not None:
        mark = "✗" if call.is_error else "└"
        return f"{line}\n  {mark} " + call.result.replace("\n", "\n    ")
    return line if call.progress_text is None else f"{line}\n  └ {joined_lines(call.progress_text)}"


def format_question(content: QuestionContent) -> str:
    """Return questions with what was answered, or what there is to choose from."""
    parts = []
    for question in content.questions:
        asked = question.question.replace("\n", "\n  │ ")
        lines = [f"● Question: {joined_lines(question.header) or 'Question'}", f"  ├ {asked}"]
        answer = (content.answers or {}).get(question.question)
        if answer:
            lines.append("  └ ✓ " + answer.replace("\n", "\n    "))
        else:
            lines += [f"  │ ○ {joined_lines(option.label)}" for option in question.options]
            lines.append("  └ (awaiting response)")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def format_thinking(content: ThinkingContent) -> str:
    """Return that Claude was thinking, and where it is known what."""
    return "✱ Thinking…" + ("\n" + content.text if content.text else "").replace("\n", "\n  ")


def joined_lines(text: str) -> str:
    """Return a text on one line: what Claude calls its tools with must not look like a prompt or another answer."""
    return text.replace("\n", " ")


_FORMATS: dict[type, Callable[[Any], str]] = {
    UserContent: lambda content: format_user_text(content.text),
    AssistantContent: lambda content: format_assistant_text(content.text),
    QuestionContent: format_question,
    ThinkingContent: format_thinking,
    DurationContent: lambda content: f"✱ Crunched for {format_duration(content.duration_ms)}",
    SystemContent: lambda content: content.text,
}
