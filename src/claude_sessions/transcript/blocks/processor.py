"""Lines of a transcript to events: what each line adds to the screen, changes on it, or clears away.

Nothing raises, whatever a line holds. What must be remembered from line to line is in the context that is passed in.
"""

from collections.abc import Callable, Mapping
from typing import Any

import msgspec

from claude_sessions.transcript.blocks.classify import (
    LineType,
    Progress,
    ProgressData,
    Sorted,
    line_of,
    sort_out,
)
from claude_sessions.transcript.blocks.details import agents_summary, answers, duration_ms, notice, questions
from claude_sessions.transcript.blocks.events import (
    AddBlock,
    AssistantContent,
    Block,
    BlockContent,
    BlockType,
    ClearAll,
    DurationContent,
    Event,
    ProcessingContext,
    QuestionContent,
    SystemContent,
    ThinkingContent,
    ToolCallContent,
    UpdateBlock,
    UserContent,
)
from claude_sessions.transcript.blocks.formatter import NO_OUTPUT, joined_lines
from claude_sessions.transcript.blocks.results import last_line, shown_result, whole_result
from claude_sessions.transcript.content import ContentBlock
from claude_sessions.transcript.envelope import Line
from claude_sessions.transcript.prompts import by_system, element
from claude_sessions.transcript.tools import AGENT_TOOLS, LONGEST_LABEL, first_line, label_of, shorten

LONGEST_SUMMARY = 80
"""Characters of a subagent's result that are shown."""

COMPACTED = "(the conversation was compacted here)"
"""Stands where nothing was cleared (`ProcessingContext.full`)."""


def process_line(context: ProcessingContext, line: Mapping[str, Any] | Line) -> list[Event]:
    """Return what a line does on the screen: none, one, or (several blocks on a line) more events."""
    if not isinstance(line, Line):
        line = line_of(line)
    found = sort_out(line, sidechain=context.sidechain)
    rule = _RULES.get(found.kind)
    events = rule(context, line, found) if rule else []
    for event in events:
        if isinstance(event, AddBlock):
            event.block.uuid, event.block.timestamp = line.entry.uuid, line.entry.timestamp
    return events


def _user_input(context: ProcessingContext, line: Line, found: Sorted) -> list[Event]:
    content = found.message.content
    if not isinstance(content, str):
        content = "\n".join(block.text for block in content if block.text)
    if by_system(line):
        return [_add(context, BlockType.SYSTEM, SystemContent(notice(content, full=context.full)))]
    return [_add(context, BlockType.USER, UserContent(content))]


def _local_command(context: ProcessingContext, line: Line, found: Sorted) -> list[Event]:
    output = element(str(found.message.content), "local-command-stdout")
    return [_add(context, BlockType.SYSTEM, SystemContent(output or ""))]


def _answer(context: ProcessingContext, line: Line, found: Sorted) -> list[Event]:
    """Return the blocks of an answer of Claude's."""
    request_id = line.entry.request_id
    events: list[AddBlock] = []
    for block in found.message.blocks:
        if block.type == "text":
            events.append(_add(context, BlockType.ASSISTANT, AssistantContent(block.text, request_id)))
        elif block.type == "thinking":
            thought = ThinkingContent(request_id, block.thinking if context.thinking else "")
            events.append(_add(context, BlockType.THINKING, thought))
        elif block.type == "tool_use":
            events.append(_call(context, block, request_id))
    for event in events:
        event.block.model = found.message.model
    return list(events)


def _call(context: ProcessingContext, block: ContentBlock, request_id: str | None) -> AddBlock:
    asked = questions(block.input) if block.name == "AskUserQuestion" else None
    content: ToolCallContent | QuestionContent
    if asked is not None:
        content = QuestionContent(block.id, asked, None, request_id)
        event = _add(context, BlockType.QUESTION, content)
    else:
        label = label_of(block.name, block.input, None if context.full else LONGEST_LABEL)
        if context.inputs:
            label = first_line(label)
        content = ToolCallContent(block.name, block.id, label, request_id=request_id)
        event = _add(context, BlockType.TOOL_CALL, content)
    if context.inputs:
        event.block.input = block.input
    context.calls[block.id] = event.block.id
    context.contents[block.id] = content
    return event


def _results(context: ProcessingContext, line: Line, found: Sorted) -> list[Event]:
    events: list[Event] = []
    for block in found.message.blocks:
        if block.type == "tool_result":
            if block.tool_use_id in context.calls and block.tool_use_id not in context.contents:
                continue  # the call was let go, see `settled`
            events.append(_result(context, line, block))
    return events


def _result(context: ProcessingContext, line: Line, block: ContentBlock) -> Event:
    """Return what a tool's result changes; as plain text where the call is not (or no longer) there."""
    call = context.contents.get(block.tool_use_id)
    if isinstance(call, QuestionContent):
        return _update(context, msgspec.structs.replace(call, answers=answers(line.raw)))
    text = agents_summary(line.raw) if call and call.tool_name in AGENT_TOOLS else ""
    if context.full:
        text = text or whole_result(block.content) or NO_OUTPUT
    else:
        text = shorten(text, LONGEST_SUMMARY) or shown_result(block.content)
    if call is None:
        return _add(context, BlockType.SYSTEM, SystemContent(text))
    return _update(context, msgspec.structs.replace(call, result=text, is_error=bool(block.is_error)))


def _duration(context: ProcessingContext, line: Line, found: Sorted) -> list[Event]:
    return [_add(context, BlockType.DURATION, DurationContent(duration_ms(line.raw)))]


def _compacted(context: ProcessingContext, line: Line, found: Sorted) -> list[Event]:
    if context.full:
        return [_add(context, BlockType.SYSTEM, SystemContent(COMPACTED))]
    context.clear()
    return [ClearAll()]


def _progress(context: ProcessingContext, line: Line, found: Sorted) -> list[Event]:
    """Return what a tool's progress changes; nothing where its call is not there, but a wait stands for itself."""
    progress = found.progress or Progress()
    call = context.contents.get(progress.parent or "") if progress.parent else None
    waits = found.kind is LineType.WAITING_FOR_TASK
    if not isinstance(call, ToolCallContent):
        if waits and progress.parent not in context.calls:
            text = "└ " + joined_lines(_PROGRESS[found.kind](progress.data))
            return [_add(context, BlockType.SYSTEM, SystemContent(text))]
        return []
    return [_update(context, msgspec.structs.replace(call, progress_text=_PROGRESS[found.kind](progress.data)))]


_PROGRESS: dict[LineType, Callable[[ProgressData], str]] = {
    LineType.BASH_PROGRESS: lambda data: last_line(data.full_output),
    LineType.HOOK_PROGRESS: lambda data: f"Hook: {data.hook_name}",
    LineType.AGENT_PROGRESS: lambda _data: "Agent: working…",
    LineType.QUERY_UPDATE: lambda data: f"Searching: {data.query}",
    LineType.SEARCH_RESULTS: lambda data: f"{data.result_count} results",
    LineType.WAITING_FOR_TASK: lambda data: f"Waiting: {data.task_description}",
}

_RULES: dict[LineType, Callable[[ProcessingContext, Line, Sorted], list[Event]]] = {
    LineType.USER_INPUT: _user_input,
    LineType.LOCAL_COMMAND_OUTPUT: _local_command,
    LineType.ASSISTANT_TEXT: _answer,
    LineType.TOOL_USE: _answer,
    LineType.THINKING: _answer,
    LineType.TOOL_RESULT: _results,
    LineType.TURN_DURATION: _duration,
    LineType.COMPACT_BOUNDARY: _compacted,
    **dict.fromkeys(_PROGRESS, _progress),
}


def _add(context: ProcessingContext, kind: BlockType, content: BlockContent) -> AddBlock:
    return AddBlock(Block(context.next_id(), kind, content))


def _update(context: ProcessingContext, content: ToolCallContent | QuestionContent) -> UpdateBlock:
    context.contents[content.tool_use_id] = content
    return UpdateBlock(context.calls[content.tool_use_id], content)
