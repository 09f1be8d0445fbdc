"""`/api/claude-sessions`: all sessions as a list, and what changes in it (the session monitoring's stream and REST)."""

from collections.abc import Sequence

from starlette.responses import Response

from claude_sessions.live.session_data import SessionData
from claude_sessions.server.paging import LIMIT, OFFSET, page_headers, page_of
from claude_sessions.server.rest.forms import INTEGER, TEXT, list_of, object_of
from claude_sessions.server.route import Answer, Call, Kind, Parameter, Route, json_answer
from claude_sessions.server.streams.event_stream import EventStream

KEEPALIVE_S = 30.0

_STATES = ("busy", "idle", "waiting", "ended")


async def listed(call: Call) -> Response:
    """Answer with the sessions, the one that changed last first."""
    found = _chosen(call.state.live.session_list.sessions, call["project"], call["state"], call["q"])
    return json_answer(page_of(found, call), headers=page_headers(len(found), call))


def _chosen(sessions: Sequence[SessionData], project: str, state: str | None, text: str) -> Sequence[SessionData]:
    words = text.casefold().split()

    def fits(one: SessionData) -> bool:
        if (project and one.project_path != project.rstrip("/")) or (state is not None and one.state != state):
            return False
        told = f"{one.title}\n{one.first_prompt}\n{one.directory}\n{one.git_branch}\n{one.id}".casefold()
        return all(word in told for word in words)

    return [one for one in sessions if fits(one)] if project or state or words else sessions


async def stream(call: Call) -> Response:
    """Answer with the list, then with what changes."""
    told = call.state.live.session_list
    return EventStream(told.topic, told.init, told.init, told.keepalive, KEEPALIVE_S)


async def refresh(call: Call) -> Response:
    """Look at everything anew, and tell all clients."""
    call.state.live.engine.look_soon()
    call.state.live.registry.look_now()
    call.state.live.session_list.refresh()
    return json_answer({"refreshing": True}, 202)


_ITEM = object_of(
    id=TEXT, title=TEXT, directory=TEXT, createdAt=INTEGER, updatedAt=INTEGER, sessionId=TEXT, firstPrompt=TEXT,
    messageCount=INTEGER, projectPath=TEXT, created=TEXT, modified=TEXT, gitBranch=TEXT,
    isSidechain={"type": "boolean"}, state={"type": "string", "enum": list(_STATES)},
)  # fmt: skip

SESSION_ROUTES = (
    Route(
        "/api/claude-sessions/all",
        "GET",
        listed,
        "All sessions, the one that changed last first.",
        (
            LIMIT._replace(default=None),
            OFFSET,
            Parameter("project", Kind.TEXT, "Only those of this directory.", ""),
            Parameter("state", Kind.TEXT, "Only those in this state.", choices=_STATES),
            Parameter("q", Kind.TEXT, "Only those with all these words in title, prompt, directory, branch or id.", ""),
        ),
        Answer("All of them, or a page.", list_of(_ITEM)),
    ),
    Route(
        "/api/claude-sessions/stream",
        "GET",
        stream,
        "All sessions, then what changes: init, session-created, session-updated, session-deleted, refresh, keepalive.",
        answer=Answer("Server-sent events.", {"type": "string"}, content_type="text/event-stream"),
    ),
    Route(
        "/api/claude-sessions/refresh",
        "POST",
        refresh,
        "Look at every session anew and tell all clients.",
        answer=Answer("It is being done.", status=202),
    ),
)
