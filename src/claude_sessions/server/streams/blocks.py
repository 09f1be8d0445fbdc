"""`/sessions`: the sessions that can be watched, and each one's blocks as they appear (the session player's service)."""

import trio
from starlette.responses import Response

from claude_sessions.live.entries import file_name
from claude_sessions.live.streams import Watched
from claude_sessions.server.errors import not_found
from claude_sessions.server.paging import LIMIT, OFFSET, page_headers, page_of
from claude_sessions.server.rest.forms import INTEGER, TEXT, list_of, object_of
from claude_sessions.server.route import Answer, Call, Kind, Parameter, Route, json_answer
from claude_sessions.server.streams.event_stream import EventStream, last_event_id

KEEPALIVE_S = 15.0

PATIENCE_S = 20.0
"""So long it is waited for the transcript of a session that has begun: Claude Code writes it with the first prompt."""
GLANCE_S = 0.2

_COMMENT = b": keepalive\n\n"


async def sessions(call: Call) -> Response:
    """Answer with the sessions, by their ids, and how many watch each."""
    streams = call.state.live.streams
    watching = {each.session_id: each.topic.subscribers for each in streams.watched}
    files = sorted(streams.files.items())
    found = [
        {
            "session_id": session_id,
            "path": file_name(file),
            "sse_clients": watching.get(session_id, 0),
            "destinations": {"telegram": [], "slack": []},
        }
        for session_id, file in page_of(files, call)
    ]
    return json_answer({"sessions": found}, headers=page_headers(len(files), call))


async def events(call: Call) -> Response:
    """Answer with a session's blocks: what a client does not have yet, then what comes."""
    watched = await _begun(call)
    if watched is None:
        raise not_found(f"there is no session {call['id']} with a transcript; /sessions lists them")
    last = last_event_id(call)
    return EventStream(watched.topic, lambda: watched.since(last), watched.snapshot, lambda: _COMMENT, KEEPALIVE_S)


async def _begun(call: Call) -> Watched | None:
    """Return a session's stream; of one that runs and has no transcript yet, as soon as it has, within a while."""
    live = call.state.live
    with trio.move_on_after(PATIENCE_S):
        while True:
            watched = await live.streams.watch(call["id"])
            if watched is not None or live.session_list.get(call["id"]) is None or call.state.closing.is_set():
                return watched
            await trio.sleep(GLANCE_S)
    return None


BLOCK_ROUTES = (
    Route(
        "/sessions",
        "GET",
        sessions,
        "The sessions that can be watched.",
        (LIMIT._replace(default=None), OFFSET),
        Answer(
            "All of them, or a page.",
            object_of(sessions=list_of(object_of(session_id=TEXT, path=TEXT, sse_clients=INTEGER))),
        ),
    ),
    Route(
        "/sessions/{id}/events",
        "GET",
        events,
        "A session's blocks as they appear, change and go: add_block, update_block, clear_all, session_ended.",
        (
            Parameter("id", Kind.ID, "Claude's id of the session.", place="path"),
            Parameter("last_event_id", Kind.TEXT, "As the header Last-Event-ID: go on behind that event.", ""),
        ),
        Answer("Server-sent events.", {"type": "string"}, content_type="text/event-stream"),
    ),
)
