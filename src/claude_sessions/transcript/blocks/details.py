"""What a few kinds of line say besides their message: durations, a subagent's summary, questions and their answers."""

from typing import Any

import msgspec

from claude_sessions.transcript.blocks.events import Question, QuestionOption
from claude_sessions.transcript.envelope import Buffer, any_or_none, lenient_or_empty
from claude_sessions.transcript.prompts import element


class _Turn(msgspec.Struct, rename="camel"):
    duration_ms: int | float = 0


class _Result(msgspec.Struct, rename="camel"):
    tool_use_result: msgspec.Raw = msgspec.Raw(b"null")


class _Summary(msgspec.Struct):
    content: msgspec.Raw = msgspec.Raw(b"null")
    answers: msgspec.Raw = msgspec.Raw(b"null")


def duration_ms(line: Buffer) -> int:
    """Return how long a turn took, in milliseconds; 0 where the line does not say, or where a clock went back."""
    return max(0, int(lenient_or_empty(line, _Turn).duration_ms))


def notice(text: str, *, full: bool = False) -> str:
    """Return what a notification of Claude Code's says: its summary, with `full` also what the task has brought.

    All of the text where it has no summary.
    """
    summary = element(text, "summary")
    if summary is None:
        return text.replace("\n", "\n  ")
    result = (element(text, "result") or "").strip() if full else ""
    return " ".join(summary.split()) + ("\n  └ " + result.replace("\n", "\n    ") if result else "")


def agents_summary(line: Buffer) -> str:
    """Return the first text of a subagent's report, from the line of its result; empty where there is none."""
    blocks = any_or_none(lenient_or_empty(lenient_or_empty(line, _Result).tool_use_result, _Summary).content)
    first = blocks[0] if isinstance(blocks, list) and blocks else None
    text = first.get("text") if isinstance(first, dict) else None
    return text if isinstance(text, str) else ""


def answers(line: Buffer) -> dict[str, str] | None:
    """Return what was answered, by question, from the line of the result; None where it says nothing of answers."""
    found = any_or_none(lenient_or_empty(lenient_or_empty(line, _Result).tool_use_result, _Summary).answers)
    if not isinstance(found, dict):
        return None
    return {question: _answer(answer) for question, answer in found.items()}


def questions(tool_input: Buffer) -> list[Question] | None:
    """Return the questions in the input of AskUserQuestion; None where there is no list of them."""
    found = any_or_none(tool_input)
    listed = found.get("questions") if isinstance(found, dict) else None
    return [_question(each) for each in listed if isinstance(each, dict)] if isinstance(listed, list) else None


def _question(found: dict[str, Any]) -> Question:
    options = found.get("options")
    return Question(
        _text(found.get("question")),
        _text(found.get("header")),
        [
            QuestionOption(_text(each.get("label")), _text(each.get("description")))
            for each in (options if isinstance(options, list) else [])
            if isinstance(each, dict)
        ],
        bool(found.get("multiSelect")),
    )


def _answer(found: Any) -> str:
    """Return an answer as text: of several choices, all."""
    return ", ".join(filter(None, map(_text, found))) if isinstance(found, list) else _text(found)


def _text(found: Any) -> str:
    return found if isinstance(found, str) else ""
