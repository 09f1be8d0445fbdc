"""`/api/search`: what was said, shown or typed in any session."""

import time
from typing import Any

from starlette.responses import Response

from claude_sessions.answers.search import hit_json
from claude_sessions.base.errors import UsageError
from claude_sessions.base.moments import parse_moment
from claude_sessions.search.hits import Filter
from claude_sessions.search.index import SearchIndex
from claude_sessions.search.pattern import compile_lines
from claude_sessions.search.words import Query
from claude_sessions.server.access_log import LOGGER
from claude_sessions.server.errors import bad_request
from claude_sessions.server.rest.forms import INTEGER, TEXT, VERSION, list_of, object_of
from claude_sessions.server.route import Answer, Call, Kind, Parameter, Route, json_answer
from claude_sessions.server.state import State


async def search(call: Call) -> Response:
    """Answer with what was found, the best first."""
    now = time.time_ns()
    wanted = Filter(
        since_ns=parse_moment(call["since"], now) if call["since"] else None,
        until_ns=parse_moment(call["until"], now, end=True) if call["until"] else None,
        directory=call["dir"].rstrip("/") or call["dir"],
        typed=call["input"],
    )
    run = call.state.at_length if call["regex"] else call.state.in_thread
    found = await run(_search, call.state, call["q"], wanted, call["limit"], regex=call["regex"])
    return json_answer(found)


def _search(state: State, text: str, wanted: Filter, limit: int, *, regex: bool) -> dict[str, Any]:
    try:
        sought = compile_lines(text) if regex else Query(text)
    except UsageError as error:
        raise bad_request(str(error).replace("--regex", "regex")) from None  # as a parameter is called here
    with SearchIndex(state.home, LOGGER.warning) as index:
        index.update()
        if isinstance(sought, Query):
            hits = index.find(sought, wanted, limit=limit)
        else:
            hits = index.scan(sought, wanted, limit=limit)
    return {"version": VERSION, "query": text, "hits": [hit_json(hit) for hit in hits]}


SEARCH_ROUTES = (
    Route(
        "/api/search",
        "GET",
        search,
        "Find words in all transcripts and recordings.",
        (
            Parameter("q", Kind.TEXT, 'Words, all of which must be there; "..." for a phrase.', required=True),
            Parameter("regex", Kind.FLAG, "q is a regular expression; everything is read for it.", False),
            Parameter("since", Kind.TEXT, "Only what is not older: a date, a time or an age such as 2d.", ""),
            Parameter("until", Kind.TEXT, "Only what is older.", ""),
            Parameter("dir", Kind.TEXT, "Only sessions that began in this directory or below.", ""),
            Parameter("input", Kind.FLAG, "Also what was typed in recordings.", False),
            Parameter("limit", Kind.INTEGER, "So many hits at most.", 20, least=1, most=200),
        ),
        Answer("As search --json has it.", object_of(version=INTEGER, query=TEXT, hits=list_of({"type": "object"}))),
    ),
)
