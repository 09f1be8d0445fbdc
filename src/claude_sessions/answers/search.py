"""What a search found, in its JSON form (claude-sessions(1), "JSON"), and the command that shows it."""

import os
import shlex
from typing import Any

from claude_sessions.base.clock import TimestampFormatter
from claude_sessions.base.durations import format_offset
from claude_sessions.search.hits import Hit

_SHOWN_WITH = {"TOOL": " --full", "RESULT": " --full", "THINKING": " --thinking"}
"""What the transcript leaves out unless it is asked for."""


def command(hit: Hit) -> str:
    """Return the command that shows the moment of a hit."""
    if hit.recording_id and hit.offset_s is not None:
        return f"claude-sessions replay {hit.recording_id} --at {format_offset(hit.offset_s)}"
    options = _SHOWN_WITH.get(hit.kind.name, "")
    name = hit.session_id or hit.transcript
    if hit.agent:
        name = os.path.basename(hit.transcript).partition(".")[0]
        options = f" --subagents{options}"
    if name.startswith("-"):
        name = hit.transcript  # as it stands it would be an option
    if not name.isprintable():
        return hit.transcript  # what is shown of it names no file: nothing to paste
    return f"claude-sessions transcript {shlex.quote(name)}{options}"


def hit_json(hit: Hit) -> dict[str, Any]:
    """Return the JSON form of what was found."""
    return {
        "kind": hit.kind.name.lower(),
        "time": TimestampFormatter()(hit.time_ns),
        "directory": hit.directory,
        "title": hit.title or None,
        "session_id": hit.session_id or None,
        "recording_id": hit.recording_id or None,
        "offset": hit.offset_s,
        "transcript": hit.transcript or None,
        "subagent": hit.agent,
        "text": hit.snippet.text,
        "matches": [{"start": begin, "end": end} for begin, end in hit.snippet.matches],
        "also_in": list(hit.also_in),
        "command": command(hit),
    }
