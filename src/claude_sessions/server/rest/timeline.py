"""`/api/recordings/ID/timeline`: the lines that were on the screen, each with its time."""

from typing import Any

from starlette.responses import Response

from claude_sessions.server.parameters import MOST_INTEGER
from claude_sessions.server.rest.forms import FROM, MAYBE_INTEGER, NUMBER, SESSION, TEXT, TO, list_of, object_of
from claude_sessions.server.route import Answer, Call, Kind, Parameter, Route, json_answer
from claude_sessions.server.state import State
from claude_sessions.store.shelf import settled_state
from claude_sessions.timeline.pages import Facts, read_pages

_SCREEN = "screen"


async def timeline(call: Call) -> Response:
    """Answer with some lines, and with what to ask for to get those after them."""
    end = float("inf") if call["to"] is None else call["to"]
    span = (call["from"], end)
    return json_answer(await call.state.in_thread(_lines, call.state, call["id"], span, call["after"], call["limit"]))


def _lines(state: State, text: str, span: tuple[float, float], after: int, limit: int) -> dict[str, Any]:
    begin_s, end_s = span
    found: list[dict[str, Any]] = []
    passed = 0
    following: int | None = None
    with state.manager.open(text) as opened:
        is_kept = settled_state(opened) is not None
        for page in read_pages(opened, Facts()):
            if following is not None:
                continue  # the first who reads to the end saves all others from reading the log
            count = sum(count for count, _ in page.runs)
            if passed + count <= after:
                passed += count
                continue
            for line in page.lines():
                passed += 1
                if passed <= after or not begin_s <= line.offset_s <= end_s:
                    continue
                if len(found) == limit:
                    following = passed - 1
                    break
                found.append({"time": line.offset_s, "text": line.text, "kind": _SCREEN})
            if following is not None and not is_kept:
                break
    return {"lines": found, "next": following}


TIMELINE_ROUTES = (
    Route(
        "/api/recordings/{id}/timeline",
        "GET",
        timeline,
        "The lines that were on the screen.",
        (
            SESSION,
            FROM,
            TO,
            Parameter("limit", Kind.INTEGER, "So many lines at most.", 1000, least=1, most=10_000),
            Parameter("after", Kind.INTEGER, "Lines after these: next of the answer before.", 0, most=MOST_INTEGER),
        ),
        Answer(
            "Lines in the order in which they were complete; next is null at the end.",
            object_of(lines=list_of(object_of(time=NUMBER, text=TEXT, kind=TEXT)), next=MAYBE_INTEGER),
        ),
    ),
)
