"""`/api/transcripts/ID`: a conversation as `claude-sessions transcript` prints it, and its prompts."""

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from itertools import islice
from typing import Any, BinaryIO

from starlette.responses import Response

from claude_sessions.base.errors import NotFoundError
from claude_sessions.formats.html import html
from claude_sessions.formats.json_blocks import json_blocks
from claude_sessions.formats.markdown import conversations
from claude_sessions.formats.sdk_lines import sdk_lines
from claude_sessions.server.errors import bad_request, not_found
from claude_sessions.server.limits import MOST_AT_ONCE
from claude_sessions.server.produced import FileAnswer, Produced, produce
from claude_sessions.server.rest.forms import INTEGER, SESSION, TEXT, list_of, object_of
from claude_sessions.server.route import Answer, Call, Kind, Parameter, Route, json_answer
from claude_sessions.server.state import State
from claude_sessions.transcript.blocks.replay import Replay, View, open_replay
from claude_sessions.transcript.files import LogFile
from claude_sessions.transcript.locate import locate
from claude_sessions.transcript.prompts import prompt_text
from claude_sessions.transcript.reading import open_source, read_entries
from claude_sessions.version import __version__

_JSON = "json"
_FORMS: Mapping[str, tuple[str, Callable[[Iterator[Replay]], Iterator[str]]]] = {
    _JSON: ("application/json", json_blocks),
    "markdown": ("text/markdown; charset=utf-8", lambda replays: iter(conversations(replays))),
    "html": ("text/html; charset=utf-8", html),
    "sdk": ("application/x-ndjson", sdk_lines),
}
LONGEST_PROMPT = 20_000
"""Characters: a prompt may have been pasted, and be as large as a file."""
_MOST_CHARACTERS = 1_000_000
"""Of all prompts of an answer together, beside the last one."""
_ALONE = "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"


async def transcript(call: Call) -> Response:
    """Answer with the conversation."""
    view = View(
        thinking=call["thinking"],
        full=call["full"],
        inputs=call["format"] == _JSON,
        subagents=call["subagents"],
        branch=call["branch"],
    )
    made = await call.state.at_length(_made, call.state, call["id"], call["format"], view)
    return FileAnswer(call.request, made, _FORMS[call["format"]][0], {"Content-Security-Policy": _ALONE})


def _made(state: State, text: str, form: str, view: View) -> Produced:
    files = _files(state, text)
    if view.branch is not None and len(files) > 1:
        raise bad_request(f"branch needs one transcript, and this recording has {len(files)}; name one by its id")
    what = repr((__version__, form, view, [(str(file.path), file.version) for file in files]))

    def write(out: BinaryIO) -> None:
        out.writelines(piece.encode(errors="replace") for piece in _FORMS[form][1](_opened(files, view)))

    return produce(write, hashlib.sha256(what.encode(errors="replace")).hexdigest()[:32], state.folder.path)


def _files(state: State, text: str) -> Sequence[LogFile]:
    """Return the transcripts of a recording, or the one of a session of Claude's."""
    try:
        found: Sequence[LogFile] = state.manager.transcripts(text)
    except NotFoundError:
        return [locate(text)]
    if not found:
        raise not_found(f"{text} has no transcript: Claude Code deletes them after some weeks")
    return found


def _opened(files: Sequence[LogFile], view: View) -> Iterator[Replay]:
    for file in files:
        with ExitStack() as stack:
            yield stack.enter_context(open_replay(file, view, lambda _size: None))


async def prompts(call: Call) -> Response:
    """Answer with what the person asked."""
    return json_answer(await call.state.in_thread(_prompts, call.state, call["id"], call["offset"], call["limit"]))


def _prompts(state: State, text: str, offset: int, limit: int) -> dict[str, Any]:
    def found() -> Iterator[dict[str, str]]:
        for file in _files(state, text):
            with open_source(file.path) as source:
                for line in read_entries(source):
                    if (prompt := prompt_text(line)) is not None:
                        yield {"text": prompt, "timestamp": line.entry.timestamp, "session_id": file.session_id}

    prompts: list[dict[str, Any]] = []
    room = _MOST_CHARACTERS
    for prompt in islice(found(), offset, None):
        if len(prompts) == limit or room <= 0:
            return {"prompts": prompts, "offset": offset, "next": offset + len(prompts)}
        asked = prompt["text"]
        prompts.append({**prompt, "text": asked[:LONGEST_PROMPT], "omitted": max(0, len(asked) - LONGEST_PROMPT)})
        room -= len(prompts[-1]["text"])
    return {"prompts": prompts, "offset": offset, "next": None}


def _flag(name: str, meaning: str) -> Parameter:
    return Parameter(name, Kind.FLAG, meaning, False)


TRANSCRIPT_ROUTES = (
    Route(
        "/api/transcripts/{id}",
        "GET",
        transcript,
        "A conversation.",
        (
            SESSION,
            Parameter("format", Kind.TEXT, "As transcript --format.", _JSON, choices=tuple(_FORMS)),
            _flag("thinking", "With what Claude thought, where it was kept."),
            _flag("full", "Nothing is cut, and what was before a compaction is in it."),
            _flag("subagents", "With what subagents did."),
            Parameter("branch", Kind.INTEGER, "Another branch than the newest.", least=1, most=1_000_000),
        ),
        Answer("As transcript prints it; the type depends on the format.", {}, content_type="*/*"),
    ),
    Route(
        "/api/transcripts/{id}/prompts",
        "GET",
        prompts,
        f"The prompts of a conversation, in the order of its file; of each {LONGEST_PROMPT:,} characters. `next` is the offset of more.",
        (
            SESSION,
            Parameter("limit", Kind.INTEGER, "So many at most.", MOST_AT_ONCE, least=1, most=MOST_AT_ONCE),
            Parameter("offset", Kind.INTEGER, "So many are passed over.", 0),
        ),
        Answer(
            schema=object_of(prompts=list_of(object_of(text=TEXT, timestamp=TEXT, omitted=INTEGER)), offset=INTEGER)
        ),
    ),
)
