"""`/api/recordings`: which there are, all that is known of one, and the places in it that a person jumps to."""

import time
from collections.abc import Sequence
from typing import Any

import msgspec
from starlette.responses import Response

from claude_sessions.answers.changed import changed_by, file_json
from claude_sessions.answers.log import log_json, offset_s
from claude_sessions.answers.said import Said
from claude_sessions.answers.session import session_json
from claude_sessions.server.errors import not_found
from claude_sessions.server.paging import PAGING, page_headers, page_of
from claude_sessions.server.rest.exports import EXPORTS
from claude_sessions.server.rest.forms import INTEGER, NUMBER, SESSION, TEXT, VERSION, list_of, object_of
from claude_sessions.server.route import Answer, Call, Kind, Parameter, Route, json_answer
from claude_sessions.server.state import State
from claude_sessions.sessions import Session, transcripts_of
from claude_sessions.store.facts import Facts, Link, gather
from claude_sessions.store.recording import Recording
from claude_sessions.store.shelf import settled_state
from claude_sessions.timeline.prompts import find_prompts


async def recordings(call: Call) -> Response:
    """Answer with a page of the list, the newest first."""
    found = await call.state.in_thread(_chosen, call.state, call["dir"], call["q"])
    page = await call.state.in_thread(call.state.manager.titled, page_of(found, call))
    value = {"version": VERSION, "recordings": [session_json(each) for each in page], "total": len(found)}
    return json_answer(value, headers=page_headers(len(found), call))


def _chosen(state: State, directory: str, text: str) -> Sequence[Session]:
    below = directory.rstrip("/") + "/"
    wanted = text.casefold()
    return [
        each
        for each in state.manager.list()
        if each.recorded
        and (not directory or each.directory == directory.rstrip("/") or each.directory.startswith(below))
        and (wanted in each.title.casefold() or wanted in each.directory.casefold() or each.id.startswith(wanted))
    ]


async def recording(call: Call) -> Response:
    """Answer with all that is known of one."""
    return json_answer(await call.state.in_thread(_describe, call.state, call["id"]))


def _describe(state: State, text: str) -> dict[str, Any]:
    session = _find(state, text)
    with state.manager.open(session.id) as opened:
        facts = _facts_of(state, opened)
        described = log_json(session, opened, facts)
    files = transcripts_of(facts.links or [Link("", session.claude_session_id or session.id)])
    span = (session.started_ns, (session.ended_ns or time.time_ns()) + 1)
    said = Said(files, span)
    if not session.title:
        session = msgspec.structs.replace(session, transcript_title=said.title)
    told = said.json()
    return {
        "version": VERSION,
        **session_json(session),
        **described,
        **told,
        "changed_files": [file_json(row) for row in changed_by(files, span)],
        "exports": [each.name for each in EXPORTS],
        "live": session.running,
        "transcripts": [each["id"] for each in told["transcripts"]],
        "conversations": told["transcripts"],
    }


async def markers(call: Call) -> Response:
    """Answer with the places of a recording that a person jumps to."""
    return json_answer(await call.state.in_thread(_places, call.state, call["id"]))


def _places(state: State, text: str) -> dict[str, Any]:
    session = _find(state, text)
    with state.manager.open(session.id) as opened:
        marks = _facts_of(state, opened).markers
        prompts = state.remembered.get(_key("prompts", opened), lambda: find_prompts(opened.entries()))
    return {
        "markers": [{"time": offset_s(mark.since, session), "label": mark.label} for mark in marks],
        "prompts": [{"time": prompt.offset_s, "text": prompt.text} for prompt in prompts],
    }


def _find(state: State, text: str) -> Session:
    session = state.manager.find(text)
    if not session.recorded:
        raise not_found(f"session {session.id} is not recorded; /api/transcripts/{session.id} has what was said")
    return session


def _facts_of(state: State, opened: Recording) -> Facts:
    return state.remembered.get(_key("facts", opened), lambda: gather(opened.entries()))


def _key(what: str, opened: Recording) -> tuple[object, ...] | None:
    """Return what a log is known by that nobody writes any more; None for one that grows."""
    settled = settled_state(opened)
    return settled and (what, opened.session_id, settled)


_ITEM = object_of(id=TEXT, title=TEXT, directory=TEXT, started=TEXT, state=TEXT)

RECORDING_ROUTES = (
    Route(
        "/api/recordings",
        "GET",
        recordings,
        "The recordings, the newest first.",
        (
            *PAGING,
            Parameter("dir", Kind.TEXT, "Only those that began in this directory or below.", ""),
            Parameter("q", Kind.TEXT, "Only those with this in their title or directory, or whose id begins so.", ""),
        ),
        Answer("As list --json has them.", object_of(version=INTEGER, recordings=list_of(_ITEM), total=INTEGER)),
    ),
    Route(
        "/api/recordings/{id}",
        "GET",
        recording,
        "All that is known of a recording.",
        (SESSION,),
        Answer("As show --json has it.", object_of(id=TEXT, exports=list_of(TEXT), live={"type": "boolean"})),
    ),
    Route(
        "/api/recordings/{id}/markers",
        "GET",
        markers,
        "Markers and prompts of a recording.",
        (SESSION,),
        Answer(
            "Times are seconds from its start.",
            object_of(
                markers=list_of(object_of(time=NUMBER, label=TEXT)), prompts=list_of(object_of(time=NUMBER, text=TEXT))
            ),
        ),
    ),
)
