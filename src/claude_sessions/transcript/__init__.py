"""Claude Code's own files: transcripts, read and rendered, and the live registry of running sessions.

The names below are the library: those of the session player (`replay_session` and what it is made of) and of the log
streaming (`parse_jsonl_file`, `ClaudeLogEntry`, …), and what reads a transcript line by line. They are loaded when they
are first used: importing this package loads nothing.
"""

TYPE_CHECKING = False  # as typing's, without importing typing
if TYPE_CHECKING:
    from claude_sessions.transcript.blocks.classify import LineType, classify_line
    from claude_sessions.transcript.blocks.consumer import ScreenStateConsumer, replay_session
    from claude_sessions.transcript.blocks.events import (
        AddBlock,
        AssistantContent,
        Block,
        BlockType,
        ClearAll,
        DurationContent,
        ProcessingContext,
        QuestionContent,
        SystemContent,
        ThinkingContent,
        ToolCallContent,
        UpdateBlock,
        UserContent,
    )
    from claude_sessions.transcript.blocks.processor import process_line
    from claude_sessions.transcript.conversation import Conversation, Order, arrange
    from claude_sessions.transcript.entries import ClaudeLogEntry, LogBlock, LogMessage
    from claude_sessions.transcript.envelope import Envelope, Line
    from claude_sessions.transcript.files import LogFile, find_log_files, scan
    from claude_sessions.transcript.forest import Branch
    from claude_sessions.transcript.lines import Fault
    from claude_sessions.transcript.live_order import LiveOrder
    from claude_sessions.transcript.locate import all_transcripts, locate
    from claude_sessions.transcript.ownership import Owners, earliest_first
    from claude_sessions.transcript.prompts import prompt_text
    from claude_sessions.transcript.reading import open_source, read_entries
    from claude_sessions.transcript.sdk import export_session_to_sdk_format, sdk_messages
    from claude_sessions.transcript.session import ClaudeSession, get_recent_sessions, parse_jsonl_file, read_session
    from claude_sessions.transcript.tools import abbreviate_tool_input

__all__ = [
    "AddBlock",
    "AssistantContent",
    "Block",
    "BlockType",
    "Branch",
    "ClaudeLogEntry",
    "ClaudeSession",
    "ClearAll",
    "Conversation",
    "DurationContent",
    "Envelope",
    "Fault",
    "Line",
    "LineType",
    "LiveOrder",
    "LogBlock",
    "LogFile",
    "LogMessage",
    "Order",
    "Owners",
    "ProcessingContext",
    "QuestionContent",
    "ScreenStateConsumer",
    "SystemContent",
    "ThinkingContent",
    "ToolCallContent",
    "UpdateBlock",
    "UserContent",
    "abbreviate_tool_input",
    "all_transcripts",
    "arrange",
    "classify_line",
    "earliest_first",
    "export_session_to_sdk_format",
    "find_log_files",
    "get_recent_sessions",
    "locate",
    "open_source",
    "parse_jsonl_file",
    "process_line",
    "prompt_text",
    "read_entries",
    "read_session",
    "replay_session",
    "scan",
    "sdk_messages",
]

_HOMES = {
    "blocks.classify": ("LineType", "classify_line"),
    "blocks.consumer": ("ScreenStateConsumer", "replay_session"),
    "conversation": ("Conversation", "Order", "arrange"),
    "entries": ("ClaudeLogEntry", "LogBlock", "LogMessage"),
    "envelope": ("Envelope", "Line"),
    "blocks.events": (
        "AddBlock",
        "AssistantContent",
        "Block",
        "BlockType",
        "ClearAll",
        "DurationContent",
        "ProcessingContext",
        "QuestionContent",
        "SystemContent",
        "ThinkingContent",
        "ToolCallContent",
        "UpdateBlock",
        "UserContent",
    ),
    "files": ("LogFile", "find_log_files", "scan"),
    "forest": ("Branch",),
    "lines": ("Fault",),
    "live_order": ("LiveOrder",),
    "locate": ("all_transcripts", "locate"),
    "ownership": ("Owners", "earliest_first"),
    "blocks.processor": ("process_line",),
    "prompts": ("prompt_text",),
    "reading": ("open_source", "read_entries"),
    "sdk": ("export_session_to_sdk_format", "sdk_messages"),
    "session": ("ClaudeSession", "get_recent_sessions", "parse_jsonl_file", "read_session"),
    "tools": ("abbreviate_tool_input",),
}


def __getattr__(name: str) -> object:
    for module, names in _HOMES.items():
        if name in names:
            from importlib import import_module

            return getattr(import_module(f"claude_sessions.transcript.{module}"), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
