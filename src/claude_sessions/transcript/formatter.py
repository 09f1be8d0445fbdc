"""Blocks as text, in the session player's form: what each begins with, how it goes on, and what is cut."""

from collections.abc import Callable
from typing import Any

from claude_sessions.transcript.events import (
    AssistantContent,
    Block,
    DurationContent,
    QuestionContent,
    SystemContent,
    ThinkingContent,
    ToolCallContent,
    UserContent,
)

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


def format_tool_call(call: ToolCallContent) -> str:
    """Return a tool call with its result, else its progress."""
    line = f"● {call.tool_name}({call.label})"
    if call.result is not None:
        mark = "✗" if call.is_error else "└"
        return f"{line}\n  {mark} " + call.result.replace("\n", "\n    ")
    return line if call.progress_text is None else f"{line}\n  └ {call.progress_text}"


def format_question(content: QuestionContent) -> str:
    """Return questions with what was answered, or what there is to choose from."""
    parts = []
    for question in content.questions:
        lines = [f"● Question: {question.header or 'Question'}", f"  ├ {question.question}"]
        answer = (content.answers or {}).get(question.question)
        if answer:
            lines.append(f"  └ ✓ {answer}")
        else:
            lines += [f"  │ ○ {option.label}" for option in question.options]
            lines.append("  └ (awaiting response)")
        parts.append("\n".join(lines))
    return "\n\n".join(parts)


def format_thinking(content: ThinkingContent) -> str:
    """Return that Claude was thinking, and where it is known what."""
    return "✱ Thinking…" + ("\n" + content.text if content.text else "").replace("\n", "\n  ")


_FORMATS: dict[type, Callable[[Any], str]] = {
    UserContent: lambda content: format_user_text(content.text),
    AssistantContent: lambda content: format_assistant_text(content.text),
    ToolCallContent: format_tool_call,
    QuestionContent: format_question,
    ThinkingContent: format_thinking,
    DurationContent: lambda content: f"✱ Crunched for {format_duration(content.duration_ms)}",
    SystemContent: lambda content: content.text,
}
